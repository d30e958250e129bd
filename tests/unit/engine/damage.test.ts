/** A disk on which something is damaged or gone (threats R8): the rest works, and what cannot work says why. */
import { describe, expect, test } from 'vitest';
import { Problem, type ProblemCode, type ReadableConversation } from '../../../src/lib/engine/api.ts';
import { readableOf } from '../../../src/lib/engine/salvage.ts';
import { openMemoryKeyFile } from '../../../src/lib/storage/key-file-memory.ts';
import { memoryState, type MemoryState } from '../../../src/lib/storage/memory.ts';
import type { StoredRecord, StoredRow } from '../../../src/lib/storage/store.ts';
import { openSecrets } from '../../../src/lib/storage/secrets.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;

async function talked(): Promise<[Person, Person]> {
  const world = new World();
  const [alice, bob] = await world.pair();
  for (let i = 1; i <= 4; i++) {
    await alice.engine.send(alice.conversation, `a${String(i)}`);
    await bob.engine.send(bob.conversation, `b${String(i)}`);
    await world.clock.advance(100);
  }
  return [alice, bob];
}

const garbled = (sealed: Uint8Array): Uint8Array =>
  sealed.map((byte, i) => (i === sealed.length >> 1 ? byte ^ 1 : byte));

function spoilRows({ rows }: MemoryState, which: (row: StoredRow, index: number) => boolean): number {
  const spoilt = [...rows].filter(([, row], index) => which(row, index));
  for (const [key, row] of spoilt) rows.set(key, { ...row, sealed: garbled(row.sealed) });
  return spoilt.length;
}

function spoilRecords(table: Map<string, StoredRecord>): void {
  for (const [key, record] of table) table.set(key, { ...record, sealed: garbled(record.sealed) });
}

async function exported({ disk }: Person): Promise<ReadableConversation[]> {
  const remains = {
    meta: disk.meta,
    conversations: [...disk.tables.conversations.values()],
    rows: [...disk.rows.values()],
    pages: [...disk.pages.values()],
    lost: 0
  };
  const left = { meta: (key: string) => Promise.resolve(disk.meta.get(key)) };
  return readableOf(remains, {
    secrets: openSecrets(null, left, () => new Uint8Array(0)),
    keyFile: openMemoryKeyFile(disk.keyFile)
  });
}

async function expectBroken(person: Person, problem: ProblemCode): Promise<void> {
  await person.reload();
  expect([person.snapshot.phase, person.snapshot.problem]).toEqual(['broken', problem]);
}

describe('one thing is damaged', () => {
  test('a row: it is left out and counted; everything else is shown, and both go on', async () => {
    const [alice, bob] = await talked();
    const { clock } = alice.world;
    expect(spoilRows(bob.disk, (row) => row.order === 3)).toBe(1);
    await bob.reload();
    expect(await bob.texts()).toHaveLength(7);
    expect(bob.snapshot.damaged).toBe(1);
    await clock.advance(5 * SECOND);
    await alice.engine.send(alice.conversation, 'after');
    await bob.engine.send(bob.conversation, 'also after');
    await clock.advance(SECOND);
    expect(await bob.texts()).toEqual(expect.arrayContaining(['after', 'also after']));
    expect(await alice.texts()).toEqual(expect.arrayContaining(['after', 'also after']));
  });

  test('a whole page of rows: what is older can still be reached', async () => {
    const [alice, bob] = await talked();
    for (let i = 0; i < 130; i++) await alice.engine.send(alice.conversation, `later ${String(i)}`);
    await alice.world.clock.advance(5 * SECOND);
    spoilRows(bob.disk, (row) => Number(row.order) > 60);
    await bob.reload();
    const shown: string[][] = [];
    const handle = bob.engine.openTimeline(bob.conversation, ({ items, hasOlder }) => {
      shown.push([String(hasOlder), ...items.flatMap((item) => (item.kind === 'text' ? [item.text] : []))]);
    });
    await alice.world.clock.advance(10);
    while (shown.at(-1)?.[0] === 'true') {
      await handle.loadOlder();
      await alice.world.clock.advance(10);
    }
    expect(shown.at(-1)).toEqual(expect.arrayContaining(['a1', 'b1', 'a4', 'b4', 'later 0']));
    handle.close();
  });

  test('an own row that waits for the other side: what comes after it is delivered', async () => {
    const [alice, bob] = await talked();
    bob.session.stop();
    for (const text of ['w1', 'w2', 'w3']) await alice.engine.send(alice.conversation, text);
    spoilRows(alice.disk, (row) => row.order === 10);
    await alice.reload();
    await bob.reload();
    await alice.world.clock.advance(10 * SECOND);
    expect((await bob.texts()).filter((text) => text.startsWith('w'))).toEqual(['w1', 'w3']);
    expect(alice.snapshot.conversations[0]?.queued).toBe(0);
  });

  test('an own row behind others that are under way: none of those comes twice', async () => {
    const [alice, bob] = await talked();
    bob.session.stop();
    const texts = Array.from({ length: 150 }, (_, i) => `w${String(i + 1)}`);
    for (const text of texts) await alice.engine.send(alice.conversation, text);
    spoilRows(alice.disk, (row) => row.order === 8 + 121);
    await alice.reload();
    await bob.reload();
    await alice.world.clock.advance(10 * SECOND);
    expect((await bob.texts()).filter((text) => text.startsWith('w'))).toEqual(
      texts.filter((_, i) => i !== 120)
    );
    expect(alice.snapshot.conversations[0]?.queued).toBe(0);
  });

  test('an own row after others of which the acknowledgement was lost: none of those comes twice', async () => {
    const [alice, bob] = await talked();
    const { clock, network } = alice.world;
    let store = (): void => undefined;
    bob.busy = new Promise((resolve) => {
      store = resolve;
    });
    const texts = ['w1', 'w2', 'w3'];
    for (const text of texts) await alice.engine.send(alice.conversation, text);
    await clock.advance(100);
    network.cutPeers();
    alice.session.stop();
    bob.busy = null;
    store();
    await clock.advance(SECOND);
    const stored = (await bob.texts()).filter((text) => text.startsWith('w')).length;
    expect([1, 2]).toContain(stored);
    spoilRows(alice.disk, (row) => row.order === 9 + stored);
    await alice.reload();
    await clock.advance(10 * SECOND);
    expect((await bob.texts()).filter((text) => text.startsWith('w'))).toEqual(
      texts.filter((_, i) => i !== stored)
    );
  });

  test.each(['invitations', 'joins'] as const)(
    'a record among the %s: the conversation is there',
    async (table) => {
      const [alice] = await talked();
      await alice.engine.createInvitation();
      alice.disk.tables.joins.set('x', { id: 'x', slot: null, sealed: new Uint8Array(50) });
      spoilRecords(alice.disk.tables[table]);
      await alice.reload();
      expect(await alice.texts()).toHaveLength(8);
      expect(alice.snapshot.damaged).toBeGreaterThan(0);
    }
  );

  test.each([
    ['name', Uint8Array.of(1, 2, 3)],
    ['high-water mark', { not: 'a number' }],
    ['epoch', 'garbage']
  ])('the value %s: everything is there, and what is written is kept', async (key, garbage) => {
    const [alice] = await talked();
    await alice.engine.setName('Alice');
    alice.disk.meta.set(key, garbage);
    await alice.reload();
    expect(alice.snapshot.phase).toBe('active');
    await alice.engine.send(alice.conversation, 'goes on');
    await alice.reload();
    expect(await alice.texts()).toContain('goes on');
  });

  test('the record of a conversation: the others work, and its words can be exported', async () => {
    const [alice, bob] = await talked();
    spoilRecords(bob.disk.tables.conversations);
    await bob.reload();
    expect(bob.snapshot).toMatchObject({ phase: 'active', conversations: [], damaged: 1 });
    const [conversation] = await exported(bob);
    expect(conversation?.title).toBeNull();
    const words = (await alice.texts()).sort();
    expect(conversation?.messages.map(({ text }) => text).sort()).toEqual(words);
  });
});

