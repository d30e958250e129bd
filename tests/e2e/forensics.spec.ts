/** Somebody takes the disk (threats S14). A few texts here; two hundred with `npm run test:forensics`. */
import { test } from '../support/app.ts';
import { investigate } from '../support/forensics.ts';

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
