/** Where things lie: what their seals name, and which slot of the key file they are sealed with. */
import { toRanges } from '../conversation/log.ts';
import { parseRef } from '../conversation/state.ts';
import { AuthError, WireError } from '../errors.ts';
import type { Range, RecordTable, StoredRecord, StoredRow } from '../storage/store.ts';
import { RECORD, type Place } from './slots.ts';

/** Whose slots a record of this table has. */
export function ownerOf(table: RecordTable, id: string): string {
  return table === 'conversations' ? id : `${table}/${id}`;
}

/** null: it is sealed with no slot, as everything was before there were any. */
export function placeOfRow({ conversation, log, seq, key }: Omit<StoredRow, 'sealed'>): Place | null {
  if (key === null) return null;
  return key === 'row' ? { owner: conversation, log, seq } : { owner: conversation, log: RECORD, seq: 0 };
}

export function placeOfRecord(table: RecordTable, { id, slot }: Omit<StoredRecord, 'sealed'>): Place | null {
  return slot === null ? null : { owner: ownerOf(table, id), log: RECORD, seq: slot };
}

/** The places of these names, as few ranges as they make. */
export function rangesOf(refs: readonly string[]): Range[] {
  const logs = new Map<string, number[]>();
  for (const { log, seq } of refs.map(parseRef).filter((ref) => ref !== null)) {
    const seqs = logs.get(log);
    if (seqs) seqs.push(seq);
    else logs.set(log, [seq]);
  }
  return [...logs].flatMap(([log, seqs]) => toRanges(seqs).map(([from, to]) => ({ log, from, to })));
}

/** Where a row lies, which its seal names. */
export function rowContext({
  conversation,
  log,
  seq
}: Pick<StoredRow, 'conversation' | 'log' | 'seq'>): string {
  return `rows/${conversation}/${log}/${seq.toString()}`;
}

/** null: damaged, or written by a newer version. */
export function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof AuthError || error instanceof WireError) return null;
    throw error;
  }
}
