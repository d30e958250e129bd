/**
 * The link to a known contact (protocol, sections 5 and 8): from "somebody is there" to an open, bound session, and
 * back again after every kind of loss. One half-open handshake at most, the newest wins; an open session is replaced
 * only when the new one is bound, so a replayed first message costs nothing. While an open session is in doubt
 * (liveness.ts) another one is tried for beside it, as if there were none.
 *
 *            PRESENT, KNOCK, retry              B (initiator), own offer (responder)
 *   waiting ----------------------> asked / describing ----------------------> dialing
 *      ^  ^                              | 3 s, 10 s                              |  BIND received
 *      |  +------------------------------+<------------------- 10 s --------------+------------> open
 *      +---------------------------------- closed, 60 s of silence, bad frame ----------------------+
 *
 * Roles come from keys, never from timing: the side with the lower public key writes message A, the other side asks
 * for it with a KNOCK.
 */
import { EMPTY, equalBytes, hex } from '../bytes.ts';
import type { Random } from '../crypto/random.ts';
import type { Envelope } from '../protocol/envelope.ts';
import {
  answerReunion,
  isInitiator,
  readReunion,
  reunionReadB,
  startReunion,
  type ContactKeys
} from '../protocol/known-contact.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { backoff } from '../backoff.ts';
import { ASK, strictly } from './channel.ts';
import { dial, envelopeOf, onSealed, send, andThen, type Dial, type LinkEffect, type Step } from './dial.ts';
import { drop, hsidOf, type Half } from './half.ts';
import { alive, answered, asked, doubted, heard, nextDue, sent, type Liveness } from './liveness.ts';
import { askFor, HALF_OPEN_MS, halfOpenFor, quietly } from './meeting.ts';
import { isOverdue, rehandshakeIfDue, renewalAt } from './rehandshake.ts';

/** First messages answered: one in this time. A server that replays them makes us work no more than that. */
const ANSWER_GAP_MS = 500;
/** One appearance is told up to nine times (three topics each, section 3): the first of them counts. */
const SAME_APPEARANCE_MS = 1_500;
/** A session that lived so long was a good one. */
const LASTING_MS = 60_000;

export interface Link {
  readonly keys: ContactKeys;
  readonly half: Half | null;
  readonly open: Dial | null;
  /** Somebody listens on the contact's topics, as far as the server said since it was reached. */
  readonly present: boolean;
  readonly presentAt: number;
  readonly beganAt: number;
  readonly attempts: number;
  readonly retryAt: number | null;
  readonly answeredAt: number;
  /** The newest first message that came too soon after the one answered: its turn comes. */
  readonly early: { readonly rendezvous: Rendezvous; readonly envelope: Envelope } | null;
  /** Sessions in a row that what the peer said has ended; no handshake of theirs is heard before that time. */
  readonly strikes: number;
  readonly shunnedUntil: number;
  /** Of the open session. */
  readonly liveness: Liveness | null;
}

export type LinkEvent =
  | { readonly kind: 'server'; readonly online: boolean }
  | { readonly kind: 'present' }
  | { readonly kind: 'envelope'; readonly rendezvous: Rendezvous; readonly envelope: Envelope }
  | { readonly kind: 'peer'; readonly id: string; readonly event: PeerEvent }
  /** The time that {@link nextWake} named has come. */
  | { readonly kind: 'wake' }
  /** Try at once, if somebody is there: the user's wish, or the page woke. `changed`: what was open before it is likely to be dead. */
  | { readonly kind: 'retry'; readonly changed: boolean }
  /** `awaits`: the other side will answer it. */
  | { readonly kind: 'send'; readonly data: Uint8Array; readonly awaits: boolean }
  /** All that the other side was to answer has been answered. */
  | { readonly kind: 'answered' }
  /** What a session leaves behind is on disk: the next handshake begins from it. */
  | { readonly kind: 'stored'; readonly keys: ContactKeys }
  /** What the peer said inside the session ends it. */
  | { readonly kind: 'strike' }
  | { readonly kind: 'close' };

export interface LinkContext {
  /** Milliseconds that pass whatever the clock is set to. */
  readonly now: number;
  readonly random: Random;
  /** The pair's meeting place in this device's own epoch. */
  readonly rendezvous: Rendezvous;
}

export function newLink(keys: ContactKeys): Link {
  return {
    keys,
    half: null,
    open: null,
    present: false,
    presentAt: -Infinity,
    beganAt: -Infinity,
    attempts: 0,
    retryAt: null,
    answeredAt: -Infinity,
    early: null,
    strikes: 0,
    shunnedUntil: -Infinity,
    liveness: null
  };
}

