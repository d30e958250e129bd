/** Somebody takes the disk (threats S14). A few texts here; two hundred with `npm run test:forensics`. */
import { LONG, expect, meet, test } from '../support/app.ts';
import { found } from '../support/disk-search.ts';
import { bytes, canary, investigate, texts } from '../support/forensics.ts';
import { doomed } from '../support/key-file.ts';
import { Ledger } from '../support/ledger.ts';
import { openRemains } from '../support/reader.ts';

const COUNT = Number(process.env.APARTE_FORENSICS ?? 12);

test('whoever takes the disk finds no text and no key of what is gone, opens none of it, and all of what is not gone', async ({
  person
}) => {
  test.setTimeout(180_000 + COUNT * 5_000);
  await investigate({
    alice: await person('Alice', { profile: true }),
    bob: await person('Bob', { serviceWorkers: 'block' }),
    count: COUNT,
    thief: (profile) => person('Thief', { profile, serviceWorkers: 'block' })
  });
});

test(
  'where the keys lie in the database, what is deleted opens no more in Aparté, and whoever searches the disk may read it, as the settings say',
  LONG,
  async ({ person }) => {
    const alice = await person('Alice', { profile: true, serviceWorkers: 'block' });
    const bob = await person('Bob', { serviceWorkers: 'block' });
    const { profile } = alice;
    if (profile === null) throw new Error('there is no profile to search');
    const [living, dead] = [canary(), canary()];
    const ledger = new Ledger();
    await alice.context.addInitScript(() => {
      Reflect.deleteProperty(StorageManager.prototype, 'getDirectory');
    });
    await ledger.watch(alice);
    await alice.open();
    await meet(alice, bob);
    await bob.write(dead, living);
    await alice.expectMessage(living);
    await alice.choose(dead, 'Delete for me');
    await expect(alice.message(dead)).toHaveCount(0);
    await expect.poll(() => doomed(alice)).toBe(0);
    await ledger.take(alice);
    await alice.open('/settings');
    await expect(
      alice.page.getByText(
        'A message that you delete opens no more in Aparté, but somebody who searches the disk may read it until the browser tidies up its database.'
      )
    ).toBeVisible();
    await ledger.take(alice);
    await alice.close();

    expect(found(profile, texts([living, dead])), 'texts on the disk').toEqual([]);
    const thief = await person('Thief', { profile, serviceWorkers: 'block' });
    const { saved, words } = await openRemains(thief, ledger.records);
    expect(saved).toEqual([living]);
    expect(words.filter((record) => record.includes(dead))).toEqual([]);
    // It is no promise of the browser's that they are still there; here they are.
    const keys = [...ledger.keys];
    const hits = found(profile, bytes('key', keys));
    const left = keys.filter((_, i) => hits.some((hit) => hit.startsWith(`key ${String(i)}, `)));
    const { words: then } = await openRemains(thief, ledger.records, left);
    expect(then.some((record) => record.includes(dead))).toBe(true);
  }
);
