/** The raw limits that delivery is measured against, in the pages of the same two browsers. */
/* global indexedDB, RTCPeerConnection */

const FRAMES = 20_000;
const BYTES = 512;
const ROUND_MS = 1_500;

/** Frames a second over a data channel of nothing but the two browsers. */
export async function bareChannel(from, to) {
  const offer = await from.evaluate(async () => {
    const peer = new RTCPeerConnection();
    globalThis.bare = { peer, channel: peer.createDataChannel('bare') };
    await peer.setLocalDescription();
    await new Promise((resolve) => {
      peer.onicecandidate = ({ candidate }) => {
        if (candidate === null) resolve();
      };
    });
    return peer.localDescription.toJSON();
  });
  const answer = await to.evaluate(
    async ([description, frames]) => {
      const peer = new RTCPeerConnection();
      const received = new Promise((resolve) => {
        peer.ondatachannel = ({ channel }) => {
          let count = 0;
          let first = 0;
          channel.onmessage = () => {
            if (count++ === 0) first = performance.now();
            if (count === frames) resolve((frames * 1_000) / (performance.now() - first));
          };
        };
      });
      globalThis.bare = { peer, received };
      await peer.setRemoteDescription(description);
      await peer.setLocalDescription();
      await new Promise((resolve) => {
        peer.onicecandidate = ({ candidate }) => {
          if (candidate === null) resolve();
        };
      });
      return peer.localDescription.toJSON();
    },
    [offer, FRAMES]
  );
  await from.evaluate(
    async ([description, frames, bytes]) => {
      const { peer, channel } = globalThis.bare;
      await peer.setRemoteDescription(description);
      if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve));
      channel.bufferedAmountLowThreshold = 1 << 16;
      const frame = new Uint8Array(bytes);
      for (let sent = 0; sent < frames; sent++) {
        if (channel.bufferedAmount > 1 << 18)
          await new Promise((resolve) => (channel.onbufferedamountlow = resolve));
        channel.send(frame);
      }
    },
    [answer, FRAMES, BYTES]
  );
  const rate = await to.evaluate(() => globalThis.bare.received);
  for (const page of [from, to])
    await page.evaluate(() => {
      globalThis.bare.peer.close();
    });
  return rate;
}

/** Puts a second that are on the disk: 100 in a transaction, and one. */
export function barePuts(page) {
  return page.evaluate(
    async ([bytes, ms]) => {
      const done = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => {
            resolve(request.result);
          };
          request.onerror = () => {
            reject(request.error);
          };
        });
      const opening = indexedDB.open('bare');
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore('rows', { autoIncrement: true });
      };
      const database = await done(opening);
      const rate = async (batch) => {
        const start = performance.now();
        let count = 0;
        for (; performance.now() - start < ms; count += batch) {
          const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' });
          const rows = transaction.objectStore('rows');
          for (let put = 0; put < batch; put++) rows.put({ sealed: new Uint8Array(bytes) });
          await new Promise((resolve) => (transaction.oncomplete = resolve));
        }
        return (count * 1_000) / (performance.now() - start);
      };
      const rates = { batched: await rate(100), single: await rate(1) };
      database.close();
      await done(indexedDB.deleteDatabase('bare'));
      return rates;
    },
    [BYTES, ROUND_MS]
  );
}
