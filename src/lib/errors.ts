/**
 * Errors by whose fault they are. None of them carries a secret or a peer's bytes in its text.
 */

/** A peer, the server, a link or the disk gave us bytes that are not what they should be. Drop and go on. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** An authentication check failed. The text never says which one. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  constructor() {
    super('authentication failed');
  }
}

/** Our own code called something in a way it must not be called: a bug, to be seen at once. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Marks a case that the type system already excludes, so that a new union member fails to compile. */
export function unreachable(value: never): never {
  throw new UsageError(`unreachable: ${typeof value}`);
}
