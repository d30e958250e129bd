/**
 * R11: each byte of each handshake message and of the first 20 frames changed, cut, repeated, moved or sent back. What
 * was touched is refused, who refused it is as before (deep-equal), and the right message is still taken afterwards.
 */
import { describe, expect, test } from 'vitest';
import { concat, hex } from '../../../src/lib/bytes.ts';
import {
  answerAccept,
  answerJoin,
  answerReadC,
  joinReadB,
  joinReadD,
  joinWriteC,
  startJoin
} from '../../../src/lib/protocol/first-contact.ts';
import {
  answerReunion,
  readReunion,
  reunionReadB,
  startReunion,
  type Meeting
} from '../../../src/lib/protocol/known-contact.ts';
import { openFrame } from '../../../src/lib/protocol/session.ts';
import { rendezvous } from '../../../src/lib/protocol/topics.ts';
import { expectRefused, flipped, snapshot } from '../../support/bytes.ts';
import { completeFirstContact, iceBlock } from '../../support/handshakes.ts';
import { seeded } from '../../support/random.ts';
import { channel, contacts, copyOf, deliver, type End } from '../../support/sessions.ts';

const BITS = [1, 2, 4, 8, 16, 32, 64, 128];

/** A frame, and the end that reads it as it was before. */
interface Read {
  readonly frame: Uint8Array;
  readonly dial: End['dial'];
}

interface Reader {
  readonly name: string;
  readonly message: Uint8Array;
  readonly state: unknown;
  readonly read: (message: Uint8Array) => unknown;
  /** Not tampering but another beginning: the same side may write such a message as well. */
  readonly alsoGood: Uint8Array | null;
}

const met = completeFirstContact('tampering');
/** The same two with the same static keys once more; every ephemeral one is another. */
const again = meetAgain(met, seeded('once more'));
const stranger = completeFirstContact('another pair');
const pair = contacts('tampering');
const { topic: place } = rendezvous(pair.initiator.rdv, 80_000);
const lower: Meeting = { keys: pair.initiator, place, inBand: false };
const upper: Meeting = { keys: pair.responder, place, inBand: false };
const reunion = reuniteOnce(seeded('reunion'));
const reunited = reuniteOnce(seeded('reunited'));

const READERS: readonly Reader[] = [
  {
    name: 'first contact, A',
    message: met.a.message,
    state: met.inviter,
    read: (message) => answerJoin(met.inviter, message, seeded('answer')),
    alsoGood: again.a.message
  },
  {
    name: 'first contact, B',
    message: met.b.message,
    state: met.a.state,
    read: (message) => joinReadB(met.a.state, message),
    alsoGood: null
  },
  {
    name: 'first contact, C',
    message: met.c.message,
    state: met.b.state,
    read: (message) => answerReadC(met.b.state, message),
    alsoGood: null
  },
  {
    name: 'first contact, D',
    message: met.d.message,
    state: met.c.state,
    read: (message) => joinReadD(met.c.state, message),
    alsoGood: null
  },
  {
    name: 'known contact, A',
    message: reunion.a.message,
    state: upper,
    read: (message) => readReunion(upper, message),
    alsoGood: reunited.a.message
  },
  {
    name: 'known contact, B',
    message: reunion.b.message,
    state: reunion.a.state,
    read: (message) => reunionReadB(reunion.a.state, message),
    alsoGood: null
  }
];

describe.each(READERS)('$name', ({ message, state, read, alsoGood }) => {
  const before = snapshot(state);

  test('each byte changed', () => {
    for (let i = 0; i < message.length; i++) expectRefused(() => read(flipped(message, i, BITS[i % 8])));
    expect(snapshot(state)).toBe(before);
    expect(() => read(message)).not.toThrow();
    expect(snapshot(state)).toBe(before);
  }, 120_000);

  test('cut at each length, and longer', () => {
    for (let length = 0; length < message.length; length++)
      expectRefused(() => read(message.slice(0, length)));
    for (const more of [1, 16, 32, 1_088]) expectRefused(() => read(concat(message, new Uint8Array(more))));
    expectRefused(() => read(concat(message, message)));
    expectRefused(() => read(message.slice(1)));
    expect(snapshot(state)).toBe(before);
  }, 120_000);

  test('every other message in its place: moved, sent back, of another handshake, of another pair', () => {
    const others = [
      ...READERS.map((other) => other.message),
      ...[again, stranger].flatMap(({ a, b, c, d }) => [a, b, c, d].map((step) => step.message)),
      ...[reunited.a.message, reunited.b.message]
    ].filter((other) => other !== message && other !== alsoGood);
    expect(others.length).toBeGreaterThan(12);
    for (const other of others) expectRefused(() => read(other));
    expect(snapshot(state)).toBe(before);
  });
});

