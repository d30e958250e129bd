import { expect, test } from 'vitest';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

async function states(person: Person): Promise<string[]> {
  const { items } = await person.timeline();
  return items.flatMap((item) => (item.kind === 'text' && item.mine ? [item.state] : []));
}

async function see(person: Person): Promise<void> {
  const { items } = await person.timeline();
  const handle = person.engine.openTimeline(person.conversation, () => undefined);
  await person.world.clock.advance(10);
  handle.seen(items.flatMap((item) => (item.kind === 'text' && !item.mine ? [item.id] : [])));
  await person.world.clock.advance(100);
  handle.close();
}

function connection(person: Person): string | undefined {
  return person.snapshot.conversations[0]?.connection.kind;
}

function rowsOnDisk(person: Person): number {
  return person.disk.rows.size;
}

test('two people meet through a link and write to each other', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  expect(bob.joins.map(({ kind }) => kind)).toEqual(['waiting', 'connecting', 'joined']);
  expect(alice.snapshot.conversations).toHaveLength(1);
  expect(alice.snapshot.invitations).toHaveLength(0);
  expect([connection(alice), connection(bob)]).toEqual(['connected', 'connected']);
  await alice.engine.send(alice.conversation, 'Bonsoir');
  await bob.engine.send(bob.conversation, 'Good evening');
  await world.clock.advance(100);
  expect((await alice.texts()).sort()).toEqual(['Bonsoir', 'Good evening']);
  expect((await bob.texts()).sort()).toEqual(['Bonsoir', 'Good evening']);
  expect(await states(alice)).toEqual(['delivered']);
});

test('a message goes from queued to delivered to read', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.session.stop();
  await world.clock.advance(100);
  await alice.engine.send(alice.conversation, 'Are you there?');
  expect(await states(alice)).toEqual(['queued']);
  await bob.reload();
  await world.clock.advance(5 * SECOND);
  expect(await states(alice)).toEqual(['delivered']);
  expect(bob.snapshot.conversations[0]?.unread).toBe(1);
  await see(bob);
  expect(await states(alice)).toEqual(['read']);
  expect(bob.snapshot.conversations[0]?.unread).toBe(0);
});

test('what was written while the other was away is delivered once and in order', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.session.stop();
  const written = Array.from({ length: 200 }, (_, i) => `message ${String(i)}`);
  for (const text of written) await alice.engine.send(alice.conversation, text);
  await alice.reload();
  await bob.reload();
  await world.clock.advance(10 * SECOND);
  expect(bob.snapshot.conversations[0]?.unread).toBe(200);
  expect(alice.snapshot.conversations[0]?.queued).toBe(0);
  expect(await bob.texts()).toEqual(written);
});

test('what was written from more pages than the other side remembers the logs of comes once and in order', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.session.stop();
  const texts = Array.from({ length: 40 }, (_, page) => `from page ${String(page)}`);
  for (const text of texts) {
    await alice.reload();
    await alice.engine.send(alice.conversation, text);
  }
  await bob.reload();
  const states = async () => {
    const { items } = await alice.timeline();
    return items.map((item) => (item.kind === 'text' && item.mine ? item.state : item.kind));
  };
  while (!(await states()).includes('sent')) await world.clock.advance(1);
  // Everything that may be under way has come before anything of it is stored.
  let store = (): void => undefined;
  bob.busy = new Promise((resolve) => {
    store = resolve;
  });
  await world.clock.advance(SECOND);
  bob.busy = null;
  store();
  await world.clock.advance(5 * SECOND);
  for (const session of ['this one', 'the next']) {
    expect(await bob.texts(), session).toEqual(texts);
    expect(await states(), session).toEqual(texts.map(() => 'delivered'));
    world.network.cutPeers();
    await world.clock.advance(5 * SECOND);
  }
});

test('after a cut both find each other again by themselves', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  for (let i = 0; i < 5; i++) {
    world.network.cutPeers();
    await alice.engine.send(alice.conversation, `a${String(i)}`);
    await bob.engine.send(bob.conversation, `b${String(i)}`);
    await world.clock.advance(5 * SECOND);
    expect([connection(alice), connection(bob)]).toEqual(['connected', 'connected']);
  }
  const mine = (texts: string[], prefix: string) => texts.filter((text) => text.startsWith(prefix));
  for (const person of [alice, bob]) {
    const texts = await person.texts();
    expect(mine(texts, 'a')).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(mine(texts, 'b')).toEqual(['b0', 'b1', 'b2', 'b3', 'b4']);
  }
});

