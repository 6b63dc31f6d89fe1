// What is asked where a budget does not cover what wants to start: once a run, however many tasks
// wait for the answer.

import type { Ask } from '../model/ask.ts';
import { NO_AMOUNTS, chargedOf, leftOf } from '../model/budget.ts';
import type { Amounts } from '../model/budget.ts';
import type { Answer } from '../model/command.ts';
import { failure } from '../model/failure.ts';
import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { amountsText, positive, shortOf, wantedFor } from './budget.ts';
import { refuse } from './refuse.ts';
import { openAsk } from './run-ask.ts';
import type { Turn } from './turn.ts';

/** What can be answered, beside an amount. */
export const BUDGET_CHOICES: readonly string[] = ['raise', 'skip', 'abort'];

/** Nobody means more than that; a slip of the finger does. */
const MOST: Readonly<Record<keyof Amounts, number>> = { usd: 1e9, tokens: 1e15 };
const FACTOR: Readonly<Record<string, number>> = { k: 1e3, m: 1e6 };
const AMOUNT =
  /^(?:raise )?(?:by )?\+? ?(?<sign>\$)? ?(?<number>\d[\d_]*(?:\.\d+)?) ?(?<factor>[km])? ?(?<unit>usd|dollars?|tokens?)?$/u;

/**
 * Lets a task wait until a person has said how it goes on with the run's budget.
 *
 * @param turn - The turn it happens in.
 * @param task - A ready task that is not covered.
 */
export function askForBudget(turn: Turn, task: Task): void {
  const run = turn.run(task.run);
  const known = run.asks.find(({ kind, status }) => kind === 'budget' && status.state === 'open');
  const ask = known?.key ?? openAsk(turn, run.key, budgetAsk(run, task));
  turn.emit(run.key, { type: 'task-waiting', task: task.key, ask, counts: 'nothing' });
}

function budgetAsk(run: Run, task: Task): Parameters<typeof openAsk>[2] {
  const left = leftOf(run.ceiling, chargedOf(run));
  const example = shortOf(left) === 'tokens' ? '+200000 tokens' : '+10 usd';
  return {
    task: null,
    kind: 'budget',
    question: [
      `Of the budget of ${amountsText(run.ceiling)} ${amountsText(positive(left))} is left:`,
      `too little to start ${task.key}.`,
      `Raise it (by ${amountsText(usualRaise(run, [task]))}, or by an amount such as ${example})?`,
    ].join(' '),
    // Without the planner there is nothing to go on with.
    choices: BUDGET_CHOICES.filter((one) => one !== 'skip' || task.spec.kind !== 'plan'),
    freeText: true,
  };
}

/** What `raise` adds: as much as the run was given at first, and enough to start what waits. */
function usualRaise(run: Run, waiting: readonly Task[]): Amounts {
  const left = leftOf(run.ceiling, chargedOf(run));
  const { budget } = run.settings;
  const wanted = waiting.map((task) => wantedFor(task));
  const add = (kind: keyof Amounts): number | null => {
    const rest = left[kind];
    if (rest === null || shortOf({ ...NO_AMOUNTS, [kind]: rest }) === null) return null;
    const most = Math.max(...wanted.map((one) => one[kind]));
    return Math.max(budget[kind] ?? 0, most - rest);
  };
  return { usd: add('usd'), tokens: add('tokens') };
}

/** What a person said to the ask. */
type Said =
  | { readonly kind: 'raise'; readonly by: Amounts }
  | { readonly kind: 'skip' | 'abort' }
  | { readonly kind: 'unclear'; readonly message: string; readonly hint: string };

/**
 * Decides what follows from the answer to an ask about a budget.
 *
 * @param turn - The turn it is heard in.
 * @param ask - The ask; it is open.
 * @param command - What was said by whom.
 * @returns What to say to whoever answered.
 */
