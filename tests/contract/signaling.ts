/** The contract of the signaling port (transport/ports.ts): what every way to the server does. */
import { hex } from '../../src/lib/bytes.ts';
import type { ConnectSignaling, Signaling, SignalingEvent } from '../../src/lib/transport/ports.ts';
import { BODY_BYTES, TOPIC_BYTES } from '../../src/lib/wire/signaling.ts';
import { Recorder, same, type Clause } from './check.ts';

export interface SignalingBench {
  readonly connect: ConnectSignaling;
  /** Stops the server, or starts it again where it was; resolves when that is done. */
  readonly setServer: (up: boolean) => Promise<void>;
}

interface Socket {
  readonly signaling: Signaling;
  readonly heard: Recorder<SignalingEvent>;
}

const topic = (fill: number): Uint8Array => new Uint8Array(TOPIC_BYTES).fill(fill);
const body = (fill: number): Uint8Array =>
  Uint8Array.from({ length: BODY_BYTES }, (_, i) => (fill + i) & 255);
/** On which everybody of a test hears that what came before has arrived. */
const BARRIER = topic(255);

function socket({ connect }: SignalingBench, name: string, ...topics: readonly number[]): Socket {
  const heard = new Recorder<SignalingEvent>(name);
  const signaling = connect(heard.listener);
  same(heard.kinds, [], `what the ${name} heard before it had its handle`);
  signaling.setTopics([...topics.map(topic), BARRIER]);
  return { signaling, heard };
}

/** Two that are online and know of each other. */
async function two(bench: SignalingBench, first: number[], second: number[]): Promise<[Socket, Socket]> {
  const one = socket(bench, 'first', ...first);
  await one.heard.next('online');
  const other = socket(bench, 'second', ...second);
  await present(one, BARRIER);
  await present(other, BARRIER);
  return [one, other];
}

async function present({ heard }: Socket, wanted: Uint8Array): Promise<void> {
  for (let i = 1; ; i++) {
    const event = await heard.next('present', i);
    if (hex(event.topic) === hex(wanted)) return;
  }
}

/** As {@link present}, after the server was lost: what was heard before says nothing, however often it was said. */
async function presentAgain({ heard }: Socket, wanted: Uint8Array): Promise<void> {
  for (;;) {
    const since = heard.events.slice(heard.events.findLastIndex(({ kind }) => kind === 'offline'));
    if (since.some((event) => event.kind === 'present' && hex(event.topic) === hex(wanted))) return;
    await heard.next('present', heard.of('present').length + 1);
  }
}

/** Everything that `from` did so far has reached `to`, if it reaches it at all: frames do not overtake each other. */
async function settled(from: Socket, to: Socket): Promise<void> {
  const before = barriers(to);
  from.signaling.publish(BARRIER, body(0));
  for (let i = 1; barriers(to) === before; i++) await to.heard.next('event', i);
}

const barriers = ({ heard }: Socket): number =>
  heard.of('event').filter((event) => hex(event.topic) === hex(BARRIER)).length;

/** What came besides barriers, as `event 01` or `present 02`. */
function news({ heard }: Socket): string[] {
  const words = heard.events.flatMap((event) => {
    if (event.kind === 'online' || event.kind === 'offline') return [event.kind];
    return hex(event.topic) === hex(BARRIER) ? [] : [`${event.kind} ${hex(event.topic.subarray(0, 1))}`];
  });
  // Two who come to two nodes at the same moment may hear of each other twice.
  return words.filter((word, at) => !word.startsWith('present') || word !== words[at - 1]);
}

function close(...sockets: readonly Socket[]): void {
  for (const { signaling } of sockets) signaling.close();
}

