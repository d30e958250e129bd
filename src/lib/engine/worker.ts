/** Workers of our own build, the only scripts that the page's policy lets a worker run (svelte.config.js, trusted-types). */
let policy: { createScriptURL(url: string): TrustedScriptURL } | undefined;

export function startWorker(script: string): Worker {
  policy ??= window.trustedTypes?.createPolicy('aparte-worker', {
    createScriptURL: (url: string) => {
      if (new URL(url, location.href).origin !== location.origin) throw new TypeError('not our worker');
      return url;
    }
  });
  const url: TrustedScriptURL | string = policy?.createScriptURL(script) ?? script;
  return new Worker(url as string, { type: 'module' });
}
