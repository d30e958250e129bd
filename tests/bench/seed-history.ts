/**
 * Runs in a page of the app's own origin, beside the app and not in it: writes a long history into its only
 * conversation, as the app would have, through its own log, seals and store, and only faster.
 */
import { hex } from '../../src/lib/bytes.ts';
import { apply, place } from '../../src/lib/conversation/apply.ts';
import { append, entryHash, NO_HASH } from '../../src/lib/conversation/log.ts';
import type { Change, Conversation, Row } from '../../src/lib/conversation/state.ts';
import { Lifetime } from '../../src/lib/engine/lifetime.ts';
import { Vault } from '../../src/lib/engine/vault.ts';
import { openIndexedDbStore } from '../../src/lib/storage/indexeddb.ts';
import { openOpfsKeyFile } from '../../src/lib/storage/key-file-opfs.ts';
import { openSecrets } from '../../src/lib/storage/secrets.ts';
import { encodeEntry, LOG_ID_BYTES, type Entry } from '../../src/lib/wire/content.ts';

/** Rows in one transaction. */
const BATCH = 1_000;
/** From one message to the next. */
const STEP_MS = 5 * 60_000;
const WORDS =
  'the quick brown fox jumps over a lazy dog while nobody else looks at the harbour in the rain'.split(' ');

/** What the number-th message says; every thousandth has a word that no other has. */
export function textOf(number: number): string {
  const words = Array.from(
    { length: 1 + ((number * 7) % 23) },
    (_, i) => WORDS[(number * 31 + i * 7) % WORDS.length]
  );
  return `${String(number)} ${words.join(' ')}${number % 1_000 === 0 ? ` needle${String(number)}` : ''}`;
}

/** When every tenth message dies, and every tenth but those. */
export type Deadlines = readonly [number, number];
/** How long a timed message lives; its deadline is set all the same. */
const TTL_SECONDS = 3_600;

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** `writer`: the address of the app's own worker, which alone writes keys into their file. */
export async function openVault(
  writer: string
): Promise<{ readonly vault: Vault; readonly close: () => void }> {
  const clock = {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    after: () => () => undefined
  };
  const store = await openIndexedDbStore(() => undefined);
  const fail = (error: unknown): never => {
    throw error;
  };
  // The keyring is only read: that needs no worker.
  const lockFile = openOpfsKeyFile(() => fail(new Error('written')), 'aparte-lock');
  const secrets = openSecrets(lockFile, store, random);
  const keyFile = openOpfsKeyFile(() => new Worker(writer, { type: 'module' }));
  const vault = await Vault.open({
    ...{ store, secrets, keyFile, random, lifetime: new Lifetime(clock, 0), onFailure: fail },
    onWritten: () => undefined,
    onDamaged: () => fail(new Error('damaged')),
    onShredding: () => undefined,
    later: () => undefined
  });
  return {
    vault,
    close: () => {
      store.close();
    }
  };
}

export async function seedHistory(count: number, writer: string, deadlines?: Deadlines): Promise<void> {
  const { vault, close } = await openVault(writer);
  const [begun] = await vault.conversations();
  if (!begun) throw new Error('no conversation');
  let conversation: Conversation = {
    ...begun,
    own: { id: random(LOG_ID_BYTES), seq: 0, head: NO_HASH, acked: 0 },
    earlier: []
  };
  const peer: { log: Uint8Array; seq: number; prev: Uint8Array } = {
    log: random(LOG_ID_BYTES),
    seq: 0,
    prev: NO_HASH
  };
  const start = Date.now() - count * STEP_MS;
  for (let first = 1; first <= count; first += BATCH) {
    const put: Row[] = [];
    for (let number = first; number < Math.min(first + BATCH, count + 1); number++) {
      const deadline =
        (number % 10 === 0 ? deadlines?.[0] : number % 10 === 5 ? deadlines?.[1] : null) ?? null;
      const ttl = deadline === null ? 0 : TTL_SECONDS;
      const [at, content] = [start + number * STEP_MS, { kind: 'text', text: textOf(number) } as const];
      let change: Change;
      if (number % 5 < 2) change = append(conversation, content, ttl, at);
      else {
        const entry: Entry = { ...peer, seq: ++peer.seq, ts: at, ttl, content };
        const bytes = encodeEntry(entry);
        peer.prev = entryHash(bytes);
        change = apply(conversation, place(conversation, bytes).entry, bytes, [], at);
      }
      ({ conversation } = change);
      // Read on both sides.
      put.push(...change.put.map((row) => ({ ...row, seenAt: at, deadline })));
    }
    const { own } = conversation;
    conversation = { ...conversation, unread: 0, own: { ...own, acked: own.seq } };
    await vault.write(vault.changeWrites({ conversation, put, remove: [] }));
  }
  if (conversation.peers.get(hex(peer.log))?.upto !== peer.seq) throw new Error('not applied');
  close();
}
