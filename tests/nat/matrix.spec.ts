/** Two real browsers behind routers, a real TURN server: do they get through, and if not, are they told why? */
import { expect, test } from 'playwright/test';
import { examine, foundBy, meeting } from './meeting.ts';
import { KINDS, type Kind } from './network.ts';

const UDP_BLOCKED = /blocks the direct way \(UDP\), and this server has no relay/;
const NO_PATH = /do not let you reach each other, and this server has no relay/;

/** What the connection details must say: a way, or a sentence. */
const EXPECTED: Readonly<
  Record<Kind, { readonly relay: readonly string[]; readonly none: readonly string[] | RegExp }>
> = {
  // The relay may be found before the name of the other one's address, and it is then the way for a while.
  'same network': { relay: ['Same network', 'Relayed'], none: ['Same network'] },
  cone: { relay: ['Direct'], none: ['Direct'] },
  symmetric: { relay: ['Relayed'], none: NO_PATH },
  'UDP blocked': { relay: ['Relayed'], none: UDP_BLOCKED }
};

const table: string[] = [];

for (const kind of KINDS) {
  for (const relay of [true, false]) {
    test(`${kind}, TURN ${relay ? 'on' : 'off'}`, async () => {
      await meeting(kind, relay, async ({ alice, bob }) => {
        const link = await alice.invite();
        const began = Date.now();
        await bob.join(link, 'Bob');
        const expected = relay ? EXPECTED[kind].relay : EXPECTED[kind].none;
        if (!(expected instanceof RegExp)) {
          for (const person of [alice, bob]) await person.expectStatus('Connected');
          const seconds = (Date.now() - began) / 1_000;
          const said = [await examine(alice, expected), await examine(bob, expected)];
          await Promise.all([alice, bob].map(({ page }) => page.keyboard.press('Escape')));
          await alice.write('Do you hear me?');
          await bob.expectMessage('Do you hear me?');
          await alice.expectMessage('Do you hear me?', /Delivered|Read/);
          table.push(`| ${kind} | ${relay ? 'on' : 'off'} | ${said[0] ?? ''} | ${seconds.toFixed(1)} s |`);
          return;
        }
        await bob.expectStatus('Waiting');
        for (const person of [alice, bob]) await examine(person, expected);
        table.push(
          `| ${kind} | ${relay ? 'on' : 'off'} | not connected: “${expected.source.replaceAll('\\', '')}” | |`
        );
      });
    });
  }
}

test('who hides the address is never met but through the relay', async () => {
  await meeting('cone', true, async ({ alice, bob, network }) => {
    const packets = network.watch('alice');
    await alice.open('/settings');
    await alice.page.getByRole('checkbox', { name: 'Hide my IP address' }).check();
    await alice.page.getByRole('link', { name: 'Back' }).click();
    await bob.join(await alice.invite(), 'Bob');
    for (const person of [alice, bob]) {
      await person.expectStatus('Connected');
      await examine(person, ['Relayed']);
      await person.page.keyboard.press('Escape');
      const found = await foundBy(person);
      expect(found.length).toBeGreaterThan(0);
      expect(found.filter((candidate) => !candidate.includes(' typ relay '))).toEqual([]);
    }
    expect(packets(), 'packets between the two networks').toBe(0);
    // And that it is this switch which does it: in the open they go straight.
    for (const { page } of [alice, bob]) {
      await page.getByRole('button', { name: 'Conversation menu' }).click();
      await page.getByRole('menuitem', { name: 'Hide my IP address' }).click();
      await page.getByRole('button', { name: 'Show it' }).click();
    }
    await examine(alice, ['Direct']);
    expect(packets()).toBeGreaterThan(0);
    table.push('| cone, address hidden | on | relayed; 0 packets between the two networks | |');
  });
});

test.afterAll(() => {
  console.log(
    [
      '',
      '| network | TURN | the connection details say | connected after |',
      '| --- | --- | --- | --- |',
      ...table,
      ''
    ].join('\n')
  );
});
