/**
 * The least that two pages can do to talk over this server: no encryption of their own, no storage, no interface.
 * The address says it all: #role=guest&server=ws://…&topic=<64 hex digits>. The guest offers, the host answers and
 * says hello as soon as the channel is open; the guest's offer is made while its socket is still connecting.
 */
/* global document, location, requestAnimationFrame, RTCPeerConnection */
const [SUB, PUB, EVT, PRESENT] = [1, 3, 4, 5];
const BODY_BYTES = 4096;
const parameters = new URLSearchParams(location.hash.slice(1));
const isGuest = parameters.get('role') === 'guest';

let finish;
globalThis.bench = {
  finished: new Promise((resolve) => {
    finish = resolve;
  })
};

if (parameters.has('server')) talk(parameters.get('server'), Uint8Array.fromHex(parameters.get('topic')));

function talk(server, topic) {
  const socket = new WebSocket(server, 'aparte.1');
  socket.binaryType = 'arraybuffer';
  const peer = new RTCPeerConnection({ iceServers: [] });
  let present = false;
  let waiting = [];

  const publish = (value) => {
    const frame = new Uint8Array(1 + 32 + BODY_BYTES);
    frame[0] = PUB;
    frame.set(topic, 1);
    const json = new TextEncoder().encode(JSON.stringify(value));
    frame.set(json, 33);
    socket.send(frame);
  };
  const say = (value) => {
    if (present) publish(value);
    else waiting.push(value);
  };
  const appear = () => {
    present = true;
    for (const value of waiting) publish(value);
    waiting = [];
  };
  // A candidate is of no use before its description, on either side.
  let described;
  const describe = () => {
    described = peer.setLocalDescription().then(() => {
      say({ description: peer.localDescription });
    });
    return described;
  };
  const hear = async ({ description, candidate }) => {
    if (candidate) await peer.addIceCandidate(candidate);
    if (!description) return;
    await peer.setRemoteDescription(description);
    if (!isGuest) await describe();
  };
  let heard = Promise.resolve();

  socket.onopen = () => {
    socket.send(new Uint8Array([SUB, 1, ...topic]));
  };
  socket.onmessage = ({ data }) => {
    const frame = new Uint8Array(data);
    if (frame[0] === PRESENT) appear();
    if (frame[0] !== EVT) return;
    const value = JSON.parse(new TextDecoder().decode(frame.subarray(33, frame.indexOf(0, 33))));
    heard = heard.then(() => hear(value));
  };
  peer.onicecandidate = ({ candidate }) => {
    if (candidate) void described.then(() => say({ candidate }));
  };
  if (isGuest) {
    const channel = peer.createDataChannel('bare');
    channel.onmessage = ({ data }) => {
      document.getElementById('log').textContent = data;
      requestAnimationFrame(() => {
        finish({ received: performance.now() });
      });
    };
    void describe();
  } else {
    peer.ondatachannel = ({ channel }) => {
      const hello = () => {
        channel.send('hello');
      };
      if (channel.readyState === 'open') hello();
      else channel.onopen = hello;
    };
  }
}
