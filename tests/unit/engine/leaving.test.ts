/**
 * The two sides of moving between devices, over the network in memory: whatever ends it, and whatever either side says,
 * the new device has everything or nothing, and the old one never goes on unasked where the new one may have it.
 */
import { describe, expect, test } from 'vitest';
import { base64url, fromBase64url } from '../../../src/lib/bytes.ts';
import { generateKeyPair } from '../../../src/lib/crypto/primitives.ts';
import { Problem } from '../../../src/lib/engine/api.ts';
import { Arriving } from '../../../src/lib/engine/arriving.ts';
import { unpack } from '../../../src/lib/engine/backup.ts';
import { GuestParty } from '../../../src/lib/engine/guest.ts';
import { HostParty } from '../../../src/lib/engine/host.ts';
import type { MoveMark } from '../../../src/lib/engine/kept.ts';
import { Leaving } from '../../../src/lib/engine/leaving.ts';
import { Line } from '../../../src/lib/engine/line.ts';
import type { Arriving as Arrival, Leaving as Departure } from '../../../src/lib/engine/moving-api.ts';
import { Network } from '../../../src/lib/engine/network.ts';
import { decodeMoveCode, encodeMoveCode } from '../../../src/lib/protocol/move-code.ts';
import { decodeInvitation } from '../../../src/lib/protocol/invitation.ts';
import { MemoryNetwork } from '../../../src/lib/transport/memory.ts';
import type { ConnectSignaling } from '../../../src/lib/transport/ports.ts';
import type { Moving } from '../../../src/lib/wire/moving.ts';
import { backupOf, someBackup } from '../../support/backups.ts';
import { seeded } from '../../support/random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SECOND = 1_000;
const PLAIN = backupOf(someBackup());

class Room {
  readonly clock = new VirtualClock(undefined, 1);
  readonly random: (length: number) => Uint8Array;
  readonly network: MemoryNetwork;
  readonly leaving: Departure[] = [];
  readonly arriving: Arrival[] = [];
  mark: MoveMark = null;
  quiet = false;
  gone = false;
  /** Conversations that are on the new device's disk. */
  restored = 0;
  empty = true;
  restoring: () => Promise<void> = () => this.commits();

  constructor(seed = 'moving') {
    this.random = seeded(seed);
    this.network = new MemoryNetwork({ clock: this.clock, random: this.random });
  }

  get common() {
    const { clock, random, network } = this;
    return {
      ...{ clock, random, relayOnly: false },
      connectSignaling: network.connectSignaling,
      connectPeer: network.connectPeer
    };
  }

  /** A commit takes a while. */
  commits(): Promise<void> {
    return new Promise((resolve) => void this.clock.after(3, resolve));
  }

  async arrive(): Promise<{ arrival: Arriving; code: string }> {
    const arrival = new Arriving({
      ...this.common,
      isEmpty: () => this.empty,
      unpack: (plain) => unpack(plain, this.clock),
      restore: async ({ backup }) => {
        await this.restoring();
        this.restored = backup.conversations.length;
        return { conversations: this.restored, skipped: 0 };
      },
      listener: (state) => this.arriving.push(state)
    });
    await this.clock.settle();
    const state = this.arriving.at(-1);
    if (state?.kind !== 'code') throw new Error('no code');
    return { arrival, code: state.code };
  }

  leave(
    code: string,
    plain: () => Promise<Uint8Array> = () => Promise.resolve(PLAIN.slice()),
    connectSignaling: ConnectSignaling = this.network.connectSignaling
  ): Leaving {
    return new Leaving({
      ...this.common,
      connectSignaling,
      invitation: decodeMoveCode(code),
      setQuiet: (quiet) => {
        this.quiet = quiet;
      },
      pack: plain,
      mark: async (mark) => {
        await this.commits();
        this.mark = mark;
      },
      onGone: () => {
        this.gone = true;
      },
      listener: (state) => this.leaving.push(state)
    });
  }

  /** What must be true whatever has happened. */
  expectWhole(): void {
    if (this.gone) {
      expect(this.mark).not.toBeNull();
      expect(this.quiet, 'it rests').toBe(true);
    } else {
      expect(this.restored, 'nothing is there').toBe(0);
      expect(this.mark).toBeNull();
      expect(this.quiet, 'it goes on').toBe(false);
    }
  }

