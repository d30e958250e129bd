/**
 * S1: every frame of the transcript of a first contact and of a reconnection, with every single fault that a server
 * can bring about. Whatever it does, nobody is in the middle (both have the same safety number, one conversation, no
 * reset), and the two find each other afterwards.
 */
import { describe, expect, test } from 'vitest';
import { flipped } from '../../support/bytes.ts';
import { HostileServer, type Seen, type Strategy } from '../../support/hostile-server.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;

type Fault = (frame: Seen, server: HostileServer, pass: (body?: Uint8Array) => void, world: World) => void;

const FAULTS: Readonly<Record<string, Fault>> = {
  'left out': () => undefined,
  'changed, first byte': ({ body }, _server, pass) => {
    pass(flipped(body, 0));
  },
  'changed, nonce': ({ body }, _server, pass) => {
    pass(flipped(body, 23, 0x80));
  },
  'changed, text': ({ body }, _server, pass) => {
    pass(flipped(body, 24));
  },
  'changed, tag': ({ body }, _server, pass) => {
    pass(flipped(body, 4_095));
  },
  'sent back, and not on': ({ from, topic, body }, server) => {
    server.give(from, topic, body);
  },
  'sent back as well': ({ from, topic, body }, server, pass) => {
    server.give(from, topic, body);
    pass();
  },
  'repeated at once': ({ from, topic, body }, server, pass) => {
    pass();
    for (const to of server.others(topic, from)) server.give(to, topic, body);
  },
  'repeated for a minute': ({ from, topic, body }, server, pass, world) => {
    pass();
    for (let at = 1; at < 60; at += 3)
      world.clock.after(at * SECOND, () => {
        for (const to of server.others(topic, from)) server.give(to, topic, body);
      });
  },
  'held back for five seconds': ({ from, topic, body }, server, _pass, world) => {
    world.clock.after(5 * SECOND, () => {
      for (const to of server.others(topic, from)) server.give(to, topic, body);
    });
  },
  'behind the next one': ({ from, topic, body }, server, _pass, world) => {
    world.clock.after(30, () => {
      for (const to of server.others(topic, from)) server.give(to, topic, body);
    });
  },
  'another frame of the transcript instead': ({ from, topic }, server) => {
    const earlier = server.seen.slice(0, -1);
    for (const to of server.others(topic, from))
      for (const other of earlier) server.give(to, topic, other.body);
  },
  'random bytes instead': (_frame, _server, pass, world) => {
    pass(world.random(4_096));
  },
  'on another topic of the receiver': ({ from, topic, body }, server) => {
    for (const to of server.others(topic, from))
      for (const other of server.sockets[to]?.topics ?? []) if (other !== topic) server.give(to, other, body);
  },
  'and told to everybody, as present, again and again': ({ from, topic }, server, pass, world) => {
    pass();
    for (let at = 100; at < 10_000; at += 700)
      world.clock.after(at, () => {
        for (const to of [from, ...server.others(topic, from)])
          server.sockets[to]?.listener({ kind: 'present', topic });
      });
  }
};

/** `npm run test:hostile` does it with every frame; a sample takes turns, so that all faults together meet all frames. */
const ALL = process.env.APARTE_WHOLE !== undefined;
const EACH = ALL ? 'each frame' : 'every third frame';
let turn = 0;

function frames(count: number): number[] {
  const every = ALL ? 1 : 3;
  const from = turn++ % every;
  return Array.from({ length: count }, (_, at) => at).filter((at) => at % every === from);
}

function only(at: number, fault: Fault, world: World): Strategy {
  return (frame, index, server, pass) => {
    if (index === at) fault(frame, server, pass, world);
    else pass();
  };
}

async function expectAlone(alice: Person, bob: Person): Promise<void> {
  const both = [alice, bob];
  expect(both.map(({ snapshot }) => snapshot.conversations.map(({ connection }) => connection.kind))).toEqual(
    [['connected'], ['connected']]
  );
  const [one, other] = await Promise.all(both.map(safety));
  expect(one).toEqual(other);
  expect(both.map(({ snapshot }) => snapshot.conversations[0]?.reset)).toEqual([false, false]);
  await alice.engine.send(alice.conversation, 'from Alice');
  await bob.engine.send(bob.conversation, 'from Bob');
  await alice.world.clock.advance(2 * SECOND);
  for (const person of both) expect((await person.texts()).sort()).toEqual(['from Alice', 'from Bob']);
}

async function meeting(world: World): Promise<[Person, Person]> {
  const [alice, bob] = [world.person(), world.person()];
  await Promise.all([alice.opened(), bob.opened()]);
  await world.clock.advance(50);
  const { url } = await alice.engine.createInvitation();
  bob.join(url);
  await world.clock.advance(90 * SECOND);
  return [alice, bob];
}

