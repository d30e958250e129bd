/**
 * Backups: what of an engine goes into one, and how one comes into an engine (backup/README.md). Nothing timed, nothing to
 * be viewed once, no draft and no retained secret is in it; nothing that is there already is touched by it.
 */
import { hex } from '../bytes.ts';
import type { BackupCipher } from '../backup/cipher.ts';
import { BackupWriter, isLasting, readBackup, type Backup, type Kept } from '../backup/content.ts';
import { BackupError, type BackupErrorCode } from '../backup/error.ts';
import { MAX_FILE_BYTES } from '../backup/frames.ts';
import { gone } from '../conversation/erase.ts';
import type { Clock } from '../clock.ts';
import {
  logsOf,
  MAX_CONVERSATIONS,
  refOf,
  refOfPlace,
  type Conversation,
  type Row
} from '../conversation/state.ts';
import type { Random } from '../crypto/random.ts';
import type { Write } from '../storage/store.ts';
import { MAX_TTL_SECONDS } from '../wire/content.ts';
import { NO_SETTINGS, Problem, type ProblemCode, type Restored, type Settings } from './api.ts';
import type { Contact } from './contact.ts';
import type { Lifetime } from './lifetime.ts';
import type { Network } from './network.ts';
import { readable } from './places.ts';
import { decodeSettings, encodeSettings } from './records.ts';
import type { Serial } from './serial.ts';
import type { Vault } from './vault.ts';

/** Rows of one read, which are opened in one task. */
const PAGE = 50;
/** Rows that are sealed without looking at the clock. */
const FEW = 20;
/** A task is well below 50 ms if nobody works on for longer than this. */
const SLICE_MS = 12;
const SECRET_BYTES = 32;

const PROBLEMS: Readonly<Record<BackupErrorCode, ProblemCode>> = {
  unknown: 'backup-unknown',
  passphrase: 'backup-passphrase',
  damaged: 'backup-damaged',
  large: 'backup-large',
  newer: 'backup-newer',
  'no-worker': 'not-loaded'
};

/** What an engine lends. */
export interface BackupSource {
  readonly vault: Vault;
  readonly random: Random;
  readonly lifetime: Lifetime;
  readonly clock: Clock;
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly name: string;
  readonly settings: Settings;
  /** In which the name and the settings change. */
  readonly serial: Serial;
  readonly network: Network;
  /** What has been written is there from now on. */
  readonly arrive: (conversations: readonly Conversation[], name: string, settings: Settings) => void;
}

/** The bytes of a file. @throws Problem `backup-large` */
export async function makeBackup(
  source: BackupSource,
  cipher: BackupCipher,
  passphrase: string
): Promise<Uint8Array> {
  const plain = await pack(source);
  return withProblem(() => cipher.seal(plain, passphrase));
}

/** What is in such a file, in clear. @throws Problem `backup-large` */
export function pack(source: BackupSource): Promise<Uint8Array> {
  const { name, settings, contacts, vault, lifetime } = source;
  return withProblem(async () => {
    const writer = new BackupWriter({ at: lifetime.now(), name, settings: encodeSettings(settings) });
    for (const contact of [...contacts.values()]) {
      await contact.hold(async (state) => {
        // Forgotten, or deleted while others were read.
        if (state.forgotten || !contacts.has(state.id)) return;
        writer.conversation(state);
        for await (const row of rowsFor(state, vault)) writer.row(row);
      });
    }
    return writer.done();
  });
}

/** What of a conversation's rows is kept: those of the timeline by their places, then those that wait for delivery. */
async function* rowsFor(state: Conversation, vault: Vault): AsyncGenerator<Row> {
  const kept = new Set<string>();
  let after: number | null = -1;
  while (after !== null) {
    const { rows, next }: { rows: Row[]; next: number | null } = await vault.pageAfter(state.id, after, PAGE);
    after = next;
    for (const row of rows.filter(isLasting)) {
      kept.add(refOf(row));
      yield { ...row, erasedBy: null };
    }
  }
  for (const { id, seq, acked } of logsOf(state)) {
    for (let from = acked + 1; from <= seq; from += PAGE) {
      const to = Math.min(seq, from + PAGE - 1);
      const rows = await vault.rows(state.id, [{ log: hex(id), from, to }]);
      for (const row of rows) if (!kept.has(refOf(row))) yield waiting(row, kept);
    }
  }
}