test('who is not connected hears when they last were, also after a reload and under a wrong clock', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  const began = world.clock.now();
  await world.clock.advance(90 * SECOND);
  expect(alice.snapshot.conversations[0]?.connection).toEqual({ kind: 'connected' });
  bob.session.stop();
  await world.clock.advance(SECOND);
  const ended = { kind: 'waiting', noPath: false, metAt: began + 90 * SECOND };
  const close = (at: number) => expect.closeTo(at, -4) as number;
  expect(alice.snapshot.conversations[0]?.connection).toEqual({ ...ended, metAt: close(ended.metAt) });
  world.clock.set(-DAY);
  await alice.reload();
  await world.clock.advance(5 * SECOND);
  // Written down when it began.
  expect(alice.snapshot.conversations[0]?.connection).toEqual({ ...ended, metAt: close(began) });
});

test('without the server an open conversation goes on, and a closed one waits', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  world.network.setServer(false);
  await alice.engine.send(alice.conversation, 'still here');
  await world.clock.advance(SECOND);
  expect(await bob.texts()).toEqual(['still here']);
  await bob.reload();
  await world.clock.advance(SECOND);
  expect(connection(bob)).toBe('offline');
  await bob.engine.send(bob.conversation, 'later');
  world.network.setServer(true);
  await world.clock.advance(5 * SECOND);
  expect(await alice.texts()).toContain('later');
});

test('lost signaling frames delay a meeting and do not prevent it', async () => {
  const world = new World('lossy');
  const noise = world.random;
  world.lose = () => (noise(1)[0] ?? 0) < 77;
  const [alice, bob] = await world.pair();
  await world.clock.advance(600 * SECOND);
  expect([connection(alice), connection(bob)]).toEqual(['connected', 'connected']);
});

test('a dead connection that says nothing is replaced', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  // Bob's page is frozen away without a word: his end stays in the network, and nobody answers there.
  world.network.mute();
  await alice.engine.send(alice.conversation, 'into the void');
  await world.clock.advance(30 * SECOND);
  world.network.unmute();
  await world.clock.advance(60 * SECOND);
  expect(await bob.texts()).toEqual(['into the void']);
});

test('a timed message goes on both sides, counted from when it was seen', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.setTimer(alice.conversation, 30);
  await world.clock.advance(100);
  expect(bob.snapshot.conversations[0]?.ttl).toBe(30);
  await bob.engine.send(bob.conversation, 'burn this');
  await world.clock.advance(60 * SECOND);
  expect(await alice.texts()).toEqual(['burn this']);
  for (const { snapshot } of [alice, bob])
    expect(snapshot.conversations[0]).toMatchObject({ lastText: null, lastKind: 'timed' });
  await see(alice);
  await world.clock.advance(29 * SECOND);
  expect([await alice.texts(), await bob.texts()]).toEqual([['burn this'], ['burn this']]);
  await world.clock.advance(2 * SECOND);
  expect([await alice.texts(), await bob.texts()]).toEqual([[], []]);
  for (const { snapshot } of [alice, bob]) expect(snapshot.conversations[0]?.lastKind).toBeNull();
  // What is left is the narrator's line that the timer was set, on either side.
  expect([rowsOnDisk(alice), rowsOnDisk(bob)]).toEqual([1, 1]);
});

test('a deadline holds while the app is closed, and whatever the clock is set to', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.setTimer(alice.conversation, 3_600);
  await alice.engine.send(alice.conversation, 'one hour');
  await world.clock.advance(SECOND);
  await see(bob);
  // Running: the clock is turned back by ten years, the hour passes all the same.
  world.clock.set(-3_650 * DAY);
  await world.clock.advance(3_599 * SECOND);
  expect(await bob.texts()).toEqual(['one hour']);
  await world.clock.advance(2 * SECOND);
  expect(await bob.texts()).toEqual([]);
  world.clock.set(0);
  // Closed: the deadline passes, and nothing is painted by the next start.
  await alice.engine.send(alice.conversation, 'another hour');
  await world.clock.advance(SECOND);
  await see(bob);
  bob.session.stop();
  await world.clock.advance(3_601 * SECOND);
  await bob.reload();
  expect(await bob.texts()).toEqual([]);
});

