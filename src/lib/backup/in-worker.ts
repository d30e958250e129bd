/** A worker for each backup: with it goes everything that it has seen. */
import { UsageError } from '../errors.ts';
import type { BackupCipher, CipherAnswer, CipherRequest } from './cipher.ts';
import { BackupError } from './error.ts';
import script from './worker.ts?worker&url';

export const inWorker: BackupCipher = {
  seal: (bytes, passphrase) => ask({ kind: 'seal', bytes, passphrase }),
  open: (bytes, passphrase) => ask({ kind: 'open', bytes, passphrase })
};

function ask(request: CipherRequest): Promise<Uint8Array> {
  const worker = new Worker(scriptUrl() as string, { type: 'module' });
  const answered = new Promise<Uint8Array>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<CipherAnswer>) => {
      if ('bytes' in data) resolve(data.bytes);
      else
        reject(data.failure === null ? new UsageError('the worker failed') : new BackupError(data.failure));
    });
    // No network, and not in the cache yet.
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new BackupError('no-worker'));
    });
    // Moved, not copied: it may be a good part of what a phone has.
    worker.postMessage(request, [request.bytes.buffer as ArrayBuffer]);
  });
  return answered.finally(() => {
    worker.terminate();
  });
}

/** The one script URL that this policy lets through (svelte.config.js, trusted-types). */
const policy = window.trustedTypes?.createPolicy('aparte-backup', {
  createScriptURL: (url) => {
    if (url !== script) throw new TypeError('not our worker');
    return url;
  }
});

function scriptUrl(): string | TrustedScriptURL {
  return policy?.createScriptURL(script) ?? script;
}
