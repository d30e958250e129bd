/**
 * The named mutants: faults that the suite must notice. Each is a list of exact replacements in the source, and the
 * tests of which at least one must fail. Mutants may ignore types: they are run, not checked.
 */
import { ENGINE } from './engine.ts';
import { PROTOCOL } from './protocol.ts';

export interface Mutant {
  readonly name: string;
  /** File, text, and what stands there instead. */
  readonly patches: readonly (readonly [string, string, string])[];
  readonly tests: readonly string[];
}

export const MUTANTS: readonly Mutant[] = [...PROTOCOL, ...ENGINE];
