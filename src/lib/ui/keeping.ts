/**
 * What is done with everything that is kept here: it is saved, restored, locked and opened. What goes wrong is told where
 * it was wanted, in a sentence. Loaded when it is needed.
 */
import { codeOf } from '../engine/api.ts';
import type { Engine, LockChange, ProblemCode, Proof, Restored } from '../engine/api.ts';
import { exportText, saveFile, saveText } from './export.ts';
import { m } from './i18n/compiled/messages.js';
import { getLocale } from './i18n/compiled/runtime.js';
import { keepingSentence } from './i18n/keeping-sentences.ts';
import { backupName } from './passphrase.ts';

/** Why nothing was done. */
export interface Refusal {
  readonly failure: string;
  /** What is wrong: the proof, or what was wished for; null: neither. */
  readonly of: 'proof' | 'wish' | null;
}

/** What is wrong with one of the two; all else has nothing to do with what was typed. */
const FAULTS: Partial<Record<ProblemCode, Refusal['of']>> = {
  'lock-wait': 'proof',
  'lock-same': 'wish',
  'backup-passphrase': 'proof'
};

/** Saves what can be read into a file; null: it is done. */
export async function exportReadable(engine: Engine): Promise<Refusal | null> {
  try {
    const conversations = await engine.readable();
    const words = {
      locale: getLocale(),
      head: m.export_head(),
      warning: m.export_warning(),
      me: m.export_me(),
      nobody: (number: number) => m.export_nobody({ number })
    };
    saveText('aparte.txt', exportText(conversations, Date.now(), words));
    return null;
  } catch (reason) {
    return refused(reason);
  }
}

/** Makes a backup and saves it; resolves to the name of the file. */
export async function backup(
  engine: Engine,
  passphrase: string,
  proof: Proof
): Promise<{ readonly name: string } | Refusal> {
  try {
    const file = await engine.backup(passphrase, proof);
    if (file === null) return unproven(proof);
    const name = backupName(Date.now());
    saveFile(name, new Blob([Uint8Array.from(file)], { type: 'application/octet-stream' }));
    return { name };
  } catch (reason) {
    return refused(reason);
  }
}

export async function restore(engine: Engine, file: File, passphrase: string): Promise<Restored | Refusal> {
  try {
    return await engine.restore(file, passphrase);
  } catch (reason) {
    return refused(reason);
  }
}

/** Null: it is open. */
export function unlock(engine: Engine, proof: Proof): Promise<Refusal | null> {
  return proven(proof, engine.unlock(proof));
}

/** Null: it is done. */
export function changeLock(engine: Engine, proof: Proof, change: LockChange): Promise<Refusal | null> {
  return proven(proof, engine.changeLock(proof, change));
}

async function proven(proof: Proof, asked: Promise<boolean>): Promise<Refusal | null> {
  try {
    return (await asked) ? null : unproven(proof);
  } catch (reason) {
    return refused(reason);
  }
}

function unproven({ kind }: Proof): Refusal {
  return { failure: kind === 'passkey' ? m.lock_wrong_passkey() : m.lock_wrong(), of: 'proof' };
}

function refused(reason: unknown): Refusal {
  const code = codeOf(reason);
  return { failure: keepingSentence(code), of: code === null ? null : (FAULTS[code] ?? null) };
}
