import { createDecipheriv, createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, EMPTY, hex, utf8, Writer } from '../../../src/lib/bytes.ts';
import { chachaSeal } from '../../../src/lib/crypto/primitives.ts';
import { AuthError, UsageError, WireError } from '../../../src/lib/errors.ts';
import {
  canSend,
  MAX_MESSAGE_BYTES,
  openFrame,
  openSession,
  sealFrame,
  type Content,
  type Session
} from '../../../src/lib/protocol/session.ts';
import { openTransport, sealTransport } from '../../../src/lib/protocol/transport.ts';
import { encodeEntry } from '../../../src/lib/wire/content.ts';
import { encodeControl, type Control } from '../../../src/lib/wire/control.ts';
import { decodeBody, encodeBody, MAX_FRAME, PAD_CLASSES } from '../../../src/lib/wire/frame.ts';
import { flipped, snapshot } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';
import { bytesIn, reunite, contacts, sessions } from '../../support/sessions.ts';

const { random, established, certificates, initiator, responder } = sessions('frames');
const alice = initiator.session;
const bob = responder.session;
const message = (data: Uint8Array | string): Content => ({
  kind: 'message',
  data: typeof data === 'string' ? utf8(data) : data
});

function frames(session: Session, ...contents: Content[]): { session: Session; frames: Uint8Array[] } {
  let now = session;
  const out = contents.map((content) => {
    const { session: next, frame } = sealFrame(now, content);
    now = next;
    return frame;
  });
  return { session: now, frames: out };
}

function openedWithNode(key: Uint8Array, counter: number, frame: Uint8Array): Uint8Array {
  const nonce = new Writer().u32(0).u16(0).u48(counter).done();
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  decipher.setAuthTag(frame.slice(-16));
  return new Uint8Array(Buffer.concat([decipher.update(frame.slice(0, -16)), decipher.final()]));
}

describe('a session', () => {
  test('begins with an initiator who can send and a responder who can not', () => {
    expect([canSend(alice), canSend(bob)]).toEqual([true, false]);
    expect(() => sealFrame(bob, message('too early'))).toThrow(UsageError);
    const bind = { kind: 'bind', version: 1, local: random(32), remote: random(32), data: EMPTY } as const;
    const first = sealFrame(alice, bind);
    const got = openFrame(bob, first.frame, random);
    expect(got.content).toEqual(bind);
    expect(canSend(got.session)).toBe(true);
    const reply = sealFrame(got.session, { ...bind, data: null });
    expect(openFrame(first.session, reply.frame, random).content).toEqual({ ...bind, data: null });
  });

  test('has the root key in its ratchet only, and names what it used', () => {
    const rootKey = established.initiator.keys.rootKey;
    for (const { established: left } of [initiator, responder]) {
      expect(left.keys.rootKey).toEqual(EMPTY);
      expect(left.ratchet).toEqual({ own: null, peer: null });
    }
    expect(initiator.consumed).toEqual([rootKey]);
    expect(bytesIn(initiator.session)).not.toContain(hex(rootKey));
    expect(bytesIn(responder.established)).not.toContain(hex(rootKey));
    // A responder's goes with the first step.
    const got = openFrame(bob, sealFrame(alice, message('')).frame, random);
    expect(got.consumed.map(hex)).toContain(hex(rootKey));
    expect(bytesIn(got.session)).not.toContain(hex(rootKey));
  });

  test('AD = SHA-256("AP1/ad" ‖ h ‖ fpI ‖ fpR), on both sides', () => {
    const { handshakeHash } = established.initiator.keys;
    const digest = createHash('sha256').update('AP1/ad').update(handshakeHash);
    const expected = digest.update(certificates.initiator).update(certificates.responder).digest('hex');
    expect([hex(alice.ad), hex(bob.ad)]).toEqual([expected, expected]);
  });

  test('needs the same certificates and the same handshake on both sides', () => {
    const { initiator: one, responder: other } = certificates;
    const { frame } = sealFrame(alice, message('text'));
    const again = (changed: typeof certificates): Session =>
      openSession(reunite(contacts('frames'), seeded('sessions frames')).responder, changed, random).session;
    expect(openFrame(again(certificates), frame, random).content).toEqual(message('text'));
    for (const changed of [
      { initiator: other, responder: one },
      { initiator: flipped(one, 0), responder: other },
      { initiator: one, responder: flipped(other, 31) }
    ])
      expect(() => openFrame(again(changed), frame, random)).toThrow(AuthError);
  });

  test('counts messages and bytes of both directions', () => {
    const there = frames(alice, message('1'), message('2'), { kind: 'close', reason: 1 });
    expect([there.session.messages, there.session.bytes]).toEqual([2, 3 * 272]);
    let now = bob;
    for (const frame of there.frames) now = openFrame(now, frame, random).session;
    const back = frames(now, message('3'));
    expect([back.session.messages, back.session.bytes]).toEqual([3, 4 * 272]);
  });
});

