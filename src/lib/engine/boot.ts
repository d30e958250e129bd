/** The composition root: the one place that names real adapters and touches the browser's globals. */
import type { Clock } from '../clock.ts';
import { deleteDatabase, openIndexedDbStore, readRemains } from '../storage/indexeddb.ts';
import { openMemoryStore } from '../storage/memory.ts';
import { StoreError, type Store } from '../storage/store.ts';
import { lazyPeers } from '../transport/lazy.ts';
import type { ConnectPeer } from '../transport/ports.ts';
import { connectWebSocket } from '../transport/websocket.ts';
import { SIGNAL_PATH } from '../wire/signaling.ts';
import type { Engine, ProblemCode } from './api.ts';
import { durabilityOf } from './durability.ts';
import { Session } from './session.ts';

/** A clock that has jumped by more than this means that the page slept. */
const SLEEP_MS = 5_000;
const PULSE_MS = 2_000;

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

/** Starts the one engine of this page. */
export function boot(): Promise<Engine> {
  const { host, origin, protocol } = location;
  const session = new Session({
    clock,
    random,
    locks: (navigator as Partial<Navigator>).locks,
    openStore,
    readRemains,
    durability,
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
  // Whoever opens a link needs all of it: while the database opens, the script is on its way.
  if (location.pathname.startsWith('/join')) {
    prefetch();
    import('./engine.ts').catch(() => undefined);
  }
  watchForWaking((changed) => {
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
    if (error instanceof StoreError && error.code === 'unavailable' && !durability.wasKept()) {
      return { store: openMemoryStore(), durable: false };
    }
    throw error;
  }
}

/** Sleep, a frozen tab and a changed network all end connections without a word. */
function watchForWaking(wake: (changed: boolean) => void): void {
  const changed = (): void => {
    wake(true);
  };
  addEventListener('online', changed);
  // Not every browser tells of it (and none on a cable): where it is missing, silence is noticed instead.
  (navigator as { readonly connection?: EventTarget }).connection?.addEventListener('change', changed);
  const awake = (): void => {
    if (document.visibilityState === 'visible') wake(false);
  };
  addEventListener('pageshow', awake);
  for (const event of ['resume', 'visibilitychange']) document.addEventListener(event, awake);
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > PULSE_MS + SLEEP_MS) wake(true);
    last = now;
  }, PULSE_MS);
}

/** The database last: where another tab holds it, it goes when that tab is closed, and this was everything else. */
async function erase(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  for (const name of await caches.keys()) await caches.delete(name);
  for (const registration of await navigator.serviceWorker.getRegistrations())
    await registration.unregister();
  await deleteDatabase();
}
