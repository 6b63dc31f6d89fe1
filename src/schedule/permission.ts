// An agent that wants to do what no rule allows waits for leave. Its attempt stays running, blocked on
// the ask, its clocks stopped and its slot held; after a while, or when nothing else is alive and
// nobody is there, it is stopped: session and work are kept, the task waits, and the answer goes on
// with the session.

import type { Ask } from '../model/ask.ts';
import { blockedOn } from '../model/attempt.ts';
import type { Attempt, AttemptOutcome } from '../model/attempt.ts';
import type { AskKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { openAsk } from './run-ask.ts';
import { stopAttempt } from './stop.ts';
import type { Turn } from './turn.ts';

/** What can be answered. */
export const PERMISSION_CHOICES: readonly [yes: 'allow', no: 'deny'] = ['allow', 'deny'];

/** So long an agent waits at work; longer, and its slot is worth more to others. */
export const PATIENCE_MS = 600_000;

const SET_ASIDE: AttemptOutcome = { kind: 'canceled', why: 'permission' };

/**
 * Finds what the agents of a task asked for last.
 *
 * @param run - The run.
 * @param task - The task's key.
 * @returns The ask, or `undefined`.
 */
export function lastPermission({ asks }: Run, task: TaskKey): Ask | undefined {
  return asks.findLast((one) => one.task === task && one.kind === 'permission');
}

/**
 * Lets an agent wait for leave.
 *
 * @param turn - The turn it happens in.
 * @param on - The task and its attempt.
 * @param wish - What it wants, as a question, and after which one.
 */
export function block(
  turn: Turn,
  { task, attempt }: { task: Task; attempt: Attempt },
  { question, after }: { question: string; after: AskKey | null },
): void {
  if (attempt.status.state !== 'running' || blockedOn(attempt) !== null) return;
  const run = turn.run(task.run);
  if (lastPermission(run, task.key)?.key !== (after ?? undefined)) return;
  const key = openAsk(turn, task.run, {
    task: task.key,
    kind: 'permission',
    question,
    choices: PERMISSION_CHOICES,
    freeText: false,
  });
  turn.emit(task.run, { type: 'attempt-blocked', attempt: attempt.key, ask: key });
}

/**
 * Lets an agent go on that has its answer, or the task that was set aside meanwhile.
 *
 * @param turn - The turn it happens in.
 * @param task - The task.
 * @param said - The ask, and what was answered.
 */
export function goOnWith(
  turn: Turn,
  task: Task,
  { ask, choice }: { ask: Ask; choice: string | null },
): void {
  const attempt = task.attempts.at(-1);
  if (attempt !== undefined && blockedOn(attempt) === ask.key) {
    turn.emit(task.run, { type: 'attempt-unblocked', attempt: attempt.key });
  }
  if (task.status.state !== 'waiting') return;
  const instruction = `You asked: ${ask.question}\nThe answer: ${choice ?? ''}`;
  turn.emit(task.run, { type: 'task-unblocked', task: task.key, instruction, approved: false });
}

/**
 * Lets a task wait whose agent was stopped while it waited; or go on, where it was answered meanwhile.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; its attempt has ended.
 */
export function setAside(turn: Turn, task: Task): void {
  const ask = lastPermission(turn.run(task.run), task.key);
  turn.emit(
    task.run,
    ask?.status.state === 'open'
      ? { type: 'task-waiting', task: task.key, ask: ask.key, counts: 'nothing' }
      : { type: 'task-retried', task: task.key, notBefore: 0, counts: 'nothing' },
  );
}

/**
 * Stops agents that wait for leave; nobody is there to give it.
 *
 * @param turn - The turn it happens in.
 */
export function stopBlocked(turn: Turn): void {
  for (const key of turn.desk.driven) {
    const run = turn.world.runs.get(key);
    for (const { attempt } of run === undefined ? [] : blockedIn(run)) {
      stopAttempt(turn, attempt, SET_ASIDE);
    }
  }
}

/**
 * Stops agents that have waited for too long, and takes back what nobody waits for any more.
 *
 * @param turn - The turn it happens in.
 * @param run - A run.
 */
export function checkPermissions(turn: Turn, run: Run): void {
  // Nearly all runs have none, and this is looked at in every turn.
  if (!run.asks.some(isOpenPermission)) return;
  for (const { ask, attempt } of blockedIn(run)) {
    const isLate = turn.now - ask.createdAt >= PATIENCE_MS;
    if (isLate && turn.desk.driven.has(run.key)) stopAttempt(turn, attempt, SET_ASIDE);
  }
  const now = turn.run(run.key);
  for (const ask of now.asks.filter(isOpenPermission)) {
    const task = now.tasks.find(({ key }) => key === ask.task);
    if (task === undefined || !isAwaited(task, ask.key)) {
      turn.emit(run.key, { type: 'ask-withdrawn', ask: ask.key });
    }
  }
}

function isOpenPermission({ kind, status }: Ask): boolean {
  return kind === 'permission' && status.state === 'open';
}

function isAwaited({ status, attempts }: Task, ask: AskKey): boolean {
  if (status.state === 'waiting') return status.ask === ask;
  const attempt = attempts.at(-1);
  if (status.state !== 'running' || attempt === undefined) return false;
  if (blockedOn(attempt) === ask) return true;
  const { status: at } = attempt;
  return at.state === 'stopping' && at.as.kind === 'canceled' && at.as.why === 'permission';
}

/**
 * Finds the attempts of a run that wait for leave.
 *
 * @param run - The run.
 * @returns Each with what it asks.
 */
export function blockedIn(run: Run): readonly { readonly ask: Ask; readonly attempt: Attempt }[] {
  return run.asks.filter(isOpenPermission).flatMap((ask) => {
    const attempt = run.tasks.find(({ key }) => key === ask.task)?.attempts.at(-1);
    return attempt !== undefined && blockedOn(attempt) === ask.key ? [{ ask, attempt }] : [];
  });
}
