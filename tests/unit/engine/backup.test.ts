/** Backups of a device that has talked, restored on another one: what is in them, what is not, and that they change nothing else. */
import { describe, expect, test } from 'vitest';
import { openBackup, sealBackup } from '../../../src/lib/backup/age.ts';
import { concat } from '../../../src/lib/bytes.ts';
import { refOf, type Row } from '../../../src/lib/conversation/state.ts';
import { Problem, type MessageId, type ProblemCode } from '../../../src/lib/engine/api.ts';
import { backupFrom } from '../../support/backups.ts';
import { flipped } from '../../support/bytes.ts';
import { imageOf, vaultOn } from '../../support/disk.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const PASSPHRASE = 'a passphrase of some length';

async function saved(person: Person): Promise<Uint8Array<ArrayBuffer>> {
  const file = await person.engine.backup(PASSPHRASE, { kind: 'nothing' });
  if (!file) throw new Error('nothing was asked for, and nothing shown');
  return Uint8Array.from(file);
}

function restore(person: Person, file: Uint8Array<ArrayBuffer>, passphrase = PASSPHRASE) {
  return person.engine.restore(new Blob([file]), passphrase);
}

async function idOf(person: Person, text: string): Promise<MessageId> {
  const { items } = await person.timeline();
  const item = items.find((candidate) => candidate.kind === 'text' && candidate.text === text);
  if (!item) throw new Error(text);
  return item.id;
}

async function see(person: Person): Promise<void> {
  const handle = person.engine.openTimeline(person.conversation, () => undefined);
  await person.world.clock.advance(10);
  const { items } = await person.timeline();
  handle.seen(items.flatMap((item) => ('mine' in item && !item.mine ? [item.id] : [])));
  await person.world.clock.advance(SECOND);
  handle.close();
}

/** What can be in a history, and what must not be in a backup of it: every canary but those. */
async function talked(seed: string): Promise<[Person, Person]> {
  const world = new World(seed);
  const [alice, bob] = await world.pair();
  await alice.engine.setName('Alice of names');
  await alice.engine.setSettings({ typing: false });
  await alice.engine.setTitle(alice.conversation, 'Bob of titles');
  for (let i = 1; i <= 3; i++) {
    await alice.engine.send(alice.conversation, `kept a${String(i)}`);
    await bob.engine.send(bob.conversation, `kept b${String(i)}`);
    await world.clock.advance(100);
  }
  await alice.engine.edit(alice.conversation, await idOf(alice, 'kept a1'), 'kept and edited');
  await world.clock.advance(SECOND);
  await bob.engine.react(bob.conversation, await idOf(bob, 'kept and edited'), '👍');
  await alice.engine.send(alice.conversation, 'kept answer', { replyTo: await idOf(alice, 'kept b1') });
  await alice.engine.send(alice.conversation, 'canary timed mine', { ttl: 3_600 });
  await bob.engine.send(bob.conversation, 'canary timed theirs', { ttl: 3_600 });
  await bob.engine.send(bob.conversation, 'canary timed unread', { ttl: 3_600 });
  await bob.engine.send(bob.conversation, 'canary once', { once: true });
  await alice.engine.send(alice.conversation, 'canary erased');
  await world.clock.advance(SECOND);
  await see(alice);
  await see(bob);
  await alice.engine.deleteForEveryone(alice.conversation, await idOf(alice, 'canary erased'));
  await bob.engine.send(bob.conversation, 'kept unread');
  await world.clock.advance(SECOND);
  alice.engine.setDraft(alice.conversation, 'canary draft');
  // What waits for Bob, who is away.
  bob.session.stop();
  await world.clock.advance(60 * SECOND);
  await alice.engine.send(alice.conversation, 'kept waiting 1');
  await alice.engine.send(alice.conversation, 'canary timed waiting', { ttl: 60 });
  await alice.engine.edit(
    alice.conversation,
    await idOf(alice, 'canary timed waiting'),
    'canary timed waiting edited'
  );
  await alice.engine.send(alice.conversation, 'canary once waiting', { once: true });
  await alice.engine.send(alice.conversation, 'kept waiting 2');
  await alice.engine.send(alice.conversation, 'canary erased waiting');
  await alice.engine.deleteForEveryone(alice.conversation, await idOf(alice, 'canary erased waiting'));
  return [alice, bob];
}

/** What a history means to the one who reads it: every row of the timeline that lasts, with what was said of it. */
async function meaning({ disk, world }: Person): Promise<unknown[]> {
  const vault = await vaultOn(disk, world);
  const told = [];
  for (const { id, contact, title, peerName, timer, peers } of await vault.conversations()) {
    const rows = (await vault.page(id, null, 1_000)).rows.filter(
      ({ deadline, content: { kind } }) => deadline === null && kind !== 'gone' && kind !== 'once'
    );
    const saying = rows.map((row: Row) => {
      const { order, mine, at, ts, seenAt, content, edits, reactions } = row;
      return { ref: refOf(row), order, mine, at, ts, seenAt, content, edits, reactions };
    });
    const { own, peer, rdv, psk } = contact;
    told.push({ id, own, peer, rdv, psk, title, peerName, timer, peers, saying });
  }
  return told;
}

