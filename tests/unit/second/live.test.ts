/**
 * src and the second implementation, which was written from the protocol page alone, talk to each other: each in each
 * role, as joiner and inviter, as initiator and responder.
 */
import { describe, expect, test } from 'vitest';
import { hex, join } from '../../second/bytes.ts';
import { ALL_ROLES, Line, makeContact, meetAgain, mutations, refused, type Two } from './meet.ts';

const retained = ({ joiner, inviter }: Two) => [joiner, inviter].map((person) => person.retained.map(hex));

function sameRetained(two: Two, count: number): void {
  const [one = [], other] = retained(two);
  expect(one).toHaveLength(count);
  expect(other).toEqual(one);
}

describe.each(ALL_ROLES)('$joiner joins, the $begins has the lower key', (roles) => {
  test('a first contact: both see the same symbols and digits, and codes that fit', () => {
    const { joiner, inviter } = makeContact(roles, 'compare');
    const [one, other] = [joiner.compare(), inviter.compare()];
    expect(one.symbols).toEqual(other.symbols);
    expect(one.digits).toMatch(/^\d{60}$/);
    expect(one.digits).toBe(other.digits);
    expect(one.qr).toMatch(/^415001[0-9A-F]{120}$/);
    expect(other.qr).toBe(one.qr.slice(0, 6) + one.qr.slice(66) + one.qr.slice(6, 66));
  });

  test('sixty messages to and fro, then sixty one way, and some that cross', () => {
    const line = new Line(makeContact(roles, 'talk')).bind();
    const { joiner, inviter } = line;
    for (let i = 0; i < 60; i++) line.say(i % 2 === 0 ? joiner : inviter, `to and fro ${i.toString()}`);
    const texts = Array.from({ length: 60 }, (_, i) => `${i.toString()} `.repeat(1 + 40 * i));
    line.say(joiner, ...texts);
    line.say(inviter, ...texts);
    for (let i = 0; i < 5; i++) {
      const [there, back] = [joiner.say(join('there')), inviter.say(join('back'))];
      expect(line.carry(joiner, there)).toEqual(['there']);
      expect(line.carry(inviter, back)).toEqual(['back']);
    }
    expect(line.carry(joiner, joiner.say(join('')))).toEqual([]);
    expect(inviter.hear(joiner.close(0)).closed).toBe(true);
  });

  test('whoever is asked whether they still hear answers with a keepalive, and says nothing of it', () => {
    const { joiner, inviter } = new Line(makeContact(roles, 'question')).bind();
    for (const [asks, answers] of [
      [joiner, inviter],
      [inviter, joiner]
    ] as const) {
      const { messages, replies } = answers.hear(asks.say(Uint8Array.of(0)));
      expect([messages.length, replies.length]).toEqual([0, 1]);
      expect(asks.hear(replies[0] ?? new Uint8Array())).toEqual({ messages: [], replies: [], closed: false });
    }
  });

  test('new keys in band, twice, with messages on their way meanwhile', () => {
    const two = makeContact(roles, 'renew');
    const line = new Line(two).bind();
    const [begins, other] = two.joiner.begins() ? [line.joiner, line.inviter] : [line.inviter, line.joiner];
    line.say(begins, 'before');
    for (let round = 0; round < 2; round++) {
      const before = two.joiner.retained.map(hex);
      const ask = begins.renew();
      const late = begins.say(join('under the old keys'));
      const crossing = other.say(join('before b'));
      const [b, ...none] = other.hear(ask).replies;
      expect(none).toEqual([]);
      const afterB = other.say(join('after b'));
      expect(line.carry(begins, late)).toEqual(['under the old keys']);
      expect(line.carry(other, crossing)).toEqual(['before b']);
      const switched = begins.hear(b ?? join()).replies;
      expect(switched).toHaveLength(2);
      const first = begins.say(join('under the new keys'));
      // The responder still speaks under the old keys, because it has not heard the switch.
      expect(line.carry(other, afterB)).toEqual(['after b']);
      expect(line.carry(begins, ...switched, first)).toEqual(['under the new keys']);
      line.say(other, 'all', 'is', 'new');
      line.say(begins, 'here', 'too');
      sameRetained(two, 2);
      expect(two.joiner.retained[0] && hex(two.joiner.retained[0])).not.toBe(before[0]);
      expect(two.joiner.retained[1] && hex(two.joiner.retained[1])).toBe(before[0]);
    }
  });

  test('reconnection with retained secrets, time and again, and after half a commit', () => {
    const two = makeContact(roles, 'again');
    new Line(two).bind();
    sameRetained(two, 1);
    for (const round of ['1', '2', '3']) {
      meetAgain(two);
      expect([two.joiner.continuity, two.inviter.continuity]).toEqual([true, true]);
      const line = new Line(two).bind();
      sameRetained(two, 2);
      line.say(line.joiner, round);
      line.say(line.inviter, round);
    }
    for (const person of [two.joiner, two.inviter, two.joiner]) {
      const { retained: before } = person;
      meetAgain(two);
      new Line(two).bind();
      person.retained = before;
      meetAgain(two);
      expect([two.joiner.continuity, two.inviter.continuity]).toEqual([true, true]);
      const line = new Line(two).bind();
      sameRetained(two, 2);
      line.say(line.inviter, 'still there');
    }
  });

  test('broken continuity: nothing in common, or nothing left on one side', () => {
    const two = makeContact(roles, 'broken');
    new Line(two).bind();
    two.joiner.retained = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    meetAgain(two);
    expect([two.joiner.continuity, two.inviter.continuity]).toEqual([false, false]);
    const line = new Line(two).bind();
    line.say(line.joiner, 'keys were reset');
    sameRetained(two, 1);

    two.inviter.retained = [];
    meetAgain(two);
    expect([two.joiner.continuity, two.inviter.continuity]).toEqual([false, true]);
    new Line(two).bind();
    sameRetained(two, 1);

    meetAgain(two);
    expect([two.joiner.continuity, two.inviter.continuity]).toEqual([true, true]);
  });

  test('changed messages of both handshakes are refused, and the right ones still taken', () => {
    const two = makeContact(roles, 'tamper', mutations(5));
    meetAgain(two, mutations(5));
    const line = new Line(two).bind();
    line.say(line.joiner, 'nothing has changed');
  });

  test('frames changed, cut, repeated, skipped or sent back are refused, and the right ones still taken', () => {
    const line = new Line(makeContact(roles, 'frames'));
    const { joiner, inviter } = line;
    const tamper = mutations(1);
    const bind = joiner.bind();
    tamper(bind, (changed) => inviter.hear(changed));
    inviter.hear(bind);
    const answer = inviter.bind();
    tamper(answer, (changed) => joiner.hear(changed));
    joiner.hear(answer);
    for (const [from, to] of [
      [joiner, inviter],
      [inviter, joiner]
    ] as const) {
      const [frame, next] = [from.say(join('one')), from.say(join('two'))];
      refused(() => to.hear(next));
      refused(() => from.hear(frame));
      tamper(frame, (changed) => to.hear(changed));
      expect(line.carry(from, frame)).toEqual(['one']);
      refused(() => to.hear(frame));
      expect(line.carry(from, next)).toEqual(['two']);
    }
  });

  test('a channel with another certificate is refused', () => {
    const two = makeContact(roles, 'certificates');
    const [one, other, third] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array
    ];
    const joiner = two.joiner.speak({ own: one, peer: other });
    const inviter = two.inviter.speak({ own: other, peer: third });
    refused(() => inviter.hear(joiner.bind()));
    refused(() => joiner.hear(inviter.bind()));
  });
});