test('an unread timed message dies two weeks after it was written, delivered or not', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.setTimer(alice.conversation, 5);
  await world.clock.advance(SECOND);
  bob.session.stop();
  await alice.engine.send(alice.conversation, 'never read');
  // Nobody is asked for him all that time: attempts to reach somebody are what takes long here.
  world.network.setServer(false);
  await world.clock.advance(14 * DAY + SECOND);
  world.network.setServer(true);
  expect(await alice.texts()).toEqual([]);
  await alice.engine.setTimer(alice.conversation, 0);
  await alice.engine.send(alice.conversation, 'after it');
  await bob.reload();
  await world.clock.advance(30 * SECOND);
  expect(await bob.texts()).toEqual(['after it']);
  expect(alice.snapshot.conversations[0]?.queued).toBe(0);
});

test('an erased message goes at once here, and there when it is reached', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, 'a slip');
  await alice.engine.send(alice.conversation, 'the rest');
  await world.clock.advance(SECOND);
  bob.session.stop();
  await world.clock.advance(SECOND);
  const before = await alice.timeline();
  const slip = before.items[0]?.id;
  if (!slip) throw new Error('nothing to erase');
  await alice.engine.deleteForEveryone(alice.conversation, slip);
  expect((await alice.timeline()).items[0]).toMatchObject({ kind: 'erased', both: false });
  await bob.reload();
  await world.clock.advance(5 * SECOND);
  expect(await bob.texts()).toEqual(['the rest']);
  expect((await alice.timeline()).items[0]).toMatchObject({ kind: 'erased', both: true });
  expect(bob.snapshot.conversations[0]).toMatchObject({ unread: 1, lastText: 'the rest' });
});

test('a message erased before it was delivered is never seen', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.session.stop();
  await alice.engine.send(alice.conversation, 'a slip');
  const slip = (await alice.timeline()).items[0]?.id;
  if (!slip) throw new Error('nothing to erase');
  await alice.engine.deleteForEveryone(alice.conversation, slip);
  await alice.engine.send(alice.conversation, 'the rest');
  await bob.reload();
  await world.clock.advance(5 * SECOND);
  expect(await bob.texts()).toEqual(['the rest']);
  expect(JSON.stringify(await bob.timeline())).not.toContain('slip');
});

test('a message deleted for me stays with the other side, and the list shows the one before it', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, 'first');
  await alice.engine.send(alice.conversation, 'second');
  await world.clock.advance(SECOND);
  const second = (await alice.timeline()).items[1]?.id;
  if (!second) throw new Error('nothing to delete');
  await alice.engine.deleteForMe(alice.conversation, second);
  expect(await alice.texts()).toEqual(['first']);
  expect(alice.snapshot.conversations[0]?.lastText).toBe('first');
  expect(await bob.texts()).toEqual(['first', 'second']);
});

test('the list is about the newest message, and has no words of one that is to go', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  const line = ({ snapshot }: Person): unknown[] => {
    const [summary] = snapshot.conversations;
    return [summary?.lastKind, summary?.lastText];
  };
  await alice.engine.send(alice.conversation, 'stays');
  await alice.engine.send(alice.conversation, 'burns', { ttl: 30 });
  await world.clock.advance(SECOND);
  for (const person of [alice, bob]) {
    expect(line(person)).toEqual(['timed', null]);
    await person.reload();
    expect(line(person)).toEqual(['timed', null]);
  }
  await alice.engine.send(alice.conversation, 'a secret', { once: true });
  await world.clock.advance(5 * SECOND);
  for (const person of [alice, bob]) expect(line(person)).toEqual(['once', null]);
  const once = (await bob.timeline()).items.find(({ kind }) => kind === 'once');
  if (!once) throw new Error('nothing to view');
  await bob.engine.viewOnce(bob.conversation, once.id);
  await world.clock.advance(SECOND);
  for (const person of [alice, bob]) expect(line(person)).toEqual(['timed', null]);
  await see(bob);
  await world.clock.advance(32 * SECOND);
  for (const person of [alice, bob]) expect(line(person)).toEqual(['text', 'stays']);
});

