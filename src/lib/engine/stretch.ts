/** Stretches passphrases in a worker: the page goes on painting, and can be left. */
import { utf8, wipe } from '../bytes.ts';
import type { Stretch } from './app-lock.ts';
import { Problem } from './api.ts';
import type { StretchRequest } from './stretch-worker.ts';
import script from './stretch-worker.ts?worker&url';
import { startWorker } from './worker.ts';

/** The same key on every keyboard: what looks the same is the same (Unicode, form NFKC). */
export const stretch: Stretch = async (passphrase, stretching) => {
  const worker = startWorker(script);
  const request: StretchRequest = { passphrase: utf8(passphrase.normalize('NFKC')), stretching };
  try {
    return await new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Uint8Array>) => {
        resolve(data);
      });
      // Not enough memory, or no network and the script not in the cache yet.
      worker.addEventListener('error', () => {
        reject(new Problem('not-loaded'));
      });
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
    wipe(request.passphrase);
  }
};