export const signalingContract: readonly Clause<SignalingBench>[] = [
  {
    name: 'says online, and then tells both that the other is present',
    async run(bench) {
      const [one, other] = await two(bench, [1, 2], [2, 3]);
      await settled(one, other);
      await settled(other, one);
      same(news(one), ['online', 'present 02'], 'what the first has heard');
      same(news(other), ['online', 'present 02'], 'what the second has heard');
      close(one, other);
    }
  },
  {
    name: 'a body goes unchanged and in order to the others of its topic, not to its sender, not elsewhere',
    async run(bench) {
      const [one, other] = await two(bench, [1], [1]);
      const third = socket(bench, 'third', 1);
      await present(third, topic(1));
      const stranger = socket(bench, 'stranger', 2);
      await present(stranger, BARRIER);
      for (let i = 0; i < 10; i++) one.signaling.publish(topic(1), body(i));
      for (const hearer of [other, third, stranger]) await settled(one, hearer);
      await settled(other, one);
      for (const hearer of [other, third]) {
        const bodies = hearer.heard.of('event').filter((event) => hex(event.topic) === hex(topic(1)));
        same(
          bodies.map((event) => event.body),
          Array.from({ length: 10 }, (_, i) => body(i)),
          'the bodies'
        );
      }
      same(
        news(one).filter((word) => word.startsWith('event')),
        [],
        'what the sender has heard'
      );
      same(news(stranger), ['online'], 'what the stranger has heard');
      close(one, other, third, stranger);
    }
  },
  {
    name: 'topics can change: the old fall silent, those that stay are not announced again',
    async run(bench) {
      const [one, other] = await two(bench, [1, 2, 3], [1, 2]);
      other.signaling.setTopics([topic(2), topic(3), BARRIER]);
      await present(one, topic(3));
      await present(other, topic(3));
      for (const fill of [1, 2, 3]) one.signaling.publish(topic(fill), body(fill));
      await settled(one, other);
      const words = ['online', 'present 01', 'present 02', 'present 03', 'event 02', 'event 03'];
      same(news(other), words, 'what the one who changed has heard');
      other.signaling.setTopics([topic(3), topic(2), BARRIER]);
      await settled(other, one);
      same(news(one), ['online', 'present 01', 'present 02', 'present 03'], 'what the other has heard');
      close(one, other);
    }
  },
  {
    name: 'more topics than one frame holds',
    async run(bench) {
      const all = Array.from({ length: 200 }, (_, i) => i);
      const [one, other] = await two(bench, all, all);
      await present(one, topic(199));
      await present(other, topic(199));
      other.signaling.setTopics([topic(150), BARRIER]);
      await settled(other, one);
      for (const fill of [0, 63, 64, 128, 150, 199]) one.signaling.publish(topic(fill), body(fill));
      await settled(one, other);
      same(
        news(other).filter((word) => word.startsWith('event')),
        ['event 96'],
        'the events'
      );
      close(one, other);
    }
  },
  {
    name: 'topics that were set while offline are listened on when online',
    async run(bench) {
      await bench.setServer(false);
      const one = socket(bench, 'first', 1);
      const other = socket(bench, 'second', 2);
      other.signaling.setTopics([topic(1), BARRIER]);
      await bench.setServer(true);
      for (const { signaling } of [one, other]) signaling.retry(false);
      await present(one, topic(1));
      await present(other, topic(1));
      close(one, other);
    }
  },
  {
    name: 'what is published while offline is dropped',
    async run(bench) {
      const [one, other] = await two(bench, [1], [1]);
      await bench.setServer(false);
      await one.heard.next('offline');
      await other.heard.next('offline');
      one.signaling.publish(topic(1), body(1));
      await bench.setServer(true);
      for (const { signaling } of [one, other]) signaling.retry(false);
      await presentAgain(one, BARRIER);
      await presentAgain(other, BARRIER);
      one.signaling.publish(topic(1), body(2));
      await settled(one, other);
      const bodies = other.heard.of('event').filter((event) => hex(event.topic) === hex(topic(1)));
      same(
        bodies.map((event) => event.body),
        [body(2)],
        'the bodies'
      );
      close(one, other);
    }
  },
  {
    name: 'keeps its topics over a restart of the server, and says offline and online once each',
    async run(bench) {
      const [one, other] = await two(bench, [1], [1]);
      await settled(one, other);
      await bench.setServer(false);
      await one.heard.next('offline');
      await other.heard.next('offline');
      await bench.setServer(true);
      await one.heard.next('online', 2);
      await presentAgain(one, BARRIER);
      await presentAgain(other, BARRIER);
      other.signaling.publish(topic(1), body(1));
      await settled(other, one);
      const words = ['online', 'present 01', 'offline', 'online', 'present 01'];
      same(news(other), words, 'what the second has heard');
      same(news(one), [...words, 'event 01'], 'what the first has heard');
      close(one, other);
    }
  },
  {
    name: 'who has closed hears nothing more, sends nothing more, and is gone for the others',
    async run(bench) {
      const [one, other] = await two(bench, [1], [1]);
      await settled(one, other);
      const before = news(one);
      one.signaling.close();
      one.signaling.close();
      one.signaling.publish(topic(1), body(1));
      one.signaling.setTopics([topic(1)]);
      one.signaling.retry(false);
      const third = socket(bench, 'third', 1);
      // Who hears that others are there is heard by them.
      await present(third, topic(1));
      await present(third, BARRIER);
      other.signaling.publish(topic(1), body(2));
      await settled(other, third);
      await bench.setServer(false);
      await other.heard.next('offline');
      same(news(one), before, 'what the closed one has heard');
      same(
        other.heard.of('event').filter((event) => hex(event.topic) === hex(topic(1))),
        [],
        'what it could still send'
      );
      close(other, third);
    }
  }
];
