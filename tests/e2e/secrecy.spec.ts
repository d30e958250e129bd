import { BODY_BYTES, MAX_TOPICS_PER_FRAME, TOPIC_BYTES } from '../../src/lib/wire/signaling.ts';
import { LONG, expect, NO_WORKER, test, type Person } from '../support/pair.ts';

test.use(NO_WORKER);

/** Words that nobody else may find: spoken, half-written, names. */
const SPOKEN = 'canary-spoken-7f3e';
const ANSWERED = 'canary-answered-91bc';
const DRAFTED = 'canary-drafted-d04a';
const TITLE = 'canary-title-55aa';
const HOST = 'canary-host-1c77';
const GUEST = 'canary-guest-e8d2';
const CANARIES = [SPOKEN, ANSWERED, DRAFTED, TITLE, HOST, GUEST];

test('the server sees sealed frames of fixed sizes, without a word, a name or an address in them', async ({
  person
}) => {
  const [alice, bob] = await talk(person);
  const full = 1 + TOPIC_BYTES + BODY_BYTES;
  // SUB and UNSUB hold up to 64 topics, PUB a body, PING nothing; EVT and PRESENT answer.
  const lists = Array.from({ length: MAX_TOPICS_PER_FRAME }, (_, n) => 2 + TOPIC_BYTES * (n + 1));
  const sizes = {
    sent: new Set([1, full, ...lists]),
    received: new Set([1, full, 1 + TOPIC_BYTES])
  };
  const never = [...CANARIES, 'candidate', 'fingerprint', 'ice-ufrag', '.local', 'v=0', '127.0.0.1'];
  const frames = [...alice.frames, ...bob.frames];
  expect(frames.filter(({ payload }) => payload.length === full).length).toBeGreaterThan(6);
  for (const { way, payload } of frames) {
    expect(typeof payload, 'a binary frame').not.toBe('string');
    expect(sizes[way].has(payload.length), `${way} ${payload.length} bytes`).toBe(true);
    const text = payload.toString('latin1');
    for (const word of never) expect(text).not.toContain(word);
  }
});

test('the database holds no word and no name in clear, not even of a draft', LONG, async ({ person }) => {
  for (const somebody of await talk(person)) {
    const stored = await somebody.database();
    // What is doomed is there for a moment.
    const stores = new Set(stored.map(({ store }) => store).filter((store) => store !== 'doomed'));
    const kept = ['meta', 'conversations', 'rows', 'pages'];
    expect(stores).toEqual(new Set(somebody.name === HOST ? [...kept, 'invitations'] : kept));
    expect(stored.filter(({ store }) => store === 'rows').length).toBeGreaterThanOrEqual(2);
    const everything = stored.map(({ key, value }) => key + value).join('\n');
    for (const canary of CANARIES) expect(everything).not.toContain(canary);
    // Nor beside the database.
    const beside = await somebody.page.evaluate(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name);
      const entries = [localStorage, sessionStorage].map((storage) => Object.entries(storage));
      return { names, storage: JSON.stringify([entries, document.cookie]) };
    });
    expect(beside.names).toEqual(['aparte']);
    for (const canary of CANARIES) expect(beside.storage).not.toContain(canary);
  }
});

test('a message is Queued while nobody is there, Delivered when it is on the other disk, and Read when it was seen', async ({
  again
}) => {
  const [alice, bob] = await again();
  await bob.page.goto('about:blank');
  await alice.expectStatus('Waiting');
  await alice.write('Are you there?');
  await alice.expectMessage('Are you there?', 'Queued');

  // Bob's list is open, and not the conversation: delivered, not seen.
  await bob.open();
  await alice.expectStatus('Connected');
  await alice.expectMessage('Are you there?', 'Delivered');
  await bob.conversation('Someone').click();
  await bob.expectMessage('Are you there?');
  await alice.expectMessage('Are you there?', 'Read');
});

/** Two people with names who said something, and one is about to say more. */
async function talk(person: (name: string) => Promise<Person>): Promise<[Person, Person]> {
  const host = await person(HOST);
  await host.open();
  await host.setOwnName(HOST);
  const guest = await person(GUEST);
  await guest.join(await host.invite(), GUEST);
  await host.expectStatus('Connected');
  await host.write(SPOKEN);
  await guest.expectMessage(SPOKEN);
  await guest.write(ANSWERED);
  await host.expectMessage(ANSWERED, undefined);
  await host.page.getByRole('button', { name: 'Conversation menu' }).click();
  await host.page.getByRole('menuitem', { name: 'Rename' }).click();
  await host.page.getByRole('textbox', { name: 'Name in your list' }).fill(TITLE);
  await host.page.getByRole('button', { name: 'Save' }).click();
  await expect(host.conversation(TITLE)).toBeVisible();
  for (const somebody of [host, guest]) {
    await somebody.composer.fill(DRAFTED);
    await somebody.composer.blur();
    await somebody.page.getByRole('link', { name: 'Settings' }).click();
    await somebody.page.getByRole('link', { name: 'Back' }).click();
    await expect(somebody.conversations.getByText(DRAFTED).first()).toBeVisible();
  }
  return [host, guest];
}
