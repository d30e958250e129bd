/** How a user arranges conversations: what they are called, and where and how loudly a list shows them. */
import { FOREVER } from '../conversation/state.ts';
import { UsageError } from '../errors.ts';
import { cleanName } from '../wire/content.ts';
import type { ConversationId } from './api.ts';
import type { Contact } from './contact.ts';
import { shorten } from './shorten.ts';

export class Arranging {
  readonly #contact: (id: ConversationId) => Contact;

  constructor(contact: (id: ConversationId) => Contact) {
    this.#contact = contact;
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

  /** Somebody looks at it. A mark that could not be taken away is still there the next time. */
  opened(contact: Contact): void {
    if (contact.state.markedUnread) contact.set({ markedUnread: false }).catch(() => undefined);
  }
}
