/**
 * The project's Noise engine against published test vectors, which are not part of the project: NOISE_VECTORS names
 * the folder they lie in. Every JSON file below it is read, whatever its ending, in one of two shapes:
 *
 *   cacophony     init_* and resp_* inputs, `messages` of payload and ciphertext, `handshake_hash`
 *   ML-KEM hybrid `init_kem_seed_dz`, `resp_kem_m`, `payloads`, and `expect` with the hash and both transport keys
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { concat, EMPTY, fromHex, hex } from '../../src/lib/bytes.ts';
import { BLAKE2S, keyPairFrom, SHA256, type HashFunction } from '../../src/lib/crypto/primitives.ts';
import type { Random } from '../../src/lib/crypto/random.ts';
import {
  initialize,
  readMessage,
  split,
  writeMessage,
  type HandshakeState,
  type Split
} from '../../src/lib/protocol/noise.ts';
import type { Pattern } from '../../src/lib/protocol/patterns.ts';
import { openTransport, sealTransport, type Transport } from '../../src/lib/protocol/transport.ts';
import { patternNamed } from './patterns.ts';

const HASHES: Record<string, HashFunction> = { SHA256, BLAKE2s: BLAKE2S };
const DH = new Set(['25519', '25519+MLKEM768', '25519+ML-KEM-768']);

interface Vector {
  readonly protocol_name: string;
  readonly [field: string]: unknown;
}

interface Exchanged {
  readonly payload: string;
  readonly ciphertext: string;
}

/** What a protocol name asks for, or why it cannot be run. */
type Runnable =
  | { readonly pattern: Pattern; readonly suite: { readonly name: string; readonly hash: HashFunction } }
  | { readonly skipped: string };

const folder = process.env.NOISE_VECTORS;

if (folder === undefined || folder === '') {
  console.log('NOISE_VECTORS is not set: no published Noise vectors were run.');
  test.skip('published Noise vectors (set NOISE_VECTORS to their folder)', () => undefined);
} else {
  runAll(folder);
}

function runAll(root: string): void {
  const skipped = new Map<string, number>();
  let run = 0;
  let all = 0;

  // A folder that is missing throws here, and that fails the suite.
  for (const file of filesBelow(root)) {
    for (const vector of vectorsOf(readFileSync(file, 'utf8'))) {
      all++;
      const runnable = understand(vector);
      if ('skipped' in runnable) {
        skipped.set(runnable.skipped, (skipped.get(runnable.skipped) ?? 0) + 1);
        continue;
      }
      test(`${relative(root, file)} ${vector.protocol_name}`, () => {
        if ('expect' in vector) runHybrid(vector, runnable);
        else runCacophony(vector, runnable);
        run++;
      });
    }
  }

  test('there are vectors, and some of them can be run', () => {
    expect(all).toBeGreaterThan(0);
    expect(run).toBeGreaterThan(0);
  });

  afterAll(() => {
    const reasons = [...skipped].map(([reason, count]) => `${reason} ${count.toString()}`).join(', ');
    const left = [...skipped.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `Noise vectors: ${run.toString()} run, ${left.toString()} skipped${reasons === '' ? '' : ` (${reasons})`}.`
    );
  });
}

function filesBelow(path: string): string[] {
  const stat = statSync(path);
  if (stat.isFile()) return [path];
  return stat.isDirectory() ? readdirSync(path).flatMap((name) => filesBelow(join(path, name))) : [];
}

/** The vectors of a JSON file; none of a file that is not JSON, or holds something else. */
function vectorsOf(text: string): readonly Vector[] {
  if (!text.trimStart().startsWith('{')) return [];
  const { vectors } = JSON.parse(text) as { vectors?: unknown };
  if (!Array.isArray(vectors)) return [];
  return (vectors as readonly Partial<Vector>[]).filter(
    (vector): vector is Vector => typeof vector.protocol_name === 'string'
  );
}

function understand(vector: Vector): Runnable {
  const [noise, patternName = '', dh = '', cipher = '', hashName = ''] = vector.protocol_name.split('_');
  if (noise !== 'Noise') return { skipped: 'not Noise' };
  if (!DH.has(dh)) return { skipped: `DH ${dh}` };
  if (cipher !== 'ChaChaPoly') return { skipped: `cipher ${cipher}` };
  if (!('messages' in vector) && !('expect' in vector)) return { skipped: 'unknown shape' };
  const hash = HASHES[hashName];
  if (hash === undefined) return { skipped: `hash ${hashName}` };
  const pattern = patternNamed(patternName);
  if (pattern === null) return { skipped: `pattern ${patternName}` };
  return { pattern, suite: { name: [dh, cipher, hashName].join('_'), hash } };
}

