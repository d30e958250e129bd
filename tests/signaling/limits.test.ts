import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { addressKey, addressOf } from '../../signaling/address.ts';
import { Bucket } from '../../signaling/bucket.ts';
import { LEAST_SOCKETS_PER_ADDRESS, limitsFor, SOCKETS_PER_ADDRESS } from '../../signaling/limits.ts';

it('a bucket gives its capacity at once, then its rate, and never more than its capacity', () => {
  const bucket = new Bucket(3, 2, 1_000);
  expect([bucket.take(2, 1_000), bucket.take(1, 1_000), bucket.take(1, 1_000)]).toEqual([true, true, false]);
  expect(bucket.take(1, 1_499)).toBe(false);
  expect(bucket.take(1, 1_500)).toBe(true);
  expect(bucket.take(3, 99_000)).toBe(true);
  expect(bucket.take(1, 99_000)).toBe(false);
  // Back in time: nothing is refilled, and nothing is lost.
  expect(bucket.take(1, 50_000)).toBe(false);
  expect(bucket.take(1, 50_400)).toBe(false);
  expect(bucket.take(1, 50_600)).toBe(true);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:0db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['rubbish', 'rubbish']
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

it('believes X-Forwarded-For only from the proxies it was told of, and only their own words', () => {
  const request = {
    headers: { 'x-forwarded-for': '6.6.6.6, 192.0.2.1, 192.0.2.2' },
    socket: { remoteAddress: '127.0.0.1' }
  } as unknown as IncomingMessage;
  expect([0, 1, 2].map((proxies) => addressOf(request, proxies))).toEqual([
    '127.0.0.1',
    '192.0.2.2',
    '192.0.2.1'
  ]);
  const bare = { headers: {}, socket: { remoteAddress: '127.0.0.1' } } as unknown as IncomingMessage;
  expect(addressOf(bare, 1)).toBe('127.0.0.1');
});

it.each([SOCKETS_PER_ADDRESS, LEAST_SOCKETS_PER_ADDRESS])(
  'has room for a full address book, where an address may have %d sockets',
  (sockets) => {
    const limits = limitsFor(sockets);
    const topics = 500 * 3 + 20 * 3;
    const frames = topics / 64 + topics / limits.topicsAsOneFrame;
    expect(limits.topicsPerSocket).toBeGreaterThanOrEqual(topics);
    expect(limits.topicsAtOnceOfAddress).toBeGreaterThanOrEqual(topics);
    expect(Math.min(limits.framesAtOnce, limits.framesAtOnceOfAddress)).toBeGreaterThan(frames);
    expect(limits.bytesAtOnce).toBeGreaterThan(limits.topicsPerSocket * 32 * 2);
  }
);
