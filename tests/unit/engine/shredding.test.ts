/** What was destroyed opens for nobody who has everything that ever lay on the disk, and everything else opens (section 10). */
import { Problem } from '../../../src/lib/engine/api.ts';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../../src/lib/bytes.ts';
import { AuthError } from '../../../src/lib/errors.ts';
import { openRecord, slotKey } from '../../../src/lib/crypto/record.ts';
import { masterFrom, recordKeyOf } from '../../../src/lib/engine/keyring.ts';
import { rowContext } from '../../../src/lib/engine/places.ts';
import { PAGE_SLOTS } from '../../../src/lib/engine/slots.ts';
import { parseFile, SLOT_BYTES } from '../../../src/lib/storage/key-file.ts';
import { openMemoryStore, type MemoryState } from '../../../src/lib/storage/memory.ts';
import { openSecrets } from '../../../src/lib/storage/secrets.ts';
import { StoreError } from '../../../src/lib/storage/store.ts';
import { beforeCommits, imageOf } from '../../support/disk.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;

/** Keeps every version of every row and conversation that was ever written: a database's log that is never cleared. */
class Forensics {
  readonly #sealed = new Map<string, { context: string; sealed: Uint8Array }>();
  readonly #disk: MemoryState;

  constructor({ disk }: Person) {
    this.#disk = disk;
    const { rows, tables } = disk;
    const keep = (context: string, sealed: Uint8Array): void => {
      this.#sealed.set(`${context} ${sealed.join()}`, { context, sealed });
    };
    const setRow = rows.set.bind(rows);
    rows.set = (key, row) => {
      keep(rowContext(row), row.sealed);
      return setRow(key, row);
    };
    const { conversations } = tables;
    const setRecord = conversations.set.bind(conversations);
    conversations.set = (key, record) => {
      keep(`conversations/${record.id}`, record.sealed);
      return setRecord(key, record);
    };
  }

