/** The contract of the backplane port (signaling/backplane.ts): what every way between nodes does. */
import type { Backplane, OpenBackplane } from '../../signaling/backplane.ts';
import { same, type Clause } from './check.ts';

export interface BackplaneBench {
  readonly open: OpenBackplane;
  /** Loses every connection, or lets them come back; resolves when that is done. */
  readonly setUp: (up: boolean) => Promise<void>;
}

/** As topics are: 43 characters that mean nothing. */
const topic = (letter: string): string => letter.repeat(43);
const frame = (text: string): Uint8Array => new TextEncoder().encode(text);
const frameOf = (name: string): Uint8Array => frame(`announced ${name.charAt(0)}`);

class Node {
  readonly backplane: Backplane;
  heard: string[] = [];
  #waiting: (() => void)[] = [];

  constructor(open: OpenBackplane) {
    this.backplane = open({
      heard: (name, bytes) => {
        this.#note(`${name.charAt(0)} ${new TextDecoder().decode(bytes)}`);
      },
      connected: (connected) => {
        this.#note(connected ? 'connected' : 'lost');
      }
    });
  }

  /** Connected, whether or not that had to be waited for. */
  static async open({ open }: BackplaneBench): Promise<Node> {
    const node = new Node(open);
    await node.#until(() => node.backplane.connected);
    node.heard.length = 0;
    return node;
  }

  /** What was heard besides barriers. */
  get news(): string[] {
    return this.heard.filter((what) => !what.startsWith('z '));
  }

