/** The contract suites with the browser's own adapters, as one script of a page: tests/e2e/contract.spec.ts runs it. */
import { openIndexedDbStore } from '../../src/lib/storage/indexeddb.ts';
import { openOpfsKeyFile } from '../../src/lib/storage/key-file-opfs.ts';
import type { Store } from '../../src/lib/storage/store.ts';
import { connectWebRtc } from '../../src/lib/transport/webrtc.ts';
import { connectWebSocket } from '../../src/lib/transport/websocket.ts';
import { SIGNAL_PATH } from '../../src/lib/wire/signaling.ts';
import { realClock as clock, realRandom as random, silence, type Clause } from './check.ts';
import { peerContract } from './peer.ts';
import { signalingContract } from './signaling.ts';
import { indexedDbContract } from './indexeddb.ts';
import { keyFileContract, ownFileContract } from './key-file.ts';
import { storeContract } from './store.ts';

export type Suite = 'store' | 'IndexedDB' | 'key file' | 'peer' | 'signaling';

declare global {
  interface Window {
    /** Given by the test. */
    setServer: (up: boolean) => Promise<void>;
    /** `database`: a name that no other clause has, of a database or a file. */
    keep: (suite: Suite, name: string, database: string) => Promise<void>;
  }
}

window.keep = async (suite, name, database) => {
  switch (suite) {
    case 'store': {
      const stores: Store[] = [];
      await clause(storeContract, name).run({
        async open(onClosed = () => undefined) {
          const store = await openIndexedDbStore(onClosed, database);
          stores.push(store);
          return store;
        }
      });
      for (const store of stores) store.close();
      return;
    }
    case 'IndexedDB':
      return clause(indexedDbContract, name).run(database);
    case 'key file': {
      const workers: Worker[] = [];
      let epoch = 0;
      await clause([...keyFileContract, ...ownFileContract], name).run({
        open() {
          const start = (): Worker => {
            const worker = new Worker('/key-file.worker.js');
            workers.push(worker);
            return worker;
          };
          const file = openOpfsKeyFile(start, database);
          return file ? Promise.resolve(file) : Promise.reject(new Error('no file system'));
        },
        claim: () => Promise.resolve(++epoch)
      });
      for (const worker of workers) worker.terminate();
      return;
    }
    case 'peer':
      return clause(peerContract, name).run({
        connect: (options) => connectWebRtc({ ...options, clock, iceServers: [] }),
        silence: () => silence(500)
      });
    case 'signaling':
      return clause(signalingContract, name).run({
        connect: (listener) =>
          connectWebSocket({ url: `ws://${location.host}${SIGNAL_PATH}`, clock, random, listener }),
        setServer: window.setServer
      });
  }
};

function clause<Bench>(contract: readonly Clause<Bench>[], name: string): Clause<Bench> {
  const found = contract.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no clause says: ${name}`);
  return found;
}
