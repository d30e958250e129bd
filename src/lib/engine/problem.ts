/** What a failure is called where the user reads of it. */
import { StoreError } from '../storage/store.ts';
import { Problem, type ProblemCode } from './api.ts';

const STORE_PROBLEMS = {
  full: 'storage-full',
  newer: 'storage-newer',
  fenced: 'not-active',
  unavailable: 'no-storage',
  closed: 'storage-broken',
  damaged: 'storage-damaged',
  blocked: 'storage-blocked',
  'not-loaded': 'not-loaded'
} as const;

export function problemOf(error: unknown): ProblemCode {
  if (error instanceof Problem) return error.code;
  return error instanceof StoreError ? STORE_PROBLEMS[error.code] : 'storage-broken';
}

/** Storage failures as problems that have a sentence. */
export function withSentence(error: unknown): never {
  throw error instanceof StoreError ? new Problem(problemOf(error)) : error;
}

/** No network, and not in the cache yet. */
export function notLoaded(): never {
  throw new Problem('not-loaded');
}
