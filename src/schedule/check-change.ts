// A change that touches what checks run could make anything look proven: a person looks at it before it
// gets onto the branch.

import type { Task } from '../model/task.ts';
import { ask } from './ask.ts';
import type { Turn } from './turn.ts';

const MOST_NAMED = 10;

/**
 * Tells whether a person has accepted what a change touches; asks where nobody was asked yet.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; its last attempt has handed in.
 * @param touched - The files that are part of what checks run.
 * @returns Whether it may get onto the branch.
 */
export function acceptsCheckChange(turn: Turn, task: Task, touched: readonly string[]): boolean {
  const question = questionOf(task, touched);
  const accepted = turn
    .run(task.run)
    .asks.some(
      ({ kind, task: of, question: asked, status }) =>
        kind === 'check_change' &&
        of === task.key &&
        asked === question &&
        status.state === 'answered' &&
        status.answer === 'accept',
    );
  if (!accepted) ask(turn, task, 'check_change', { question, counts: 'nothing' });
  return accepted;
}

/** It names the attempt: what another one changes is another question. */
function questionOf(task: Task, touched: readonly string[]): string {
  const named = touched.slice(0, MOST_NAMED).join(', ');
  const more = touched.length > MOST_NAMED ? ` and ${touched.length - MOST_NAMED} more` : '';
  const attempt = task.attempts.at(-1)?.key ?? task.key;
  return `${attempt} changes what the checks run: ${named}${more}. See: tutti diff ${attempt}. Accept it?`;
}
