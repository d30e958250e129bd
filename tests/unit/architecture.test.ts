import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { violations } from '../support/architecture.ts';

const top = new URL('../../', import.meta.url);

function sourcesOf(room: string): [string, string][] {
  return readdirSync(new URL(room, top), { recursive: true, encoding: 'utf8' })
    .map((name) => `${room}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(?:ts|js|svelte|css|html)$/.test(path))
    .filter((path) => !path.includes('/compiled/') && path !== 'src/lib/pure.d.ts')
    .map((path) => [path, readFileSync(new URL(path, top), 'utf8')]);
}

const real: ReadonlyMap<string, string> = new Map([...sourcesOf('src'), ...sourcesOf('signaling')]);

describe('the house', () => {
  test('keeps its rules', () => {
    expect(violations(real)).toEqual([]);
  });

  test('was read: every room is there', () => {
    for (const path of ['src/lib/bytes.ts', 'src/lib/engine/boot.ts', 'signaling/relay.ts']) {
      expect(real.has(path), path).toBe(true);
    }
    expect([...real.keys()].filter((path) => path.endsWith('.svelte')).length).toBeGreaterThan(10);
  });
});

/** A house in little, with which everything is in order. */
const small: ReadonlyMap<string, string> = new Map([
  ...['bytes', 'errors', 'clock', 'backoff'].map((name): [string, string] => [`src/lib/${name}.ts`, '']),
  ['src/lib/wire/frame.ts', "import { hex } from '../bytes.ts';"],
  ['src/lib/crypto/primitives.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
  ['src/lib/protocol/noise.ts', "import { sha256 } from '../crypto/primitives.ts';"],
  ['src/lib/conversation/log.ts', "import type { Noise } from '../protocol/noise.ts';"],
  ['src/lib/transport/webrtc.ts', "import Peer from 'simple-peer';"],
  ['src/lib/storage/schema.ts', "import type { DBSchema } from 'idb';"],
  ['src/lib/storage/indexeddb.ts', "import { openDB, type IDBPDatabase } from 'idb';\nimport './schema.ts';"],
  ['src/lib/backup/age.ts', "import { Encrypter } from 'age-encryption';"],
  ['src/lib/engine/api.ts', "import '../conversation/log.ts';"],
  ['src/lib/engine/boot.ts', "import '../storage/indexeddb.ts';\nimport '../transport/webrtc.ts';"],
  ['src/lib/ui/time.ts', "import { m } from './i18n/compiled/messages.js';\nimport '../engine/api.ts';"],
  ['src/routes/+page.svelte', "<script>\nimport '$lib/ui/time.ts';\n</script>"]
]);

function complaints(path: string, text: string): string[] {
  return violations(new Map([...small, [path, text]]));
}

describe('the checker', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(violations(small)).toEqual([]);
  });

  test.each([
    // Directions.
    ['src/lib/wire/x.ts', "import { H } from '../crypto/primitives.ts';", 'wire must not import from crypto'],
    ['src/lib/crypto/x.ts', "import '../wire/frame.ts';", 'crypto must not import from wire'],
    ['src/lib/protocol/x.ts', "export * from '../conversation/log.ts';", 'must not import from conversation'],
    [
      'src/lib/protocol/x.ts',
      "import type { Schema } from '../storage/schema.ts';",
      'must not import from storage'
    ],
    ['src/lib/conversation/x.ts', "import '../engine/api.ts';", 'conversation must not import from engine'],
    ['src/lib/transport/x.ts', "import '../protocol/noise.ts';", 'transport must not import from protocol'],
    ['src/lib/backup/x.ts', "import '../engine/api.ts?worker&url';", 'backup must not import from engine'],
    ['src/lib/storage/x.ts', "import '../wire/frame.ts';", 'storage must not import from wire'],
    ['src/lib/engine/x.ts', "import '$lib/ui/time.ts';", 'engine must not import from ui'],
    [
      'src/lib/ui/x.ts',
      "const x = await import('../protocol/noise.ts');",
      'ui must not import from protocol'
    ],
    ['src/lib/ui/x.ts', "let x: import('../wire/frame.ts').ChannelBody;", 'ui must not import from wire'],
    [
      'src/lib/ui/X.svelte',
      "<script>\nimport '$lib/storage/schema.ts';</script>",
      'ui must not import from storage'
    ],
    ['src/routes/x.ts', "import '$lib/transport/webrtc.ts';", 'routes must not import from transport'],
    ['signaling/x.ts', "import '../src/lib/protocol/noise.ts';", 'signaling must not import from protocol'],
    ['signaling/x.ts', "import '../src/lib/backoff.ts';", 'signaling must not import from root'],
    ['src/lib/wire/x.ts', "import './nowhere.ts';", 'which does not exist'],
    ['src/lib/attic/x.ts', '', 'no room that the rules know'],
    // Packages and adapters.
    ['src/lib/protocol/x.ts', "import '@noble/curves/ed25519.js';", 'only src/lib/crypto/primitives.ts may'],
    ['src/lib/engine/x.ts', "import Peer from 'simple-peer';", 'only src/lib/transport/webrtc.ts may'],
    ['src/lib/engine/x.ts', "import type { DBSchema } from 'idb';", 'only src/lib/storage/indexeddb.ts may'],
    ['src/lib/storage/schema.ts', "import { openDB } from 'idb';", 'only src/lib/storage/indexeddb.ts may'],
    ['src/lib/crypto/primitives.ts', '', 'out of date'],
    ['src/lib/engine/x.ts', "import '../storage/indexeddb.ts';", 'names real adapters'],
    ['src/lib/engine/x.ts', "import { goto } from '$app/navigation';", 'know the framework'],
    ['src/lib/engine/x.ts', "import { tick } from 'svelte';", 'know the framework'],
    ['src/lib/transport/x.ts', "import { Workbox } from 'workbox-window';", 'know the framework'],
    ['src/lib/crypto/x.ts', "import { randomBytes } from 'node:crypto';", 'only signaling runs in Node'],
    // Purity.
    ['src/lib/wire/x.ts', 'export const now = Date.now();', 'uses Date.now: wire is pure'],
    ['src/lib/wire/x.ts', 'export const now = new Date();', 'uses new Date(): wire is pure'],
    ['src/lib/crypto/x.ts', 'crypto.getRandomValues(x);', 'uses crypto.getRandomValues: crypto is pure'],
    ['src/lib/crypto/x.ts', 'export const x = Math.random();', 'uses Math.random: crypto is pure'],
    ['src/lib/protocol/x.ts', 'export async function x() {}', 'uses async: protocol is pure'],
    ['src/lib/protocol/x.ts', 'export const x = async () => 1;', 'uses async: protocol is pure'],
    ['src/lib/protocol/x.ts', 'await x;', 'uses await: protocol is pure'],
    ['src/lib/conversation/x.ts', 'setTimeout(x, 1);', 'uses setTimeout: conversation is pure'],
    ['src/lib/conversation/x.ts', 'console.log(1);', 'uses console: conversation is pure'],
    ['src/lib/bytes.ts', 'globalThis.x;', 'uses globalThis: root is pure'],
    // Text.
    [
      'src/lib/ui/X.svelte',
      '<img src="https://example.org/x.png" alt="" />',
      'nothing is loaded from another origin'
    ],
    [
      'src/lib/ui/X.svelte',
      '<img src="//example.org/x.png" alt="" />',
      'nothing is loaded from another origin'
    ],
    [
      'src/lib/engine/x.ts',
      "const x = 'stun://x'; // a\nconst y = 'wss://x';",
      'nothing is loaded from another'
    ],
    ['src/x.css', "@import url('https://example.org/x.css');", 'nothing is loaded from another origin'],
    ['src/lib/wire/x.ts', '\n'.repeat(401), 'has 401 lines']
  ])('complains about %s with %j', (path, text, rule) => {
    const found = complaints(path, text).filter((sentence) => sentence.startsWith(path));
    expect(
      found.some((sentence) => sentence.includes(rule)),
      found.join('\n')
    ).toBe(true);
  });

  test('finds a circle, of types too', () => {
    const house = new Map([
      ...small,
      ['src/lib/wire/a.ts', "import './b.ts';"],
      ['src/lib/wire/b.ts', "import type { C } from './c.ts';"],
      ['src/lib/wire/c.ts', "export * from './a.ts';"]
    ]);
    expect(violations(house)).toContain(
      'src/lib/wire/a.ts -> src/lib/wire/b.ts -> src/lib/wire/c.ts -> src/lib/wire/a.ts: imports go in a circle'
    );
  });

  test.each([
    ['src/lib/wire/x.ts', '/** await the console, see https://example.org */\n// setTimeout'],
    ['src/lib/wire/x.ts', "import { hex } from '../bytes.ts';\nexport const x = { document: hex };"],
    ['src/lib/wire/x.ts', '\n'.repeat(400)],
    ['src/lib/storage/x.ts', "import { UsageError } from '../errors.ts';"],
    ['src/lib/ui/X.svelte', '<svg xmlns="http://www.w3.org/2000/svg"></svg>'],
    ['signaling/x.ts', "import { WebSocketServer } from 'ws';\nimport { hex } from '../src/lib/bytes.ts';"]
  ])('says nothing about %s with %j', (path, text) => {
    expect(complaints(path, text)).toEqual([]);
  });
});
