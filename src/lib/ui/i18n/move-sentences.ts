import type { MoveProblem } from '../../engine/api.ts';
import { m } from './compiled/messages.js';
import { keepingSentence } from './keeping-sentences.ts';

/** Why nothing has moved, and what to do next. Loaded with the dialogs that need it. */
export function moveSentence(problem: MoveProblem): string {
  switch (problem) {
    case 'move-malformed':
      return m.move_problem_malformed();
    case 'move-newer':
      return m.move_problem_newer();
    case 'move-used':
      return m.move_problem_used();
    case 'move-expired':
      return m.move_problem_expired();
    case 'move-nobody':
      return m.move_problem_nobody();
    case 'move-lost':
      return m.move_problem_lost();
    case 'move-stopped':
      return m.move_problem_stopped();
    case 'move-full':
      return m.move_problem_full();
    case 'move-failed':
      return m.move_problem_failed();
    case 'move-not-empty':
      return m.move_problem_not_empty();
    default:
      return keepingSentence(problem);
  }
}