/** One side of a vector. Static keys are secret, the remote ones are computed from the other side's. */
function side(
  vector: Vector,
  own: 'init' | 'resp',
  peer: 'init' | 'resp',
  runnable: Runnable
): HandshakeState {
  if ('skipped' in runnable) throw new Error(runnable.skipped);
  const initiator = own === 'init';
  const secret = optional(vector, `${own}_static`);
  const remote = optional(vector, `${peer}_static`);
  const known = runnable.pattern.preMessages.some(({ arrow }) => (arrow === '->') !== initiator);
  const rs = known && remote !== null ? keyPairFrom(remote).publicKey : null;
  const stated = optional(vector, `${own}_remote_static`);
  if (rs !== null && stated !== null) expect(hex(stated)).toBe(hex(rs));
  return initialize({
    ...runnable,
    initiator,
    prologue: optional(vector, `${own}_prologue`) ?? optional(vector, 'prologue') ?? EMPTY,
    s: secret === null ? null : keyPairFrom(secret),
    rs,
    psks: ((vector[`${own}_psks`] ?? []) as string[]).map(fromHex)
  });
}

function runCacophony(vector: Vector, runnable: Runnable): void {
  const messages = vector.messages as readonly Exchanged[];
  let initiator = side(vector, 'init', 'resp', runnable);
  let responder = side(vector, 'resp', 'init', runnable);
  const handshakeMessages = initiator.pattern.messages;

  for (const [index, { arrow }] of handshakeMessages.entries()) {
    const { payload, ciphertext } = at(messages, index);
    const fromInitiator = arrow === '->';
    const random = replay(optional(vector, fromInitiator ? 'init_ephemeral' : 'resp_ephemeral'));
    const written = writeMessage(fromInitiator ? initiator : responder, fromHex(payload), random);
    expect(hex(written.message)).toBe(ciphertext);
    const read = readMessage(fromInitiator ? responder : initiator, fromHex(ciphertext));
    expect(hex(read.payload)).toBe(payload);
    initiator = fromInitiator ? written.state : read.state;
    responder = fromInitiator ? read.state : written.state;
  }

  const ends = { initiator: split(initiator), responder: split(responder) };
  expectSameEnd(ends.initiator, ends.responder);
  expect(hex(ends.initiator.handshakeHash)).toBe(vector.handshake_hash);

  // After a one-way pattern only the initiator writes; after any other the turns go on.
  const oneWay = handshakeMessages.length === 1;
  let a: Transport = ends.initiator.transport;
  let b: Transport = ends.responder.transport;
  for (const [index, { payload, ciphertext }] of messages.entries()) {
    if (index < handshakeMessages.length) continue;
    const fromInitiator = oneWay || index % 2 === 0;
    const sealed = sealTransport(fromInitiator ? a : b, fromHex(payload));
    expect(hex(sealed.message)).toBe(ciphertext);
    const opened = openTransport(fromInitiator ? b : a, fromHex(ciphertext));
    expect(hex(opened.data)).toBe(payload);
    a = fromInitiator ? sealed.transport : opened.transport;
    b = fromInitiator ? opened.transport : sealed.transport;
  }
}

function runHybrid(vector: Vector, runnable: Runnable): void {
  const payloads = vector.payloads as readonly string[];
  const expected = vector.expect as Record<string, string>;
  let initiator = side(vector, 'init', 'resp', runnable);
  let responder = side(vector, 'resp', 'init', runnable);
  const initiatorRandom = replay(
    concat(optional(vector, 'init_ephemeral') ?? EMPTY, optional(vector, 'init_kem_seed_dz') ?? EMPTY)
  );
  const responderRandom = replay(
    concat(optional(vector, 'resp_ephemeral') ?? EMPTY, optional(vector, 'resp_kem_m') ?? EMPTY)
  );

  for (const [index, { arrow }] of initiator.pattern.messages.entries()) {
    const payload = fromHex(at(payloads, index));
    const fromInitiator = arrow === '->';
    const written = fromInitiator
      ? writeMessage(initiator, payload, initiatorRandom)
      : writeMessage(responder, payload, responderRandom);
    const read = readMessage(fromInitiator ? responder : initiator, written.message);
    expect(hex(read.payload)).toBe(hex(payload));
    const stated = expected[`msg${(index + 1).toString()}`];
    if (stated !== undefined) expect(hex(written.message)).toBe(stated);
    initiator = fromInitiator ? written.state : read.state;
    responder = fromInitiator ? read.state : written.state;
  }

  const end = split(initiator);
  expectSameEnd(end, split(responder));
  expect(hex(end.handshakeHash)).toBe(expected.handshake_hash);
  expect(hex(end.transport.send.key)).toBe(expected.split1);
  expect(hex(end.transport.receive.key)).toBe(expected.split2);
}

function expectSameEnd(initiator: Split, responder: Split): void {
  expect(hex(responder.handshakeHash)).toBe(hex(initiator.handshakeHash));
  expect(hex(responder.exporter)).toBe(hex(initiator.exporter));
  expect(responder.transport).toEqual({
    send: initiator.transport.receive,
    receive: initiator.transport.send
  });
}

/** Hands out the vector's ephemeral secrets, in order, instead of fresh ones. */
function replay(secrets: Uint8Array | null): Random {
  let rest = secrets ?? EMPTY;
  return (length) => {
    if (rest.length < length) throw new Error('the vector has no more secrets');
    const out = rest.slice(0, length);
    rest = rest.slice(length);
    return out;
  };
}

function optional(vector: Vector, field: string): Uint8Array | null {
  const value = vector[field];
  return typeof value === 'string' ? fromHex(value) : null;
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error('the vector is too short');
  return value;
}
