/** The contract of the peer port (transport/ports.ts): what every connection between two browsers does. */
import { concat } from '../../src/lib/bytes.ts';
import type { ConnectPeer, PeerConnection, PeerOptions } from '../../src/lib/transport/ports.ts';
import type { Candidate } from '../../src/lib/wire/ice.ts';
import type { PeerEvent } from '../../src/lib/wire/peer.ts';
import { ensure, Recorder, same, type Clause } from './check.ts';

export interface PeerBench {
  readonly connect: ConnectPeer;
  /** Long enough for everything that is still under way to arrive. */
  readonly silence: () => Promise<void>;
}

interface Side {
  readonly peer: PeerConnection;
  readonly heard: Recorder<PeerEvent>;
}

function offer(connect: ConnectPeer, name = 'offerer'): Side {
  return side(connect, { role: 'offer', remote: null }, name);
}

function side(
  connect: ConnectPeer,
  options: Pick<PeerOptions, 'role' | 'remote'> & Partial<PeerOptions>,
  name: string
): Side {
  const heard = new Recorder<PeerEvent>(name);
  const peer = connect({ relayOnly: false, ...options, listener: heard.listener });
  same(heard.kinds, [], `what the ${name} heard before it had its handle`);
  return { peer, heard };
}

/** Passes on to `to` what `from` finds from now on, and what it found already. */
function passCandidates(from: Side, to: Side): void {
  for (const { candidates } of from.heard.of('candidates')) to.peer.addCandidates(candidates);
  from.heard.also((event) => {
    if (event.kind === 'candidates') to.peer.addCandidates(event.candidates);
  });
}

/** Offer, answer and candidates, as signaling would carry them. */
async function introduced(connect: ConnectPeer): Promise<[Side, Side]> {
  const one = offer(connect);
  const { ice } = await one.heard.next('local');
  const other = side(connect, { role: 'answer', remote: ice }, 'answerer');
  passCandidates(one, other);
  const answer = await other.heard.next('local');
  one.peer.setAnswer(answer.ice);
  passCandidates(other, one);
  return [one, other];
}

async function connected(connect: ConnectPeer): Promise<[Side, Side]> {
  const sides = await introduced(connect);
  for (const { heard } of sides) await heard.next('open');
  return sides;
}

function close(...sides: readonly Side[]): void {
  for (const { peer } of sides) peer.close();
}

const frameOf = (i: number): Uint8Array => {
  const length = i % 50 === 49 ? 16_384 : 1 + ((i * 37) % 600);
  return Uint8Array.from({ length }, (_, at) => (i + at) & 255);
};

const candidate: Candidate = {
  type: 'host',
  protocol: 'udp',
  address: '192.0.2.1',
  port: 50_000,
  priority: 2_113_937_151,
  foundation: 1
};

/** All of these pass decodeCandidates. */
const ODD: readonly Candidate[] = [
  { ...candidate, address: '00000000-0000-4000-8000-000000000000.local' },
  { ...candidate, address: 'x.local', port: 0 },
  { ...candidate, address: '2001:db8::1', port: 65_535 },
  { ...candidate, address: '::ffff:192.0.2.1' },
  { ...candidate, address: '0.0.0.0', port: 9 },
  { ...candidate, address: '255.255.255.255', port: 1 },
  { ...candidate, address: '1:::2' },
  { ...candidate, priority: 1, foundation: 0 },
  { ...candidate, priority: 2 ** 31 - 1, foundation: 2 ** 32 - 1 },
  { ...candidate, protocol: 'tcp', port: 9 },
  { ...candidate, protocol: 'tcp', type: 'srflx' },
  { ...candidate, protocol: 'tcp', type: 'relay', port: 22 },
  { ...candidate, type: 'srflx' },
  { ...candidate, type: 'prflx' },
  { ...candidate, type: 'relay', address: '::1' }
];