describe('frames', () => {
  test('nonce = four zeros and the counter, big-endian, no associated data; each direction its own key', () => {
    const contents = Array.from({ length: 3 }, (_, i) => ({ kind: 'close', reason: i }) as const);
    frames(alice, ...contents).frames.forEach((frame, counter) => {
      expect(decodeBody(openedWithNode(alice.sendKey, counter, frame))).toEqual(contents[counter]);
      expect(() => openedWithNode(alice.receiveKey, counter, frame)).toThrow();
    });
    const late = sealFrame({ ...alice, sent: 0x0102030405 }, { kind: 'close', reason: 9 });
    expect(openedWithNode(alice.sendKey, 0x0102030405, late.frame)[3]).toBe(9);
    expect(late.session.sent).toBe(0x0102030406);
    expect(() => sealFrame({ ...alice, sent: 2 ** 53 }, { kind: 'close', reason: 9 })).toThrow(UsageError);
  });

  test('the initiator sends under "chan i2r", the responder under "chan r2i"', () => {
    const { initiator: one, responder: other } = established;
    expect(one.initiator).toBe(true);
    expect([hex(alice.sendKey), hex(alice.receiveKey)]).toEqual([
      hex(other.keys.receiveKey),
      hex(other.keys.sendKey)
    ]);
    expect(hex(alice.sendKey)).not.toBe(hex(alice.receiveKey));
  });

  test('are opened once, in order, by the other side only', () => {
    const { frames: sent } = frames(alice, message('first'), message('second'));
    const [first = EMPTY, second = EMPTY] = sent;
    const before = snapshot(bob);
    expect(() => openFrame(bob, second, random)).toThrow(AuthError);
    expect(() => openFrame(alice, first, random)).toThrow(AuthError);
    expect(snapshot(bob)).toBe(before);
    const opened = openFrame(bob, first, random);
    expect(opened.content).toEqual(message('first'));
    expect(() => openFrame(opened.session, first, random)).toThrow(AuthError);
    expect(openFrame(opened.session, second, random).content).toEqual(message('second'));
  });

  test('equal texts give different frames', () => {
    const { frames: sent } = frames(alice, ...Array.from({ length: 5 }, () => message('same')));
    expect(new Set(sent.map(hex)).size).toBe(5);
  });

  test('a whole channel key does not open or change a message: its header and text are under the ratchet', () => {
    const { frame } = sealFrame(alice, message('text'));
    const body = decodeBody(openedWithNode(alice.sendKey, 0, frame));
    if (body.kind !== 'message') throw new Error('a message');
    const resealed = (header: Uint8Array, sealed: Uint8Array): Uint8Array => {
      const padded = encodeBody({ kind: 'message', message: { header, sealed } });
      return chachaSeal(alice.sendKey, new Uint8Array(12), EMPTY, padded);
    };
    const { header, sealed } = body.message;
    expect(openFrame(bob, resealed(header, sealed), random).content).toEqual(message('text'));
    const before = snapshot(bob);
    for (let i = 0; i < header.length; i++)
      expect(() => openFrame(bob, resealed(flipped(header, i, 0x40), sealed), random)).toThrow(AuthError);
    for (let i = 0; i < sealed.length; i++)
      expect(() => openFrame(bob, resealed(header, flipped(sealed, i)), random)).toThrow(AuthError);
    expect(() => openFrame(bob, resealed(header, EMPTY), random)).toThrow(AuthError);
    expect(snapshot(bob)).toBe(before);
  });

  test('what a peer may not say: padding, types, lengths', () => {
    const raw = (body: Uint8Array): Uint8Array => chachaSeal(alice.sendKey, new Uint8Array(12), EMPTY, body);
    const close = encodeBody({ kind: 'close', reason: 1 });
    const before = snapshot(bob);
    for (const body of [
      EMPTY,
      flipped(close, 200),
      concat(close, EMPTY, Uint8Array.of(0)),
      close.slice(0, 255),
      ...[3, 4, 6, 255].map((type) => Uint8Array.from(close, (byte, at) => (at === 2 ? type : byte)))
    ])
      expect(() => openFrame(bob, raw(body), random)).toThrow(WireError);
    expect(() => openFrame(bob, new Uint8Array(MAX_FRAME + 1), random)).toThrow(WireError);
    expect(snapshot(bob)).toBe(before);
  });
});

