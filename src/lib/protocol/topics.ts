/**
 * Topics: where two sides that share a secret meet on the signaling server (protocol, section 3). Both the topic and
 * the key of the frames on it change with the epoch, so that the server cannot link one epoch to the next.
 */
import { EMPTY, Writer } from '../bytes.ts';
import { UsageError } from '../errors.ts';
import { H, X } from '../crypto/kdf.ts';

const EPOCH_SECONDS = 21_600;

/** One meeting point: T_e and F_e. */
export interface Rendezvous {
  readonly epoch: number;
  readonly topic: Uint8Array;
  readonly frameKey: Uint8Array;
}

export function epochOf(unixSeconds: number): number {
  return Math.floor(unixSeconds / EPOCH_SECONDS);
}

/** R of an invitation. R of a contact is the pair's RDV as it is. */
export function invitationRoot(secret: Uint8Array): Uint8Array {
  return X(EMPTY, secret);
}

export function rendezvous(root: Uint8Array, epoch: number): Rendezvous {
  const suffix = new Writer().u32(epoch).done();
  return { epoch, topic: H(root, 'topic', 32, suffix), frameKey: H(root, 'frame', 32, suffix) };
}

/** Where to listen: the epoch before, one's own (the middle one; publish there) and the next. Clocks may differ. */
export function window(root: Uint8Array, unixSeconds: number): readonly [Rendezvous, Rendezvous, Rendezvous] {
  const epoch = epochOf(unixSeconds);
  if (epoch < 1) throw new UsageError('a clock before 1970');
  return [rendezvous(root, epoch - 1), rendezvous(root, epoch), rendezvous(root, epoch + 1)];
}