/** A link that begins with the handshake of the first contact. */
export function linkFromFirstContact(keys: ContactKeys, dialing: Dial, now: number): Link {
  // Both sides now appear to each other on the contact's own topics as well: that is no reason to begin anew.
  const appeared = { present: true, presentAt: now, beganAt: now };
  const half = { step: 'dialing', dial: dialing, since: now, until: now + HALF_OPEN_MS } as const;
  return { ...newLink(keys), ...appeared, half };
}

/** When the link wants a `wake` event, milliseconds; null: only events move it. */
export function nextWake(link: Link): number | null {
  const times: number[] = [];
  if (link.half) times.push(link.half.until);
  if (link.early) times.push(link.answeredAt + ANSWER_GAP_MS);
  if (link.retryAt !== null) times.push(link.retryAt);
  if (link.open) times.push(renewalAt(link.open, link.keys));
  if (link.liveness) times.push(nextDue(link.liveness)[1]);
  return times.length === 0 ? null : Math.min(...times);
}

export function onLink(link: Link, event: LinkEvent, context: LinkContext): Step<Link> {
  switch (event.kind) {
    case 'server':
      // What the server said before it was lost says nothing now, and what was asked through it may not have arrived:
      // it will say PRESENT again.
      return [
        {
          ...link,
          half: link.half?.step === 'asked' ? null : link.half,
          present: event.online && link.present,
          presentAt: event.online ? link.presentAt : -Infinity,
          retryAt: null,
          attempts: 0
        },
        []
      ];
    case 'present': {
      const { beganAt, presentAt, half } = link;
      // PRESENT is the server's word alone: it ends no handshake. Whoever appears anew in the middle of one says so
      // itself, with a knock or a first message that only it can seal.
      const isRecent = context.now - presentAt < SAME_APPEARANCE_MS;
      if (half) return [{ ...link, present: true, presentAt: isRecent ? presentAt : context.now }, []];
      if (isRecent && beganAt >= presentAt) return [{ ...link, present: true }, []];
      if (context.now < link.shunnedUntil) {
        // It will not be said again: they are met when the time has come.
        const retryAt = isReached(link) ? link.retryAt : link.shunnedUntil;
        return [{ ...link, present: true, retryAt }, []];
      }
      const again = { ...link, present: true, presentAt: context.now, attempts: 0 };
      // With an open session the side that lost its own will knock or write; nothing is torn down on a hint.
      return isReached(link) ? ask(again, context) : begin(again, context);
    }
    case 'retry': {
      const again = { ...link, attempts: 0 };
      if (isReached(link) && !event.changed) return ask(again, context);
      const next = link.liveness && event.changed ? ask(doubt(again), context) : ([again, []] as const);
      // A handshake that began before the change may try for an address that is no more.
      if (link.half && (!event.changed || context.now - link.half.since < SAME_APPEARANCE_MS)) return next;
      // Nobody is there: the server says PRESENT to every new socket, and a socket that lives has lost none.
      if (!link.present) return andThen(next, (asked) => [{ ...asked, half: null }, drop(asked.half)]);
      return andThen(next, (asked) => begin(asked, context));
    }
    case 'envelope':
      return quietly(link, () => onEnvelope(link, event.rendezvous, event.envelope, context));
    case 'peer':
      return onPeerEvent(link, event.id, event.event, context);
    case 'wake':
      return onWake(link, context);
    case 'send':
      return say(link, event.data, event.awaits, context);
    case 'answered':
      return [{ ...link, liveness: link.liveness && answered(link.liveness) }, []];
    case 'stored':
      return [{ ...link, keys: event.keys }, []];
    case 'strike':
      return strike(link, context);
    case 'close':
      return [newLink(link.keys), [...dropOpen(link), ...drop(link.half)]];
  }
}

