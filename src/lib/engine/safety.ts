/** What two people compare: digits and codes. A half of the number takes some hundredths of a second on a phone. */
import { fromHex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Conversation } from '../conversation/state.ts';
import { WireError } from '../errors.ts';
import {
  fingerprintHalf,
  matchesSafetyCode,
  safetyCode,
  safetyNumber,
  stableIdOf
} from '../protocol/safety-number.ts';
import { Problem, type ConversationId, type Safety } from './api.ts';
import type { Contact } from './contact.ts';

async function safetyOf(conversation: Conversation, clock: Clock): Promise<Safety> {
  const { own, peer } = await halves(conversation, clock);
  return { digits: safetyNumber(own, peer), code: safetyCode(own, peer) };
}

/** Whether a scanned code is this contact's. @throws Problem `code-unknown` when it is no safety code at all. */
async function isCodeOf(conversation: Conversation, code: string, clock: Clock): Promise<boolean> {
  const { own, peer } = await halves(conversation, clock);
  try {
    return matchesSafetyCode(fromHex(code), own, peer);
  } catch (error) {
    if (error instanceof WireError) throw new Problem('code-unknown');
    throw error;
  }
}

async function halves(
  { contact }: Conversation,
  clock: Clock
): Promise<{ own: Uint8Array; peer: Uint8Array }> {
  const id = stableIdOf(contact.rdv);
  const own = fingerprintHalf(contact.own.publicKey, id);
  // Two short tasks rather than one long one.
  await new Promise<void>((resolve) => clock.after(0, resolve));
  return { own, peer: fingerprintHalf(contact.peer, id) };
}

/** What two people do with it. */
export class Comparing {
  readonly #contact: (id: ConversationId) => Contact;
  readonly #clock: Clock;

  constructor(contact: (id: ConversationId) => Contact, clock: Clock) {
    this.#contact = contact;
    this.#clock = clock;
  }

  safety(id: ConversationId): Promise<Safety> {
    return safetyOf(this.#contact(id).state, this.#clock);
  }

  /** A scanned code: if it is this contact's they are verified, if not they are known to differ. */
  async scanned(id: ConversationId, code: string): Promise<boolean> {
    const matches = await isCodeOf(this.#contact(id).state, code, this.#clock);
    await this.setTrust(id, matches ? 'verified' : 'differs');
    return matches;
  }

  /** What the people found when they compared; it answers a reset and a fork as well. */
  setTrust(id: ConversationId, trust: Conversation['trust']): Promise<void> {
    return this.#contact(id).set({ trust, reset: false, restored: false, forked: false });
  }

  /** The user has read that the keys were reset, or that the log forked, and goes on with somebody who is not verified any more. */
  acceptReset(id: ConversationId): Promise<void> {
    return this.setTrust(id, 'new');
  }
}
