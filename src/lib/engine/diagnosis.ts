/** Why two people are connected, or not: from what the engine knows to what a person is told. Pure. */
import { isReached, type Link } from '../conversation/link.ts';
import type { Path, Refusal } from '../transport/ports.ts';
import type { Candidate } from '../wire/ice.ts';
import type { Connection, Diagnosis } from './api.ts';

/** What the server offers beside itself, as far as it has said so. */
export type IceOffer = 'unknown' | 'none' | 'stun' | 'relay';

export interface Facts {
  readonly connection: Connection['kind'];
  /** Why the server has sent us away. */
  readonly refusal: Refusal | null;
  /** Of the open connection. */
  readonly path: Path | null;
  /** The browser can do it at all. */
  readonly webrtc: boolean;
  readonly offer: IceOffer;
  /** Only the relay is to be used. */
  readonly relayOnly: boolean;
  /** Both sides were there, and no way led from one to the other: the ways that were found here. */
  readonly failed: ReadonlySet<Candidate['type']> | null;
}

export function diagnose(facts: Facts): Diagnosis {
  const { connection, refusal, path, webrtc, offer, relayOnly, failed } = facts;
  if (connection === 'connected')
    return { kind: 'connected', path: path?.kind ?? null, rtt: path?.rtt ?? null };
  if (!webrtc) return { kind: 'no-webrtc' };
  if (connection === 'offline') return { kind: refusal ? `server-${refusal}` : 'server-unreachable' };
  if (relayOnly && (offer === 'none' || offer === 'stun')) return { kind: 'relay-missing' };
  if (failed) return { kind: whyFailed(offer, failed) };
  return { kind: connection === 'connecting' ? 'connecting' : 'away' };
}

function whyFailed(
  offer: IceOffer,
  found: ReadonlySet<Candidate['type']>
): 'udp-blocked' | 'no-path' | 'relay-failed' {
  if (offer === 'relay') return 'relay-failed';
  // A STUN server answers over UDP, and nothing else is asked of it: no answer, no UDP.
  return offer === 'stun' && !found.has('srflx') ? 'udp-blocked' : 'no-path';
}

/** Where a link stands; `stuck`: it fails again and again while both sides are there; `metAt`: when they were last connected. */
export function connectionOf(link: Link, online: boolean, stuck: boolean, metAt: number | null): Connection {
  const { half, attempts } = link;
  if (isReached(link)) return { kind: 'connected' };
  if (!online) return { kind: 'offline', metAt };
  if (stuck) return { kind: 'waiting', noPath: true, metAt };
  const connecting = half !== null && (half.step !== 'asked' || attempts <= 2);
  return connecting ? { kind: 'connecting' } : { kind: 'waiting', noPath: false, metAt };
}