function onEnvelope(
  link: Link,
  rendezvous: Rendezvous,
  envelope: Envelope,
  context: LinkContext
): Step<Link> {
  const { half } = link;
  const lasting = { since: context.now, until: context.now + halfOpenFor(link.attempts) };
  const initiator = isInitiator(link.keys);
  // Reflection: a frame of our own direction was written by us. In a first contact the guest is the initiator,
  // whatever the keys.
  const dialled = [half?.step === 'dialing' ? half.dial : null, link.open].find(
    (candidate) => candidate && equalBytes(candidate.hsid, envelope.hsid)
  );
  if (envelope.dir === (dialled?.dir ?? (initiator ? 0 : 1))) return [link, []];
  const mine = half && equalBytes(hsidOf(half), envelope.hsid) ? half : null;
  const seen = { ...link, present: true };
  const isShunned = context.now < link.shunnedUntil;
  switch (envelope.kind) {
    case 'knock': {
      // What was written before they came they have not heard, and a session that it has led to they have lost.
      const isHeard =
        half && link.beganAt >= link.presentAt && context.now - link.beganAt < SAME_APPEARANCE_MS;
      if (!initiator || isShunned || isHeard) return [seen, []];
      return begin(seen, context);
    }
    case 'handshake': {
      if (mine?.step === 'asked') {
        const { established, ice } = reunionReadB(mine.state, envelope.data);
        if (!ice) return [seen, []];
        const dialing = dial(mine.hsid, mine.rendezvous, established, 'answer', false);
        const next: Link = { ...seen, half: { step: 'dialing', dial: dialing, ...lasting } };
        return [next, [{ kind: 'open-peer', id: dialing.id, role: 'answer', remote: ice }]];
      }
      if (initiator || mine || dialled || isShunned) return [seen, []];
      if (context.now < link.answeredAt + ANSWER_GAP_MS)
        return [{ ...seen, early: { rendezvous, envelope } }, []];
      const { state } = readReunion(
        { keys: link.keys, place: rendezvous.topic, inBand: false },
        envelope.data
      );
      const next: Link = {
        ...seen,
        answeredAt: context.now,
        early: null,
        // The other side has begun: a knock now would only make it begin again.
        retryAt: null,
        half: { step: 'describing', hsid: envelope.hsid, rendezvous, state, ...lasting }
      };
      const open = { kind: 'open-peer', id: hex(envelope.hsid), role: 'offer', remote: null } as const;
      return [next, [...drop(link.half), open]];
    }
    case 'sealed': {
      if (mine?.step === 'dialing') {
        const [dialing, effects] = onSealed(mine.dial, envelope.data);
        return [{ ...seen, half: { ...mine, dial: dialing } }, effects];
      }
      if (!link.open || !equalBytes(link.open.hsid, envelope.hsid)) return [seen, []];
      const [open, effects] = onSealed(link.open, envelope.data);
      return [{ ...seen, open }, effects];
    }
    case 'bye':
      return [link, []];
  }
}

function onPeerEvent(link: Link, id: string, event: PeerEvent, context: LinkContext): Step<Link> {
  const { half, open } = link;
  if (half?.step === 'describing' && hex(half.hsid) === id) {
    if (event.kind === 'local') {
      const { established, message } = answerReunion(half.state, event.ice, context.random);
      const dialing = dial(half.hsid, half.rendezvous, established, 'offer', true);
      const reply = envelopeOf(half.rendezvous, 'handshake', 1, half.hsid, message, context.random);
      const { since, until } = half;
      return [{ ...link, half: { step: 'dialing', dial: dialing, since, until } }, [reply]];
    }
    return event.kind === 'closed' ? lost({ ...link, half: null }, id, context) : [link, []];
  }
  if (half?.step === 'dialing' && half.dial.id === id) {
    if (event.kind === 'closed') return lost({ ...link, half: null }, id, context);
    const [dialing, effects] = strictly(half.dial, event, { ...context, keys: link.keys });
    if (!dialing) return lost({ ...link, half: null }, id, context);
    if (!dialing.bound) return [{ ...link, half: { ...half, dial: dialing } }, effects];
    const liveness = alive(context.now, context.random);
    const next = { ...link, half: null, open: dialing, liveness, attempts: 0, retryAt: null };
    return [next, [...dropOpen(link), ...effects]];
  }
  if (open?.id === id) {
    if (event.kind === 'closed') return down(link, context);
    if (event.kind === 'stalled') return ask(link, context);
    const [next, effects] = strictly(open, event, { ...context, keys: link.keys });
    if (!next) return strike(link, context);
    if (effects.some((effect) => effect.kind === 'close-peer')) return down({ ...link, open: next }, context);
    const isHeard = event.kind === 'frame' && link.liveness !== null;
    // A word ends the doubt, and with it the search for another way.
    const after = isHeard ? { liveness: heard(link.liveness, context.now), retryAt: null } : {};
    return andThen([{ ...link, ...after, open: next }, effects], (renewed) => renew(renewed, context));
  }
  // A peer of a handshake that is no longer wanted.
  return [link, event.kind === 'closed' ? [] : [{ kind: 'close-peer', id }]];
}

