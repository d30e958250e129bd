import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, hex, utf8 } from '../../../src/lib/bytes.ts';
import { UsageError, WireError } from '../../../src/lib/errors.ts';
import { generateKeyPair } from '../../../src/lib/crypto/primitives.ts';
import { SUITE } from '../../../src/lib/protocol/handshake.ts';
import {
  initialize,
  MAX_NOISE_MESSAGE,
  readMessage,
  split,
  writeMessage
} from '../../../src/lib/protocol/noise.ts';
import { parsePattern, XK_PSK0_HFS } from '../../../src/lib/protocol/patterns.ts';
import { openTransport, sealTransport } from '../../../src/lib/protocol/transport.ts';
import { snapshot } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';

const random = seeded('noise');
const server = generateKeyPair(random);
const client = generateKeyPair(random);
const psk = random(32);
const common = { pattern: XK_PSK0_HFS, suite: SUITE, prologue: utf8('prologue'), psks: [psk] };
const initiator = initialize({ ...common, initiator: true, s: client, rs: server.publicKey });
const responder = initialize({ ...common, initiator: false, s: server, rs: null });

describe('the handshake state', () => {
  test('messages with empty payloads have the lengths of the protocol page', () => {
    const a = writeMessage(initiator, EMPTY, random);
    const b = writeMessage(readMessage(responder, a.message).state, EMPTY, random);
    const c = writeMessage(readMessage(a.state, b.message).state, EMPTY, random);
    expect([a, b, c].map(({ message }) => message.length)).toEqual([1248, 1152, 64]);
    const end = split(c.state);
    const other = split(readMessage(b.state, c.message).state);
    expect(other.handshakeHash).toEqual(end.handshakeHash);
    expect(other.exporter).toEqual(end.exporter);
    expect(other.transport.send).toEqual(end.transport.receive);
    expect(end.exporter).not.toEqual(end.transport.send.key);
  });

  // Section 5.2, by hand: every byte of the transcript enters h, in the pieces that it is encrypted in.
  test('h is the hash of the whole transcript', () => {
    const a = writeMessage(initiator, utf8('a'), random);
    const b = writeMessage(readMessage(responder, a.message).state, utf8('b'), random);
    const c = writeMessage(readMessage(a.state, b.message).state, utf8('c'), random);
    const sha = (...parts: Uint8Array[]): Uint8Array =>
      new Uint8Array(
        createHash('sha256')
          .update(concat(...parts))
          .digest()
      );
    const name = sha(utf8('Noise_XKpsk0+hfs_25519+MLKEM768_ChaChaPoly_SHA256'));
    const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array =>
      new Uint8Array(
        createHmac('sha256', key)
          .update(concat(...parts))
          .digest()
      );
    const temporary = hmac(name, psk);
    const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
    const pieces = [
      common.prologue,
      server.publicKey,
      // psk0: MixKeyAndHash mixes the second output.
      hmac(temporary, hmac(temporary, one), two),
      ...[a.message.slice(0, 32), a.message.slice(32, 1_232), a.message.slice(1_232)],
      ...[b.message.slice(0, 32), b.message.slice(32, 1_136), b.message.slice(1_136)],
      ...[c.message.slice(0, 48), c.message.slice(48)]
    ];
    const h = pieces.reduce((hash, piece) => sha(hash, piece), name);
    expect(hex(split(c.state).handshakeHash)).toBe(hex(h));
  });

  test('the secret of ML-KEM is in every key: with other randomness for it alone all are others', () => {
    const a = writeMessage(initiator, EMPTY, random);
    const read = readMessage(responder, a.message).state;
    const e = random(32);
    const ends = [1, 2].map((m) => {
      let draws = 0;
      const fixed = (length: number): Uint8Array => (draws++ === 0 ? e : new Uint8Array(length).fill(m));
      const b = writeMessage(read, EMPTY, fixed);
      expect(draws).toBe(2);
      return split({ ...b.state, next: 3 });
    });
    expect(ends[0]?.exporter).not.toEqual(ends[1]?.exporter);
    expect(ends[0]?.transport.send.key).not.toEqual(ends[1]?.transport.send.key);
  });

  test('is a value: the same call twice gives the same', () => {
    const before = snapshot(responder);
    const a = writeMessage(initiator, EMPTY, random);
    const once = readMessage(responder, a.message);
    expect(snapshot(readMessage(responder, a.message))).toBe(snapshot(once));
    expect(snapshot(responder)).toBe(before);
  });

  test('out of turn, over, or not over yet: our bugs', () => {
    const a = writeMessage(initiator, EMPTY, random);
    expect(() => writeMessage(responder, EMPTY, random)).toThrow(UsageError);
    expect(() => readMessage(initiator, a.message)).toThrow(UsageError);
    expect(() => writeMessage(a.state, EMPTY, random)).toThrow(UsageError);
    expect(() => split(a.state)).toThrow(UsageError);
    const over = { ...initiator, next: 3 };
    expect(() => writeMessage(over, EMPTY, random)).toThrow(UsageError);
  });

  test('a missing key is our bug', () => {
    expect(() => initialize({ ...common, initiator: true, s: client, rs: null })).toThrow(UsageError);
    expect(() => initialize({ ...common, initiator: false, s: null, rs: null })).toThrow(UsageError);
    const start = initialize({ ...common, psks: [], initiator: true, s: client, rs: server.publicKey });
    expect(() => writeMessage(start, EMPTY, random)).toThrow(UsageError);
  });

  test('no message is over 65,535 bytes', () => {
    expect(() => writeMessage(initiator, new Uint8Array(MAX_NOISE_MESSAGE - 1248 + 1), random)).toThrow(
      UsageError
    );
    expect(writeMessage(initiator, new Uint8Array(MAX_NOISE_MESSAGE - 1248), random).message.length).toBe(
      65_535
    );
    expect(() => readMessage(responder, new Uint8Array(MAX_NOISE_MESSAGE + 1))).toThrow(WireError);
  });
});

describe('the cipher state', () => {
  test('ends where numbers stop to be exact', () => {
    const last = { key: psk, n: Number.MAX_SAFE_INTEGER };
    const end = { send: { key: psk, n: Number.MAX_SAFE_INTEGER + 1 }, receive: last };
    expect(() => sealTransport(end, EMPTY)).toThrow(UsageError);
    const { message } = sealTransport({ send: last, receive: last }, utf8('last'));
    expect(openTransport({ send: last, receive: last }, message).data).toEqual(utf8('last'));
  });
});

describe('pattern text', () => {
  test('is parsed to arrows and tokens', () => {
    expect(XK_PSK0_HFS).toEqual({
      name: 'XKpsk0+hfs',
      preMessages: [{ arrow: '<-', tokens: ['s'] }],
      messages: [
        { arrow: '->', tokens: ['psk', 'e', 'es', 'e1'] },
        { arrow: '<-', tokens: ['e', 'ee', 'ekem1'] },
        { arrow: '->', tokens: ['s', 'se'] }
      ]
    });
  });

  test.each(['', '-> e, x', '=> e', '<- e\n...\n-> e', '-> s\n...'])('%j is none', (text) => {
    expect(() => parsePattern('bad', text)).toThrow(UsageError);
  });
});
