/**
 * S2: what a server has in its memory and what it has written, after many people met through it: nothing of theirs.
 * Their engines are the real ones and so is the server, as a process of its own; only WebRTC is not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { hex } from '../../src/lib/bytes.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { keyPairFrom } from '../../src/lib/crypto/primitives.ts';
import { Session } from '../../src/lib/engine/session.ts';
import { decodeInvitation } from '../../src/lib/protocol/invitation.ts';
import { openMemoryStore } from '../../src/lib/storage/memory.ts';
import { MemoryNetwork } from '../../src/lib/transport/memory.ts';
import type { ConnectPeer } from '../../src/lib/transport/ports.ts';
import { connectWebSocket } from '../../src/lib/transport/websocket.ts';
import { BODY_BYTES, decodeClientFrame, SIGNAL_PATH, TOPIC_BYTES } from '../../src/lib/wire/signaling.ts';
import { topicKey } from '../../signaling/relay.ts';
import { Needles } from '../support/needles.ts';
import { BESIDE_THE_STORE } from '../support/beside.ts';
import { atWorstPlace, byPlace, frequency, serial } from '../support/statistics.ts';
import { compileServer, writeApp } from './harness.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAIRS = 8;
const FRAMES = 2_000;
/** The clients' clocks go so much faster than ours: nobody waits for half a minute of back-off. */
const HASTE = 4;

let directory: string;

beforeAll(() => {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  directory = mkdtempSync(join(ROOT, 'build', 'memory-test-'));
  writeApp(join(directory, 'app'));
  compileServer(join(directory, 'server'));
}, 120_000);

afterAll(() => {
  rmSync(directory, { recursive: true });
});

const clock: Clock = {
  now: () => began + (Date.now() - began) * HASTE,
  elapsed: () => (Date.now() - began) * HASTE,
  after(ms, callback) {
    const timer = setTimeout(callback, ms / HASTE);
    return () => {
      clearTimeout(timer);
    };
  }
};
const began = Date.now();

/** Everything that nobody else may know, with what it is. */
const secrets = new Map<string, string | Uint8Array>();
/** Everything that went to the server and came from it. */
const sent: Uint8Array[] = [];
const relayed: Uint8Array[] = [];

/** Of all random numbers the first, those of the meetings: the thousands after them are no different. */
function random(length: number): Uint8Array {
  const bytes = new Uint8Array(randomBytes(length));
  // Nonces of 24 bytes stand before the bodies; what is shorter than 16 would be found by chance.
  if (secrets.size < 500 && [16, 32, 64].includes(length)) {
    const name = `random ${String(secrets.size)}, ${String(length)}`;
    secrets.set(name, bytes.slice());
    if (length === 32) secrets.set(`${name}, public key`, keyPairFrom(bytes.slice()).publicKey);
  }
  return bytes;
}

const network = new MemoryNetwork({ clock, random });

/** Peers in memory, whose descriptions the handshakes carry through the server. */
const connectPeer: ConnectPeer = (options) =>
  network.connectPeer({
    ...options,
    listener: (event) => {
      if (event.kind === 'local') {
        secrets.set(`ufrag ${event.ice.ufrag}`, event.ice.ufrag);
        secrets.set(`fingerprint ${event.ice.ufrag}`, event.ice.fingerprint);
        secrets.set('pwd', event.ice.pwd);
      }
      if (event.kind === 'candidates')
        for (const { address } of event.candidates) secrets.set(`address ${address}`, address);
      options.listener(event);
    }
  });

class Recorded extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, [protocol], { origin: url.replace('ws', 'http').replace(SIGNAL_PATH, '') });
    this.on('message', (data: ArrayBuffer) => {
      const frame = new Uint8Array(data);
      if (frame.length > BODY_BYTES) relayed.push(frame);
    });
  }

  override send(data: Uint8Array): void {
    sent.push(data.slice());
    super.send(data);
  }
}

function person(port: number): Session {
  const session = new Session({
    clock,
    random,
    locks: undefined,
    openStore: () => Promise.resolve({ store: openMemoryStore(), durable: true }),
    connectSignaling: (listener) =>
      connectWebSocket({
        ...{ clock, random, listener, url: `ws://127.0.0.1:${String(port)}${SIGNAL_PATH}` },
        // As far as the adapter goes: handlers, send, close, bufferedAmount.
        WebSocket: Recorded as unknown as new (url: string, protocol: string) => globalThis.WebSocket
      }),
    connectPeer,
    joinUrl: 'https://canary-origin.example/join',
    iceOffer: () => 'none',
    problem: null,
    ...BESIDE_THE_STORE
  });
  session.start();
  onTestFinished(() => {
    session.stop();
  });
  return session;
}

const patient = { timeout: 60_000, interval: 20 };

function connected(...people: readonly Session[]): Promise<void> {
  return vi.waitFor(() => {
    for (const { snapshot } of people)
      expect(snapshot.conversations.map(({ connection }) => connection.kind)).toEqual(['connected']);
  }, patient);
}