function onWake(link: Link, context: LinkContext): Step<Link> {
  if (link.early && context.now >= link.answeredAt + ANSWER_GAP_MS) {
    const { rendezvous, envelope } = link.early;
    const next = { ...link, early: null };
    return quietly(next, () => onEnvelope(next, rendezvous, envelope, context));
  }
  if (link.half && context.now >= link.half.until) {
    return retryLater({ ...link, half: null }, drop(link.half), context);
  }
  const [due, at] = link.liveness ? nextDue(link.liveness) : [null, 0];
  if (due && context.now >= at) {
    switch (due) {
      case 'dead':
        return down(link, context);
      case 'doubt':
        return link.half ? [doubt(link), []] : begin(doubt(link), context);
      case 'question':
        return andThen(ask(link, context), (next) => [next, [{ kind: 'prove-server' }]]);
      case 'keepalive':
        return say(link, EMPTY, false, context);
    }
  }
  if (link.retryAt !== null && context.now >= link.retryAt) return begin(link, context);
  return renew(link, context);
}

/** An open session that has answered so far. */
export function isReached({ open, liveness }: Link): boolean {
  return open !== null && liveness?.doubted !== true;
}

function say(link: Link, data: Uint8Array, awaits: boolean, context: LinkContext): Step<Link> {
  if (!link.open || !link.liveness) return [link, []];
  const [open, effects] = send(link.open, { kind: 'message', data });
  const liveness = sent(link.liveness, awaits, context.now, context.random);
  return andThen([{ ...link, open, liveness }, effects], (next) => renew(next, context));
}

/** Asks the other side for a word, unless that has been asked already. */
function ask(link: Link, context: LinkContext): Step<Link> {
  if (link.liveness?.askedAt !== null) return [link, []];
  return say({ ...link, liveness: asked(link.liveness, context.now) }, ASK, false, context);
}

function doubt(link: Link): Link {
  return { ...link, liveness: link.liveness && doubted(link.liveness) };
}

/** New keys inside the open session when it is time; its end where the other side does not go along. */
function renew(link: Link, context: LinkContext): Step<Link> {
  if (!link.open) return [link, []];
  if (isOverdue(link.open, context.now)) return down(link, context);
  const [open, effects] = rehandshakeIfDue(link.open, { ...context, keys: link.keys });
  return [{ ...link, open }, effects];
}

/** Writes message A, or asks for it. */
function begin(link: Link, context: LinkContext): Step<Link> {
  const { now, random, rendezvous } = context;
  const [hsid, attempts] = [random(8), link.attempts + 1];
  const next = { ...link, half: null, beganAt: now, attempts };
  if (!isInitiator(link.keys)) {
    const knock = envelopeOf(rendezvous, 'knock', 1, hsid, new Uint8Array(0), random);
    return [{ ...next, retryAt: now + backoff(attempts, random) }, [...drop(link.half), knock]];
  }
  const { state, message } = startReunion(
    { keys: link.keys, place: rendezvous.topic, inBand: false },
    random
  );
  const half = { step: 'asked', hsid, rendezvous, state, since: now, until: now + askFor(attempts) } as const;
  const ask = envelopeOf(rendezvous, 'handshake', 0, hsid, message, random);
  return [{ ...next, half, retryAt: null }, [...drop(link.half), ask]];
}

/** One strike (section 8): the session ends. Whoever does it again and again is met again more and more slowly. */
function strike(link: Link, context: LinkContext): Step<Link> {
  if (!link.open) return [link, []];
  const { now, random } = context;
  const strikes = now - link.open.since > LASTING_MS ? 1 : link.strikes + 1;
  const shunnedUntil = now + backoff(strikes - 1, random);
  const [next, effects] = down(link, context);
  return [{ ...next, strikes, shunnedUntil, retryAt: next.present ? shunnedUntil : null }, effects];
}

function down(link: Link, context: LinkContext): Step<Link> {
  const ended = { ...link, open: null, liveness: null };
  const [next, effects] = link.half ? [ended, []] : retryLater(ended, [], context);
  return [next, [...dropOpen(link), { kind: 'down' }, ...effects]];
}

function lost(link: Link, id: string, context: LinkContext): Step<Link> {
  return retryLater(link, [{ kind: 'close-peer', id }], context);
}

function retryLater(link: Link, effects: readonly LinkEffect[], context: LinkContext): Step<Link> {
  // Without anybody there an attempt is wasted: PRESENT will say when somebody comes.
  const wanted = link.present && !isReached(link);
  return [
    { ...link, retryAt: wanted ? context.now + backoff(link.attempts, context.random) : null },
    effects
  ];
}

function dropOpen({ open }: Link): LinkEffect[] {
  return open ? [{ kind: 'close-peer', id: open.id }] : [];
}