export function answerBudget(turn: Turn, ask: Ask, command: { said: string; by: string }): Answer {
  const run = turn.run(ask.run);
  if (run.status.state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `tutti show ${run.key}`);
  }
  const waiting = run.tasks.filter((task) => waitsFor(task, ask.key));
  const said = readAnswer(run, ask, { said: command.said, waiting });
  if (said.kind === 'unclear') return refuse(said.message, said.hint);
  turn.emit(run.key, { type: 'ask-answered', ask: ask.key, answer: command.said, by: command.by });
  switch (said.kind) {
    case 'raise':
      turn.emit(run.key, { type: 'budget-raised', ...said.by, by: command.by });
      letGo(turn, waiting);
      return done(run.key, `the budget of ${run.key} is ${amountsText(turn.run(run.key).ceiling)}`);
    case 'skip':
      for (const { key } of waiting) {
        const because = { reason: 'budget', text: `skipped by ${command.by}` } as const;
        turn.emit(run.key, { type: 'task-skipped', task: key, because });
      }
      return done(run.key, `${waiting.map(({ key }) => key).join(', ')} skipped`);
    case 'abort': {
      const why = failure('budget', `the budget of ${amountsText(run.ceiling)} was not raised`);
      for (const { key } of waiting.slice(0, 1)) {
        turn.emit(run.key, { type: 'task-failed', task: key, failure: why, aborts: true });
      }
      // They end with the run, and wait for nobody any more.
      letGo(turn, waiting.slice(1));
      return done(run.key, `${run.key} is ended; its work is kept`);
    }
  }
}

function letGo(turn: Turn, tasks: readonly Task[]): void {
  for (const { key, run } of tasks) {
    turn.emit(run, { type: 'task-unblocked', task: key, instruction: null, approved: false });
  }
}

function done(run: RunKey, text: string): Answer {
  return { ok: true, run, text };
}

/**
 * Tells whether a task waits for the answer to an ask.
 *
 * @param task - The task.
 * @param ask - The ask's key.
 * @returns Whether it does.
 */
function waitsFor({ status }: Task, ask: string): boolean {
  return status.state === 'waiting' && status.ask === ask;
}

function readAnswer(
  run: Run,
  { key, choices }: Ask,
  { said, waiting }: { said: string; waiting: readonly Task[] },
): Said {
  const text = said.toLowerCase().replaceAll(/\s+/gu, ' ');
  if (text === 'raise') return { kind: 'raise', by: usualRaise(run, waiting) };
  if (text === 'abort' || (text === 'skip' && choices.includes(text))) return { kind: text };
  const hint = `tutti answer '${key}' ${choices.join(' or ')}, or an amount such as "+10 usd"`;
  const groups = AMOUNT.exec(text)?.groups;
  if (groups === undefined) {
    return { kind: 'unclear', message: `${key} takes ${choices.join(', ')} or an amount`, hint };
  }
  const amount =
    Number((groups['number'] ?? '').replaceAll('_', '')) * (FACTOR[groups['factor'] ?? ''] ?? 1);
  const kind = unitOf(run, groups);
  if (run.ceiling[kind] === null) {
    const what = kind === 'usd' ? 'money' : 'tokens';
    return { kind: 'unclear', message: `${run.key} has no limit of ${what} to be raised`, hint };
  }
  const by = kind === 'tokens' ? Math.floor(amount) : amount;
  if (!(by > 0 && by <= MOST[kind])) {
    return { kind: 'unclear', message: `${said} is no amount to raise a budget by`, hint };
  }
  return { kind: 'raise', by: { ...NO_AMOUNTS, [kind]: by } };
}

/** A bare number is what there is too little of. */
function unitOf(
  run: Run,
  { sign, unit = '' }: Readonly<Record<string, string | undefined>>,
): keyof Amounts {
  if (unit.startsWith('token')) return 'tokens';
  if (sign !== undefined || unit !== '') return 'usd';
  const short = shortOf(leftOf(run.ceiling, chargedOf(run)));
  return short ?? (run.ceiling.usd === null ? 'tokens' : 'usd');
}
