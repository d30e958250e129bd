/**
 * First contact, the guest's side: from an invitation link to a contact (protocol, section 5, XKpsk0+hfs).
 *
 *   waiting --PRESENT--> asked (A) --B--> answered --own offer--> sent (C) --D--> accepted, a link goes on
 *      ^                    |                 |                      |       +----> declined
 *      +--------- 3 s ------+------ 10 s -----+-------- 10 s --------+ B says used, revoked, expired: refused
 *
 * Where the inviter wants to be asked, D takes a person's time. The guest waits for it, and knocks again meanwhile: with
 * the same key pair, so that it is the same knock, and nothing that was lost is waited for in vain.
 */
import { backoff } from '../backoff.ts';
import { equalBytes, hex } from '../bytes.ts';
import type { KeyPair } from '../crypto/primitives.ts';
import type { Envelope } from '../protocol/envelope.ts';
import {
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin,
  type JoinA,
  type JoinB,
  type JoinC
} from '../protocol/first-contact.ts';
import type { Invitation } from '../protocol/invitation.ts';
import type { Rendezvous } from '../protocol/topics.ts';
import { MAX_CANDIDATES, type Candidate, type IceBlock } from '../wire/ice.ts';
import type { PeerEvent } from '../wire/peer.ts';
import { dial, envelopeOf, flush, type LinkEffect } from './dial.ts';
import {
  askFor,
  halfOpenFor,
  KNOCK_AGAIN_MS,
  quietly,
  type MeetingContext,
  type MeetingEffect
} from './meeting.ts';

const SAME_APPEARANCE_MS = 1_500;

type GuestHalf = {
  readonly hsid: Uint8Array;
  readonly rendezvous: Rendezvous;
  readonly since: number;
  /** The own offer, as far as the peer connection has said it. */
  readonly offer: IceBlock | null;
} & (
  | { readonly step: 'asked'; readonly state: JoinA; readonly message: Uint8Array }
  | { readonly step: 'answered'; readonly state: JoinB }
  | { readonly step: 'sent'; readonly state: JoinC; readonly late: readonly Candidate[] }
);

export interface Guest {
  readonly invitation: Invitation;
  readonly pair: KeyPair;
  /** Message C has been written with this key pair, now or before a reload: "used" may mean by this very guest. */
  readonly introduced: boolean;
  /** The inviter is being asked, as far as this side knows. */
  readonly knocking: boolean;
  readonly half: GuestHalf | null;
  readonly attempts: number;
  readonly presentAt: number;
  readonly beganAt: number;
  readonly retryAt: number | null;
}

export type GuestEvent =
  | { readonly kind: 'present' }
  | { readonly kind: 'envelope'; readonly rendezvous: Rendezvous; readonly envelope: Envelope }
  | { readonly kind: 'peer'; readonly id: string; readonly event: PeerEvent }
  | { readonly kind: 'wake' }
  | { readonly kind: 'close' };

type GuestStep = readonly [Guest, readonly MeetingEffect[]];

export function newGuest(invitation: Invitation, pair: KeyPair, introduced: boolean): Guest {
  return {
    invitation,
    pair,
    introduced,
    knocking: false,
    half: null,
    attempts: 0,
    presentAt: -Infinity,
    beganAt: -Infinity,
    retryAt: null
  };
}

export function guestWake(guest: Guest): number | null {
  const { half } = guest;
  if (!half) return guest.retryAt;
  if (half.step === 'sent' && guest.knocking) return half.since + KNOCK_AGAIN_MS;
  return half.since + (half.step === 'asked' ? askFor : halfOpenFor)(guest.attempts);
}

export function onGuest(guest: Guest, event: GuestEvent, context: MeetingContext): GuestStep {
  switch (event.kind) {
    case 'present': {
      const { half, beganAt, presentAt } = guest;
      if (beganAt >= presentAt && context.now - presentAt < SAME_APPEARANCE_MS) return [guest, []];
      const again = { ...guest, presentAt: context.now };
      if (!half) return ask({ ...again, attempts: 0 }, context);
      // PRESENT is the server's word alone: it ends no handshake. A host who has just come has not heard message A.
      return [again, half.step === 'asked' ? [firstMessage(half, context)] : []];
    }
    case 'envelope':
      return quietly(guest, () => onHostMessage(guest, event.envelope, context));
    case 'peer':
      return onGuestPeer(guest, event.id, event.event, context);
    case 'wake': {
      const at = guestWake(guest);
      if (at === null || context.now < at) return [guest, []];
      if (!guest.half) return ask(guest, context);
      if (guest.half.step === 'sent' && guest.knocking) return ask({ ...guest, attempts: 0 }, context);
      return [
        {
          ...guest,
          half: null,
          knocking: false,
          retryAt: context.now + backoff(guest.attempts, context.random)
        },
        closePeer(guest)
      ];
    }
    case 'close':
      return [{ ...guest, half: null, knocking: false, retryAt: null }, closePeer(guest)];
  }
}

