/**
 * Says "New message" outside of the page, without a word of what was written: by the service worker's registration, so
 * that it works on phones, too. Nothing is asked for that the user has not tapped for, and nothing is said of a
 * conversation that they look at. What is read here goes from the screen there.
 */
import type { ConversationId, Knock } from '../engine/api.ts';
import { announcements, type Attended, type Looking } from './attention.ts';
import { m } from './i18n/compiled/messages.js';

const WANTED = 'aparte: notify';
const NAMES = 'aparte: notify with names';
const OFFERED = 'aparte: notify was offered';
const KNOCKING = 'knock';
const idShape = /^[0-9a-f]{32}$/;

/** The types of the platform leave out what browsers have. */
type Options = NotificationOptions & { readonly renotify?: boolean };

export class Notifications {
  #permission = $state.raw<NotificationPermission | null>(permission());
  #wanted = $state(isKept(WANTED));
  #names = $state(isKept(NAMES));
  #offered = $state(isKept(OFFERED));
  #before: readonly Attended[] | null = null;
  #knocks: readonly Knock[] = [];

  /** `unsupported`: this browser has none, or not for a page that is not installed. */
  get state(): 'unsupported' | 'denied' | 'off' | 'on' {
    if (this.#permission === null) return 'unsupported';
    if (this.#permission === 'denied') return 'denied';
    return this.#wanted && this.#permission === 'granted' ? 'on' : 'off';
  }

  get names(): boolean {
    return this.#names;
  }

  /** The quiet question under a message that waits may be asked: once in the life of this profile. */
  get offerable(): boolean {
    return this.state === 'off' && !this.#offered;
  }

  /** From a tap, never otherwise. Resolves to whether it is on now. */
  async enable(): Promise<boolean> {
    this.decline();
    if (this.#permission === null) return false;
    this.#permission = await Notification.requestPermission();
    this.#wanted = this.#permission === 'granted';
    keep(WANTED, this.#wanted);
    return this.#wanted;
  }

  disable(): void {
    this.#wanted = false;
    keep(WANTED, false);
    void this.silence();
  }

  showNames(names: boolean): void {
    this.#names = names;
    keep(NAMES, names);
  }

  /** The question was answered, or put away. */
  decline(): void {
    this.#offered = true;
    keep(OFFERED, true);
  }

  /** Calls back when the user has chosen a notification: null is nobody in particular. Returns the unsubscriber. */
  onChosen(open: (id: ConversationId | null) => void): () => void {
    const container = workers();
    const listener = ({ data }: MessageEvent<unknown>): void => {
      if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'OPEN') return;
      const id = 'conversation' in data ? data.conversation : null;
      open(typeof id === 'string' && idShape.test(id) ? (id as ConversationId) : null);
    };
    container?.addEventListener('message', listener);
    return () => {
      container?.removeEventListener('message', listener);
    };
  }

  /** A new picture of everything. Null: there is none any more, another tab tells from now on. */
  update(now: readonly Attended[] | null, knocks: readonly Knock[], looking: Looking): void {
    const { show, close } = announcements(this.#before, now ?? [], looking, Date.now());
    const fresh = knocks.some(({ id }) => !this.#knocks.some((known) => known.id === id));
    const over = knocks.length === 0 && this.#knocks.length > 0;
    this.#before = now;
    this.#knocks = knocks;
    if (this.state !== 'on') return;
    for (const conversation of show) void this.#tell(conversation);
    if (fresh && looking === 'away') void this.#show(m.app_name(), m.notification_knock(), KNOCKING, null);
    if (close.length > 0 || over) {
      void this.#close(({ tag }) => close.includes(tag as ConversationId) || (over && tag === KNOCKING));
    }
  }

  /** Whatever was told goes from the screen. */
  silence(): Promise<void> {
    return this.#close((): boolean => true);
  }

  async #tell({ id, title, unread }: Attended): Promise<void> {
    const head = this.#names ? (title ?? m.someone()) : m.app_name();
    await this.#show(head, m.notification_new({ count: unread }), id, id);
    // Read while it was on its way to the screen.
    if (!this.#before?.some((now) => now.id === id && now.unread > 0))
      await this.#close(({ tag }) => tag === id);
  }

  async #show(title: string, body: string, tag: string, conversation: ConversationId | null): Promise<void> {
    const options: Options = {
      body,
      tag,
      renotify: true,
      silent: true,
      data: { conversation },
      icon: '/icons/icon-192.png',
      badge: '/icons/monochrome-512.png'
    };
    // Taken back in the browser's settings meanwhile: then there is nothing to show.
    await (await registration())?.showNotification(title, options).catch(() => undefined);
  }

  async #close(which: (notification: Notification) => boolean): Promise<void> {
    const shown = (await (await registration())?.getNotifications()) ?? [];
    for (const notification of shown) if (which(notification)) notification.close();
  }
}

function permission(): NotificationPermission | null {
  return 'Notification' in window && workers() !== undefined ? Notification.permission : null;
}

/** Not there in an insecure context, whatever the types promise. */
function workers(): ServiceWorkerContainer | undefined {
  return navigator.serviceWorker;
}

async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  return workers()?.getRegistration();
}

function isKept(key: string): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    // Storage is refused to this page.
    return false;
  }
}

function keep(key: string, value: boolean): void {
  try {
    if (value) localStorage.setItem(key, '1');
    else localStorage.removeItem(key);
  } catch {
    // Then it is so until the page is closed.
  }
}
