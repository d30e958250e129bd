/** How this browser installs the app, and when to offer it: never at first, and not again for a while after a no. */
import type { ConversationSummary } from '../engine/api.ts';
import { hasTalked, wayByHand, type InstallWay } from './install-way.ts';
import { installPrompt, onInstallPrompt, useInstallPrompt } from './install-prompt.ts';

const REFUSED = 'aparte: not to be installed';
const patienceMs = 30 * 86_400_000;

export class Install {
  #prompt = $state.raw(installPrompt());
  #installed = $state(isStandalone());
  #refusedAt = $state(refusedAt());
  readonly #byHand = wayByHand(navigator);

  get way(): InstallWay {
    if (this.#installed) return 'installed';
    return this.#prompt === null ? this.#byHand : 'prompt';
  }

  /** Where it can be installed, is not yet, and was not refused lately. */
  isOffered(conversations: readonly ConversationSummary[], now: number): boolean {
    if (this.way === 'none' || this.way === 'installed') return false;
    return now - this.#refusedAt >= patienceMs && hasTalked(conversations);
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
    try {
      localStorage.setItem(REFUSED, String(now));
    } catch {
      // Then it is offered again the next time.
    }
  }
}

function isStandalone(): boolean {
  // Safari's own word for it is older than the standard's.
  const { standalone } = navigator as { readonly standalone?: boolean };
  return standalone === true || matchMedia('(display-mode: standalone)').matches;
}

function refusedAt(): number {
  try {
    const kept = Number(localStorage.getItem(REFUSED) ?? NaN);
    return Number.isFinite(kept) ? kept : -Infinity;
  } catch {
    return -Infinity;
  }
}
