// Protocol page, section 5: the ICE block, and the messages that come after a handshake.
import { isIPv4, isIPv6 } from 'node:net';
import { join, refuse, short, Taker, text, uint } from './bytes.ts';

export interface Candidate {
  readonly type: number;
  readonly protocol: number;
  readonly address: string;
  readonly port: number;
  readonly priority: number;
  readonly foundation: number;
}

export interface IceBlock {
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprint: Uint8Array;
  readonly setup: number;
  readonly candidates: readonly Candidate[];
}

const MOST_CANDIDATES = 20;

function address(value: string): string {
  const local = /^[0-9A-Za-z-]{1,58}\.local$/.test(value);
  return isIPv4(value) || (isIPv6(value) && !value.includes('%')) || local ? value : refuse('address');
}

function credential(value: string, least: number): string {
  return value.length >= least && /^[0-9A-Za-z+/]*$/.test(value) ? value : refuse('ICE credential');
}

export function writeCandidates(candidates: readonly Candidate[]): Uint8Array {
  return join(
    uint(candidates.length, 1),
    ...candidates.map((each) =>
      join(
        Uint8Array.of(each.type, each.protocol),
        short(address(each.address), 64),
        uint(each.port, 2),
        uint(each.priority, 4),
        uint(each.foundation, 4)
      )
    )
  );
}

function takeCandidates(from: Taker): Candidate[] {
  return Array.from({ length: from.below(MOST_CANDIDATES + 1) }, () => {
    const each = {
      type: from.below(4),
      protocol: from.below(2),
      address: address(text(from.short(64))),
      port: from.uint(2),
      priority: from.below(2 ** 31, 4),
      foundation: from.uint(4)
    };
    return each.priority > 0 ? each : refuse('priority');
  });
}

export const writeIce = (ice: IceBlock): Uint8Array =>
  join(
    short(credential(ice.ufrag, 4), 64),
    short(credential(ice.pwd, 22), 128),
    ice.fingerprint,
    uint(ice.setup, 1),
    writeCandidates(ice.candidates)
  );

export function takeIce(from: Taker): IceBlock {
  return {
    ufrag: credential(text(from.short(64)), 4),
    pwd: credential(text(from.short(128)), 22),
    fingerprint: from.take(32),
    setup: from.below(3),
    candidates: takeCandidates(from)
  };
}

/** What goes over the server once a handshake stands: the answer to an offer, or candidates found later. */
export type AfterHandshake = { readonly ice: IceBlock } | { readonly candidates: readonly Candidate[] };

export const writeAfter = (message: AfterHandshake): Uint8Array =>
  'ice' in message
    ? join(Uint8Array.of(1), writeIce(message.ice))
    : join(Uint8Array.of(2), writeCandidates(message.candidates));

export function readAfter(bytes: Uint8Array): AfterHandshake {
  const from = new Taker(bytes);
  const kind = from.uint(1);
  const message =
    kind === 1
      ? { ice: takeIce(from) }
      : kind === 2
        ? { candidates: takeCandidates(from) }
        : refuse('kind of message after the handshake');
  from.end();
  return message;
}