/** How many frames a first contact has, and a reconnection after it. */
async function transcripts(): Promise<{ first: number; again: number }> {
  const world = new World();
  const server = new HostileServer(world);
  const [, bob] = await meeting(world);
  const first = server.seen.length;
  world.network.cutPeers();
  await world.clock.advance(10 * SECOND);
  expect(bob.snapshot.conversations[0]?.connection.kind).toBe('connected');
  return { first, again: server.seen.length - first };
}

const counting = transcripts();

describe('a server that tampers', () => {
  test('has transcripts to tamper with', async () => {
    const { first, again } = await counting;
    expect(first).toBeGreaterThanOrEqual(4);
    expect(again).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(FAULTS))(
    `first contact, ${EACH}: %s`,
    async (_, fault) => {
      const { first } = await counting;
      for (const at of frames(first)) {
        const world = new World();
        const server = new HostileServer(world);
        server.strategy = only(at, fault, world);
        const [alice, bob] = await meeting(world);
        expect(server.seen.length).toBeGreaterThan(at);
        await expectAlone(alice, bob);
      }
    },
    120_000
  );

  test.each(Object.entries(FAULTS))(
    `reconnection, ${EACH}: %s`,
    async (_, fault) => {
      const { again } = await counting;
      for (const at of frames(again)) {
        const world = new World();
        const server = new HostileServer(world);
        const [alice, bob] = await meeting(world);
        const from = server.seen.length;
        server.strategy = only(from + at, fault, world);
        world.network.cutPeers();
        await world.clock.advance(90 * SECOND);
        expect(server.seen.length).toBeGreaterThan(from + at);
        await expectAlone(alice, bob);
      }
    },
    120_000
  );

  test('somebody is announced at every turn, on a slow line: a handshake under way is let end', async () => {
    const world = new World('slow', { latency: 600 });
    const server = new HostileServer(world);
    const present = (): void => {
      for (const { topics, listener, open } of server.sockets)
        if (open) for (const topic of topics) listener({ kind: 'present', topic });
      world.clock.after(1_600, present);
    };
    present();
    const [alice, bob] = await meeting(world);
    world.network.cutPeers();
    await world.clock.advance(90 * SECOND);
    await expectAlone(alice, bob);
  });

  test('the frames of two pairs exchanged with each other: nobody meets a stranger', async () => {
    const world = new World();
    const server = new HostileServer(world);
    server.strategy = (frame, _index, { sockets }, pass) => {
      pass();
      // Every frame to everybody, on every topic of theirs.
      sockets.forEach(({ topics }, to) => {
        if (to !== frame.from) for (const topic of topics) server.give(to, topic, frame.body);
      });
    };
    const [alice, bob] = await meeting(world);
    const [carol, dave] = await meeting(world);
    await expectAlone(alice, bob);
    await expectAlone(carol, dave);
    expect(await safety(alice)).not.toEqual(await safety(carol));
  });

  test('everything that was ever sent, again to everybody: no session is lost, none is opened', async () => {
    const world = new World();
    const server = new HostileServer(world);
    const [alice, bob] = await meeting(world);
    world.network.cutPeers();
    await world.clock.advance(10 * SECOND);
    const seen: string[] = [];
    for (const person of [alice, bob])
      person.session.subscribe(({ conversations }) => {
        const kind = conversations[0]?.connection.kind ?? 'none';
        if (kind !== 'connected') seen.push(kind);
      });
    for (const { topic, body } of [...server.seen]) {
      for (const to of server.sockets.keys()) server.give(to, topic, body);
      await world.clock.advance(700);
    }
    await world.clock.advance(30 * SECOND);
    expect(seen).toEqual([]);
    await expectAlone(alice, bob);
  });

  test('likewise to pages that have just been loaded and remember no nonce', async () => {
    const world = new World();
    const server = new HostileServer(world);
    const [alice, bob] = await meeting(world);
    world.network.cutPeers();
    await world.clock.advance(10 * SECOND);
    const recorded = [...server.seen];
    await Promise.all([alice.reload(), bob.reload()]);
    for (let round = 0; round < 3; round++) {
      for (const { topic, body } of recorded) {
        for (const to of server.sockets.keys()) server.give(to, topic, body);
        await world.clock.advance(300);
      }
    }
    await world.clock.advance(60 * SECOND);
    await expectAlone(alice, bob);
  });
});

/** What the two would compare. */
async function safety(person: Person): Promise<unknown> {
  const asked = person.engine.safety(person.conversation);
  await person.world.clock.advance(100);
  const { digits } = await asked;
  return { digits, symbols: person.snapshot.conversations[0]?.symbols };
}
