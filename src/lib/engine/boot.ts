/** The composition root: the one place that names real adapters and touches the browser's globals. */
import type { Clock } from '../clock.ts';
import { KEY_FILE_NAME, openOpfsKeyFile } from '../storage/key-file-opfs.ts';
import keyFileWorker from '../storage/key-file.worker.ts?worker&url';
import { deleteDatabase, openIndexedDbStore, readRemains } from '../storage/indexeddb.ts';
import { openMemoryStore } from '../storage/memory.ts';
import type { KeyFile } from '../storage/key-file.ts';
import { StoreError, type Store } from '../storage/store.ts';
import { lazyPeers } from '../transport/lazy.ts';
import type { ConnectPeer, PeerOptions } from '../transport/ports.ts';
import { fetchIceAnswer, IceServers } from '../transport/ice-servers.ts';
import type { connectWebRtc } from '../transport/webrtc.ts';
import { connectWebSocket } from '../transport/websocket.ts';
import { SIGNAL_PATH } from '../wire/signaling.ts';
import type { Engine, ProblemCode } from './api.ts';
import { durabilityOf } from './durability.ts';
import { passkeys } from './passkey.ts';
import { Session } from './session.ts';
import { stretch } from './stretch.ts';
import { startWorker } from './worker.ts';
import { watchForWaking, type Connection } from './waking.ts';

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  }
};

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

const durability = durabilityOf(navigator);

const keyFileWith = (name: string): KeyFile | null => openOpfsKeyFile(() => startWorker(keyFileWorker), name);
const keyFile = keyFileWith(KEY_FILE_NAME);
const lockFile = keyFileWith('aparte-lock');

/** Starts the one engine of this page. Calls back when somebody is there to talk to, and what connects has not come. */
export function boot(onNotLoaded: () => void): Promise<Engine> {
  // The app's own server; a build for another host names one (signaling/README.md).
  const server = (import.meta.env.VITE_SIGNALING_ORIGIN as string | undefined) || location.origin;
  const ice = new IceServers({
    clock,
    load: () => fetchIceAnswer(server),
    onChange: () => {
      session.onIceOffer();
    }
  });
  const session = new Session({
    clock,
    random,
    locks: (navigator as Partial<Navigator>).locks,
    openStore,
    keyFile,
    readRemains,
    durability,
    connectSignaling: (listener) => {
      // Asked for together with the first word to the server: there before anybody can be met.
      void ice.refresh();
      return connectWebSocket({
        url: server.replace(/^http/, 'ws') + SIGNAL_PATH,
        ...{ clock, random },
        listener: (event) => {
          if (event.kind === 'online') void ice.refresh();
          listener(event);
        }
      });
    },
    connectPeer: lazyPeers((options) => connectPeer(ice, options, onNotLoaded)),
    joinUrl: `${location.origin}/join`,
    iceOffer: () => ice.offer,
    problem: missing(),
    lockFile,
    stretch,
    passkeys,
    reload: () => {
      location.reload();
    },
    eraseData,
    backupCipher: async () => (await import('../backup/in-worker.ts')).inWorker,
    erase
  });
  session.start();
  document.addEventListener('freeze', () => {
    session.freeze();
  });
  document.addEventListener('resume', () => {
    session.thaw();
  });
  // Half of all script is WebRTC. It is fetched as soon as somebody is there to talk to, and not for an empty list.
  const stop = session.subscribe(({ conversations, invitations }) => {
    if (conversations.length + invitations.length > 0) prefetch();
  });
  const prefetch = (): void => {
    stop();
    loadWebRtc().catch(() => undefined);
  };
  // Whoever opens a link needs all of it: while the database opens, the script is on its way.
  if (location.pathname.startsWith('/join')) {
    prefetch();
    import('./engine.ts').catch(() => undefined);
  }
  const { connection } = navigator as { readonly connection?: Connection };
  watchForWaking({ window, document, connection, clock }, (changed) => {
    session.wake(changed);
  });
  return Promise.resolve(session);
}

function missing(): ProblemCode | null {
  if (typeof WebSocket === 'undefined') return 'no-websocket';
  return typeof RTCPeerConnection === 'undefined' ? 'no-webrtc' : null;
}

async function loadWebRtc(): Promise<typeof connectWebRtc> {
  return (await import('../transport/webrtc.ts')).connectWebRtc;
}

async function connectPeer(
  ice: IceServers,
  { relayOnly }: PeerOptions,
  onNotLoaded: () => void
): Promise<ConnectPeer> {
  const prepared = ice.prepare(relayOnly);
  const connect = await loadWebRtc().catch((error: unknown) => {
    onNotLoaded();
    throw error;
  });
  await prepared;
  return (options) => connect({ ...options, clock, iceServers: ice.servers });
}

async function openStore(onClosed: () => void): Promise<{ store: Store; durable: boolean }> {
  try {
    return { store: await openIndexedDbStore(onClosed), durable: true };
  } catch (error) {
    // A private window without a database: everything works until the window is closed, and the user is told so.
    if (error instanceof StoreError && error.code === 'unavailable' && !durability.wasKept()) {
      return { store: openMemoryStore(), durable: false };
    }
    throw error;
  }
}

/** How the page looks and speaks, which says nothing of anybody (ui/preferences.ts). */
const LOOKS = /^aparte\.(?:theme|size|language)$/;

/** All that says something of anybody. The app stays: it opens again without a network, and looks as it did. */
async function eraseData(): Promise<void> {
  await eraseFiles();
  await tryTo(() => {
    for (const word of Object.keys(localStorage)) if (!LOOKS.test(word)) localStorage.removeItem(word);
    sessionStorage.clear();
  });
  await deleteDatabase();
}

/** The database last: where another tab holds it, it goes when that tab is closed, and this was everything else. */
async function erase(): Promise<void> {
  await eraseFiles();
  await tryTo(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await tryTo(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await tryTo(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
  });
  await deleteDatabase();
}

/** What a browser does not let a page touch holds nothing of it, and keeps the rest from going no more. */
async function tryTo(eraseSome: () => void | Promise<void>): Promise<void> {
  try {
    await eraseSome();
  } catch {
    // What is left is looked for afterwards (ui/emptiness.ts).
  }
}

/** The keys first, overwritten: without them nothing opens that the disk may keep of the database. Then any other file. */
async function eraseFiles(): Promise<void> {
  await lockFile?.destroy().catch(() => undefined);
  await keyFile?.destroy().catch(() => undefined);
  const root = await (navigator.storage as Partial<StorageManager> | undefined)
    ?.getDirectory?.()
    .catch(() => null);
  for await (const name of root?.keys() ?? [])
    await root?.removeEntry(name, { recursive: true }).catch(() => undefined);
}