describe('a backup', () => {
  test('holds every lasting row and no other, as they mean; nothing timed, to be viewed once, erased or half-written', async () => {
    const [alice] = await talked('round trip');
    const file = await saved(alice);
    const plain = Buffer.from(await openBackup(file, PASSPHRASE));
    expect(plain.includes('canary')).toBe(false);
    for (const words of ['kept a2', 'kept and edited', 'kept waiting 2', 'Bob of titles', 'Alice of names'])
      expect(plain.includes(words), words).toBe(true);
    const [state] = await (await vaultOn(alice.disk, alice.world)).conversations();
    if (!state) throw new Error('no conversation');
    // The secrets of its sessions, too, stay where they are.
    for (const secret of state.contact.retained) expect(plain.includes(Buffer.from(secret))).toBe(false);

    const there = new World('elsewhere').person();
    await there.opened();
    expect(await restore(there, file)).toEqual({ conversations: 1, skipped: 0 });
    const before = await meaning(alice);
    expect(await meaning(there)).toEqual(before);
    expect(before[0]).toMatchObject({ saying: { length: 10 } });
    await there.reload();
    expect(await meaning(there)).toEqual(before);
    expect(there.snapshot).toMatchObject({
      name: 'Alice of names',
      settings: { typing: false },
      conversations: [{ title: 'Bob of titles', draft: '', unread: 1, lastText: 'kept waiting 2' }],
      damaged: 0
    });
  });

  test('restored: what waited arrives once, both are told of the keys, and both go on', async () => {
    const [alice, bob] = await talked('goes on');
    const file = await saved(alice);
    alice.session.stop();
    const again = alice.world.person();
    await again.opened();
    await restore(again, file);
    await bob.reload();
    await alice.world.clock.advance(10 * SECOND);
    expect(again.snapshot.conversations[0]).toMatchObject({ connection: { kind: 'connected' }, reset: true });
    expect(bob.snapshot.conversations[0]).toMatchObject({ reset: true, forked: false });
    // Who restored is told why, until they answer to it; the other side cannot know.
    expect([again, bob].map(({ snapshot }) => snapshot.conversations[0]?.restored)).toEqual([true, false]);
    await again.reload();
    await bob.reload();
    await alice.world.clock.advance(10 * SECOND);
    expect(again.snapshot.conversations[0]?.restored).toBe(true);
    await again.engine.send(again.conversation, 'from the new one');
    await bob.engine.send(bob.conversation, 'to the new one');
    await alice.world.clock.advance(10 * SECOND);
    const heard = await bob.texts();
    for (const text of ['kept waiting 1', 'kept waiting 2', 'from the new one', 'kept answer'])
      expect(
        heard.filter((one) => one === text),
        text
      ).toHaveLength(1);
    expect(heard.some((text) => text.includes('waiting edited'))).toBe(false);
    expect((await again.texts()).filter((text) => text === 'to the new one')).toHaveLength(1);
    await again.engine.acceptReset(again.conversation);
    expect(again.snapshot.conversations[0]).toMatchObject({ reset: false, restored: false });
  });

  test('older than what both have said since: nothing arrives twice, and the two go on', async () => {
    const [alice, bob] = await talked('older');
    const file = await saved(alice);
    await bob.reload();
    await alice.world.clock.advance(10 * SECOND);
    await bob.engine.send(bob.conversation, 'kept since');
    await alice.engine.send(alice.conversation, 'said since');
    await alice.world.clock.advance(10 * SECOND);
    alice.session.stop();
    const again = alice.world.person();
    await again.opened();
    await restore(again, file);
    await alice.world.clock.advance(20 * SECOND);
    await again.engine.send(again.conversation, 'from the new one');
    await bob.engine.send(bob.conversation, 'to the new one');
    await alice.world.clock.advance(10 * SECOND);
    const heard = await bob.texts();
    for (const text of ['kept waiting 1', 'kept waiting 2', 'said since', 'from the new one'])
      expect(
        heard.filter((one) => one === text),
        text
      ).toHaveLength(1);
    expect(bob.snapshot.conversations[0]).toMatchObject({ reset: true, forked: false });
    expect((await again.texts()).filter((text) => text === 'to the new one')).toHaveLength(1);
  });

  test('waits for what is being written, and has the whole of it', async () => {
    const world = new World('busy');
    const [alice] = await world.pair();
    let release = (): void => undefined;
    alice.busy = new Promise((resolve) => (release = resolve));
    const sending = alice.engine.send(alice.conversation, 'being written');
    const making = saved(alice);
    // Long enough for all that does not wait for the disk.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    release();
    await sending;
    const [kept] = backupFrom(await openBackup(await making, PASSPHRASE)).conversations;
    expect(kept?.rows).toMatchObject([{ seq: 1, content: { text: 'being written' } }]);
    expect(kept?.conversation.own.seq).toBe(1);
  });

  test('leaves a conversation out that is being forgotten', async () => {
    const [alice] = await talked('forgotten');
    await alice.engine.forgetConversation(alice.conversation);
    expect(backupFrom(await openBackup(await saved(alice), PASSPHRASE)).conversations).toEqual([]);
  });
});

