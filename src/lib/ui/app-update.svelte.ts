/**
 * Registers the service worker and says when a new version waits. The worker never replaces a running version by
 * itself: the user agrees (`apply`), the new one takes over, and every tab reloads into it.
 */
import { dev } from '$app/environment';
import type { Workbox } from 'workbox-window';

const SCRIPT = '/service-worker.js';
const PATIENCE_MS = 5_000;
/** Before what could not be installed is tried again; then twice as long each time. */
const AGAIN_MS = 10_000;
/** A messenger stays open for days; the browser itself looks for a new version only when a page is opened. */
const LOOK_AGAIN_MS = 60 * 60 * 1_000;

export class AppUpdate {
  #ready = $state(false);
  #workbox: Workbox | null = null;
  #agreed = false;

  /** A new version is there and waits to be let in. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Once a page. Costs nothing before the page is loaded: the library comes after the first paint. */
  async start(): Promise<void> {
    // In development the worker is a module that no browser needs; without a secure context there is none.
    if (dev || !('serviceWorker' in navigator)) return;
    await pageLoaded();
    this.#lookAgain();
    await this.#install(scriptUrl());
  }

  /**
   * The server may be away just now, a file may not come, the browser may have no time, and all that of a worker that
   * another page began, of which this one hears nothing. Without another try nothing would open offline for as long as
   * this page stays, which may be days.
   */
  async #install(script: string | TrustedScriptURL): Promise<void> {
    let registration = await this.#register(script);
    for (let wait = AGAIN_MS; !registration?.active; wait = Math.min(2 * wait, LOOK_AGAIN_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (registration?.installing || registration?.waiting || registration?.active) continue;
      registration = await this.#register(script);
    }
  }

  async #register(script: string | TrustedScriptURL): Promise<ServiceWorkerRegistration | undefined> {
    try {
      const { Workbox } = await import('workbox-window');
      const workbox = new Workbox(script);
      this.#listen(workbox);
      this.#workbox = workbox;
      return await workbox.register();
    } catch {
      return undefined;
    }
  }

  #listen(workbox: Workbox): void {
    let controlled = navigator.serviceWorker.controller !== null;
    workbox.addEventListener('waiting', () => {
      this.#ready = true;
    });
    workbox.addEventListener('controlling', () => {
      // The first worker to take a page over brings the version that it already shows. Any later one may have been
      // let in by another tab: the scripts that this page would still load are gone.
      if (controlled) location.reload();
      controlled = true;
    });
    workbox.addEventListener('activated', () => {
      // A page that was reloaded past its worker hears no 'controlling'.
      if (this.#agreed) location.reload();
    });
  }

  /** The user agreed. The page reloads as soon as the new version is in charge. */
  apply(): void {
    this.#agreed = true;
    this.#workbox?.messageSkipWaiting();
    // A worker that has still something to do for this page, or that a busy browser takes for one, gives way without it.
    setTimeout(() => {
      location.reload();
    }, PATIENCE_MS);
  }

  #lookAgain(): void {
    let lookedAt = performance.now();
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible' || performance.now() - lookedAt < LOOK_AGAIN_MS) return;
      lookedAt = performance.now();
      // Offline, most likely. There is a next time.
      this.#workbox?.update().catch(() => undefined);
    });
  }
}

/** The one script URL that the page's policy lets through (svelte.config.js, trusted-types). */
function scriptUrl(): string | TrustedScriptURL {
  const policy = window.trustedTypes?.createPolicy('aparte-service-worker', {
    createScriptURL: (url) => {
      if (url !== SCRIPT) throw new TypeError('not our service worker');
      return url;
    }
  });
  return policy?.createScriptURL(SCRIPT) ?? SCRIPT;
}

function pageLoaded(): Promise<void> {
  if (document.readyState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    addEventListener(
      'load',
      () => {
        resolve();
      },
      { once: true }
    );
  });
}
