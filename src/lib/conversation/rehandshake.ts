/**
 * New keys inside an open session (protocol, section 8): a KKpsk0+hfs handshake in REHS frames, bound to the session
 * that carries it, and a SWITCH each way. It brings post-quantum recovery from compromise without a new connection.
 *
 *   initiator                                                         responder
 *   asked      REHS a ----------------------------------------------> agreed
 *   agreed     <---------------------------------------------- REHS b
 *              SWITCH (last under the old keys) --------------------> receiving
 *              message of nothing (first under the new keys) -------> retain; its ratchet can send now
 *              <------------- SWITCH (last under the old keys), message of nothing (first under the new)
 *   done: retain                                                      done
 *
 * Roles come from keys, so both never begin at once. The order of the channel is what makes "last" and "first" exact.
 */
import { EMPTY } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';
import {
  answerReunion,
  isInitiator,
  readReunion,
  reunionReadB,
  startReunion,
  type ContactKeys,
  type Meeting
} from '../protocol/known-contact.ts';
import type { Established } from '../protocol/schedule.ts';
import { openSession, type Content, type Session } from '../protocol/session.ts';
import {
  certificatesOf,
  send,
  andThen,
  type Dial,
  type DialContext,
  type LinkEffect,
  type Rehandshake,
  type Step
} from './dial.ts';

/** New keys after any of these (section 8)… */
const DUE = { messages: 50, ms: 10 * 60_000, bytes: 64 << 20 };
/** …and the end of the session where the other side does not go along. */
const OVERDUE = { messages: 500, ms: 60 * 60_000 };

/** When this side has to look after the session's keys again, milliseconds. */
export function renewalAt({ since, rehandshake }: Dial, keys: ContactKeys): number {
  return since + (isInitiator(keys) && !rehandshake ? DUE.ms : OVERDUE.ms);
}

export function isOverdue({ session, since }: Dial, now: number): boolean {
  return session !== null && (session.messages >= OVERDUE.messages || now - since >= OVERDUE.ms);
}

/** Begins when it is due and this side's to begin; otherwise does nothing. */
export function rehandshakeIfDue(dial: Dial, context: DialContext): Step<Dial> {
  const { session, since, rehandshake } = dial;
  const { now, random, keys } = context;
  if (!session || !dial.bound || rehandshake || !isInitiator(keys)) return [dial, []];
  const due = session.messages >= DUE.messages || session.bytes >= DUE.bytes || now - since >= DUE.ms;
  if (!due) return [dial, []];
  const { state, message } = startReunion(meeting(dial, keys), random);
  const [next, effects] = send(dial, { kind: 'rehandshake', step: 'a', data: message });
  return [{ ...next, rehandshake: { step: 'asked', state } }, effects];
}

/** A REHS frame. @throws WireError for one out of turn, AuthError for one that does not decrypt. */
export function onRehandshake(
  dial: Dial,
  { step, data }: Extract<Content, { readonly kind: 'rehandshake' }>,
  context: DialContext
): Step<Dial> {
  const { rehandshake } = dial;
  const { keys, random } = context;
  if (step === 'a' && !rehandshake && !isInitiator(keys)) {
    const { state } = readReunion(meeting(dial, keys), data);
    const { established, message } = answerReunion(state, null, random);
    const [next, effects] = send(dial, { kind: 'rehandshake', step: 'b', data: message });
    return andThen([next, effects], (asked) => agreed(asked, established, false, context));
  }
  if (step === 'b' && rehandshake?.step === 'asked') {
    const { established } = reunionReadB(rehandshake.state, data);
    const switched = send(dial, { kind: 'rehandshake', step: 'switch', data: EMPTY });
    return andThen(
      andThen(switched, (sent) => agreed(sent, established, true, context)),
      (next) => send(next, { kind: 'message', data: EMPTY })
    );
  }
  if (step === 'switch' && data.length === 0 && rehandshake?.step === 'agreed' && !rehandshake.receiving) {
    return [{ ...dial, rehandshake: { ...rehandshake, receiving: true } }, []];
  }
  throw new WireError('re-handshake out of turn');
}

/** A frame has opened under the new keys. The responder, whose ratchet can send now, switches as well; then it is done. */
export function onSwitched(dial: Dial, context: DialContext): Step<Dial> {
  const { rehandshake } = dial;
  if (rehandshake?.step !== 'agreed') return [dial, []];
  if (rehandshake.sending) return finished(dial, rehandshake, context);
  const switched = send(dial, { kind: 'rehandshake', step: 'switch', data: EMPTY });
  return andThen(
    andThen(switched, (sent) => finished(sent, rehandshake, context)),
    (done) => send(done, { kind: 'message', data: EMPTY })
  );
}

function agreed(dial: Dial, established: Established, sending: boolean, { random }: DialContext): Step<Dial> {
  if (!dial.channel) throw new UsageError('no channel');
  const certificates = certificatesOf({ established }, dial.channel);
  const { session: next, established: spent, consumed } = openSession(established, certificates, random);
  return [
    { ...dial, rehandshake: { step: 'agreed', established: spent, next, sending, receiving: false } },
    [{ kind: 'wipe', secrets: consumed }]
  ];
}

/** The new session takes the old one's place, whose keys go. */
function finished(
  dial: Dial,
  { established, next }: Extract<Rehandshake, { readonly step: 'agreed' }>,
  { now }: DialContext
): Step<Dial> {
  const { retained, continuity } = established;
  const effects: LinkEffect[] = [{ kind: 'retain', retained, continuity }];
  if (dial.session) effects.push({ kind: 'wipe', secrets: secretsOf(dial.session) });
  // Frames of the connection's own handshake still come under its transport keys.
  const { transport } = dial.established;
  return [
    { ...dial, established: { ...established, transport }, session: next, since: now, rehandshake: null },
    effects
  ];
}

function meeting(dial: Dial, keys: ContactKeys): Meeting {
  return { keys, place: dial.established.keys.handshakeHash, inBand: true };
}

function secretsOf({ sendKey, receiveKey, ratchet }: Session): Uint8Array[] {
  const { dhs, rk, cks, ckr } = ratchet;
  return [sendKey, receiveKey, dhs.secretKey, rk, cks, ckr].filter((secret) => secret !== null);
}