  /** All that opens with the master key and any slot that is in the key file of this disk, as far as it is text. */
  async words(disk = this.#disk): Promise<string> {
    const secrets = openSecrets(null, openMemoryStore(disk), (length) => new Uint8Array(length));
    const key = recordKeyOf(await masterFrom(disk.meta.get('keyring'), secrets));
    const keys = [key, ...slotsOf(disk).map((slot) => slotKey(key, slot))];
    const found: string[] = [];
    for (const { context, sealed } of this.#sealed.values())
      for (const one of keys) {
        try {
          found.push(new TextDecoder('latin1').decode(openRecord(one, utf8(context), sealed)));
        } catch (error) {
          if (!(error instanceof AuthError)) throw error;
        }
      }
    return found.join('\n');
  }
}

/** Those that were ever handed to anybody: trying all of them on everything takes long. */
function slotsOf({ keyFile, pages }: MemoryState): Uint8Array[] {
  const slots = keyFile.bytes && parseFile(keyFile.bytes)?.slots;
  if (!slots) throw new Error('there is no key file');
  const most = Math.max(0, ...[...pages.keys()].map((page) => page + 1)) * PAGE_SLOTS;
  return Array.from({ length: most }, (_, i) => slots.slice(i * SLOT_BYTES, (i + 1) * SLOT_BYTES));
}

async function watched(): Promise<{ world: World; alice: Person; bob: Person; disks: Forensics[] }> {
  const world = new World('shredding');
  const people = [world.person(), world.person()] as const;
  const disks = people.map((person) => new Forensics(person));
  const [alice, bob] = people;
  await Promise.all([alice.opened(), bob.opened()]);
  await world.clock.advance(50);
  const { url } = await alice.engine.createInvitation();
  bob.join(url);
  await world.clock.advance(SECOND);
  return { world, alice, bob, disks };
}

async function read({ engine, conversation, world }: Person): Promise<void> {
  const handle = engine.openTimeline(conversation, ({ items }) => {
    const fresh = items.filter((item) => item.kind === 'text' && !item.mine && item.state !== 'read');
    handle.seen(fresh.map(({ id }) => id));
  });
  await world.clock.advance(SECOND);
  handle.close();
}

async function idOf(person: Person, text: string) {
  const item = (await person.timeline()).items.find((one) => one.kind === 'text' && one.text === text);
  if (!item) throw new Error(`nobody wrote ${text}`);
  return item.id;
}

async function expectWords(disks: Forensics[], living: string[], dead: string[]): Promise<void> {
  for (const disk of disks) {
    const words = await disk.words();
    for (const text of living) expect(words).toContain(text);
    for (const text of dead) expect(words).not.toContain(text);
  }
}

describe('with the master key, the key file and every version of every record', () => {
  test('what was said opens, until it expires, and what was not to die goes on opening', async () => {
    const { world, alice, bob, disks } = await watched();
    await alice.engine.send(alice.conversation, 'stays for ever');
    await alice.engine.send(alice.conversation, 'goes in five', { ttl: 5 });
    await world.clock.advance(SECOND);
    await expectWords(disks, ['stays for ever', 'goes in five'], []);
    await read(bob);
    await world.clock.advance(10 * SECOND);
    await expectWords(disks, ['stays for ever'], ['goes in five']);
  });

  test('every version of what was edited dies, with what was said about it', async () => {
    const { world, alice, bob, disks } = await watched();
    await alice.engine.send(alice.conversation, 'one two');
    await alice.engine.edit(alice.conversation, await idOf(alice, 'one two'), 'one three');
    await world.clock.advance(SECOND);
    await bob.engine.send(bob.conversation, 'an answer', { replyTo: await idOf(bob, 'one three') });
    await bob.engine.react(bob.conversation, await idOf(bob, 'one three'), '😀');
    await world.clock.advance(SECOND);
    await expectWords(disks, ['one two', 'one three', 'an answer'], []);
    await alice.engine.deleteForEveryone(alice.conversation, await idOf(alice, 'one three'));
    await world.clock.advance(SECOND);
    await expectWords(disks, ['an answer'], ['one two', 'one three']);
  });

  test('what is deleted here opens on the other side alone', async () => {
    const { world, alice, disks } = await watched();
    await alice.engine.send(alice.conversation, 'not for me');
    await world.clock.advance(SECOND);
    await alice.engine.deleteForMe(alice.conversation, await idOf(alice, 'not for me'));
    await world.clock.advance(SECOND);
    await expectWords(disks.slice(0, 1), [], ['not for me']);
    await expectWords(disks.slice(1), ['not for me'], []);
  });

  test('what is deleted, and what is viewed once, is answered when its key is overwritten, and not before', async () => {
    const { world, alice, bob } = await watched();
    for (const text of ['for me', 'for everyone']) await alice.engine.send(alice.conversation, text);
    await alice.engine.send(alice.conversation, 'only once', { once: true });
    await world.clock.advance(SECOND);
    const once = (await bob.timeline()).items.find(({ kind }) => kind === 'once');
    if (!once) throw new Error('nothing to view');
    const [mine, everybodys] = [await idOf(alice, 'for me'), await idOf(alice, 'for everyone')];
    for (const [who, ask] of [
      [alice, () => alice.engine.deleteForMe(alice.conversation, mine)],
      [alice, () => alice.engine.deleteForEveryone(alice.conversation, everybodys)],
      [bob, () => bob.engine.viewOnce(bob.conversation, once.id)]
    ] as const) {
      const answers: unknown[] = [];
      let go = (): void => undefined;
      const ready = new Promise<void>((resolve) => (go = resolve));
      who.keyFileReady = () => ready;
      const asked = ask().then((answer) => answers.push(answer));
      await world.clock.advance(SECOND);
      expect(answers).toEqual([]);
      go();
      await asked;
    }
  });

  test('where keys cannot be overwritten that is said, nothing is forgotten, and it is tried again until it is done', async () => {
    const { world, alice, disks } = await watched();
    await alice.engine.send(alice.conversation, 'dies late');
    await alice.engine.send(alice.conversation, 'stays');
    await world.clock.advance(SECOND);
    // Somebody else has the file open.
    alice.keyFileReady = () => Promise.reject(new StoreError('blocked'));
    await alice.engine.deleteForMe(alice.conversation, await idOf(alice, 'dies late'));
    await world.clock.advance(20 * SECOND);
    expect(await alice.texts()).toEqual(['stays']);
    expect(alice.snapshot).toMatchObject({ phase: 'active', problem: null, undestroyed: true });
    await expectWords(disks.slice(0, 1), ['dies late', 'stays'], []);
    // The next start knows of it, and tells it too.
    await alice.reload();
    await world.clock.advance(SECOND);
    expect(alice.snapshot.undestroyed).toBe(true);
    expect(alice.disk.doomed.size).toBe(1);
    alice.keyFileReady = () => Promise.resolve();
    await world.clock.advance(20 * SECOND);
    expect(alice.snapshot.undestroyed).toBe(false);
    expect(alice.disk.doomed.size).toBe(0);
    await expectWords(disks.slice(0, 1), ['stays'], ['dies late']);
  });

  test('where what writes keys has not come that is said, and nothing is taken for broken', async () => {
    const { world, alice } = await watched();
    alice.keyFileReady = () => Promise.reject(new StoreError('not-loaded'));
    const sending = async (): Promise<void> => {
      for (;;) await alice.engine.send(alice.conversation, 'one more');
    };
    await expect(sending()).rejects.toEqual(new Problem('not-loaded'));
    await alice.reload();
    await expect(sending()).rejects.toEqual(new Problem('not-loaded'));
    await world.clock.advance(SECOND);
    // It is tried again some times, and no more.
    for (let i = 0; i < 20 && alice.snapshot.phase !== 'broken'; i++)
      await sending().catch(() => world.clock.advance(SECOND));
    expect(alice.snapshot).toMatchObject({ phase: 'broken', problem: 'not-loaded' });
    alice.keyFileReady = () => Promise.resolve();
    await alice.reload();
    await world.clock.advance(SECOND);
    await alice.engine.send(alice.conversation, 'the last one');
    expect((await alice.texts()).at(-1)).toBe('the last one');
  });

  test('what was viewed once dies on both sides', async () => {
    const { world, alice, bob, disks } = await watched();
    await alice.engine.send(alice.conversation, 'only once', { once: true });
    await world.clock.advance(SECOND);
    await expectWords(disks, ['only once'], []);
    const once = (await bob.timeline()).items.find(({ kind }) => kind === 'once');
    if (!once) throw new Error('nothing to view');
    expect(await bob.engine.viewOnce(bob.conversation, once.id)).toBe('only once');
    await world.clock.advance(SECOND);
    await expectWords(disks, [], ['only once']);
  });

  test('of a draft there is its newest version alone, and none once it is sent', async () => {
    const { world, alice, disks } = await watched();
    for (const draft of ['first thought', 'second thought', 'third thought']) {
      alice.engine.setDraft(alice.conversation, draft);
      await world.clock.advance(SECOND);
    }
    await expectWords(disks.slice(0, 1), ['third thought'], ['first thought', 'second thought']);
    await alice.reload();
    expect(alice.snapshot.conversations[0]?.draft).toBe('third thought');
    await alice.engine.send(alice.conversation, 'what was meant');
    await world.clock.advance(SECOND);
    await expectWords(disks.slice(0, 1), ['what was meant'], ['third thought']);
    expect([...alice.disk.rows.values()].filter(({ log }) => log === 'draft')).toEqual([]);
  });

  test('the line of the list comes back from its row, and is nowhere else', async () => {
    const { world, alice, disks } = await watched();
    await alice.engine.send(alice.conversation, 'the newest');
    await world.clock.advance(SECOND);
    await alice.reload();
    expect(alice.snapshot.conversations[0]?.lastText).toBe('the newest');
    await alice.engine.deleteForMe(alice.conversation, await idOf(alice, 'the newest'));
    await world.clock.advance(SECOND);
    await expectWords(disks.slice(0, 1), [], ['the newest']);
  });

  test('of a deleted conversation nothing opens, not even its name; of a forgotten one on both sides', async () => {
    for (const end of ['deleteConversation', 'forgetConversation'] as const) {
      const { world, alice, disks } = await watched();
      await alice.engine.setTitle(alice.conversation, 'A telling name');
      await alice.engine.send(alice.conversation, 'among others');
      await world.clock.advance(SECOND);
      await expectWords(disks.slice(0, 1), ['A telling name', 'among others'], []);
      await alice.engine[end](alice.conversation);
      await world.clock.advance(SECOND);
      const gone = end === 'deleteConversation' ? disks.slice(0, 1) : disks;
      await expectWords(gone, [], ['A telling name', 'among others']);
    }
  });

  test('pages whose messages are all gone are used again, and nothing is lost by it', async () => {
    const { world, alice, bob } = await watched();
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 60; i++) await alice.engine.send(alice.conversation, 'dies', { ttl: 5 });
      await alice.engine.send(alice.conversation, `round ${round.toString()}`);
      await world.clock.advance(SECOND);
      for (let pages = 0; pages < 4; pages++) await read(bob);
      await world.clock.advance(20 * SECOND);
      if (round === 1) await alice.reload();
    }
    const rounds = Array.from({ length: 4 }, (_, round) => `round ${round.toString()}`);
    for (const person of [alice, bob]) {
      await person.reload();
      expect(await person.texts()).toEqual(rounds);
      expect(person.snapshot.damaged).toBe(0);
      expect(person.disk.doomed.size).toBe(0);
      // 244 messages of which 4 are left: not many more pages than are needed for one round.
      expect(person.disk.pages.size).toBeLessThan(12);
    }
  });
});

