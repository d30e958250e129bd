/** Two real browsers behind routers, a real TURN server: do they get through, and if not, are they told why? */
import { join } from 'node:path';
import { chromium, expect, test, type Browser } from 'playwright/test';
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../support/chromium.ts';
import { Person } from '../support/person.ts';
import { BUILD } from '../support/server.ts';
import { KINDS, Network, WORLD, type Kind, type Who } from './network.ts';

const PORT = '8080';
const ORIGIN = `http://${WORLD}:${PORT}`;
const SECRET = 'north of everywhere';
const TURN = ['udp', 'tcp'].map((way) => `turn:${WORLD}:3478?transport=${way}`).join(' ');

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

interface Meeting {
  readonly alice: Person;
  readonly bob: Person;
  readonly network: Network;
}

/** The public machine with the server, and the TURN server where there is one; two people with a browser each. */
async function meeting(
  kind: Kind,
  relay: boolean,
  during: (meeting: Meeting) => Promise<void>
): Promise<void> {
  const network = new Network(kind);
  const browsers: Browser[] = [];
  try {
    // It answers STUN in any case.
    await network.start('world', /IO method \(admin thread\)/, [
      ...['turnserver', '-n', `--listening-ip=${WORLD}`, `--relay-ip=${WORLD}`, '--listening-port=3478'],
      ...['--min-port=49160', '--max-port=49300', '--use-auth-secret', `--static-auth-secret=${SECRET}`],
      ...['--realm=aparte', '--fingerprint', '--no-tls', '--no-dtls', '--no-cli', '--no-multicast-peers'],
      ...['--log-file=stdout', '--simple-log', '--pidfile=/dev/null', '--no-software-attribute']
    ]);
    await network.start(
      'world',
      /Aparté is at/,
      [process.execPath, join(BUILD, 'server/signaling/main.js')],
      {
        ...{ PORT, HOST: WORLD, STUN_URLS: `stun:${WORLD}:3478` },
        ...(relay ? { TURN_URLS: TURN, TURN_SECRET: SECRET } : {})
      }
    );
    const person = async (who: Who): Promise<Person> => {
      const browser = await chromium.launch({
        executablePath: network.runner(who, chromiumPath()),
        // An address without a name has no certificate, and a page without one no cryptography.
        args: [...CHROMIUM_ARGUMENTS, `--unsafely-treat-insecure-origin-as-secure=${ORIGIN}`]
      });
      browsers.push(browser);
      const address = { origin: ORIGIN, wasStopped: false };
      const one = new Person(who, address, () => browser.newContext({ locale: 'en-US' }));
      await one.start();
      await one.context.addInitScript(recordCandidates);
      await one.open();
      return one;
    };
    const [alice, bob] = [await person('alice'), await person('bob')];
    await during({ alice, bob, network });
    expect([...alice.faults, ...bob.faults]).toEqual([]);
  } finally {
    for (const browser of browsers) await browser.close();
    await network.down();
  }
}

/** Keeps what the browser finds, as text. */
function recordCandidates(): void {
  const found: string[] = [];
  Object.assign(window, { foundCandidates: found });
  const Original = RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate && candidate.candidate !== '') found.push(candidate.candidate);
      });
    }
  };
}

const foundBy = ({ page }: Person): Promise<string[]> =>
  page.evaluate(() => (window as unknown as { foundCandidates: string[] }).foundCandidates);

/** Opens the connection details and waits until they say so. */
async function examine({ page }: Person, expected: readonly string[] | RegExp): Promise<string> {
  await page.getByRole('button', { name: /^About / }).click();
  const dialog = page.getByRole('dialog', { name: /^About / });
  if (expected instanceof RegExp) {
    await expect(dialog.getByRole('status')).toHaveText(expected);
    return 'no connection, and told why';
  }
  const way = dialog.getByRole('definition').filter({ hasText: new RegExp(`^(?:${expected.join('|')})$`) });
  await expect(way).toBeVisible();
  const roundTrip = dialog.getByRole('definition').filter({ hasText: /^\d+ ms$/ });
  await expect(roundTrip).toBeVisible();
  return `${(await way.innerText()).toLowerCase()}, ${await roundTrip.innerText()}`;
}

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
