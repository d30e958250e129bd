/** What every end-to-end test has: the real server, and people with browsers of their own. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type BrowserContext, type BrowserContextOptions } from 'playwright/test';
import { tellAftermath } from './aftermath.ts';
import { CHROMIUM_ARGUMENTS, chromiumPath } from './chromium.ts';
import { Person, type Address } from './person.ts';
import { Server } from './server.ts';

export { expect, type Person };

export interface PersonOptions extends BrowserContextOptions {
  /** A profile on the disk, which outlives the browser: a new one, or a copy of this one. Else everything is in memory. */
  readonly profile?: boolean | string;
  /** Where the app is; otherwise at the real server. */
  readonly at?: Address;
  /** Another browser than Chromium. */
  readonly browser?: {
    newContext(options: BrowserContextOptions): Promise<BrowserContext>;
    /** With a profile on the disk. */
    launch?(folder: string, options: BrowserContextOptions): Promise<BrowserContext>;
  };
}

interface WorkerFixtures {
  /** For all tests of one worker that do nothing to it. */
  shared: Server;
}

interface Fixtures {
  /** Where people are: at a server of the test's own, once it has one. */
  place: { own: Server | null };
  /** Of this test alone, which may stop it. */
  server: Server;
  /** A new browser of somebody's own, at an empty tab. */
  person: (name: string, options?: PersonOptions) => Promise<Person>;
  /** Two people in one conversation, both connected: the first has invited the second. */
  pair: (options?: PersonOptions) => Promise<[Person, Person]>;
}

/** `npm run test:whole`: nothing is sampled. */
export const WHOLE = process.env.APARTE_WHOLE === '1';

/** Of a test that `npm test` leaves out: another one shows nearly the same sooner. */
export const LONG = { tag: '@long' } as const;

/**
 * `test.use(NO_WORKER)`: of a test in which the service worker has no part. To install one takes a fifth of the time
 * in which two people meet, and each has a browser of their own.
 */
export const NO_WORKER = { serviceWorkers: 'block' } as const;

export const test = base.extend<Fixtures, WorkerFixtures>({
  shared: [
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' }
  ],

  place: async ({}, use) => {
    await use({ own: null });
  },

  server: async ({ place }, use) => {
    const server = new Server();
    await server.start();
    place.own = server;
    await use(server);
    await server.stop();
  },

  person: async ({ browser, playwright, shared, place, locale, serviceWorkers }, use, info) => {
    const people: Person[] = [];
    const profiles: string[] = [];
    await use(
      async (name, { profile = false, at = place.own ?? shared, browser: other, ...options } = {}) => {
        const wanted = { serviceWorkers, ...(locale === undefined ? {} : { locale }), ...options };
        let folder: string | null = null;
        if (profile !== false) {
          folder = mkdtempSync(join(tmpdir(), 'aparte-profile-'));
          profiles.push(folder);
          if (profile !== true) cpSync(profile, folder, { recursive: true });
        }
        const launch = (kept: string) =>
          other?.launch?.(kept, wanted) ??
          playwright.chromium.launchPersistentContext(kept, {
            ...wanted,
            executablePath: chromiumPath(),
            args: CHROMIUM_ARGUMENTS
          });
        const make = () => (folder === null ? (other ?? browser).newContext(wanted) : launch(folder));
        const person = new Person(name, at, make, folder);
        people.push(person);
        await person.start();
        return person;
      }
    );
    await tellAftermath(info, people);
    await Promise.all(people.map((person) => person.close()));
    for (const folder of profiles) rmSync(folder, { recursive: true, force: true });
    expect(
      people.flatMap(({ faults }) => faults),
      'no error, no violation of the policy, no request to anybody else'
    ).toEqual([]);
  },

  pair: async ({ person }, use) => {
    await use(async (options = {}) => {
      const alice = await person('Alice', options);
      const bob = await person('Bob', options);
      await alice.open();
      await meet(alice, bob);
      return [alice, bob];
    });
  }
});

/** The first invites the second, who gives a name; both are connected and look at the conversation. */
export async function meet(host: Person, guest: Person): Promise<void> {
  await guest.join(await host.invite(), guest.name);
  await host.expectStatus('Connected');
  await guest.expectStatus('Connected');
}
