/**
 * Two people who are connected already, for all tests of one worker: what is said between them needs no meeting of
 * its own. A test says things of its own, and leaves both in the conversation.
 */
import { test as base, expect, type BrowserContextOptions } from 'playwright/test';
import { Person } from './person.ts';
import { Server } from './server.ts';
import { meet } from './app.ts';

export { expect, type Person };

/** What the two hold in their hands. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true } as const;
export const DESKTOP = { viewport: { width: 1280, height: 800 } } as const;

interface WorkerFixtures {
  /** Of this file: `test.use({ device: PHONE })` at its top. */
  device: BrowserContextOptions;
  connected: readonly [Person, Person];
}

interface Fixtures {
  alice: Person;
  bob: Person;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  device: [DESKTOP, { option: true, scope: 'worker' }],

  connected: [
    async ({ browser, device }, use) => {
      const server = new Server();
      await server.start();
      const make = () => browser.newContext({ locale: 'en-US', ...device });
      const [alice, bob] = [new Person('Alice', server, make), new Person('Bob', server, make)];
      await alice.start();
      await bob.start();
      await alice.open();
      await meet(alice, bob);
      await use([alice, bob]);
      await alice.close();
      await bob.close();
      await server.stop();
    },
    { scope: 'worker' }
  ],

  alice: async ({ connected: [alice, bob] }, use) => {
    await use(alice);
    const faults = [...alice.faults.splice(0), ...bob.faults.splice(0)];
    expect(faults, 'no error, no violation of the policy, no request to anybody else').toEqual([]);
  },

  bob: async ({ connected }, use) => {
    await use(connected[1]);
  }
});
