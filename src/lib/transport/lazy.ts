/** A peer adapter that is loaded with the first connection: half of the page's script is WebRTC, and a list needs none. */
import type { ConnectPeer, PeerConnection, PeerOptions } from './ports.ts';

/** Connects through what `load` brings; what is asked of a connection before that waits, in order. */
export function lazyPeers(load: (options: PeerOptions) => Promise<ConnectPeer>): ConnectPeer {
  return (options) => {
    let real: PeerConnection | null = null;
    let closed = false;
    let waiting: ((connection: PeerConnection) => void)[] = [];
    const ask = (call: (connection: PeerConnection) => void): void => {
      if (real) call(real);
      else if (!closed) waiting.push(call);
    };
    load(options)
      .then((connect) => {
        if (closed) return;
        real = connect(options);
        for (const call of waiting) call(real);
        waiting = [];
      })
      .catch(() => {
        // The script could not be had (no network, no cache), or the browser refuses: the same as a connection that failed.
        if (!closed) options.listener({ kind: 'closed' });
      });
    return {
      setAnswer: (remote) => {
        ask((connection) => {
          connection.setAnswer(remote);
        });
      },
      addCandidates: (candidates) => {
        ask((connection) => {
          connection.addCandidates(candidates);
        });
      },
      send: (frame) => {
        ask((connection) => {
          connection.send(frame);
        });
      },
      path: () => (real && !closed ? real.path() : Promise.resolve(null)),
      close: () => {
        closed = true;
        real?.close();
      }
    };
  };
}
