import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import typescript from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Repeatable tests need a seed, and keys need more than this gives: there is no good use of it here. */
const noMathRandom = {
  object: 'Math',
  property: 'random',
  message: 'Randomness is a parameter; at the edge it comes from crypto.getRandomValues.'
};

export default defineConfig(
  globalIgnores([
    'build/',
    '.svelte-kit/',
    'test-results/',
    'src/lib/ui/i18n/compiled/',
    'src/lib/pure.d.ts'
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  typescript.configs.strictTypeChecked,
  typescript.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        extraFileExtensions: ['.svelte'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-properties': ['error', noMathRandom],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An empty text is no value: `process.env.HOST || undefined`.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }]
    }
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser, svelteConfig } },
    rules: {
      // The compiler knows the browser's names better.
      'no-undef': 'off',
      'svelte/no-at-html-tags': 'error',
      // The routes are four fixed pages at the root of a host of their own, and links are plain addresses.
      'svelte/no-navigation-without-resolve': 'off',
      // svelte-check knows what is warned of.
      'svelte/no-unused-svelte-ignore': 'off',
      // An effect depends on what it names: `void text`.
      '@typescript-eslint/no-meaningless-void-operator': 'off'
    }
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // ESLint sees no types in the props of other components; svelte-check does, and refuses an implicit any.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off'
    }
  },
  // Playwright reads from the pattern what a fixture needs: `{}` is nothing.
  {
    files: ['tests/**'],
    rules: { 'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }] }
  },
  // What is written to a console may be read by whoever holds the device or the server's log.
  { files: ['src/**', 'signaling/**'], rules: { 'no-console': 'error' } },
  { files: ['signaling/main.ts'], rules: { 'no-console': ['error', { allow: ['log', 'error'] }] } },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [typescript.configs.disableTypeChecked],
    languageOptions: { globals: globals.node, parserOptions: { projectService: false } },
    // Some run in a page, and name what they find there in a comment of their own.
    rules: { 'no-redeclare': ['error', { builtinGlobals: false }] }
  }
);
