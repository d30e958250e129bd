/**
 * The end of conversations that were forgotten (protocol, section 10): what is left of one goes when nothing is left to say;
 * not at once, because the other side still has to hear that it was heard.
 */
import type { Clock } from '../clock.ts';
import { isOver } from '../conversation/forget.ts';
import type { Conversation } from '../conversation/state.ts';
import type { ConversationId, Snapshot } from './api.ts';
import type { Contact } from './contact.ts';

const LINGER_MS = 5_000;

export class Forgetting {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #destroy: (contact: Contact) => Promise<void>;
  readonly #lingering = new Map<Contact, () => void>();
  readonly #ending = new Set<Contact>();
  /** What conversations were called, by their ids: in this memory alone. */
  readonly #ended = new Map<ConversationId, string | null>();

  constructor(clock: Clock, now: () => number, destroy: (contact: Contact) => Promise<void>) {
    this.#clock = clock;
    this.#now = now;
    this.#destroy = destroy;
  }

  get ended(): Snapshot['ended'] {
    return Array.from(this.#ended, ([id, title]) => ({ id, title }));
  }

  /** Something about it has changed, or it was found on the disk. What it was called is known `before` that alone. */
  watch(contact: Contact, before: Conversation = contact.state): void {
    const { title, peerName } = before;
    const id = contact.state.id as ConversationId;
    const ended = contact.state.forgotten?.mine === false && !this.#ended.has(id);
    if (ended) this.#ended.set(id, title ?? peerName);
    if (!isOver(contact.state, this.#now()) || this.#ending.has(contact)) return;
    if (contact.connection.kind !== 'connected') this.#end(contact);
    else if (!this.#lingering.has(contact)) {
      const cancel = this.#clock.after(LINGER_MS, () => {
        this.#end(contact);
      });
      this.#lingering.set(contact, cancel);
    }
  }

  close(): void {
    for (const cancel of this.#lingering.values()) cancel();
    this.#lingering.clear();
  }

  #end(contact: Contact): void {
    this.#lingering.get(contact)?.();
    this.#lingering.delete(contact);
    this.#ending.add(contact);
    // Where the disk failed the app has heard of it: it is tried again with the next change, or the next start.
    this.#destroy(contact).catch(() => this.#ending.delete(contact));
  }
}
