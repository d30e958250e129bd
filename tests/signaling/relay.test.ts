import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Relay, topicKey, type Delivery } from '../../signaling/relay.ts';
import { SignalingErrorCode } from '../../src/lib/wire/signaling.ts';
import { topic } from './harness.ts';

const ROOMY = { topicsPerSocket: 100, socketsPerTopic: 100 };
const present = (to: number[], fill: number): Delivery => ({
  to,
  frame: { kind: 'present', topic: topic(fill) }
});
const error = (to: number, code: number): Delivery => ({ to: [to], frame: { kind: 'error', code } });

describe('PRESENT', () => {
  it('is not said to whoever is alone', () => {
    expect(new Relay(ROOMY).subscribe(1, [topic(1)]).deliveries).toEqual([]);
  });

  it('is said once to the newcomer and once to each that was there', () => {
    const relay = new Relay(ROOMY);
    relay.subscribe(1, [topic(1)]);
    expect(relay.subscribe(2, [topic(1)]).deliveries).toEqual([present([1, 2], 1)]);
    expect(relay.subscribe(3, [topic(1), topic(2)]).deliveries).toEqual([present([1, 2, 3], 1)]);
  });

  it('answers whoever subscribes again, and does not bother the others', () => {
    const relay = new Relay(ROOMY);
    relay.subscribe(1, [topic(1)]);
    relay.subscribe(2, [topic(1)]);
    expect(relay.subscribe(1, [topic(1), topic(1)]).deliveries).toEqual([present([1], 1)]);
    relay.leave(2, 9);
    expect(relay.subscribe(1, [topic(1)]).deliveries).toEqual([]);
  });
});

describe('publishing', () => {
  it('goes to those of the topic', () => {
    const relay = new Relay(ROOMY);
    for (const socket of [1, 2, 3]) relay.subscribe(socket, [topic(1)]);
    relay.subscribe(4, [topic(2)]);
    expect([...relay.at(topicKey(topic(1)))]).toEqual([1, 2, 3]);
    expect([...relay.at(topicKey(topic(2)))]).toEqual([4]);
  });

  it('reaches nobody where nobody listens', () => {
    const relay = new Relay(ROOMY);
    expect(relay.at(topicKey(topic(1))).length).toBe(0);
    relay.subscribe(1, [topic(1)]);
    relay.leave(1, 9);
    expect(relay.at(topicKey(topic(1))).length).toBe(0);
  });
});

describe('what the other nodes have to know', () => {
  const [one, two] = [topicKey(topic(1)), topicKey(topic(2))];

  it('is who arrives where, whether as the first, and whether alone', () => {
    const relay = new Relay(ROOMY);
    expect(relay.subscribe(1, [topic(1), topic(2)]).arrivals).toEqual([
      { topic: one, opened: true, alone: true },
      { topic: two, opened: true, alone: true }
    ]);
    expect(relay.subscribe(2, [topic(1)]).arrivals).toEqual([{ topic: one, opened: false, alone: false }]);
    expect(relay.subscribe(1, [topic(2)]).arrivals).toEqual([{ topic: two, opened: false, alone: true }]);
  });

  it('is where nobody is left', () => {
    const relay = new Relay(ROOMY);
    relay.subscribe(1, [topic(1), topic(2)]);
    relay.subscribe(2, [topic(1)]);
    expect(relay.unsubscribe(1, [topic(1), topic(3)])).toEqual([]);
    expect(relay.unsubscribe(2, [topic(1), topic(1)])).toEqual([one]);
    expect(relay.leave(1, 9)).toEqual({ topics: 1, empty: [two] });
    expect(relay.leave(1, 9)).toEqual({ topics: 0, empty: [] });
  });

  it('is not what was refused', () => {
    const relay = new Relay({ topicsPerSocket: 1, socketsPerTopic: 1 });
    relay.subscribe(1, [topic(1)]);
    expect(relay.subscribe(2, [topic(1)]).arrivals).toEqual([]);
    expect(relay.subscribe(2, [topic(1), topic(2)]).arrivals).toEqual([]);
  });
});

describe('limits', () => {
  it('refuses a frame over the topics of a socket as a whole, and counts a topic once', () => {
    const relay = new Relay({ topicsPerSocket: 2, socketsPerTopic: 9 });
    expect(relay.subscribe(1, [topic(1), topic(1)]).deliveries).toEqual([]);
    expect(relay.subscribe(1, [topic(2), topic(3)]).deliveries).toEqual([
      error(1, SignalingErrorCode.TooManyTopics)
    ]);
    expect(relay.topicsOf(1)).toBe(1);
    expect(relay.subscribe(1, [topic(1), topic(2)]).deliveries).toEqual([]);
    relay.unsubscribe(1, [topic(1), topic(9)]);
    expect(relay.subscribe(1, [topic(3)]).deliveries).toEqual([]);
    expect(relay.topicsOf(1) + relay.topicsOf(2)).toBe(2);
  });

  it('leaves a full topic out and does the others of the frame', () => {
    const relay = new Relay({ topicsPerSocket: 9, socketsPerTopic: 1 });
    relay.subscribe(1, [topic(1)]);
    expect(relay.subscribe(2, [topic(1), topic(2)]).deliveries).toEqual([
      error(2, SignalingErrorCode.TopicFull)
    ]);
    expect(relay.topicsOf(2)).toBe(1);
    expect(relay.subscribe(1, [topic(1)]).deliveries).toEqual([]);
  });
});

it('does what a list of pairs does, whatever the order of things', () => {
  const step = fc.record({
    act: fc.constantFrom('subscribe', 'unsubscribe', 'publish', 'leave'),
    socket: fc.integer({ min: 1, max: 4 }),
    fill: fc.integer({ min: 1, max: 3 })
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const relay = new Relay(ROOMY);
      const pairs = new Set<string>();
      for (const { act, socket, fill } of steps) {
        const others = [1, 2, 3, 4].filter(
          (other) => other !== socket && pairs.has(`${String(other)} ${String(fill)}`)
        );
        const pair = `${String(socket)} ${String(fill)}`;
        if (act === 'subscribe') {
          const heard = relay.subscribe(socket, [topic(fill)]).deliveries.flatMap(({ to }) => to);
          const told = pairs.has(pair) ? [] : others;
          expect(heard.sort()).toEqual(others.length === 0 ? [] : [...told, socket].sort());
          pairs.add(pair);
        } else if (act === 'unsubscribe') {
          relay.unsubscribe(socket, [topic(fill)]);
          pairs.delete(pair);
        } else if (act === 'publish') {
          const reached = [...relay.at(topicKey(topic(fill)))].filter((other) => other !== socket);
          expect(reached.sort()).toEqual(others);
        } else {
          relay.leave(socket, 9);
          for (const fillOf of [1, 2, 3]) pairs.delete(`${String(socket)} ${String(fillOf)}`);
        }
        expect([1, 2, 3, 4].reduce((sum, one) => sum + relay.topicsOf(one), 0)).toBe(pairs.size);
        expect(relay.size).toBe(new Set([...pairs].map((one) => one.split(' ')[1])).size);
      }
    })
  );
});
