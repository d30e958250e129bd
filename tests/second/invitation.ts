// Protocol page, section 2: the invitation link. Section 3: where to meet.
import { join, refuse, Refused, same, Taker, uint } from './bytes.ts';
import { derive, extract, sha256 } from './primitives.ts';

export interface Invitation {
  readonly flags: number;
  /** Minutes since 1970, or 0. */
  readonly expiry: number;
  readonly key: Uint8Array;
  readonly secret: Uint8Array;
}

/** The link's fragment is right, but of a later version. */
export class Newer extends Refused {}

const check = (bytes: Uint8Array): Uint8Array => sha256('AP1/invite', bytes).slice(0, 4);

export function writeInvitation(invitation: Invitation): string {
  const { flags, expiry, key, secret } = invitation;
  const bytes = join(uint(1, 1), uint(flags, 1), uint(expiry, 4), key, secret);
  return '#' + Buffer.from(join(bytes, check(bytes))).toString('base64url');
}

export function readInvitation(fragment: string): Invitation {
  if (!/^#[0-9A-Za-z_-]{7,1024}$/.test(fragment)) refuse('not a link');
  const bytes = join(Buffer.from(fragment.slice(1), 'base64url'));
  // One writing only: spare bits at the end are zero.
  if ('#' + Buffer.from(bytes).toString('base64url') !== fragment) refuse('spare bits');
  const body = bytes.slice(0, -4);
  if (!same(check(body), bytes.slice(-4))) refuse('check');
  const from = new Taker(body);
  const version = from.uint(1);
  if (version > 1) throw new Newer();
  if (version !== 1 || body.length !== 54) refuse('length or version');
  const flags = from.uint(1);
  if (flags > 7) throw new Newer();
  const invitation = { flags, expiry: from.uint(4), key: from.take(32), secret: from.take(16) };
  from.end();
  return invitation;
}

/** Section 5: the secret of a first contact that only the link gives. */
export const invitationPsk = (secret: Uint8Array): Uint8Array => derive(extract('', secret), 'psk', 32);

/** `R` of an invitation; that of a contact is its RDV. */
export const meetingSecret = (secret: Uint8Array): Uint8Array => extract('', secret);

export const epochOf = (unixSeconds: number): number => Math.floor(unixSeconds / 21_600);

export const topic = (secret: Uint8Array, epoch: number): Uint8Array =>
  derive(secret, 'topic', 32, uint(epoch, 4));

export const frameKey = (secret: Uint8Array, epoch: number): Uint8Array =>
  derive(secret, 'frame', 32, uint(epoch, 4));
