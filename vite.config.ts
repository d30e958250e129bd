import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    paraglideVitePlugin({
      project: './src/lib/ui/i18n/project.inlang',
      outdir: './src/lib/ui/i18n/compiled',
      strategy: ['globalVariable', 'baseLocale'],
      emitTsDeclarations: true
    }),
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
              priority: 1
            },
            { name: 'interface', test: /src\/lib\/ui\//, minShareCount: 3 }
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
