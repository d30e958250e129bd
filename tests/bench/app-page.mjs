/* global document, MutationObserver, requestAnimationFrame, RTCPeerConnection */
/**
 * Runs in every page of the app before the app does: presses what a hurried person would press, the moment it can be
 * pressed, and notes when what happened, in milliseconds since the navigation began.
 * @param {{ role: 'guest' | 'inviter', text: string }} options
 */
export function drive({ role, text }) {
  const marks = {};
  const mark = (name) => {
    marks[name] ??= performance.now();
  };
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  let reach;
  const online = new Promise((resolve) => {
    reach = resolve;
  });
  let peers = 0;
  let done = false;

  globalThis.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      this.addEventListener('open', () => {
        mark('socket');
        reach();
      });
    }
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      peers++;
      mark('handshake');
    }

    createDataChannel(...options) {
      const channel = super.createDataChannel(...options);
      channel.addEventListener('open', () => {
        mark('channel');
      });
      return channel;
    }
  };

  const buttonNamed = (name) =>
    [...document.querySelectorAll('button:enabled')].find(
      (button) => (button.ariaLabel ?? button.textContent).trim() === name
    );
  const painted = (name, then) => {
    requestAnimationFrame(() => {
      mark(name);
      then();
    });
  };
  const look = () => {
    const status = document.querySelector('[role=status][aria-label="Connection"]')?.textContent ?? '';
    const connected = status.trim().startsWith('Connected');
    if (connected) mark('connected');
    if (role === 'guest') {
      const join = marks.join === undefined && buttonNamed('Join');
      if (join) {
        mark('join');
        join.click();
      }
      if (status !== '') mark('conversation');
      if (!done && document.querySelector('[role=log]')?.textContent.includes(text)) {
        done = true;
        painted('received', () => {
          finish({ ...marks, peers });
        });
      }
    } else if (connected && !done) {
      const field = document.querySelector('textarea');
      if (!field || document.querySelector('[role=log]')?.textContent.includes(text)) return;
      done = true;
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      queueMicrotask(press);
    }
  };
  const press = () => {
    const send = buttonNamed('Send');
    if (send) send.click();
    else requestAnimationFrame(press);
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true
  });
  globalThis.bench = {
    finished,
    online,
    /** Resolves with the marks when the page says that it is connected. */
    connected: async () => {
      while (marks.connected === undefined) await new Promise(requestAnimationFrame);
      return { ...marks, peers };
    }
  };
}