/** An own entry that is only there to be delivered. Of what may not be kept its place and hash are, so that the chain goes on. */
function waiting(row: Row, kept: ReadonlySet<string>): Row {
  const { content, order } = row;
  const speaks = content.kind === 'edit' || content.kind === 'reaction';
  const words = isLasting(row) && order === null && (!speaks || kept.has(refOfPlace(content)));
  return words ? { ...row, erasedBy: null } : { ...gone(row), erasedBy: null };
}

/** A file that was opened, and looked at whole. */
export interface Opened {
  readonly backup: Backup;
  readonly settings: Settings;
}

/** Nothing has changed when this resolves. @throws Problem */
export function openFile(
  file: Blob,
  passphrase: string,
  { cipher, clock }: { readonly cipher: BackupCipher; readonly clock: Clock }
): Promise<Opened> {
  return withProblem(async () => {
    if (file.size > MAX_FILE_BYTES) throw new BackupError('large');
    return unpack(await cipher.open(new Uint8Array(await file.arrayBuffer()), passphrase), clock);
  });
}

/** What was packed, looked at whole. @throws Problem */
export function unpack(plain: Uint8Array, clock: Clock): Promise<Opened> {
  return withProblem(async () => {
    const backup = await unhurried(readBackup(plain), clock);
    const settings = readable(() => decodeSettings(backup.settings));
    if (settings === null || settings.defaultTimer > MAX_TTL_SECONDS) throw new BackupError('damaged');
    return { backup, settings };
  });
}

/** Everything of a backup that is not there yet, in one commit. What the user has chosen here stays. */
export function restore(source: BackupSource, { backup, settings }: Opened): Promise<Restored> {
  return source.serial.run(async () => {
    const { vault, random, contacts, clock } = source;
    const known = new Set([...contacts.values()].flatMap(({ state }) => namesOf(state)));
    const fresh = backup.conversations
      .filter(({ conversation }) => !namesOf(conversation).some((name) => known.has(name)))
      .map((kept) => ({ ...kept, conversation: restored(kept.conversation, random) }));
    if (contacts.size + fresh.length > MAX_CONVERSATIONS) throw new Problem('too-many-conversations');
    const name = source.name === '' && contacts.size === 0 ? backup.name : source.name;
    const chosen = source.settings === NO_SETTINGS ? settings : source.settings;
    const writes: Write[] = [];
    if (name !== source.name) writes.push(vault.nameWrite(name));
    if (chosen !== source.settings) writes.push(vault.settingsWrite(chosen));
    await unhurried(sealing(fresh, vault, writes), clock);
    await vault.write(writes);
    const arrived = fresh.map(({ conversation }) => conversation);
    source.arrive(arrived, name, chosen);
    return { conversations: fresh.length, skipped: backup.conversations.length - fresh.length };
  });
}

/**
 * A restored state does not go on with what the secrets of its sessions were: they are in no file, and one that nobody else
 * has stands in their place. So the next session has none in common, and both sides are told (protocol, section 7).
 */
function restored(conversation: Conversation, random: Random): Conversation {
  const { contact } = conversation;
  return { ...conversation, restored: true, contact: { ...contact, retained: [random(SECRET_BYTES)] } };
}

/** A conversation is the same by any of these: two of one pair of keys would contradict each other. */
function namesOf({ id, contact }: Conversation): string[] {
  return [id, hex(contact.rdv), hex(contact.peer)];
}

/** What has to be written for these, a few rows a step. */
function* sealing(all: readonly Kept[], vault: Vault, writes: Write[]): Generator<void> {
  for (const { conversation, rows } of all) {
    writes.push(vault.conversationWrite(conversation));
    for (let i = 0; i < rows.length; i += FEW, yield)
      writes.push(...vault.rowWrites(conversation.id, rows.slice(i, i + FEW)));
  }
}

/** What this returns, and the page goes on in between. */
async function unhurried<T>(steps: Generator<void, T>, clock: Clock): Promise<T> {
  let begun = clock.elapsed();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.elapsed() - begun < SLICE_MS) continue;
    await new Promise<void>((resolve) => void clock.after(0, resolve));
    begun = clock.elapsed();
  }
}

async function withProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BackupError ? new Problem(PROBLEMS[error.code]) : error;
  }
}
