/**
 * Makes the app open without a network: keeps the build, the static files and the pages of one version, and answers
 * from them, navigations included. It holds no keys, touches no storage but that cache, and never sees a fragment,
 * so neither an invitation nor a conversation's id passes through it.
 */
/// <reference lib="webworker" />
import { build, files, prerendered, version } from '$service-worker';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';

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
