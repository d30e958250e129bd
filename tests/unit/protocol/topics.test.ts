import { hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { concat, hex, utf8 } from '../../../src/lib/bytes.ts';
import { UsageError } from '../../../src/lib/errors.ts';
import { epochOf, invitationRoot, rendezvous, window } from '../../../src/lib/protocol/topics.ts';

const secret = new Uint8Array(16).fill(5);

test('an epoch is six hours', () => {
  expect(epochOf(0)).toBe(0);
  expect(epochOf(21_599)).toBe(0);
  expect(epochOf(21_600)).toBe(1);
  expect(epochOf(1_700_000_000.9)).toBe(78_703);
});

test('topic and frame key are those of the protocol page', () => {
  const at = rendezvous(invitationRoot(secret), 0x01020304);
  const epoch = Uint8Array.of(1, 2, 3, 4);
  for (const [label, got] of [
    ['AP1/topic', at.topic],
    ['AP1/frame', at.frameKey]
  ] as const) {
    const expected = hkdfSync('sha256', secret, new Uint8Array(32), concat(utf8(label), epoch), 32);
    expect(hex(got)).toBe(Buffer.from(expected).toString('hex'));
  }
});

test('the window is the epochs before, at and after a time', () => {
  const root = invitationRoot(secret);
  const places = window(root, 21_600 * 500 + 7);
  expect(places.map(({ epoch }) => epoch)).toEqual([499, 500, 501]);
  expect(places[1]).toEqual(rendezvous(root, 500));
  expect(new Set(places.map(({ topic }) => hex(topic))).size).toBe(3);
  // Whose clocks are less than six hours apart, meet: each publishes in its own epoch and listens on three.
  const other = window(root, 21_600 * 501);
  expect(other.map(({ epoch }) => epoch)).toContain(500);
  expect(() => window(root, 100)).toThrow(UsageError);
});