function ask(guest: Guest, context: MeetingContext): GuestStep {
  const { random, rendezvous, now } = context;
  const { invitation, pair } = guest;
  const hsid = random(8);
  const { state, message } = startJoin({ invitation, topic: rendezvous.topic, pair }, random);
  const half = { step: 'asked', hsid, rendezvous, since: now, offer: null, state, message } as const;
  return [
    { ...guest, half, attempts: guest.attempts + 1, beganAt: now, retryAt: null },
    [
      ...closePeer(guest),
      firstMessage(half, context),
      // The offer is ready when B arrives.
      { kind: 'open-peer', id: hex(hsid), role: 'offer', remote: null }
    ]
  ];
}

function firstMessage(
  { rendezvous, hsid, message }: GuestHalf & { readonly step: 'asked' },
  { random }: MeetingContext
): LinkEffect {
  return envelopeOf(rendezvous, 'handshake', 0, hsid, message, random);
}

function onHostMessage(guest: Guest, envelope: Envelope, context: MeetingContext): GuestStep {
  const { half } = guest;
  if (envelope.kind !== 'handshake' && envelope.kind !== 'sealed') return [guest, []];
  if (envelope.dir !== 1 || !half || !equalBytes(half.hsid, envelope.hsid)) return [guest, []];
  switch (half.step) {
    case 'asked': {
      const answer = joinReadB(half.state, envelope.data);
      if (answer.status !== 'open' && !(answer.status === 'used' && guest.introduced)) {
        return [
          { ...guest, half: null, retryAt: null },
          [...closePeer(guest), { kind: 'refused', status: answer.status }]
        ];
      }
      const { hsid, rendezvous, offer } = half;
      const next: GuestHalf = {
        step: 'answered',
        hsid,
        rendezvous,
        offer,
        since: context.now,
        state: answer.state
      };
      return introduce({ ...guest, half: next }, context);
    }
    case 'answered':
      return [guest, []];
    case 'sent': {
      const answer = joinReadD(half.state, envelope.data);
      if (answer.kind === 'declined') {
        return [
          { ...guest, half: null, retryAt: null },
          [
            ...closePeer(guest),
            { kind: 'refused', status: answer.status === 'open' ? 'declined' : answer.status }
          ]
        ];
      }
      const { established, name, ice } = answer;
      const described = dial(half.hsid, half.rendezvous, established, 'offer', true);
      const [dialing, candidates] = flush({ ...described, held: half.late }, [], context.random);
      return [
        { ...guest, half: null, retryAt: null },
        [
          { kind: 'met', established, peerName: name, dial: dialing },
          { kind: 'set-answer', id: dialing.id, remote: ice },
          ...candidates
        ]
      ];
    }
  }
}

function onGuestPeer(guest: Guest, id: string, event: PeerEvent, context: MeetingContext): GuestStep {
  const { half } = guest;
  if (!half || hex(half.hsid) !== id) {
    return [guest, event.kind === 'closed' ? [] : [{ kind: 'close-peer', id }]];
  }
  switch (event.kind) {
    case 'local':
      return introduce({ ...guest, half: { ...half, offer: event.ice } }, context);
    case 'candidates': {
      if (half.step === 'sent') {
        return [{ ...guest, half: { ...half, late: [...half.late, ...event.candidates] } }, []];
      }
      if (!half.offer) return [guest, []];
      const candidates = [...half.offer.candidates, ...event.candidates].slice(0, MAX_CANDIDATES);
      return [{ ...guest, half: { ...half, offer: { ...half.offer, candidates } } }, []];
    }
    case 'closed':
      return [
        {
          ...guest,
          half: null,
          knocking: false,
          retryAt: context.now + backoff(guest.attempts, context.random)
        },
        []
      ];
    case 'open':
    case 'frame':
    case 'stalled':
      return [guest, []];
  }
}

/** Message C goes out as soon as B has come and the own offer is known. */
function introduce(guest: Guest, context: MeetingContext): GuestStep {
  const { half } = guest;
  if (half?.step !== 'answered' || !half.offer) return [guest, []];
  const { state, message } = joinWriteC(half.state, { name: context.name, ice: half.offer }, context.random);
  const { hsid, rendezvous, offer, since } = half;
  return [
    {
      ...guest,
      introduced: true,
      knocking: guest.invitation.flags.askFirst,
      half: { step: 'sent', hsid, rendezvous, offer, since, state, late: [] }
    },
    [envelopeOf(rendezvous, 'handshake', 0, hsid, message, context.random)]
  ];
}

function closePeer(guest: Guest): LinkEffect[] {
  return guest.half ? [{ kind: 'close-peer', id: hex(guest.half.hsid) }] : [];
}