  /** Somebody who has the code, and says what they like. */
  guest(code: string): { line: () => Line; heard: Moving[]; refused: () => boolean } {
    const { clock, random } = this;
    const network = new Network({ ...this.common, onServer: () => undefined });
    const heard: Moving[] = [];
    let line: Line | null = null;
    let refused = false;
    const guest = new GuestParty<Line>({
      ...{ clock, random, network, name: () => '', introduced: false, relayOnly: false },
      invitation: decodeMoveCode(code),
      pair: generateKeyPair(random),
      listener: ({ kind }) => {
        refused ||= kind === 'failed';
      },
      onMet: (met) => {
        line = new Line(met, {
          ...{ clock, random, network, relayOnly: false },
          onUp: () => undefined,
          onMessage: (message) => heard.push(message),
          onDown: () => undefined
        });
        network.add(line);
        return Promise.resolve(line);
      },
      onJoined: () => undefined
    });
    network.add(guest);
    return { line: () => line ?? missing(), heard, refused: () => refused };
  }

  /** Somebody who shows a code, and says what they like. */
  host(keys = generateKeyPair(this.random), secret = this.random(16)) {
    const { clock, random } = this;
    const code = encodeMoveCode({ publicKey: keys.publicKey, secret, expiry: 0 });
    const network = new Network({ ...this.common, onServer: () => undefined });
    const heard: Moving[] = [];
    let line: Line | null = null;
    const { secret: derived } = decodeMoveCode(code);
    const shown = { id: '', keys, secret: derived, expiry: 0, createdAt: 0, status: 'open' } as const;
    const host = new HostParty({ ...shown, relayOnly: false, askFirst: false, usedBy: null }, false, {
      ...{ clock, random, network, name: () => '', relayOnly: () => false, onKnocks: () => undefined },
      onMet: (met) => {
        line = new Line(met, {
          ...{ clock, random, network, relayOnly: false },
          onUp: () => undefined,
          onMessage: (message) => heard.push(message),
          onDown: () => undefined
        });
        network.add(line);
        return Promise.resolve(line);
      }
    });
    network.add(host);
    return { code, heard, line: () => line ?? missing(), isMet: () => line !== null };
  }
}

function missing(): never {
  throw new Error('not met');
}

test('nobody hears of it but the two, and all of it is there', async () => {
  const room = new Room();
  const { code } = await room.arrive();
  room.leave(code);
  await room.clock.advance(60 * SECOND);
  expect(room.leaving.at(-1)).toEqual({ kind: 'handing-over' });
  expect(room.arriving.at(-1)).toEqual({ kind: 'arrived', conversations: 2 });
  expect(room).toMatchObject({ gone: true, mark: 'moved', quiet: true });
  expect(room.clock.pending, 'nothing of it stays').toBe(0);
});

// Which side begins a change of keys depends on the keys.
test.each(['one', 'two'])('a long one goes over many changes of keys: %s', async (seed) => {
  const room = new Room(seed);
  const { code } = await room.arrive();
  // No backup, at last: all of it has to come before anybody can tell.
  room.leave(code, () => Promise.resolve(new Uint8Array(2 ** 22)));
  await room.clock.advance(10 * SECOND);
  expect(room.arriving.at(-1)).toEqual({ kind: 'failed', problem: 'backup-unknown' });
  expect(room.leaving).toContainEqual({ kind: 'moving', part: 1 });
});

describe('ended at every moment', () => {
  const ways = {
    'the connection': (room: Room) => {
      room.network.setServer(false);
      room.network.cutPeers();
    },
    'the old side': (_: Room, leaving: Leaving) => {
      leaving.close();
    },
    'the new side': (_: Room, __: Leaving, arrival: Arriving) => {
      arrival.close();
    }
  };

  test.each(Object.entries(ways))('by %s', async (way, end) => {
    const outcomes = new Set<string>();
    for (let ms = 0; !outcomes.has('moved'); ms += 1) {
      const room = new Room();
      const { arrival, code } = await room.arrive();
      const leaving = room.leave(code);
      await room.clock.advance(ms);
      end(room, leaving, arrival);
      await room.clock.advance(120 * SECOND);
      room.expectWhole();
      outcomes.add(room.gone ? (room.mark ?? '') : 'nothing');
      if (!room.gone && room.arriving.length > 1)
        expect(room.arriving.at(-1)?.kind).not.toMatch(/arrived|restoring/);
    }
    expect(outcomes).toContain('nothing');
    if (way === 'the connection') expect(outcomes).toContain('handed-over');
  });
});

