/** Two servers that are one: a Redis between them, and each of two people at another one. */
import { expect, NO_WORKER, test, type Person } from '../support/app.ts';
import { breakable, cut } from '../support/faults.ts';
import { Front } from '../support/front.ts';
import { findRedis, MISSING, RedisServer } from '../support/redis.ts';
import { BUILD, Server } from '../support/server.ts';

test.use(NO_WORKER);

const program = findRedis();

test('two nodes, one Redis: they meet and talk, Redis dies and comes back, one node dies', async ({
  person
}) => {
  test.skip(program === null, MISSING);
  const redis = new RedisServer(program ?? '');
  await redis.start();
  const nodes = [0, 1].map(() => new Server(BUILD, { REDIS_URL: redis.url })) as [Server, Server];
  await Promise.all(nodes.map((node) => node.start()));
  const fronts = nodes.map(({ port }) => new Front(port)) as [Front, Front];
  await Promise.all(fronts.map((front) => front.start()));
  try {
    await talk(redis, nodes, fronts, person);
  } finally {
    await Promise.all([...nodes, ...fronts].map((one) => one.stop()));
    await redis.remove();
  }
});

async function talk(
  redis: RedisServer,
  [here, there]: readonly [Server, Server],
  fronts: readonly [Front, Front],
  person: (name: string, options: { at: Front }) => Promise<Person>
): Promise<void> {
  const health = (sentence: RegExp): Promise<void> =>
    expect(async () => {
      for (const { origin } of [here, there]) {
        const answer = await fetch(`${origin}/healthz`);
        expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(sentence)]);
      }
    }).toPass();
  await health(/^ok/);
  const [alice, bob] = [await person('Alice', { at: fronts[0] }), await person('Bob', { at: fronts[1] })];
  for (const { context } of [alice, bob]) await breakable(context);

  await alice.open();
  const link = await alice.invite();
  await bob.join(link.replace(fronts[0].origin, fronts[1].origin), 'Bob');
  await alice.write('from one node');
  await bob.expectMessage('from one node');

  await redis.kill();
  await health(/^degraded/);
  await bob.write('without Redis');
  await alice.expectMessage('without Redis');
  await redis.start();
  await health(/^ok/);
  // What connected them is gone: they find each other over both nodes again.
  await cut(alice);
  await alice.write('with Redis again');
  await bob.expectMessage('with Redis again');

  // Before it dies: Bob may ask for something in that very moment.
  fronts[1].moveTo(here.port);
  await there.kill();
  await bob.write('without my node');
  await alice.expectMessage('without my node');
  await cut(bob);
  await bob.write('from the other node');
  await alice.expectMessage('from the other node');
}