describe('the page is gone between two steps', () => {
  /** The disk as it was before each of its transactions while `work` was done. */
  async function imagesOf(person: Person, work: () => Promise<void>): Promise<MemoryState[]> {
    const images: MemoryState[] = [];
    let on = true;
    beforeCommits(person.disk, () => {
      if (on) images.push(imageOf(person.disk));
    });
    await work();
    await person.world.clock.advance(5 * SECOND);
    images.push(imageOf(person.disk));
    on = false;
    return images;
  }

  test('every living message opens, and no destroyed one does, whatever was on the disk', async () => {
    const { world, alice, bob, disks } = await watched();
    for (const text of ['a living one', 'a dying one', 'another living one'])
      await alice.engine.send(alice.conversation, text);
    await world.clock.advance(SECOND);
    bob.session.stop();
    const dying = await idOf(alice, 'a dying one');
    const images = await imagesOf(alice, () => alice.engine.deleteForMe(alice.conversation, dying));
    alice.session.stop();
    expect(images.length).toBeGreaterThanOrEqual(3);
    let had = 0;
    for (const image of images) {
      const person = world.person(image);
      await person.opened();
      await world.clock.advance(SECOND);
      const texts = await person.texts();
      expect(texts.filter((text) => text !== 'a dying one')).toEqual(['a living one', 'another living one']);
      expect(person.snapshot.damaged).toBe(0);
      if (texts.includes('a dying one')) had++;
      else {
        // What all of the past has of it does not open with the keys of today.
        expect(await disks[0]?.words(image)).not.toContain('a dying one');
        expect(image.doomed.size).toBe(0);
      }
      person.session.stop();
    }
    expect(had).toBe(1);
  });
});
