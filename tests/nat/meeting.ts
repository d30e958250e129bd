/** The public machine with the server and coturn, and two people with a browser each, behind routers. */
import { join } from 'node:path';
import { chromium, expect, type Browser } from 'playwright/test';
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../support/chromium.ts';
import { Person } from '../support/person.ts';
import { BUILD } from '../support/server.ts';
import { Network, WORLD, type Kind, type Who } from './network.ts';

const PORT = '8080';
const ORIGIN = `http://${WORLD}:${PORT}`;
const SECRET = 'north of everywhere';
const TURN = ['udp', 'tcp'].map((way) => `turn:${WORLD}:3478?transport=${way}`).join(' ');

export interface Meeting {
  readonly alice: Person;
  readonly bob: Person;
  readonly network: Network;
}

/** `relay`: there is a TURN server; STUN is there in any case. */
export async function meeting(
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

export const foundBy = ({ page }: Person): Promise<string[]> =>
  page.evaluate(() => (window as unknown as { foundCandidates: string[] }).foundCandidates);

/** Opens the connection details and waits until they say so. */
export async function examine({ page }: Person, expected: readonly string[] | RegExp): Promise<string> {
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
