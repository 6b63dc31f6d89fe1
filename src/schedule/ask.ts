// Asking a person about a task, which waits for the answer.

import type { AskKind } from '../model/ask.ts';
import type { Task } from '../model/task.ts';
import { BUDGET_CHOICES } from './budget-ask.ts';
import { PERMISSION_CHOICES } from './permission.ts';
import { whyNoReplan } from './replans.ts';
import { BASE_CHOICES, REVIEW_CHOICES, RUN_CHOICES, openAsk } from './run-ask.ts';
import type { Turn } from './turn.ts';

/** What an attempt's end counts towards. */
export type Counts = 'failure' | 'conflict' | 'lost' | 'nothing' | 'exhausted';

const CHOICES: Readonly<Record<AskKind, readonly string[]>> = {
  question: [],
  permission: PERMISSION_CHOICES,
  failure: ['retry', 'skip', 'abort'],
  conflict: ['retry', 'skip', 'abort'],
  approval: ['approve', 'reject'],
  budget: BUDGET_CHOICES,
  base: BASE_CHOICES,
  check_change: ['accept', 'retry', 'abort'],
  plan: ['approve', 'reject'],
  review: REVIEW_CHOICES,
  ...RUN_CHOICES,
};
/** Asks that take an instruction beside their choices. */
const FREE_TEXT: ReadonlySet<AskKind> = new Set([
  'question',
  'failure',
  'conflict',
  'check_change',
]);

/**
 * Opens an ask for a task and lets the task wait for it.
 *
 * @param turn - The turn it happens in.
 * @param task - A task that is ready or whose attempt has just ended.
 * @param kind - What is asked about.
 * @param about - The question, and what the failure behind it counts towards.
 */
export function ask(
  turn: Turn,
  task: Task,
  kind: AskKind,
  about: { question: string; counts: Counts },
): void {
  const key = openAsk(turn, task.run, {
    task: task.key,
    kind,
    question: about.question,
    choices: choicesOf(turn, task, kind),
    freeText: FREE_TEXT.has(kind),
  });
  turn.emit(task.run, { type: 'task-waiting', task: task.key, ask: key, counts: about.counts });
}

function choicesOf(turn: Turn, task: Task, kind: AskKind): readonly string[] {
  const choices = CHOICES[kind];
  if (kind !== 'failure' && kind !== 'conflict') return choices;
  return whyNoReplan(turn.run(task.run), task) === null ? [...choices, 'replan'] : choices;
}