export const peerContract: readonly Clause<PeerBench>[] = [
  {
    name: 'two find each other, and each sees the certificates that were announced, crossed',
    async run({ connect }) {
      const [one, other] = await connected(connect);
      const [near, far] = [one.heard.of('open')[0], other.heard.of('open')[0]];
      same([near?.local, near?.remote], [far?.remote, far?.local], 'the certificates');
      same(near?.local, one.heard.of('local')[0]?.ice.fingerprint, 'the fingerprint of the offer');
      same(near?.remote, other.heard.of('local')[0]?.ice.fingerprint, 'the fingerprint of the answer');
      for (const { heard } of [one, other]) {
        same(heard.kinds[0], 'local', 'the first event');
        same([heard.of('local').length, heard.of('open').length], [1, 1], 'how often local and open came');
      }
      close(one, other);
    }
  },
  {
    name: 'frames of all sizes arrive whole and in order, both ways at once',
    async run({ connect }) {
      const [one, other] = await connected(connect);
      const count = 1_000;
      for (let i = 0; i < count; i++) {
        one.peer.send(frameOf(i));
        other.peer.send(frameOf(count + i));
      }
      await Promise.all([one.heard.next('frame', count), other.heard.next('frame', count)]);
      for (const [{ heard }, first] of [
        [other, 0],
        [one, count]
      ] as const) {
        const frames = heard.of('frame').map(({ frame }) => frame);
        same(frames.length, count, 'how many came');
        ensure(
          frames.every(({ constructor }) => constructor === Uint8Array),
          'a frame is not a plain Uint8Array'
        );
        const sent = concat(...Array.from({ length: count }, (_, i) => frameOf(first + i)));
        same(
          frames.map(({ length }) => length),
          Array.from({ length: count }, (_, i) => frameOf(first + i).length),
          'the sizes'
        );
        same(concat(...frames), sent, 'the bytes');
      }
      close(one, other);
    }
  },
  {
    name: 'a frame is taken as it is when it is sent',
    async run({ connect }) {
      const [one, other] = await connected(connect);
      const frame = Uint8Array.of(1, 2, 3);
      one.peer.send(frame);
      frame.fill(0);
      same((await other.heard.next('frame')).frame, Uint8Array.of(1, 2, 3), 'the frame');
      close(one, other);
    }
  },
  {
    name: 'a frame that is sent as soon as the channel is open arrives after the other side has heard so too',
    async run({ connect }) {
      const [one, other] = await introduced(connect);
      for (const { heard, peer } of [one, other]) {
        heard.also(({ kind }) => {
          if (kind === 'open') peer.send(Uint8Array.of(7));
        });
      }
      for (const { heard } of [one, other]) {
        await heard.next('frame');
        const kinds = heard.kinds.filter((kind) => kind !== 'candidates');
        same(kinds, ['local', 'open', 'frame'], 'the events');
      }
      close(one, other);
    }
  },
  {
    name: 'says which way it has taken, as long as it is open',
    async run({ connect }) {
      const early = offer(connect);
      same(await early.peer.path(), null, 'the way of a connection that has not begun');
      close(early);
      const [one, other] = await connected(connect);
      for (const { peer, heard } of [one, other]) {
        one.peer.send(Uint8Array.of(1));
        other.peer.send(Uint8Array.of(1));
        await heard.next('frame');
        const path = await peer.path();
        same(path?.kind, 'local', 'the way between two on one machine');
        ensure(path?.rtt === null || (path?.rtt ?? -1) >= 0, 'the round trip is a time, or not known yet');
      }
      one.peer.close();
      await other.heard.next('closed');
      same([await one.peer.path(), await other.peer.path()], [null, null], 'the ways afterwards');
    }
  },
  {
    name: 'who hides the own address, and has no relay, says nothing of where to find it',
    async run({ connect, silence }) {
      const one = side(connect, { role: 'offer', remote: null, relayOnly: true }, 'offerer');
      const { ice } = await one.heard.next('local');
      same(ice.candidates, [], 'the candidates of the description');
      const other = side(connect, { role: 'answer', remote: ice, relayOnly: true }, 'answerer');
      const answer = await other.heard.next('local');
      one.peer.setAnswer(answer.ice);
      await silence();
      for (const { heard } of [one, other]) same(heard.kinds, ['local'], 'what was heard');
      close(one, other);
    }
  },
  {
    name: 'one side closes: the other hears so once and nothing after it, the one hears nothing',
    async run({ connect, silence }) {
      const [one, other] = await connected(connect);
      one.peer.send(Uint8Array.of(1));
      await other.heard.next('frame');
      const before = one.heard.events.length;
      one.peer.close();
      await other.heard.next('closed');
      other.peer.send(Uint8Array.of(2));
      await silence();
      same(other.heard.of('closed').length, 1, 'how often it was closed');
      same(other.heard.kinds.at(-1), 'closed', 'the last event');
      same(one.heard.events.length, before, 'how much the closer has heard');
    }
  },
  {
    name: 'both sides close at once: nobody hears anything',
    async run({ connect, silence }) {
      const sides = await connected(connect);
      const before = sides.map(({ heard }) => heard.events.length);
      close(...sides);
      await silence();
      same(
        sides.map(({ heard }) => heard.events.length),
        before,
        'how much they have heard'
      );
    }
  },
  {
    name: 'whoever closes before it began hears nothing at all',
    async run({ connect, silence }) {
      const one = offer(connect);
      one.peer.close();
      const offering = offer(connect);
      const { ice } = await offering.heard.next('local');
      const other = side(connect, { role: 'answer', remote: ice }, 'answerer');
      close(other);
      await silence();
      same([one.heard.kinds, other.heard.kinds], [[], []], 'what they have heard');
      close(offering);
    }
  },
  {
    name: 'an answer that no browser takes ends the connection',
    async run({ connect, silence }) {
      const one = offer(connect);
      const { ice } = await one.heard.next('local');
      // Who answers is active or passive (RFC 8842, section 5.3).
      one.peer.setAnswer({ ...ice, setup: 'actpass', ufrag: 'other', candidates: [] });
      await one.heard.next('closed');
      await silence();
      same([one.heard.of('closed').length, one.heard.kinds.at(-1)], [1, 'closed'], 'how it ended');
    }
  },
  {
    name: 'candidates that lead nowhere do no harm',
    async run({ connect }) {
      const one = offer(connect);
      const { ice } = await one.heard.next('local');
      const other = side(connect, { role: 'answer', remote: ice }, 'answerer');
      other.peer.addCandidates(ODD);
      passCandidates(one, other);
      const answer = await other.heard.next('local');
      one.peer.setAnswer({ ...answer.ice, candidates: ODD });
      passCandidates(other, one);
      for (const { heard } of [one, other]) await heard.next('open');
      same([one.heard.of('closed'), other.heard.of('closed')], [[], []], 'who was closed');
      close(one, other);
    }
  },
  {
    name: 'what comes after the end is ignored',
    async run({ connect, silence }) {
      const [one, other] = await connected(connect);
      const ice = other.heard.of('local')[0]?.ice;
      ensure(ice !== undefined, 'no description');
      one.peer.close();
      await other.heard.next('closed');
      const before = one.heard.events.length;
      for (const { peer } of [one, other]) {
        peer.send(Uint8Array.of(1));
        peer.addCandidates([candidate]);
        peer.setAnswer(ice);
        peer.close();
        peer.close();
      }
      await silence();
      same(one.heard.events.length, before, 'how much the closer has heard');
      same(other.heard.kinds.at(-1), 'closed', 'the last event of the other');
    }
  },
  {
    name: 'connections do not meet each other',
    async run({ connect }) {
      const [[a, b], [c, d]] = await Promise.all([connected(connect), connected(connect)]);
      a.peer.send(Uint8Array.of(1));
      c.peer.send(Uint8Array.of(2));
      same((await b.heard.next('frame')).frame, Uint8Array.of(1), 'the frame of the first pair');
      same((await d.heard.next('frame')).frame, Uint8Array.of(2), 'the frame of the second pair');
      a.peer.close();
      await b.heard.next('closed');
      c.peer.send(Uint8Array.of(3));
      same((await d.heard.next('frame', 2)).frame, Uint8Array.of(3), 'what came after');
      close(c, d);
    }
  }
];
