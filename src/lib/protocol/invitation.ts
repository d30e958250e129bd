/**
 * The invitation link's fragment (protocol, section 2): base64url of
 *
 *   ver u8 = 1 | flags u8 | expiry u32 | S_inv 32 | K_inv 16 | check 4
 *
 * It lives here and not in wire/ because its check field is a hash.
 */
import { base64url, concat, equalBytes, fromBase64url, Reader, Writer } from '../bytes.ts';
import { UsageError, WireError } from '../errors.ts';
import { context } from '../crypto/kdf.ts';
import { sha256 } from '../crypto/primitives.ts';

const VERSION = 1;
const CHECK_BYTES = 4;
const KEY_BYTES = 32;
const SECRET_BYTES = 16;
/** Far over the 78 characters of version 1: a newer link may be longer, a pasted novel is no link. */
const MAX_CHARACTERS = 1024;

const MANY = 1;
const ASK_FIRST = 2;
const RELAY_ONLY = 4;
const KNOWN_FLAGS = MANY | ASK_FIRST | RELAY_ONLY;

export interface Invitation {
  readonly flags: { readonly many: boolean; readonly askFirst: boolean; readonly relayOnly: boolean };
  /** Minutes since the Unix epoch, 0 = none. The caller, who has a clock, checks it. */
  readonly expiry: number;
  /** S_inv. */
  readonly publicKey: Uint8Array;
  /** K_inv. */
  readonly secret: Uint8Array;
}

export class InvitationError extends WireError {
  /** 'newer': intact, and made by a newer version of the app. */
  readonly code: 'malformed' | 'newer';
  constructor(code: 'malformed' | 'newer') {
    super(`invitation: ${code}`);
    this.code = code;
  }
}

export function encodeInvitation({ flags, expiry, publicKey, secret }: Invitation): string {
  if (publicKey.length !== KEY_BYTES || secret.length !== SECRET_BYTES) throw new UsageError('invitation');
  const flagBits =
    (flags.many ? MANY : 0) | (flags.askFirst ? ASK_FIRST : 0) | (flags.relayOnly ? RELAY_ONLY : 0);
  const fields = new Writer().u8(VERSION).u8(flagBits).u32(expiry).bytes(publicKey).bytes(secret).done();
  return base64url(concat(fields, checkOf(fields)));
}

/**
 * The check comes first, whatever the version: a mistyped link is malformed and never taken for a newer one. So every
 * later version keeps the last four bytes.
 * @throws InvitationError
 */
export function decodeInvitation(fragment: string): Invitation {
  const fields = intactFields(fragment);
  const reader = new Reader(fields);
  const version = reader.u8();
  if (version === 0) throw new InvitationError('malformed');
  if (version > VERSION) throw new InvitationError('newer');
  if (fields.length !== 1 + 1 + 4 + KEY_BYTES + SECRET_BYTES) throw new InvitationError('malformed');
  const flagBits = reader.u8();
  if ((flagBits & ~KNOWN_FLAGS) !== 0) throw new InvitationError('newer');
  return {
    flags: {
      many: (flagBits & MANY) !== 0,
      askFirst: (flagBits & ASK_FIRST) !== 0,
      relayOnly: (flagBits & RELAY_ONLY) !== 0
    },
    expiry: reader.u32(),
    publicKey: reader.take(KEY_BYTES),
    secret: reader.take(SECRET_BYTES)
  };
}

function intactFields(fragment: string): Uint8Array {
  if (fragment.length > MAX_CHARACTERS) throw new InvitationError('malformed');
  let bytes: Uint8Array;
  try {
    bytes = fromBase64url(fragment);
  } catch {
    throw new InvitationError('malformed');
  }
  if (bytes.length <= CHECK_BYTES) throw new InvitationError('malformed');
  const fields = bytes.slice(0, -CHECK_BYTES);
  if (!equalBytes(checkOf(fields), bytes.slice(-CHECK_BYTES))) throw new InvitationError('malformed');
  return fields;
}

function checkOf(fields: Uint8Array): Uint8Array {
  return sha256(context('invite'), fields).slice(0, CHECK_BYTES);
}