test('a name travels, and a later one replaces it; the own title for somebody wins', async () => {
  const world = new World();
  const alice = world.person();
  const bob = world.person();
  await Promise.all([alice.opened(), bob.opened()]);
  await alice.engine.setName('  Alice\u202E\u0007 ');
  bob.join((await alice.engine.createInvitation()).url);
  await world.clock.advance(SECOND);
  expect(bob.snapshot.conversations[0]?.title).toBe('Alice');
  await alice.engine.setName('Alix');
  await world.clock.advance(SECOND);
  expect(bob.snapshot.conversations[0]?.title).toBe('Alix');
  await bob.engine.setTitle(bob.conversation, 'My sister');
  expect(bob.snapshot.conversations[0]?.title).toBe('My sister');
  expect(alice.snapshot.conversations[0]?.title).toBeNull();
});

test.each([0, 1, 2, 5])(
  'a state restored from %i messages ago goes on without losing anything',
  async (lost) => {
    const world = new World();
    const [alice, bob] = await world.pair();
    await alice.engine.send(alice.conversation, 'one');
    await world.clock.advance(SECOND);
    const copy = structuredClone({ rows: alice.disk.rows, conversations: alice.disk.tables.conversations });
    const after = Array.from({ length: lost }, (_, i) => `lost ${i.toString()}`);
    for (const text of after) await alice.engine.send(alice.conversation, text);
    await world.clock.advance(SECOND);
    alice.session.stop();
    alice.disk.rows.clear();
    for (const [key, row] of copy.rows) alice.disk.rows.set(key, row);
    for (const [key, record] of copy.conversations) alice.disk.tables.conversations.set(key, record);
    await alice.reload();
    // Before the two have met again: under numbers that the other side has already.
    await alice.engine.send(alice.conversation, 'two');
    await world.clock.advance(10 * SECOND);
    await alice.engine.send(alice.conversation, 'three');
    await bob.engine.send(bob.conversation, 'heard');
    await world.clock.advance(10 * SECOND);
    const mine = (texts: string[]) => texts.filter((text) => text !== 'heard');
    expect(mine(await bob.texts())).toEqual(['one', ...after, 'two', 'three']);
    expect(mine(await alice.texts())).toEqual(['one', 'two', 'three']);
    expect(await states(alice)).toEqual(['delivered', 'delivered', 'delivered']);
  }
);

test('a queued message that the disk has lost does not hold up the others', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.session.stop();
  for (const text of ['one', 'two', 'three']) await alice.engine.send(alice.conversation, text);
  const lost = [...alice.disk.rows.entries()].find(([, row]) => row.seq === 2);
  if (!lost) throw new Error('nothing to lose');
  alice.disk.rows.delete(lost[0]);
  await bob.reload();
  await world.clock.advance(10 * SECOND);
  expect(await bob.texts()).toEqual(['one', 'three']);
  expect(alice.snapshot.conversations[0]?.queued).toBe(0);
});

test('a tab that was frozen while another took over can not write', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  const other = world.person(alice.disk);
  await other.opened();
  await expect(alice.engine.send(alice.conversation, 'too late')).rejects.toMatchObject({
    code: 'not-active'
  });
  expect(alice.snapshot.phase).toBe('elsewhere');
  await other.engine.send(other.conversation, 'from the new tab');
  await world.clock.advance(10 * SECOND);
  expect(await bob.texts()).toEqual(['from the new tab']);
});

test('with a full disk nothing is acknowledged, the writer keeps his text, and delivery resumes', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  bob.full = true;
  await expect(bob.engine.send(bob.conversation, 'no room')).rejects.toMatchObject({ code: 'storage-full' });
  expect(bob.snapshot.problem).toBe('storage-full');
  await alice.engine.send(alice.conversation, 'kept');
  await world.clock.advance(5 * SECOND);
  expect(await states(alice)).not.toContain('delivered');
  bob.full = false;
  await world.clock.advance(120 * SECOND);
  expect(await states(alice)).toEqual(['delivered']);
  expect(await bob.texts()).toEqual(['kept']);
  expect(bob.snapshot.problem).toBeNull();
});

test('a deleted conversation leaves no row, and its timers leave nothing running', async () => {
  const world = new World();
  const [alice, bob] = await world.pair();
  await alice.engine.send(alice.conversation, 'gone soon');
  await world.clock.advance(SECOND);
  await bob.engine.deleteConversation(bob.conversation);
  expect(rowsOnDisk(bob)).toBe(0);
  expect(bob.disk.tables.conversations.size).toBe(0);
  await world.clock.advance(SECOND);
  expect(connection(alice)).not.toBe('connected');
  for (const person of [alice, bob]) person.session.stop();
  await world.clock.advance(60 * SECOND);
  expect(world.clock.pending).toBe(0);
});
