// Protocol page, section 4: the body of a signaling frame. And "Records at rest".
import { join, refuse, Taker, uint } from './bytes.ts';
import { derive, xopen, xseal } from './primitives.ts';

export const KNOCK = 0;
export const HANDSHAKE = 1;
export const SEALED = 2;
export const BYE = 3;

export interface Envelope {
  readonly kind: number;
  /** 0 from the Noise initiator, 1 from the responder. */
  readonly direction: number;
  readonly handshake: Uint8Array;
  readonly data: Uint8Array;
}

const MOST = 4042;

export function sealEnvelope(
  key: Uint8Array,
  topic: Uint8Array,
  nonce: Uint8Array,
  envelope: Envelope
): Uint8Array {
  const { kind, direction, handshake, data } = envelope;
  const plain = join(
    Uint8Array.of(kind, direction),
    handshake,
    Uint8Array.of(0, 1),
    uint(data.length, 2),
    data,
    new Uint8Array(MOST - data.length)
  );
  return join(nonce, xseal(key, nonce, join('AP1/sig', topic), plain));
}

export function openEnvelope(key: Uint8Array, topic: Uint8Array, body: Uint8Array): Envelope {
  if (body.length !== 4096) refuse('length of a body');
  const from = new Taker(xopen(key, body.slice(0, 24), join('AP1/sig', topic), body.slice(24)));
  const [kind, direction, handshake] = [from.below(4), from.below(2), from.take(8)];
  if (from.uint(1) !== 0 || from.uint(1) !== 1) refuse('parts');
  const data = from.take(from.below(MOST + 1, 2));
  if (from.rest().some((byte) => byte !== 0)) refuse('padding');
  return { kind, direction, handshake, data };
}

const recordKey = (master: Uint8Array): Uint8Array => derive(master, 'rec', 32);

export const sealRecord = (
  master: Uint8Array,
  nonce: Uint8Array,
  context: string,
  plain: Uint8Array
): Uint8Array => join(nonce, xseal(recordKey(master), nonce, join('AP1/rec', context), plain));

export const openRecord = (master: Uint8Array, context: string, record: Uint8Array): Uint8Array =>
  xopen(recordKey(master), record.slice(0, 24), join('AP1/rec', context), record.slice(24));