async function meet(port: number, n: number): Promise<[Session, Session]> {
  const [host, guest] = [person(port), person(port)];
  await vi.waitFor(() => {
    for (const { snapshot } of [host, guest]) expect(snapshot.phase).toBe('active');
  }, patient);
  const say = (what: string): string => {
    const text = `canary-${what}-${String(n)}-${hex(randomBytes(6))}`;
    secrets.set(text, text);
    return text;
  };
  await host.setName(say('host'));
  await guest.setName(say('guest'));
  const { url } = await host.createInvitation();
  const fragment = url.slice(url.indexOf('#') + 1);
  const { publicKey, secret } = decodeInvitation(fragment);
  secrets.set(`link ${String(n)}`, fragment);
  secrets.set(`link's secret ${String(n)}`, secret);
  secrets.set(`link's public key ${String(n)}`, publicKey);
  guest.join(fragment, () => undefined);
  await connected(host, guest);
  for (const somebody of [host, guest]) {
    const id = somebody.snapshot.conversations[0]?.id;
    if (!id) throw new Error('no conversation');
    await somebody.send(id, say('text'));
    somebody.setDraft(id, say('draft'));
    const safety = await somebody.safety(id);
    secrets.set(`digits ${String(n)}`, safety.digits);
    secrets.set(`code ${safety.code}`, safety.code);
  }
  return [host, guest];
}

async function snapshotOf(child: ReturnType<typeof spawn>, port: number): Promise<Buffer> {
  const files = (): string[] => readdirSync(directory).filter((name) => name.endsWith('.heapsnapshot'));
  child.kill('SIGUSR2');
  await vi.waitFor(() => {
    expect(files()).toHaveLength(1);
  }, patient);
  // It is written in one go: whoever is answered is answered after its end.
  const answer = await fetch(`http://127.0.0.1:${String(port)}/healthz`);
  expect(await answer.text()).toBe('ok\n');
  return readFileSync(join(directory, files()[0] ?? ''));
}

describe('a server that thousands of frames went through', () => {
  test('has nothing of anybody in its memory, has written nothing, and the frames look random', async () => {
    const child = spawn(
      process.execPath,
      ['--heapsnapshot-signal=SIGUSR2', join(directory, 'server/signaling/main.js')],
      { cwd: directory, env: { PORT: '0', HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'pipe'] }
    );
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let written = '';
    child.stdout.on('data', (data) => (written += String(data)));
    child.stderr.on('data', (data) => (written += String(data)));
    await once(child.stdout, 'data');
    const port = Number(/:(\d+)\n$/.exec(written)?.[1]);

    const people = (await Promise.all(Array.from({ length: PAIRS }, (_, n) => meet(port, n)))).flat();
    while (relayed.length < FRAMES) {
      network.cutPeers();
      await connected(...people);
    }

    const needles = new Needles();
    for (const [name, secret] of secrets) {
      if (typeof secret === 'string') needles.text(name, secret);
      else needles.bytes(name, secret);
    }
    for (const text of ['candidate:', 'a=fingerprint', 'ice-ufrag', 'canary-']) needles.text(text, text);
    // And what it does know, so that the search is seen to find: where they listen.
    const topics = sent.flatMap((bytes) => {
      const frame = decodeClientFrame(bytes);
      return frame.kind === 'subscribe' ? frame.topics.map(topicKey) : [];
    });
    for (const topic of topics) needles.text('topic', topic);

    expect([...needles.in(await snapshotOf(child, port))]).toEqual(['topic, utf8']);
    // A snapshot leaves out what buffers hold.
    const memory = needles.inProcess(child.pid ?? 0);
    if (memory) {
      expect(memory.searched).toBeGreaterThan(1 << 23);
      expect([...memory.found]).toEqual(['topic, utf8']);
    }
    expect(written).toMatch(/^Aparté is at http:\/\/127\.0\.0\.1:\d+\n$/);

    // One size, and bytes that no test tells from random ones.
    expect(new Set(relayed.map(({ length }) => length))).toEqual(new Set([1 + TOPIC_BYTES + BODY_BYTES]));
    const bodies = relayed.map((frame) => frame.subarray(1 + TOPIC_BYTES));
    for (const { statistic, limit } of [frequency, serial, byPlace, atWorstPlace].map((judge) =>
      judge(bodies)
    ))
      expect(statistic).toBeLessThan(limit);
    expect(new Set(bodies.map((body) => hex(body.subarray(0, 24)))).size).toBe(bodies.length);
  }, 240_000);

  test('the tests of randomness see what is not random', () => {
    const bodies = Array.from({ length: FRAMES }, () => new Uint8Array(randomBytes(BODY_BYTES)));
    const changed = (change: (body: Uint8Array, n: number) => void): Uint8Array[] =>
      bodies.map((body, n) => {
        const copy = body.slice();
        change(copy, n);
        return copy;
      });
    const judged = (judge: typeof frequency, change: (body: Uint8Array, n: number) => void): boolean => {
      const { statistic, limit } = judge(changed(change));
      return statistic < limit;
    };
    for (const judge of [frequency, serial, byPlace, atWorstPlace])
      expect(judged(judge, () => undefined)).toBe(true);
    // Text, padding, a header, a flag in one bit.
    expect(
      judged(frequency, (body) => {
        body.set(Buffer.from('candidate:'), 100);
      })
    ).toBe(false);
    expect(judged(serial, (body) => body.fill(0, 4_000))).toBe(false);
    expect(judged(byPlace, (body) => (body[24] = 1))).toBe(false);
    expect(judged(atWorstPlace, (body) => (body[24] = 1))).toBe(false);
    expect(judged(atWorstPlace, (body) => (body[24] = (body[24] ?? 0) & 0x7f))).toBe(false);
  });
});
