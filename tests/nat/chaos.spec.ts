/**
 * Networks at their worst (threats R24): a fifth of all packets lost, half a minute in which nothing passes, another address,
 * nothing but the relay. Two people go on writing; nothing is lost, doubled or out of order, and it is told how soon the
 * words come after it. (There is no delay to be had here: the round trip of two seconds is in the unit tests.)
 */
import { expect, test } from 'playwright/test';
import type { Person } from '../support/person.ts';
import { examine, meeting, type Meeting } from './meeting.ts';

const BLACKOUT_MS = 30_000;
const LOSS = 0.2;

const table: string[] = [];

/** Writes so many, without waiting for anybody. */
async function write(writer: Person, from: number, count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, i) => `${writer.name} ${String(from + i)}`);
  await writer.write(...texts);
  return texts;
}

/** Both have everything of both, each writer's in order, and each writer knows. */
async function expectAll(
  alice: Person,
  bob: Person,
  said: ReadonlyMap<Person, readonly string[]>
): Promise<void> {
  for (const [writer, texts] of said) {
    const last = texts.at(-1) ?? '';
    await writer.expectMessage(last, /Delivered|Read/);
    for (const reader of [alice, bob]) {
      await reader.expectMessage(last);
      const shown = await reader.log.getByRole('article').getByRole('paragraph').allInnerTexts();
      expect(shown.filter((text) => text.startsWith(writer.name))).toEqual(texts);
    }
  }
}

/** `disturb` may let both write meanwhile. Then both write, and it is told how soon each has the other's words. */
async function through(
  name: string,
  { alice, bob, network }: Meeting,
  disturb: (bothWrite: () => Promise<void>) => Promise<void> | void
): Promise<void> {
  const said = new Map<Person, string[]>([
    [alice, []],
    [bob, []]
  ]);
  const bothWrite = async (): Promise<void> => {
    for (const [writer, texts] of said) texts.push(...(await write(writer, texts.length + 1, 3)));
  };
  await bothWrite();
  await expectAll(alice, bob, said);
  await disturb(bothWrite);
  const began = Date.now();
  await bothWrite();
  const last = (person: Person): string => said.get(person)?.at(-1) ?? '';
  await Promise.all([bob.expectMessage(last(alice)), alice.expectMessage(last(bob))]);
  table.push(`| ${name} | ${((Date.now() - began) / 1_000).toFixed(1)} s |`);
  await expectAll(alice, bob, said);
  for (const who of ['alice', 'bob'] as const) network.lose(who, 0);
  await bothWrite();
  await expectAll(alice, bob, said);
}

async function meet({ alice, bob }: Meeting): Promise<void> {
  // The browser complains of what is done to it here.
  for (const { expected } of [alice, bob]) expected.push(/WebSocket connection to \S+ failed/);
  await bob.join(await alice.invite(), 'Bob');
  for (const person of [alice, bob]) await person.expectStatus('Connected');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a fifth of all packets is lost, also while they meet', async () => {
  await meeting('cone', true, async (together) => {
    for (const who of ['alice', 'bob'] as const) together.network.lose(who, LOSS);
    await meet(together);
    await through('a fifth of all packets lost', together, () => undefined);
  });
});

test('half a minute in which nothing passes', async () => {
  await meeting('cone', true, async (together) => {
    await meet(together);
    await through('nothing passes for 30 s', together, async (bothWrite) => {
      together.network.lose('alice', 1);
      await bothWrite();
      await pause(BLACKOUT_MS);
      together.network.lose('alice', 0);
    });
  });
});

test('another address', async () => {
  await meeting('cone', true, async (together) => {
    await meet(together);
    await through('another address', together, () => {
      together.network.move('alice');
    });
  });
});

test('nothing but the relay, and a fifth of all packets lost', async () => {
  await meeting('UDP blocked', true, async (together) => {
    const { alice, network } = together;
    await meet(together);
    await examine(alice, ['Relayed']);
    await alice.page.keyboard.press('Escape');
    await through('relay alone, a fifth of all packets lost', together, () => {
      for (const who of ['alice', 'bob'] as const) network.lose(who, LOSS);
    });
  });
});

test.afterAll(() => {
  console.log(['', '| network | the words of both have come |', '| --- | --- |', ...table, ''].join('\n'));
});
