/** Whether anything is kept on a disk: who has kept nothing yet needs neither a key nor a server. */
import type { Store } from '../storage/store.ts';

/** Where the vault keeps the own name. */
export const NAME = 'name';
/** Where it keeps what else was chosen. */
export const SETTINGS = 'settings';
/** Where the key of everything lies. */
export const KEYRING = 'keyring';
/** Whether everything was given to another device, which perhaps has it, or surely. */
export const MOVE_MARK = 'moved';
export type MoveMark = 'handed-over' | 'moved' | null;

export async function moveMark(store: Store): Promise<MoveMark> {
  const mark = await store.meta(MOVE_MARK);
  return mark === 'handed-over' || mark === 'moved' ? mark : null;
}

export async function isUsed(store: Store): Promise<boolean> {
  const tables = ['conversations', 'invitations', 'joins'] as const;
  const kept = await Promise.all([
    store.meta(NAME),
    store.meta(SETTINGS),
    ...tables.map((table) => store.records(table))
  ]);
  return kept.some((value) => (Array.isArray(value) ? value.length > 0 : value !== undefined));
}

/** Whether only a person can open this keyring. Whatever else it holds is looked at by who opens it. */
export function isLocked(keyring: unknown): boolean {
  return typeof keyring === 'object' && keyring !== null && 'kind' in keyring && keyring.kind === 'locked';
}
