import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import english from 'emojibase-data/en/compact.json' with { type: 'json' };
import shortcodes from 'emojibase-data/en/shortcodes/github.json' with { type: 'json' };
import french from 'emojibase-data/fr/compact.json' with { type: 'json' };
import { defineConfig, type Plugin, type Rolldown } from 'vite';
import { pack } from './src/lib/ui/emoji/pack.ts';

/** The module `virtual:emoji`: what the picker knows, made from emojibase's megabytes while the app is built. */
function emoji(): Plugin {
  const id = 'virtual:emoji';
  return {
    name: id,
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load: (resolved) =>
      resolved === `\0${id}` ? `export default ${JSON.stringify(pack(english, french, shortcodes))}` : null
  };
}

const FIRST = /\/src\/routes\/\+(?:layout|page)\.(?:svelte|ts)$/;

/**
 * What the first page needs before it can be used comes in one file: as many small ones as the bundler would make wait for
 * each other on a slow line.
 */
function isFirst(id: string, bundle: Rolldown.ChunkingContext): boolean {
  // Each message is a module of its own, which only their index imports: who says it cannot be told here.
  if (id.includes('/i18n/compiled/messages/')) return false;
  const seen = new Set([id]);
  for (const one of seen) {
    if (FIRST.test(one)) return true;
    for (const importer of bundle.getModuleInfo(one)?.importers ?? []) seen.add(importer);
  }
  return false;
}

export default defineConfig({
  plugins: [
    paraglideVitePlugin({
      project: './src/lib/ui/i18n/project.inlang',
      outdir: './src/lib/ui/i18n/compiled',
      strategy: ['globalVariable', 'baseLocale'],
      emitTsDeclarations: true
    }),
    emoji(),
    sveltekit()
  ],
  build: {
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'framework',
              test: /node_modules\/(svelte|@sveltejs|esm-env|clsx|devalue)\//,
              priority: 2
            },
            { name: (id, bundle) => (isFirst(id, bundle) ? 'first' : null), debugName: 'first', priority: 1 },
            { name: 'interface', test: /src\/lib\/ui\//, minShareCount: 4 }
          ]
        }
      }
    }
  },
  resolve: {
    // The bundled build: the package's own entry wants Node's `global` and `process`.
    alias: [{ find: /^simple-peer$/, replacement: 'simple-peer/simplepeer.min.js' }]
  },
  // During development the app is served by Vite and the signaling server runs beside it (`npm run serve` after a build).
  server: { proxy: { '/signal': { target: 'ws://localhost:8080', ws: true } } }
});
