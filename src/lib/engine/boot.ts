/** The composition root: the one place that names real adapters and touches the browser's globals. */
import type { Clock } from '../clock.ts';
import { deleteDatabase, openIndexedDbStore } from '../storage/indexeddb.ts';
import { openMemoryStore } from '../storage/memory.ts';
import { DATABASE } from '../storage/schema.ts';
import { StoreError, type Store } from '../storage/store.ts';
import { lazyPeers } from '../transport/lazy.ts';
import type { ConnectPeer } from '../transport/ports.ts';
import { connectWebSocket } from '../transport/websocket.ts';
import { SIGNAL_PATH } from '../wire/signaling.ts';
import type { Engine, ProblemCode } from './api.ts';
import { Session } from './session.ts';
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

/** Starts the one engine of this page. */
export function boot(): Promise<Engine> {
  const { host, origin, protocol } = location;
  const session = new Session({
    clock,
    random,
    locks: (navigator as Partial<Navigator>).locks,
    openStore,
    connectSignaling: (listener) =>
      connectWebSocket({
        url: `${protocol === 'http:' ? 'ws' : 'wss'}://${host}${SIGNAL_PATH}`,
        ...{ clock, random, listener }
      }),
    connectPeer: lazyPeers(loadWebRtc),
    joinUrl: `${origin}/join`,
    problem: missing(),
    erase
  });
  session.start();
  // Half of all script is WebRTC. It is fetched as soon as somebody is there to talk to, and not for an empty list.
  const stop = session.subscribe(({ conversations, invitations }) => {
    if (conversations.length + invitations.length > 0) prefetch();
  });
  const prefetch = (): void => {
    stop();
    loadWebRtc().catch(() => undefined);
  };
  if (location.pathname.startsWith('/join')) prefetch();
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

async function loadWebRtc(): Promise<ConnectPeer> {
  const { connectWebRtc } = await import('../transport/webrtc.ts');
  return (options) => connectWebRtc({ ...options, clock, iceServers: [] });
}

async function openStore(onClosed: () => void): Promise<{ store: Store; durable: boolean }> {
  try {
    return { store: await openIndexedDbStore(onClosed), durable: true };
  } catch (error) {
    // A private window without a database: everything works until the window is closed, and the user is told so.
    if (error instanceof StoreError && error.code === 'unavailable') {
      return { store: openMemoryStore(), durable: false };
    }
    throw error;
  }
}

async function erase(): Promise<void> {
  await deleteDatabase(DATABASE);
  for (const name of await caches.keys()) await caches.delete(name);
  for (const registration of await navigator.serviceWorker.getRegistrations())
    await registration.unregister();
  localStorage.clear();
  sessionStorage.clear();
}