describe('who may take it', () => {
  test('a code of another secret meets nobody', async () => {
    const room = new Room();
    const { code } = await room.arrive();
    const { publicKey, secret, expiry } = decodeInvitation(code.slice('aparte-move:'.length));
    const other = secret.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
    room.leave(encodeMoveCode({ publicKey, secret: other, expiry }));
    await room.clock.advance(60 * SECOND);
    expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-nobody' });
    expect(room.arriving).toHaveLength(1);
  });

  test('who has seen the code has not the key behind it: they get nothing', async () => {
    const room = new Room();
    const { publicKey, secret } = {
      publicKey: generateKeyPair(room.random).publicKey,
      secret: room.random(16)
    };
    const thief = room.host(generateKeyPair(room.random), secret);
    room.leave(encodeMoveCode({ publicKey, secret, expiry: 0 }));
    await room.clock.advance(60 * SECOND);
    expect(thief.isMet()).toBe(false);
    expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-nobody' });
    room.expectWhole();
  });

  test('a code is used once', async () => {
    const room = new Room();
    const { code } = await room.arrive();
    room.leave(code);
    await room.clock.advance(2 * SECOND);
    const again = room.guest(code);
    await room.clock.advance(2 * SECOND);
    expect(again.refused()).toBe(true);
    expect(again.line).toThrow('not met');
  });

  test('and only for ten minutes', async () => {
    const room = new Room();
    const { code } = await room.arrive();
    await room.clock.advance(601 * SECOND);
    expect(room.arriving.at(-1)).toEqual({ kind: 'failed', problem: 'move-expired' });
    room.leave(code);
    await room.clock.advance(60 * SECOND);
    expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-nobody' });
  });

  test('it is no invitation, and an invitation is no code', async () => {
    const room = new Room();
    const { code } = await room.arrive();
    const asInvitation = decodeInvitation(code.slice('aparte-move:'.length));
    expect(decodeMoveCode(code).secret).not.toEqual(asInvitation.secret);
    expect(() => decodeMoveCode(code.slice('aparte-move:'.length))).toThrow('malformed');
    expect(() => decodeInvitation(code)).toThrow('malformed');
    const bytes = fromBase64url(code.slice('aparte-move:'.length));
    bytes.set([(bytes.at(-1) ?? 0) ^ 1], bytes.length - 1);
    expect(() => decodeMoveCode(`aparte-move:${base64url(bytes)}`)).toThrow('malformed');
  });

  test('what the server says again says nothing', async () => {
    const room = new Room();
    const said: (readonly [topic: Uint8Array, body: Uint8Array])[] = [];
    const { code } = await room.arrive();
    const heard: ConnectSignaling = (listener) => {
      const signaling = room.network.connectSignaling(listener);
      return {
        ...signaling,
        publish: (topic, body) => {
          said.push([topic, body]);
          signaling.publish(topic, body);
        }
      };
    };
    room.leave(code, undefined, heard);
    await room.clock.advance(1 * SECOND);
    const before = [...room.arriving];
    const replay = room.network.connectSignaling(() => undefined);
    await room.clock.advance(1 * SECOND);
    for (const [topic, body] of said) replay.publish(topic, body);
    await room.clock.advance(5 * SECOND);
    expect(said.length).toBeGreaterThan(1);
    expect(room.arriving).toEqual(before);
    expect(room.restored).toBe(2);
  });
});