describe('the key is gone', () => {
  test.each([
    ['missing', (meta: Map<string, unknown>) => meta.delete('keyring')],
    ['garbage', (meta: Map<string, unknown>) => meta.set('keyring', { kind: 'wrapped', key: 1 })],
    [
      'another one',
      (meta: Map<string, unknown>) =>
        meta.set('keyring', { ...(meta.get('keyring') as object), sealed: new Uint8Array(72) })
    ]
  ])('%s: that is said, nothing is written over, and nothing pretends to be readable', async (_, spoil) => {
    const [alice] = await talked();
    spoil(alice.disk.meta);
    const before = structuredClone(alice.disk.tables);
    await expectBroken(alice, 'storage-keyless');
    expect(alice.disk.tables).toEqual(before);
    expect(alice.disk.meta.has('keyring')).toBe(_ !== 'missing');
    await expect(exported(alice)).rejects.toMatchObject({ code: 'storage-keyless' });
  });
});

test('what was exported: every untimed text in its order; nothing timed, erased or deleted', async () => {
  const [alice, bob] = await talked();
  const { clock } = alice.world;
  await bob.engine.setTitle(bob.conversation, 'Alice');
  await alice.engine.setTimer(alice.conversation, 3_600);
  await alice.engine.send(alice.conversation, 'for an hour');
  await alice.engine.setTimer(alice.conversation, 0);
  await alice.engine.send(alice.conversation, 'to be erased');
  await clock.advance(SECOND);
  const idOf = async (person: Person, text: string) => {
    const { items } = await person.timeline();
    const item = items.find((candidate) => candidate.kind === 'text' && candidate.text === text);
    if (!item) throw new Error(text);
    return item.id;
  };
  await alice.engine.deleteForEveryone(alice.conversation, await idOf(alice, 'to be erased'));
  await bob.engine.deleteForMe(bob.conversation, await idOf(bob, 'a2'));
  await clock.advance(SECOND);
  for (const [person, title, without] of [
    [alice, null, ''],
    [bob, 'Alice', 'a2']
  ] as const) {
    const [conversation] = await exported(person);
    expect(conversation?.title).toBe(title);
    const texts = conversation?.messages.map(({ mine, text }) => `${mine ? '>' : '<'} ${text}`);
    const told = (await person.timeline()).items.flatMap((item) =>
      item.kind === 'text' && item.ttl === 0 ? [`${item.mine ? '>' : '<'} ${item.text}`] : []
    );
    expect(texts).toEqual(told);
    expect(texts).toHaveLength(without === '' ? 8 : 7);
  }
});

test('nothing that can be read is said, not saved as an empty file', async () => {
  const world = new World();
  const [alice] = await world.pair();
  await expect(exported(alice)).rejects.toEqual(new Problem('nothing-readable'));
});

test('an empty disk is a beginning', async () => {
  const person = new World().person(memoryState());
  await person.opened();
  expect(person.snapshot).toMatchObject({ phase: 'active', problem: null, damaged: 0 });
});
