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
import { Problem, type Safety } from './api.ts';

export async function safetyOf(conversation: Conversation, clock: Clock): Promise<Safety> {
  const { own, peer } = await halves(conversation, clock);
  return { digits: safetyNumber(own, peer), code: safetyCode(own, peer) };
}

/** Whether a scanned code is this contact's. @throws Problem `code-unknown` when it is no safety code at all. */
export async function isCodeOf(conversation: Conversation, code: string, clock: Clock): Promise<boolean> {
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
