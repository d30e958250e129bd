import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const { version } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));

/** Where the signaling server is, when it does not serve the app (signaling/README.md). */
const signaling = process.env.VITE_SIGNALING_ORIGIN || null;
if (signaling !== null && (!/^https?:/.test(signaling) || new URL(signaling).origin !== signaling)) {
  throw new Error(
    `VITE_SIGNALING_ORIGIN must be an origin such as https://signal.example, not "${signaling}".`
  );
}

/** A hash of everything that the app is made from: any change makes a new version, the same source the same one. */
function sourceHash() {
  const hash = createHash('sha256');
  for (const root of ['src', 'static']) {
    const entries = readdirSync(here + root, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`);
    // What the message compiler writes while it works is no source: it would change the hash in the midst of a build.
    const written = /\/i18n\/(?:compiled\/|project\.inlang\/(?!settings\.json$))/;
    for (const file of files.filter((name) => !written.test(name)).sort()) {
      hash.update(file.slice(here.length)).update(readFileSync(file));
    }
  }
  return hash
    .update(readFileSync(`${here}package-lock.json`))
    .update(signaling ?? '')
    .digest('hex')
    .slice(0, 12);
}

/** The one inline script that is ours: how the page looks is decided before its first paint. */
const [, early] = /<script>(.*?)<\/script>/s.exec(readFileSync(`${here}src/app.html`, 'utf8'));
const earlyHash = createHash('sha256').update(early).digest('base64');

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    // One HTML shell a route and no fallback page: a complete precache list, and one CSP hash a page.
    adapter: adapter({ pages: 'build/app', assets: 'build/app', precompress: true, strict: true }),
    // Fixed, so that two builds of one commit are byte-identical. The default is a time stamp.
    version: { name: `${version}+${sourceHash()}` },
    serviceWorker: { register: false },
    // Kit links the styles of what is loaded later, too: a request for each, before the first paint.
    inlineStyleThreshold: 16_384,
    csp: {
      mode: 'hash',
      // The server repeats this policy as a header (signaling/headers.ts), where frame-ancestors works as well.
      directives: {
        'default-src': ['none'],
        'script-src': ['self', `sha256-${earlyHash}`],
        // Kit's route announcer carries one style attribute; this is the hash of exactly that text.
        'style-src': ['self', 'unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
        'img-src': ['self', 'blob:'],
        'connect-src': ['self', ...(signaling ? [signaling, signaling.replace(/^http/, 'ws')] : [])],
        'worker-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['none'],
        'require-trusted-types-for': ['script'],
        'trusted-types': [
          'svelte-trusted-html',
          'sveltekit-trusted-url',
          'aparte-service-worker',
          'aparte-backup',
          'aparte-worker'
        ]
      }
    }
  }
};
