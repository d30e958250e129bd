import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    // One HTML shell a route and no fallback page: a complete precache list, and one CSP hash a page.
    adapter: adapter({ pages: 'build/app', assets: 'build/app', precompress: true, strict: true }),
    // Fixed, so that two builds of one commit are byte-identical. The default is a time stamp.
    version: { name: version },
    serviceWorker: { register: false },
    csp: {
      mode: 'hash',
      // The server repeats this policy as a header (signaling/headers.ts), where frame-ancestors works as well.
      directives: {
        'default-src': ['none'],
        'script-src': ['self'],
        // Kit's route announcer carries one style attribute; this is the hash of exactly that text.
        'style-src': [
          'self',
          'unsafe-hashes',
          'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='
        ],
        'img-src': ['self', 'blob:'],
        'connect-src': ['self'],
        'worker-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['none'],
        'require-trusted-types-for': ['script'],
        'trusted-types': ['svelte-trusted-html', 'sveltekit-trusted-url', 'aparte-service-worker']
      }
    }
  }
};
