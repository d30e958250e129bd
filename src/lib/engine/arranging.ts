/** How a user arranges conversations: what they are called, and where and how loudly a list shows them. */
import { FOREVER, isUnread, refOf } from '../conversation/state.ts';
import { UsageError } from '../errors.ts';
import { cleanName } from '../wire/content.ts';
import type { ConversationId } from './api.ts';
import type { Contact } from './contact.ts';
import { shorten } from './shorten.ts';
import type { Vault } from './vault.ts';

/** Rows that are read at once, and how far back what is unread is looked for. */
const PAGE = 200;
const LOOK_BACK = 2_000;

export class Arranging {
  readonly #contact: (id: ConversationId) => Contact;
  readonly #vault: () => Vault;

  constructor(contact: (id: ConversationId) => Contact, vault: () => Vault) {
    this.#contact = contact;
    this.#vault = vault;
  }

  async setDraft(id: ConversationId, draft: string): Promise<void> {
    const contact = this.#contact(id);
    if (draft !== contact.state.draft) await contact.set({ draft });
  }

  setTitle(id: ConversationId, title: string): Promise<void> {
    const clean = shorten(cleanName(title));
    return this.#contact(id).set({ title: clean === '' ? null : clean });
  }

  setPinned(id: ConversationId, pinned: boolean): Promise<void> {
    return this.#contact(id).set({ pinned });
  }

  setMuted(id: ConversationId, until: number | null): Promise<void> {
    if (until !== null && !(until >= 0)) throw new UsageError('time');
    const mutedUntil = until === null ? null : Math.min(Math.floor(until), FOREVER);
    return this.#contact(id).set({ mutedUntil });
  }

  setArchived(id: ConversationId, archived: boolean): Promise<void> {
    return this.#contact(id).set({ archived });
  }

  markUnread(id: ConversationId): Promise<void> {
    return this.#contact(id).set({ markedUnread: true });
  }

  /** As if it had been looked at; what burns once it is seen (protocol, section 10) waits until it is. */
  async markRead(id: ConversationId): Promise<void> {
    const contact = this.#contact(id);
    await contact.set({ markedUnread: false });
    const { unread } = contact.state;
    const refs: string[] = [];
    let [found, read, before]: [number, number, number | null] = [0, 0, null];
    do {
      const { rows, next } = await this.#vault().page(id, before, PAGE);
      const waiting = rows.filter(isUnread);
      refs.push(...waiting.filter(({ ttl }) => ttl === 0).map(refOf));
      found += waiting.length;
      read += PAGE;
      before = next;
    } while (found < unread && read < LOOK_BACK && before !== null);
    if (refs.length > 0) await contact.seen(refs);
  }

  /** Somebody looks at it. A mark that could not be taken away is still there the next time. */
  opened(contact: Contact): void {
    if (contact.state.markedUnread) contact.set({ markedUnread: false }).catch(() => undefined);
  }
}
