import type { ConversationId, InvitationView, ProblemCode, Snapshot } from '../engine/api.ts';

/** One opened "New conversation" dialog: the invitation it shows, and whether somebody has come through it. */
export class InviteView {
  #invitation = $state.raw<InvitationView | null>(null);
  #refusal = $state.raw<{ readonly code: ProblemCode | null } | null>(null);
  readonly #known: readonly ConversationId[];
  readonly #isFresh: boolean;
  #given = false;

  /** @param invitation an open one to look at again, or null while a new one is being made */
  constructor(snapshot: Snapshot, invitation: InvitationView | null) {
    this.#known = snapshot.conversations.map(({ id }) => id);
    this.#invitation = invitation;
    this.#isFresh = invitation === null;
  }

  /** Made for this dialog, and given to nobody: it need not stay. */
  get isUnused(): boolean {
    return this.#isFresh && !this.#given;
  }

  /** Somebody may have it by now. */
  given(): void {
    this.#given = true;
  }

  get invitation(): InvitationView | null {
    return this.#invitation;
  }

  /** Why none could be made. */
  get refusal(): { readonly code: ProblemCode | null } | null {
    return this.#refusal;
  }

  made(invitation: InvitationView): void {
    this.#invitation = invitation;
  }

  refused(code: ProblemCode | null): void {
    this.#refusal = { code };
  }

  /** The invitation is not open any more: used, taken back or run out. */
  gone(snapshot: Snapshot): boolean {
    const id = this.#invitation?.id;
    return id !== undefined && !snapshot.invitations.some((open) => open.id === id);
  }

  /** The conversation that took the invitation's place. */
  arrived(snapshot: Snapshot): ConversationId | undefined {
    if (!this.gone(snapshot)) return undefined;
    return snapshot.conversations.find(({ id }) => !this.#known.includes(id))?.id;
  }
}
