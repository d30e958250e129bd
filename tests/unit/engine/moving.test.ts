/** Moving from one device to another: what arrives, what stays, and that nothing is half done wherever it is interrupted. */
import { expect, test } from 'vitest';
import type { Arriving, Leaving, Proof } from '../../../src/lib/engine/api.ts';
import { World, type Person } from '../../support/people.ts';

const SECOND = 1_000;
const NO_PROOF: Proof = { kind: 'nothing' };

interface Move {
  readonly world: World;
  readonly old: Person;
  readonly bob: Person;
  readonly fresh: Person;
  readonly leaving: Leaving[];
  readonly arriving: Arriving[];
}

async function began(seed: string): Promise<Move & { code: string; arrival: { close(): void } }> {
  const world = new World(seed);
  const [old, bob] = await world.pair();
  await old.engine.send(old.conversation, 'from before');
  await bob.engine.send(bob.conversation, 'an answer');
  await old.engine.send(old.conversation, 'canary timed', { ttl: 3_600 });
  await world.clock.advance(SECOND);
  const fresh = world.person();
  await fresh.opened();
  const arriving: Arriving[] = [];
  const arrival = fresh.engine.moveHere((state) => arriving.push(state));
  const code = await until(() => (arriving[0]?.kind === 'code' ? arriving[0].code : null));
  return { world, old, bob, fresh, leaving: [], arriving, code, arrival };
}

/** What loads takes real time, whatever the virtual clock says. */
async function until<T>(look: () => T | null | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function passes(world: World, seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 10; i++) await world.clock.advance(SECOND / 10);
}

test('everything that lasts arrives; the old device rests, over a reload too, and the contact is told of the keys', async () => {
  const { world, old, bob, fresh, leaving, arriving, code } = await began('moves');
  old.engine.moveAway(code, NO_PROOF, (state) => leaving.push(state));
  await until(() => leaving[0]);
  await passes(world, 1);
  // The old one rests: what Bob says reaches the new one alone.
  await bob.engine.send(bob.conversation, 'where are you');
  await passes(world, 5);
  expect(leaving.at(-1)).toEqual({ kind: 'handing-over' });
  expect(arriving.at(-1)).toEqual({ kind: 'arrived', conversations: 1 });
  expect(old.snapshot).toMatchObject({ phase: 'moved', conversations: [] });
  expect(await fresh.texts()).toEqual(['from before', 'an answer', 'where are you']);
  expect(fresh.snapshot.conversations[0]).toMatchObject({ connection: { kind: 'connected' }, reset: true });
  expect(bob.snapshot.conversations[0]).toMatchObject({ reset: true, forked: false });
  await expect(old.engine.createInvitation()).rejects.toMatchObject({ code: 'not-active' });
  await old.reload();
  expect(old.snapshot.phase).toBe('moved');
  expect(await fresh.engine.backup('a passphrase', NO_PROOF)).not.toBeNull();
});

test('what is written meanwhile is not taken by the device that is left', async () => {
  const { world, old, bob, fresh, leaving, code } = await began('meanwhile');
  old.engine.moveAway(code, NO_PROOF, (state) => leaving.push(state));
  await until(() => leaving[0]);
  while (!leaving.some(({ kind }) => kind === 'moving')) await world.clock.advance(1);
  await bob.engine.send(bob.conversation, 'in between');
  await passes(world, 5);
  expect(old.snapshot.phase).toBe('moved');
  expect(await fresh.texts()).toEqual(['from before', 'an answer', 'in between']);
});

test('whoever goes on with the old device all the same has it as it was', async () => {
  const { world, old, fresh, bob, leaving, code } = await began('stays');
  old.engine.moveAway(code, NO_PROOF, (state) => leaving.push(state));
  await until(() => leaving[0]);
  await passes(world, 3);
  fresh.session.stop();
  await passes(world, 1);
  await old.engine.stayHere();
  await passes(world, 5);
  expect(old.snapshot.phase).toBe('active');
  await old.engine.send(old.conversation, 'still here');
  await passes(world, 2);
  expect(await bob.texts()).toContain('still here');
  await old.reload();
  expect(old.snapshot.phase).toBe('active');
});

test('no room there: nothing is there, both say so, and the old device goes on as if nothing had been', async () => {
  const { world, old, bob, fresh, leaving, arriving, code } = await began('full');
  await fresh.engine.setName('');
  fresh.full = true;
  old.engine.moveAway(code, NO_PROOF, (state) => leaving.push(state));
  await until(() => leaving[0]);
  await passes(world, 3);
  expect(arriving.at(-1)).toEqual({ kind: 'failed', problem: 'storage-full' });
  expect(leaving.at(-1)).toEqual({ kind: 'failed', problem: 'move-full' });
  expect(fresh.snapshot.conversations).toEqual([]);
  expect(old.snapshot.phase).toBe('active');
  await bob.engine.send(bob.conversation, 'after all');
  await passes(world, 5);
  expect(await old.texts()).toContain('after all');
  await old.reload();
  expect(old.snapshot.phase).toBe('active');
});

test('who has locked the app shows who they are before anything leaves it', async () => {
  const { world, old, leaving, arriving, code } = await began('locked');
  await old.engine.changeLock(NO_PROOF, { kind: 'passphrase', passphrase: 'of the lock' });
  old.engine.moveAway(code, { kind: 'passphrase', passphrase: 'another' }, (state) => leaving.push(state));
  await until(() => leaving[0]);
  await passes(world, 2);
  expect(leaving).toEqual([{ kind: 'wrong' }]);
  expect(arriving).toMatchObject([{ kind: 'code' }]);
});

test('a device that has conversations takes no others', async () => {
  const world = new World('not empty');
  const [, bob] = await world.pair();
  const arriving: Arriving[] = [];
  bob.engine.moveHere((state) => arriving.push(state));
  expect(await until(() => arriving[0])).toEqual({ kind: 'failed', problem: 'move-not-empty' });
});

test.each([
  ['', 'move-malformed'],
  ['https://aparte.example/join#AQ', 'move-malformed'],
  ['aparte-move:AQ', 'move-malformed'],
  ['aparte-move:' + 'A'.repeat(20_000), 'move-malformed']
])('what is no code is refused: %#', async (code, problem) => {
  const person = new World('no code').person();
  await person.opened();
  const leaving: Leaving[] = [];
  person.engine.moveAway(code, NO_PROOF, (state) => leaving.push(state));
  expect(await until(() => leaving[0])).toEqual({ kind: 'failed', problem });
});
