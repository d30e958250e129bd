/**
 * The body of a signaling frame (protocol, section 4): 4,096 bytes that look random to all who do not know F_e.
 *
 *   body  = nonce24 | XChaCha20-Poly1305(F_e, nonce, ad = "AP1/sig" ‖ topic, plain)
 *   plain = kind u8 | dir u8 | hsid 8 | part u8 = 0 | parts u8 = 1 | len u16 | data | zeros
 *
 * Every message of ours fits one body, so there is one part; a body that claims more is refused.
 */
import { concat, Reader, Writer } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';
import { context } from '../crypto/kdf.ts';
import { TAG_BYTES, XNONCE_BYTES, xchachaOpen, xchachaSeal } from '../crypto/primitives.ts';
import type { Random } from '../crypto/random.ts';
import { BODY_BYTES } from '../wire/signaling.ts';
import type { Rendezvous } from './topics.ts';

const KINDS = ['knock', 'handshake', 'sealed', 'bye'] as const;
export const HSID_BYTES = 8;
const PLAIN_BYTES = BODY_BYTES - XNONCE_BYTES - TAG_BYTES;
/** 4,042: what is left beside kind, dir, hsid, part, parts and len. */
export const MAX_ENVELOPE_DATA = PLAIN_BYTES - (1 + 1 + HSID_BYTES + 1 + 1 + 2);

export interface Envelope {
  readonly kind: (typeof KINDS)[number];
  /** 0: from the Noise initiator, 1: from the responder. Who opens an envelope of its own direction drops it. */
  readonly dir: 0 | 1;
  /** Names the handshake, so that answers to an older one are told apart. */
  readonly hsid: Uint8Array;
  readonly data: Uint8Array;
}

export function sealEnvelope(at: Rendezvous, envelope: Envelope, random: Random): Uint8Array {
  const { kind, dir, hsid, data } = envelope;
  if (hsid.length !== HSID_BYTES || data.length > MAX_ENVELOPE_DATA) throw new UsageError('envelope');
  const plain = new Writer()
    .u8(KINDS.indexOf(kind))
    .u8(dir)
    .bytes(hsid)
    .u8(0)
    .u8(1)
    .u16(data.length)
    .bytes(data)
    .bytes(new Uint8Array(MAX_ENVELOPE_DATA - data.length))
    .done();
  const nonce = random(XNONCE_BYTES);
  return concat(nonce, xchachaSeal(at.frameKey, nonce, associatedData(at), plain));
}

/** @throws AuthError for a body that was not sealed for this very topic, WireError for rubbish inside. */
export function openEnvelope(at: Rendezvous, body: Uint8Array): Envelope {
  if (body.length !== BODY_BYTES) throw new WireError('body length');
  const nonce = body.slice(0, XNONCE_BYTES);
  const reader = new Reader(xchachaOpen(at.frameKey, nonce, associatedData(at), body.slice(XNONCE_BYTES)));
  const kind = KINDS[reader.u8()];
  const dir = reader.u8();
  const hsid = reader.take(HSID_BYTES);
  const part = reader.u8();
  const parts = reader.u8();
  const data = reader.take(reader.u16());
  if (kind === undefined || (dir !== 0 && dir !== 1) || part !== 0 || parts !== 1)
    throw new WireError('envelope');
  if (reader.rest().some((byte) => byte !== 0)) throw new WireError('padding');
  return { kind, dir, hsid, data };
}

function associatedData(at: Rendezvous): Uint8Array {
  return concat(context('sig'), at.topic);
}