describe('the first 20 frames', () => {
  /** BIND each way, texts, a re-handshake and what follows: the transcript of one side's reading. */
  function transcript(seed: string): {
    reads: Read[];
    other: Uint8Array[];
  } {
    const { initiator, responder } = channel(seed);
    const reads: Read[] = [];
    const carryOne = (from: End, to: End): void => {
      const frame = from.out[0];
      if (!frame) return;
      // What is wiped later must not be wiped in the state that is tried here.
      reads.push({ frame, dial: copyOf(to.dial) });
      deliver(from, to, 1);
    };
    for (let i = 0; reads.length < 20; i++) {
      if (i === 4) initiator.now = responder.now = 10 * 60_000;
      (i % 3 === 0 ? responder : initiator).say(`text ${i.toString()}`);
      carryOne(initiator, responder);
      carryOne(responder, initiator);
    }
    return { reads: reads.slice(0, 20), other: [...initiator.sent, ...responder.sent] };
  }

  const { reads, other } = transcript('twenty');
  const random = seeded('never used');
  const open = ({ dial }: Read, frame: Uint8Array): unknown => {
    const { session, rehandshake } = dial;
    if (!session) throw new Error('no session');
    const isNew = rehandshake?.step === 'agreed' && rehandshake.receiving;
    return openFrame(isNew ? rehandshake.next : session, frame, random);
  };

  test('hold texts and a whole re-handshake', () => {
    expect(reads).toHaveLength(20);
    expect(new Set(reads.map(({ frame }) => frame.length)).size).toBeGreaterThan(1);
    expect(reads.some(({ dial }) => dial.rehandshake?.step === 'asked')).toBe(true);
    expect(reads.some(({ dial }) => dial.rehandshake?.step === 'agreed' && dial.rehandshake.receiving)).toBe(
      true
    );
    for (const read of reads) expect(() => open(read, read.frame)).not.toThrow();
  });

  test('each byte changed', () => {
    for (const read of reads) {
      const before = snapshot(read.dial);
      for (let i = 0; i < read.frame.length; i++)
        expectRefused(() => open(read, flipped(read.frame, i, BITS[i % 8])));
      expect(snapshot(read.dial)).toBe(before);
      expect(() => open(read, read.frame)).not.toThrow();
    }
  }, 120_000);

  test('cut at each length, and longer', () => {
    for (const read of reads) {
      const before = snapshot(read.dial);
      for (let length = 0; length < read.frame.length; length++)
        expectRefused(() => open(read, read.frame.slice(0, length)));
      for (const more of [1, 16, 256, 16_384])
        expectRefused(() => open(read, concat(read.frame, new Uint8Array(more))));
      expect(snapshot(read.dial)).toBe(before);
    }
  }, 120_000);

  test('any other frame of either side in its place: repeated, moved, sent back', () => {
    for (const read of reads) {
      const before = snapshot(read.dial);
      for (const frame of other) if (hex(frame) !== hex(read.frame)) expectRefused(() => open(read, frame));
      expect(snapshot(read.dial)).toBe(before);
    }
  });
});

function meetAgain(
  { joiner, inviter, inviterPair, guest, host }: typeof met,
  random: (length: number) => Uint8Array
) {
  const a = startJoin(joiner, random);
  const b = answerJoin(inviter, a.message, random);
  const c = joinWriteC(joinReadB(a.state, b.message).state, guest, random);
  const d = answerAccept(answerReadC(b.state, c.message).state, { pair: inviterPair, ...host });
  return { a, b, c, d };
}

function reuniteOnce(random: (length: number) => Uint8Array) {
  const a = startReunion(lower, random);
  const b = answerReunion(readReunion(upper, a.message).state, iceBlock(random), random);
  return { a, b };
}