  /** Resolves when this was heard. */
  hears(what: string): Promise<void> {
    return this.#until(() => this.heard.includes(what));
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #note(what: string): void {
    this.heard.push(what);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function nodes(bench: BackplaneBench, count: number): Promise<Node[]> {
  return Promise.all(Array.from({ length: count }, () => Node.open(bench)));
}

let barriers = 0;

/** Everything that `from` sent before this has reached `to`. */
async function settled(from: Node, to: Node): Promise<void> {
  const barrier = String(barriers++);
  await to.backplane.listen([topic('z')]);
  from.backplane.send(topic('z'), frame(barrier));
  await to.hears(`z ${barrier}`);
}

async function close(...all: readonly Node[]): Promise<void> {
  await Promise.all(all.map(({ backplane }) => backplane.close()));
}

export const backplaneContract: readonly Clause<BackplaneBench>[] = [
  {
    name: 'carries frames unchanged and in order to the other nodes that listen, and not to the sender',
    async run(bench) {
      const [one, two, three] = (await nodes(bench, 3)) as [Node, Node, Node];
      for (const { backplane } of [one, two]) await backplane.listen([topic('a'), topic('b')]);
      await three.backplane.listen([topic('b')]);
      for (let i = 0; i < 20; i++) one.backplane.send(topic('a'), frame(String(i)));
      one.backplane.send(topic('b'), Uint8Array.of());
      for (const node of [two, three]) await settled(one, node);
      await settled(two, one);
      same(two.news, [...Array.from({ length: 20 }, (_, i) => `a ${String(i)}`), 'b '], 'the second');
      same(three.news, ['b '], 'the third');
      same(one.news, [], 'the sender');
      await close(one, two, three);
    }
  },
  {
    name: 'carries any bytes',
    async run(bench) {
      const [one, two] = (await nodes(bench, 2)) as [Node, Node];
      const all = Uint8Array.from({ length: 4_129 }, (_, i) => i & 255);
      const got = new Promise<Uint8Array>((resolve) => {
        const third = bench.open({
          heard: (_topic, bytes) => {
            resolve(Uint8Array.from(bytes));
            void third.close();
          },
          connected: (connected) => {
            if (connected)
              void third.listen([topic('a')]).then(() => {
                one.backplane.send(topic('a'), all);
              });
          }
        });
        if (third.connected)
          void third.listen([topic('a')]).then(() => {
            one.backplane.send(topic('a'), all);
          });
      });
      same(await got, all, 'the bytes');
      await close(one, two);
    }
  },
  {
    name: 'falls silent where it is told to ignore, and can listen again',
    async run(bench) {
      const [one, two] = (await nodes(bench, 2)) as [Node, Node];
      await two.backplane.listen([topic('a'), topic('b')]);
      two.backplane.ignore([topic('a'), topic('c')]);
      await settled(one, two);
      for (const name of ['a', 'b']) one.backplane.send(topic(name), frame('1'));
      await settled(one, two);
      two.backplane.ignore([topic('b')]);
      await two.backplane.listen([topic('b'), topic('a')]);
      for (const name of ['a', 'b']) one.backplane.send(topic(name), frame('2'));
      await settled(one, two);
      same(two.news, ['b 1', 'a 2', 'b 2'], 'what was heard');
      await close(one, two);
    }
  },
  {
    name: 'announces to the others and says where they are; who is alone hears so',
    async run(bench) {
      const [one, two, three] = (await nodes(bench, 3)) as [Node, Node, Node];
      await one.backplane.listen([topic('a'), topic('b')]);
      same(await one.backplane.announce([topic('a'), topic('b')], frameOf), [], 'before anybody was there');
      await two.backplane.listen([topic('b'), topic('c')]);
      await three.backplane.listen([topic('b')]);
      same(await two.backplane.announce([topic('b'), topic('c')], frameOf), [topic('b')], 'where others are');
      await settled(two, one);
      same(one.news, ['b announced b'], 'the first');
      same(two.news, [], 'who has announced');
      two.backplane.ignore([topic('b')]);
      await two.backplane.listen([topic('d')]);
      await close(three);
      const alone = await until(
        async () => (await one.backplane.announce([topic('b')], frameOf)).length === 0
      );
      same(alone, true, 'when the others are gone');
      await close(one, two);
    }
  },
  {
    name: 'of two that listen and then announce at the same moment at least one finds the other',
    async run(bench) {
      const [one, two] = (await nodes(bench, 2)) as [Node, Node];
      for (const letter of 'abcdefghij') {
        const found = await Promise.all(
          [one, two].map(async ({ backplane }) => {
            await backplane.listen([topic(letter)]);
            return backplane.announce([topic(letter)], frameOf);
          })
        );
        same(found.flat().length > 0, true, `somebody is found at ${letter}`);
        for (const [at, other] of [
          [0, two],
          [1, one]
        ] as const) {
          if (found[at]?.length === 1) await other.hears(`${letter} announced ${letter}`);
        }
      }
      await close(one, two);
    }
  },
  {
    name: 'has many topics at once',
    async run(bench) {
      const [one, two] = (await nodes(bench, 2)) as [Node, Node];
      const all = Array.from({ length: 500 }, (_, i) => `${String(i).padStart(5, '0')}${'x'.repeat(38)}`);
      for (const { backplane } of [one, two]) await backplane.listen(all);
      same((await two.backplane.announce(all, frameOf)).length, 500, 'where others are');
      await settled(two, one);
      same(one.news.length, 500, 'what the first has heard');
      await close(one, two);
    }
  },
  {
    name: 'lost, it says so, is silent, and rejects nothing; back again, it begins anew',
    async run(bench) {
      const [one, two] = (await nodes(bench, 2)) as [Node, Node];
      for (const { backplane } of [one, two]) await backplane.listen([topic('a')]);
      await bench.setUp(false);
      for (const node of [one, two]) await node.hears('lost');
      same(one.backplane.connected, false, 'that it is connected');
      await one.backplane.listen([topic('b')]);
      one.backplane.send(topic('a'), frame('into nothing'));
      same(await one.backplane.announce([topic('a')], frameOf), [], 'who was found');
      one.backplane.ignore([topic('b')]);
      await bench.setUp(true);
      for (const node of [one, two]) await node.hears('connected');
      for (const node of [one, two]) node.heard.length = 0;
      one.backplane.send(topic('a'), frame('to nobody'));
      await settled(one, two);
      await two.backplane.listen([topic('a')]);
      one.backplane.send(topic('a'), frame('again'));
      await settled(one, two);
      same(two.news, ['a again'], 'what was heard');
      await close(one, two);
    }
  },
  {
    name: 'closed, it hears nothing more and leaves nothing behind, connected or not',
    async run(bench) {
      const [one, two] = (await nodes(bench, 2)) as [Node, Node];
      for (const { backplane } of [one, two]) await backplane.listen([topic('a')]);
      await close(two);
      await close(two);
      one.backplane.send(topic('a'), frame('1'));
      const third = await Node.open(bench);
      await settled(one, third);
      same(two.news, [], 'what the closed one has heard');
      await bench.setUp(false);
      await third.hears('lost');
      await close(one, third);
    }
  }
];

/** Asks until it is so: a connection that was closed is gone when the other end has noticed. */
async function until(condition: () => Promise<boolean>): Promise<boolean> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
  return true;
}
