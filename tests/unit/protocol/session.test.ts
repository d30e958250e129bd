import { createDecipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hex, utf8 } from '../../../src/lib/bytes.ts';
import { AuthError, UsageError, WireError } from '../../../src/lib/errors.ts';
import { deriveKeys, NO_RETAINED_SECRET } from '../../../src/lib/protocol/schedule.ts';
import { openFrame, openSession, sealFrame, type Session } from '../../../src/lib/protocol/session.ts';
import { openTransport, sealTransport } from '../../../src/lib/protocol/transport.ts';
import { flipped, snapshot } from '../../support/bytes.ts';
import { seeded } from '../../support/random.ts';

const random = seeded('session');
const finished = {
  transport: { send: { key: random(32), n: 0 }, receive: { key: random(32), n: 0 } },
  handshakeHash: random(32),
  exporter: random(32)
};
const alice = openSession(deriveKeys(finished, true, NO_RETAINED_SECRET).keys);
const bob = openSession(deriveKeys(finished, false, NO_RETAINED_SECRET).keys);

function frames(session: Session, ...texts: string[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  let now = session;
  for (const text of texts) {
    const { session: next, frame } = sealFrame(now, utf8(text));
    out.push(frame);
    now = next;
  }
  return out;
}

describe('session frames', () => {
  test('the nonce is four zeros and the counter, big-endian', () => {
    const { frame } = sealFrame({ ...alice, sent: 0x0102030405 }, utf8('body'));
    const nonce = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5);
    const decipher = createDecipheriv('chacha20-poly1305', alice.sendKey, nonce, { authTagLength: 16 });
    decipher.setAuthTag(frame.slice(-16));
    expect(decipher.update(frame.slice(0, -16), undefined, 'utf8') + decipher.final('utf8')).toBe('body');
  });

  test('each is opened once, in order', () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = frames(alice, 'first', 'second');
    expect(() => openFrame(bob, second)).toThrow(AuthError);
    const opened = openFrame(bob, first);
    expect(opened.body).toEqual(utf8('first'));
    expect(() => openFrame(opened.session, first)).toThrow(AuthError);
    expect(openFrame(opened.session, second).body).toEqual(utf8('second'));
  });

  test('a changed, cut or reflected frame is refused, and changes nothing', () => {
    const before = snapshot(bob);
    const [frame = new Uint8Array()] = frames(alice, 'text');
    for (let i = 0; i < frame.length; i++) {
      expect(() => openFrame(bob, flipped(frame, i))).toThrow(AuthError);
      expect(() => openFrame(bob, frame.slice(0, i))).toThrow(AuthError);
    }
    expect(() => openFrame(alice, frame)).toThrow(AuthError);
    expect(snapshot(bob)).toBe(before);
    expect(openFrame(bob, frame).body).toEqual(utf8('text'));
  });

  test('the longest frame has 16,384 bytes', () => {
    const { frame } = sealFrame(alice, new Uint8Array(16_368));
    expect(frame.length).toBe(16_384);
    expect(openFrame(bob, frame).body.length).toBe(16_368);
    expect(() => sealFrame(alice, new Uint8Array(16_369))).toThrow(UsageError);
    expect(() => openFrame(bob, new Uint8Array(16_385))).toThrow(WireError);
  });

  test('equal bodies give different frames', () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = frames(alice, 'same', 'same');
    expect(hex(first)).not.toBe(hex(second));
  });
});

describe('transport messages', () => {
  test('each is opened once, in order, and only by the other side', () => {
    const one = finished.transport;
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
});
