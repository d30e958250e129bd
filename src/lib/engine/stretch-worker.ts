/** scrypt on a thread of its own: half a second and 128 MiB, once a worker, which is then thrown away with its memory. */
/// <reference lib="webworker" />
import { scrypt } from '../crypto/primitives.ts';
import type { Stretching } from './lock.ts';

declare const self: DedicatedWorkerGlobalScope;

export interface StretchRequest {
  readonly passphrase: Uint8Array;
  readonly stretching: Stretching;
}

self.addEventListener('message', ({ data }: MessageEvent<StretchRequest>) => {
  const { passphrase, stretching } = data;
  self.postMessage(scrypt(passphrase, stretching.salt, stretching));
  passphrase.fill(0);
});
