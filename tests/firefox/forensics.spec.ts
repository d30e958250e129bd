/** As tests/e2e/forensics.spec.ts, with Firefox on the disk that is taken. */
import { expect, firefoxPath, NO_FIREFOX, test } from '../support/firefox.ts';
import { investigate } from '../support/forensics.ts';

test.skip(firefoxPath() === null, NO_FIREFOX);

const COUNT = Number(process.env.APARTE_FORENSICS ?? 12);

test('whoever takes the disk of Firefox finds no text and no key of what is gone, opens none of it, and all of what is not gone', async ({
  person,
  firefox
}) => {
  test.setTimeout(180_000 + COUNT * 5_000);
  const alice = await person('Alice', { profile: true, browser: firefox });
  await investigate({
    alice,
    bob: await person('Bob'),
    count: COUNT,
    thief: (profile) => person('Thief', { profile, browser: firefox })
  });
  expect(alice.faults).toEqual([]);
});