describe('what sizes tell (S3)', () => {
  const sizeOf = (content: Content): number => sealFrame(alice, content).frame.length;
  const SIZES = PAD_CLASSES.map((size) => size + 16);

  test('the longest message fills the largest class, one byte more is our bug', () => {
    expect(sizeOf(message(random(MAX_MESSAGE_BYTES)))).toBe(8_192 + 16);
    expect(() => sealFrame(alice, message(random(MAX_MESSAGE_BYTES + 1)))).toThrow(UsageError);
  });

  test('ten thousand texts of random lengths have six sizes', () => {
    const entry = (length: number): Uint8Array =>
      encodeControl({
        kind: 'entry',
        entry: encodeEntry({
          log: new Uint8Array(8),
          seq: 2 ** 48 - 1,
          prev: new Uint8Array(8),
          ts: 2 ** 48 - 1,
          ttl: 0,
          content: { kind: 'text', text: 'x'.repeat(length) }
        })
      });
    const seen = new Set<number>();
    const lengths = seeded('lengths');
    for (let i = 0; i < 10_000; i++) {
      const [a = 0, b = 0] = lengths(2);
      // Short ones are the most frequent; the longest text of all is among them.
      const length = i === 0 ? 8_000 : 1 + (((a * 256 + b) >> (a % 10)) % 8_000);
      const data = entry(length);
      // The ratchet's cost has no influence on the size.
      seen.add(
        encodeBody({
          kind: 'message',
          message: { header: new Uint8Array(40), sealed: new Uint8Array(data.length + 16) }
        }).length + 16
      );
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(SIZES);
    expect(sizeOf(message(entry(8_000)))).toBe(8_192 + 16);
  });

  test('acknowledgements, typing, keepalives, seen, erase, timer and BIND look like a short text', () => {
    const log = random(8);
    const entry = (content: Parameters<typeof encodeEntry>[0]['content'], ttl = 0): Control => ({
      kind: 'entry',
      entry: encodeEntry({ log, seq: 1, prev: new Uint8Array(8), ts: 1_767_225_600_000, ttl, content })
    });
    const controls: Control[] = [
      { kind: 'ack', position: { log, upto: 7 } },
      { kind: 'typing' },
      { kind: 'sync', positions: [{ log, upto: 7, head: log }] },
      entry({ kind: 'text', text: 'Bonsoir !' }),
      entry({ kind: 'seen', log, ranges: [[1, 9]] }),
      entry({ kind: 'erase', log, seq: 4 }),
      entry({ kind: 'timer' }, 3_600),
      entry({ kind: 'name', name: 'Somebody' }),
      entry({ kind: 'gone', hash: log })
    ];
    const contents: Content[] = [
      ...controls.map((control) => message(encodeControl(control))),
      message(EMPTY),
      { kind: 'bind', version: 1, local: random(32), remote: random(32), data: EMPTY },
      { kind: 'rehandshake', step: 'switch', data: EMPTY },
      { kind: 'close', reason: 0 }
    ];
    expect(new Set(contents.map(sizeOf))).toEqual(new Set([272]));
  });
});

describe('transport messages', () => {
  test('each is opened once, in order, and only by the other side', () => {
    const one = { send: { key: random(32), n: 0 }, receive: { key: random(32), n: 0 } };
    const other = { send: one.receive, receive: one.send };
    const first = sealTransport(one, utf8('first'));
    const second = sealTransport(first.transport, utf8('second'));
    expect(() => openTransport(other, second.message)).toThrow(AuthError);
    expect(() => openTransport(one, first.message)).toThrow(AuthError);
    const opened = openTransport(other, first.message);
    expect(opened.data).toEqual(utf8('first'));
    expect(() => openTransport(opened.transport, first.message)).toThrow(AuthError);
    expect(openTransport(opened.transport, second.message).data).toEqual(utf8('second'));
  });

  // Noise, section 12.3: 32 zero bits and a little-endian number.
  test('count little-endian', () => {
    const key = random(32);
    const { message: sealed } = sealTransport(
      { send: { key, n: 0x0102 }, receive: { key, n: 0 } },
      utf8('text')
    );
    const nonce = Uint8Array.of(0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0);
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
    decipher.setAuthTag(sealed.slice(-16));
    expect(decipher.update(sealed.slice(0, -16), undefined, 'utf8') + decipher.final('utf8')).toBe('text');
  });
});
