/** How this browser installs the app, and when to offer it: never at first, and not again for a while after a no. */
import type { ConversationSummary } from '../engine/api.ts';
import { hasTalked, wayByHand, type InstallWay } from './install-way.ts';
import { installPrompt, onInstallPrompt, useInstallPrompt } from './install-prompt.ts';

const REFUSED = 'aparte: not to be installed';
const TALKED = 'aparte: something was said';
const patienceMs = 30 * 86_400_000;

export class Install {
  #prompt = $state.raw(installPrompt());
  #installed = $state(isStandalone());
  #refusedAt = $state(kept(REFUSED, -Infinity));
  #talked = $state(kept(TALKED, 0) > 0);
  readonly #byHand = wayByHand(navigator);

  get way(): InstallWay {
    if (this.#installed) return 'installed';
    return this.#prompt === null ? this.#byHand : 'prompt';
  }

  /** Where it can be installed, is not yet, was not refused lately, and somebody knows what it is. */
  isOffered(now: number): boolean {
    if (this.way === 'none' || this.way === 'installed') return false;
    return this.#talked && now - this.#refusedAt >= patienceMs;
  }

  /** A new picture of everything: once something has been said, it has been said. */
  update(conversations: readonly ConversationSummary[]): void {
    if (this.#talked || !hasTalked(conversations)) return;
    this.#talked = true;
    keep(TALKED, 1);
  }

  /** Returns the unsubscriber. */
  watch(): () => void {
    const unfollow = onInstallPrompt(() => {
      this.#prompt = installPrompt();
    });
    const listening = new AbortController();
    addEventListener(
      'appinstalled',
      () => {
        this.#installed = true;
      },
      { signal: listening.signal }
    );
    return () => {
      unfollow();
      listening.abort();
    };
  }

  /** Lets the browser ask. A no there is a no here. */
  async install(now: number): Promise<void> {
    const answer = await useInstallPrompt()?.prompt();
    if (answer?.outcome === 'accepted') this.#installed = true;
    else this.refuse(now);
  }

  refuse(now: number): void {
    this.#refusedAt = now;
    keep(REFUSED, now);
  }
}

function isStandalone(): boolean {
  // Safari's own word for it is older than the standard's.
  const { standalone } = navigator as { readonly standalone?: boolean };
  return standalone === true || matchMedia('(display-mode: standalone)').matches;
}

function kept(key: string, otherwise: number): number {
  try {
    const number = Number(localStorage.getItem(key) ?? NaN);
    return Number.isFinite(number) ? number : otherwise;
  } catch {
    // Storage is refused to this page.
    return otherwise;
  }
}

function keep(key: string, number: number): void {
  try {
    localStorage.setItem(key, String(number));
  } catch {
    // Then it is so until the page is closed.
  }
}
