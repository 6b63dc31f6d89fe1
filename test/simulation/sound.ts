// What has to be true of a single run, and what a person may take for done.

import { blockedOn } from '../../src/model/attempt.ts';
import type { Command } from '../../src/model/command.ts';
import type { AskKey, AttemptKey, TaskKey } from '../../src/model/key.ts';
import { taskNumber } from '../../src/model/key.ts';
import { RUN_OVER } from '../../src/model/run.ts';
import type { Run } from '../../src/model/run.ts';
import { TASK_OVER } from '../../src/model/task.ts';
import type { Task } from '../../src/model/task.ts';

/**
 * Finds a task of a run.
 *
 * @param run - The run.
 * @param key - The key of the task or of one of its attempts.
 * @returns The task.
 */
export function taskIn(run: Run, key: TaskKey | AttemptKey): Task {
  const task = run.tasks[taskNumber(key) - 1];
  if (task === undefined) throw new RangeError(`no task ${key}`);
  return task;
}

/**
 * Tells whether a task has failed in a way that stops its run.
 *
 * @param task - The task.
 * @returns Whether it has.
 */
export function stopsTheRun({ status }: Task): boolean {
  return status.state === 'failed' && status.aborts;
}

/**
 * Tells whether the effect of a command that was heard alone is there.
 *
 * @param command - What was answered with yes.
 * @param run - The run as it is then.
 * @returns Whether it is.
 */
export function isKept(command: Command, run: Run): boolean {
  // The table pairs every command with its own look; the compiler cannot follow that pairing here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unsafe-enum-assignment
  const look = KEPT[command.type] as ((run: Run, command: Command) => boolean) | undefined;
  return look?.(run, command) ?? true;
}

const goesOn = ({ status }: Run): boolean => !RUN_OVER[status.state];

const KEPT: {
  readonly [C in Command as C['type']]?: (run: Run, command: C) => boolean;
} = {
  cancel: isGivenUp,
  'reject-plan': (run, { reason }) => isJudged(run) || (reason === undefined && isGivenUp(run)),
  'discuss-plan': ({ status, discussion }) =>
    status.state === 'planning' || discussion.at(-1)?.by === 'rules',
  'judge-proposal': isSettled,
  'note-offer': (run, { offeredAs }) => run.offeredAs?.state === offeredAs.state,
  'run-stage': goesOn,
  pause: ({ paused }) => paused !== null,
  resume: ({ paused }) => paused === null,
  answer: ({ asks }, { ask }) => asks.find(({ key }) => key === ask)?.status.state === 'answered',
  retry: goesOn,
  'approve-plan': ({ plans }) => plans.some(({ state }) => state === 'approved'),
  skip: (run, { task }) => taskIn(run, task).status.state === 'skipped' || isStopping(run, task),
  kill: (run, { attempt }) => isStopping(run, attempt),
  undo: (run, { task }) => run.undo?.task === task,
};

function isGivenUp({ status }: Run): boolean {
  return status.state === 'canceling' || status.state === 'canceled';
}

/** The plan that was proposed for a run that goes on, or the last one, does not wait any more. */
function isJudged({ status, asks }: Run): boolean {
  return (
    status.state !== 'awaiting_approval' &&
    !asks.some((ask) => ask.kind === 'plan' && ask.status.state === 'open')
  );
}

/** What was taken is the newest revision, what was left has been answered. */
function isSettled(
  { plans, discussion }: Run,
  { message, take }: Extract<Command, { type: 'judge-proposal' }>,
): boolean {
  const proposal = discussion[message - 1]?.proposal;
  return take ? plans.at(-1)?.tasks === proposal?.tasks : discussion.at(-1)?.from === 'person';
}

function isStopping(run: Run, key: TaskKey | AttemptKey): boolean {
  return taskIn(run, key).attempts.at(-1)?.status.state === 'stopping';
}

/** The ask that a task waits for, or its agent while it is at work or being set aside. */
function awaitedBy(run: Run, { key, status, attempts }: Task): AskKey[] {
  if (status.state === 'waiting') return [status.ask];
  const attempt = attempts.at(-1);
  if (status.state !== 'running' || attempt === undefined) return [];
  const at = attempt.status;
  const isLeaving =
    at.state === 'stopping' && at.as.kind === 'canceled' && at.as.why === 'permission';
  const ask = isLeaving
    ? run.asks.find((one) => one.task === key && one.status.state === 'open')?.key
    : (blockedOn(attempt) ?? undefined);
  return ask === undefined ? [] : [ask];
}

/**
 * Finds what does not go together in a run.
 *
 * @param run - The run.
 * @returns A line for each problem.
 */
export function problemsOf(run: Run): string[] {
  const problems: string[] = [];
  const integrating = run.tasks.filter(
    ({ status }) => status.state === 'running' && status.phase === 'integrate',
  );
  const queued = new Set(run.queue);
  if (integrating.length !== queued.size || integrating.some(({ key }) => !queued.has(key))) {
    problems.push(`the queue holds ${run.queue.join(', ')}`);
  }
  if (queued.size !== run.queue.length) problems.push('the queue holds one twice');
  const allOpen = run.asks.filter(({ status }) => status.state === 'open');
  const open = allOpen.filter((ask) => ask.task !== null).map(({ key }) => key);
  const all = run.tasks.flatMap((task) => awaitedBy(run, task));
  const money = allOpen.flatMap(({ key, kind }) => (kind === 'budget' ? key : []));
  problems.push(...moneyProblems(money, all));
  const waiting = all.filter((key) => !money.includes(key));
  const asked = new Set(waiting);
  if (open.length !== waiting.length || open.some((key) => !asked.has(key))) {
    problems.push(`open are ${open.join(', ')}, waited for are ${waiting.join(', ')}`);
  }
  for (const task of run.tasks) {
    const unended = task.attempts.filter(({ status }) => status.state !== 'ended');
    // What was handed in before a person had to be asked is not done again.
    const held =
      task.status.state === 'waiting' && task.attempts.at(-1)?.status.state === 'handed_in';
    if (unended.length !== Number(task.status.state === 'running' || held)) {
      problems.push(`${task.key} is ${task.status.state} with ${unended.length} live attempts`);
    }
  }
  problems.push(...undoProblems(run));
  if (!RUN_OVER[run.status.state]) return problems;
  if (run.tasks.some(({ status }) => !TASK_OVER[status.state])) problems.push('a task is not over');
  if (run.paused !== null) problems.push('it is paused');
  if (allOpen.length > 0) problems.push('it still asks');
  return problems;
}

/** Only what is in is taken out. */
function undoProblems(run: Run): readonly string[] {
  if (run.undo === null) return [];
  const { key, status } = taskIn(run, run.undo.task);
  return status.state === 'completed' ? [] : [`${key} is taken out, but is ${status.state}`];
}

/** Many may wait for the same money, and somebody does where it is asked for. */
function moneyProblems(asks: readonly string[], waitedFor: readonly string[]): readonly string[] {
  return [
    ...(asks.some((key) => !waitedFor.includes(key)) ? ['it asks for money for nobody'] : []),
    ...(asks.length > 1 ? ['it asks for money twice'] : []),
  ];
}
