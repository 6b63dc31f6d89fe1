// What of a run takes room, read off its tasks once for every state it is in: a decision looks at it
// for each of a thousand candidates.

import { isAnnounced } from '../model/failure.ts';
import type { Run } from '../model/run.ts';
import type { Because, Task } from '../model/task.ts';

/** A runtime whose provider said when to come back. */
export interface Announced {
  readonly reason: Extract<Because['reason'], 'quota' | 'rate_limited'>;
  readonly runtime: string;
  readonly task: Task;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** What of a run takes room. */
export interface RunFacts {
  /**
   * Running in any phase, or waiting for a person to let what was handed in go on at once: they hold
   * their locks and files until they are out of it.
   */
  readonly holding: readonly Task[];
  /** What was announced to tasks that wait for it. */
  readonly announced: readonly Announced[];
  readonly failed: readonly Task[];
  /** Their changes were taken out of the branch, and they are not completed again. */
  readonly takenBack: readonly Task[];
}

/** By the tasks: much of a run changes while they stay. */
const known = new WeakMap<Run['tasks'], RunFacts>();

/**
 * Reads off a run what takes room.
 *
 * @param run - The run.
 * @returns The facts, the same object for the same tasks.
 */
export function factsOf(run: Run): RunFacts {
  const before = known.get(run.tasks);
  if (before !== undefined) return before;
  const failed: Task[] = [];
  const takenBack: Task[] = [];
  const holding: Task[] = [];
  const announced: Announced[] = [];
  for (const task of run.tasks) {
    const { state } = task.status;
    if (task.takenBack !== null) takenBack.push(task);
    if (state === 'running' || hasHandedIn(task)) holding.push(task);
    else if (state === 'failed') failed.push(task);
    if (state !== 'ready') continue;
    const told = announcedTo(task);
    if (told !== null) announced.push(told);
  }
  const facts = { holding, announced, failed, takenBack };
  known.set(run.tasks, facts);
  return facts;
}

/** It goes on where it was, whoever has started meanwhile. */
function hasHandedIn({ status, attempts }: Task): boolean {
  return status.state === 'waiting' && attempts.at(-1)?.status.state === 'handed_in';
}

/**
 * Tells what a provider announced to a task that waits for it.
 *
 * @param task - The task.
 * @returns The announcement; `null` when it waits for none.
 */
export function announcedTo(task: Task): Announced | null {
  const { status, attempts } = task;
  if (status.state !== 'ready' || status.notBefore === 0) return null;
  const last = attempts.at(-1);
  if (last?.status.state !== 'ended' || last.status.outcome.kind !== 'failed') return null;
  const { failure } = last.status.outcome;
  if (!isAnnounced(failure)) return null;
  const reason = failure.reason === 'quota' ? 'quota' : 'rate_limited';
  return { reason, runtime: last.runtime, task, until: status.notBefore };
}

const starts = new WeakMap<Run, Map<string, readonly number[]>>();

/**
 * Lists when the attempts of a runtime were started.
 *
 * @param run - The run.
 * @param runtime - The runtime's name.
 * @returns Epoch milliseconds, in no particular order.
 */
export function startsOf(run: Run, runtime: string): readonly number[] {
  const before = starts.get(run) ?? new Map<string, readonly number[]>();
  starts.set(run, before);
  const found =
    before.get(runtime) ??
    run.tasks.flatMap(({ attempts }) =>
      attempts.flatMap((attempt) => (attempt.runtime === runtime ? attempt.startedAt : [])),
    );
  before.set(runtime, found);
  return found;
}
