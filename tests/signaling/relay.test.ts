import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Relay, type Delivery } from '../../signaling/relay.ts';
import { SignalingErrorCode } from '../../src/lib/wire/signaling.ts';
import { body, topic } from './harness.ts';

const ROOMY = { topicsPerSocket: 100, socketsPerTopic: 100 };
const present = (to: number[], fill: number): Delivery => ({
  to,
  frame: { kind: 'present', topic: topic(fill) }
});
const error = (to: number, code: number): Delivery => ({ to: [to], frame: { kind: 'error', code } });

describe('PRESENT', () => {
  it('is not said to whoever is alone', () => {
    expect(new Relay(ROOMY).subscribe(1, [topic(1)])).toEqual([]);
  });

  it('is said once to the newcomer and once to each that was there', () => {
    const relay = new Relay(ROOMY);
    relay.subscribe(1, [topic(1)]);
    expect(relay.subscribe(2, [topic(1)])).toEqual([present([1, 2], 1)]);
    expect(relay.subscribe(3, [topic(1), topic(2)])).toEqual([present([1, 2, 3], 1)]);
  });

  it('answers whoever subscribes again, and does not bother the others', () => {
    const relay = new Relay(ROOMY);
    relay.subscribe(1, [topic(1)]);
    relay.subscribe(2, [topic(1)]);
    expect(relay.subscribe(1, [topic(1), topic(1)])).toEqual([present([1], 1)]);
    relay.leave(2);
    expect(relay.subscribe(1, [topic(1)])).toEqual([]);
  });
});

describe('publishing', () => {
  it('reaches the others of the topic and not the sender', () => {
    const relay = new Relay(ROOMY);
    for (const socket of [1, 2, 3]) relay.subscribe(socket, [topic(1)]);
    relay.subscribe(4, [topic(2)]);
    expect(relay.publish(1, topic(1), body(7))).toEqual([
      { to: [2, 3], frame: { kind: 'event', topic: topic(1), body: body(7) } }
    ]);
  });

  it('is dropped where nobody listens, and not kept for who comes later', () => {
    const relay = new Relay(ROOMY);
    expect(relay.publish(1, topic(1), body(7))).toEqual([]);
    relay.subscribe(1, [topic(1)]);
    expect(relay.publish(1, topic(1), body(7))).toEqual([]);
    expect(relay.subscribe(2, [topic(1)])).toEqual([present([1, 2], 1)]);
  });
});

describe('limits', () => {
  it('refuses a frame over the topics of a socket as a whole, and counts a topic once', () => {
    const relay = new Relay({ topicsPerSocket: 2, socketsPerTopic: 9 });
    expect(relay.subscribe(1, [topic(1), topic(1)])).toEqual([]);
    expect(relay.subscribe(1, [topic(2), topic(3)])).toEqual([error(1, SignalingErrorCode.TooManyTopics)]);
    expect(relay.topicsOf([1])).toBe(1);
    expect(relay.subscribe(1, [topic(1), topic(2)])).toEqual([]);
    relay.unsubscribe(1, [topic(1), topic(9)]);
    expect(relay.subscribe(1, [topic(3)])).toEqual([]);
    expect(relay.topicsOf([1, 2])).toBe(2);
  });

  it('leaves a full topic out and does the others of the frame', () => {
    const relay = new Relay({ topicsPerSocket: 9, socketsPerTopic: 1 });
    relay.subscribe(1, [topic(1)]);
    expect(relay.subscribe(2, [topic(1), topic(2)])).toEqual([error(2, SignalingErrorCode.TopicFull)]);
    expect(relay.topicsOf([2])).toBe(1);
    expect(relay.subscribe(1, [topic(1)])).toEqual([]);
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
          const heard = relay.subscribe(socket, [topic(fill)]).flatMap(({ to }) => to);
          const told = pairs.has(pair) ? [] : others;
          expect(heard.sort()).toEqual(others.length === 0 ? [] : [...told, socket].sort());
          pairs.add(pair);
        } else if (act === 'unsubscribe') {
          relay.unsubscribe(socket, [topic(fill)]);
          pairs.delete(pair);
        } else if (act === 'publish') {
          const reached = relay.publish(socket, topic(fill), body(0)).flatMap(({ to }) => to);
          expect(reached.sort()).toEqual(others);
        } else {
          relay.leave(socket);
          for (const fillOf of [1, 2, 3]) pairs.delete(`${String(socket)} ${String(fillOf)}`);
        }
        expect(relay.topicsOf([1, 2, 3, 4])).toBe(pairs.size);
        expect(relay.size).toBe(new Set([...pairs].map((one) => one.split(' ')[1])).size);
      }
    })
  );
});