describe('restored where somebody talks already', () => {
  test('what is there stays as it is, name and settings too; what is not comes beside it', async () => {
    const [alice] = await talked('beside');
    const file = await saved(alice);
    const { clock } = alice.world;
    const other = alice.world.person();
    await other.opened();
    await other.engine.setName('Other');
    await other.engine.setSettings({ receipts: false });
    expect(await restore(other, file)).toEqual({ conversations: 1, skipped: 0 });
    expect(other.snapshot).toMatchObject({ name: 'Other', settings: { receipts: false, typing: true } });
    const before = await meaning(other);
    await other.engine.setTitle(other.conversation, 'another title');
    expect(await restore(other, file)).toEqual({ conversations: 0, skipped: 1 });
    expect(other.snapshot.conversations).toMatchObject([{ title: 'another title' }]);
    // Nor does a backup bring back on the device itself what it has forgotten since.
    await alice.engine.forgetConversation(alice.conversation);
    expect(await restore(alice, file)).toEqual({ conversations: 0, skipped: 1 });
    await clock.advance(SECOND);
    expect(alice.snapshot.conversations).toEqual([]);
    expect(before).toHaveLength(1);
  });

  test('two restorations at once are one', async () => {
    const [alice] = await talked('at once');
    const file = await saved(alice);
    const other = alice.world.person();
    await other.opened();
    const results = await Promise.all([restore(other, file), restore(other, file)]);
    expect(results.map(({ conversations }) => conversations).sort()).toEqual([0, 1]);
    expect(other.snapshot.conversations).toHaveLength(1);
  });

  test('no room on the disk: nothing of it is there, and it can be tried again', async () => {
    const [alice] = await talked('no room');
    const file = await saved(alice);
    const other = alice.world.person();
    await other.opened();
    // The file of keys may have grown: of keys that nobody has.
    const kept = () => ({ ...imageOf(other.disk), keyFile: null });
    const before = kept();
    other.full = true;
    await expect(restore(other, file)).rejects.toEqual(new Problem('storage-full'));
    expect(kept()).toEqual(before);
    expect(other.snapshot.conversations).toEqual([]);
    other.full = false;
    expect(await restore(other, file)).toEqual({ conversations: 1, skipped: 0 });
  });
});

describe('what cannot be restored', () => {
  test('a hundred damaged files and more: each says what it is, and the disk is as it was', async () => {
    const [alice, bob] = await talked('damaged');
    const file = await saved(alice);
    const { clock } = alice.world;
    alice.session.stop();
    await clock.advance(SECOND);
    const empty = alice.world.person();
    await new Promise<void>((resolve) => {
      const stop = empty.session.subscribe(() => {
        stop();
        resolve();
      });
    });
    await bob.reload();
    for (const person of [empty, bob]) {
      const before = imageOf(person.disk);
      const codes = new Map<ProblemCode, number>();
      const refused = async (spoilt: Uint8Array, passphrase = PASSPHRASE): Promise<void> => {
        const error: unknown = await restore(person, Uint8Array.from(spoilt), passphrase).catch(
          (reason: unknown) => reason
        );
        if (!(error instanceof Problem)) throw new Error('restored', { cause: error });
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      };
      for (let i = 0; i < 40; i++) {
        const at = i < 20 ? i * 10 : Math.floor((i / 40) * file.length);
        await refused(flipped(file, at));
        await refused(file.subarray(0, at));
        await refused(concat(file.subarray(0, at), file.subarray(at + 1)));
      }
      await refused(concat(file, file));
      await refused(file, 'another passphrase');
      // Whoever knows the passphrase can write what they like into it.
      const plain = await openBackup(file, PASSPHRASE);
      for (let i = 0; i < 20; i++)
        await refused(await sealBackup(flipped(plain, 14 + (i % 5), 1 << (i % 4)), PASSPHRASE, 1));
      await refused(await sealBackup(flipped(plain, 13, 2), PASSPHRASE, 1));
      await refused(new Uint8Array(2 ** 26 + 2 ** 15 + 1));
      expect(imageOf(person.disk)).toEqual(before);
      expect([...codes.keys()].sort()).toEqual(
        ['unknown', 'passphrase', 'newer', 'large', 'damaged'].map((code) => `backup-${code}`).sort()
      );
      expect([...codes.values()].reduce((a, b) => a + b)).toBe(144);
    }
    expect(empty.disk.meta.has('keyring'), 'not even a key was made').toBe(false);
  });
});
