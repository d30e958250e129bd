/**
 * Makes the app open without a network: keeps the build, the static files and the pages of one version, and answers
 * from them, navigations included. It holds no keys, touches no storage but that cache, and never sees a fragment, so no
 * invitation passes through it. What another app shares becomes a fragment here, so that it leaves the device no more
 * than those do; and a notification that was chosen brings its conversation to the front, by its random id.
 */
/// <reference lib="webworker" />
import { build, files, prerendered, version } from '$service-worker';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';

import { SHARE_PATH, shareFragment, sharedText } from './lib/ui/shared.ts';

declare const self: ServiceWorkerGlobalScope;

/**
 * Pages and static files keep their names from build to build, so their cache entries need a revision. A page names
 * the two entry scripts, whose own names are hashes over all that they load: pages and scripts never part.
 */
const revision = [version, ...build.filter((path) => path.includes('/entry/'))].join(' ');

/** Icons are for the operating system, which fetches them when the app is installed. */
const offlineFiles = files.filter((path) => !path.startsWith('/icons/'));

precacheAndRoute(
  [
    ...build.map((url) => ({ url, revision: null })),
    ...[...offlineFiles, ...prerendered].map((url) => ({ url, revision }))
  ],
  // One address a page, whatever query somebody's tool hangs on it.
  { cleanURLs: false, directoryIndex: '', ignoreURLParametersMatching: [/./] }
);
cleanupOutdatedCaches();

self.addEventListener('install', () => {
  // The page that brings the first version is served from it at once, so that what it loads later is there offline.
  // An update takes no page over: it waits until it is asked to.
  if (self.registration.active !== null) return;
  self.addEventListener('activate', (event) => {
    event.waitUntil(self.clients.claim());
  });
});

// Sent by workbox-window's messageSkipWaiting, after the user agreed.
self.addEventListener('message', (event) => {
  const message: unknown = event.data;
  if (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'SKIP_WAITING'
  ) {
    void self.skipWaiting();
  }
});

// Only forms are sent here with POST: the share sheet's.
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'POST' || new URL(request.url).pathname !== SHARE_PATH) return;
  event.respondWith(received(request));
});

async function received(request: Request): Promise<Response> {
  const form = await request.formData().catch(() => new FormData());
  const text = sharedText(['title', 'text', 'url'].map((name) => form.get(name)));
  return Response.redirect(`/${text === '' ? '' : shareFragment(text)}`, 303);
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const data: unknown = event.notification.data;
  const id = typeof data === 'object' && data !== null && 'conversation' in data ? data.conversation : null;
  event.waitUntil(bringToFront(typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) ? id : null));
});

/** The page that was looked at last, or a new one. */
async function bringToFront(conversation: string | null): Promise<void> {
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (page === undefined) {
    await self.clients.openWindow(conversation === null ? '/' : `/#c=${conversation}`);
    return;
  }
  // A browser may refuse to move its windows; the conversation opens all the same.
  await page.focus().catch(() => undefined);
  page.postMessage({ type: 'OPEN', conversation });
}