describe('what the old side may say', () => {
  const offer = (length: number, version = 1): Moving => ({ kind: 'offer', version, length });
  const part = (length: number): Moving => ({ kind: 'part', bytes: new Uint8Array(length) });
  const cases: Record<string, readonly [Moving[], string]> = {
    'nothing that was offered': [[part(10)], 'move-lost'],
    'given before it is there': [[offer(100), part(10), { kind: 'yours' }], 'move-lost'],
    'more than was offered': [[offer(100), part(60), part(60)], 'move-lost'],
    'offered twice': [[offer(100), offer(100)], 'move-lost'],
    'more than a backup may hold': [[offer(2 ** 26 + 1)], 'move-lost'],
    'as much as there can be': [[offer(2 ** 32 - 1)], 'move-lost'],
    nothing: [[offer(0)], 'move-lost'],
    'the other side’s words': [[offer(100), { kind: 'got', upto: 5 }], 'move-lost'],
    'a newer version': [[offer(100, 2)], 'move-newer'],
    'no backup': [[offer(100), part(100)], 'backup-unknown'],
    'a word too few': [[offer(100), part(99)], ''],
    'that it stops': [[offer(100), { kind: 'stop', reason: 'stopped' }], 'move-stopped']
  };
  test.each(Object.entries(cases))('%s', async (_, [said, problem]) => {
    const room = new Room();
    const { code } = await room.arrive();
    const { line } = room.guest(code);
    await room.clock.advance(SECOND);
    for (const message of said) line().say(message);
    await room.clock.advance(SECOND);
    const last = room.arriving.at(-1);
    expect(last?.kind === 'failed' ? last.problem : '').toBe(problem);
    // It goes away with the connection, if it is not over already.
    line().close();
    await room.clock.advance(30 * SECOND);
    expect(room.arriving.at(-1)?.kind).toBe('failed');
    expect(room.restored).toBe(0);
  });

  test('a backup that was cut, or changed at any place that matters, is not taken', async () => {
    for (const plain of [
      PLAIN.slice(0, -1),
      PLAIN.slice(0, 200),
      flippedAt(PLAIN, 30),
      flippedAt(PLAIN, 400)
    ]) {
      const room = new Room();
      const { code } = await room.arrive();
      room.leave(code, () => Promise.resolve(plain));
      await room.clock.advance(5 * SECOND);
      expect(room.arriving.at(-1)).toEqual({ kind: 'failed', problem: 'backup-damaged' });
      expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-failed' });
      room.expectWhole();
    }
  });

  test('conversations that have come meanwhile are not touched', async () => {
    const room = new Room();
    const { code } = await room.arrive();
    room.empty = false;
    room.leave(code);
    await room.clock.advance(5 * SECOND);
    expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-not-empty' });
    room.expectWhole();
  });
});

describe('what the new side may say', () => {
  const cases: Record<string, readonly Moving[]> = {
    'that more has come than was sent': [{ kind: 'got', upto: PLAIN.length + 1 }],
    'that nothing has come': [{ kind: 'got', upto: 0 }],
    'that it is ready before all of it has come': [{ kind: 'ready' }],
    'that it is done before it was given': [
      { kind: 'got', upto: PLAIN.length },
      { kind: 'done', conversations: 1 }
    ],
    'that this is the other’s': [{ kind: 'yours' }],
    'that it stops': [{ kind: 'stop', reason: 'full' }]
  };
  test.each(Object.entries(cases))('%s', async (name, said) => {
    const room = new Room();
    const { code, line } = room.host();
    room.leave(code);
    await room.clock.advance(SECOND);
    for (const message of said) line().say(message);
    await room.clock.advance(SECOND);
    const problem = name === 'that it stops' ? 'move-full' : 'move-lost';
    expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem });
    room.expectWhole();
  });

  test('it hears no more at once than fits a connection', async () => {
    const room = new Room();
    const { code, heard, line } = room.host();
    room.leave(code, () => Promise.resolve(new Uint8Array(2 ** 22)));
    await room.clock.advance(5 * SECOND);
    const bytes = () => heard.reduce((sum, one) => sum + (one.kind === 'part' ? one.bytes.length : 0), 0);
    expect(bytes()).toBe(256_000);
    line().say({ kind: 'got', upto: 100_000 });
    await room.clock.advance(SECOND);
    expect(bytes()).toBe(356_000 - (356_000 % 8_000) + 8_000);
  });

  test('that it could not keep it after all: it is the old side’s again', async () => {
    const room = new Room();
    const { code } = await room.arrive();
    room.restoring = () => Promise.reject(new Problem('storage-full'));
    room.leave(code);
    await room.clock.advance(5 * SECOND);
    expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-full' });
    expect(room.arriving.at(-1)).toEqual({ kind: 'failed', problem: 'storage-full' });
    room.expectWhole();
  });
});

test('what does not fit a backup is not begun', async () => {
  const room = new Room();
  const { code } = await room.arrive();
  room.leave(code, () => Promise.reject(new Problem('backup-large')));
  await room.clock.advance(5 * SECOND);
  expect(room.leaving.at(-1)).toEqual({ kind: 'failed', problem: 'backup-large' });
  expect(room.arriving.at(-1)).toEqual({ kind: 'failed', problem: 'move-stopped' });
  room.expectWhole();
});

function flippedAt(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 0x40 : byte));
}
