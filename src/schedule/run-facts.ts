// What of a run matters for every decision, read off its tasks once for every state it is in: a decision
// looks at it for each of a thousand candidates.

import { isAnnounced } from '../model/failure.ts';
import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Because, Task } from '../model/task.ts';
import { changedSince } from './lineage.ts';

/** A runtime whose provider said when to come back. */
export interface Announced {
  readonly reason: Extract<Because['reason'], 'quota' | 'rate_limited'>;
  readonly runtime: string;
  readonly task: Task;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** What of a run's tasks matters for every decision. */
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
  /** They judge the result of all, round by round. */
  readonly reviewing: readonly Task[];
  /** They plan anew what others were to do. */
  readonly replanning: readonly Task[];
  /** How many are not over. */
  readonly open: number;
  /** By the index of a task, 1 for one that is ready: until other tasks of the run are looked at. */
  readonly ready: Uint8Array;
}

/**
 * By the plans, which stay while tasks change: what was read off last, and off which tasks. A run has
 * thousands of tasks of which an event changes one, so only what differs from then is read again.
 */
const known = new WeakMap<Run['plans'], { tasks: Run['tasks']; facts: RunFacts }>();

/**
 * Reads off a run what matters for every decision.
 *
 * @param run - The run.
 * @returns The facts, the same object for the same tasks.
 */
export function factsOf({ plans, tasks }: Run): RunFacts {
  const before = known.get(plans);
  if (before?.tasks === tasks) return before.facts;
  const facts =
    before === undefined || before.tasks.length > tasks.length
      ? refreshed(NOTHING, { before: [], tasks })
      : refreshed(before.facts, { before: before.tasks, tasks });
  known.set(plans, { tasks, facts });
  return facts;
}

const NOTHING: RunFacts = {
  holding: [],
  announced: [],
  failed: [],
  takenBack: [],
  reviewing: [],
  replanning: [],
  open: 0,
  ready: new Uint8Array(0),
};

function refreshed(
  old: RunFacts,
  { before, tasks }: { readonly before: Run['tasks']; readonly tasks: Run['tasks'] },
): RunFacts {
  const changed = changedSince(before, tasks);
  const fresh = changed.flatMap((index) => tasks[index] ?? []);
  const gone = new Set(changed.flatMap((index) => before[index] ?? []));
  /** What is in a list stays in the order of the tasks. */
  const next = (list: readonly Task[], isIn: (task: Task) => boolean): readonly Task[] => {
    const added = fresh.filter(isIn);
    if (added.length === 0 && !list.some((task) => gone.has(task))) return list;
    return inOrder([...list.filter((task) => !gone.has(task)), ...added], (task) => task);
  };
  const told = old.announced.filter(({ task }) => !gone.has(task));
  return {
    holding: next(old.holding, isHolding),
    announced: inOrder(
      [...told, ...fresh.flatMap((task) => announcedTo(task) ?? [])],
      ({ task }) => task,
    ),
    failed: next(old.failed, ({ status }) => status.state === 'failed'),
    takenBack: next(old.takenBack, ({ takenBack }) => takenBack !== null),
    reviewing: next(old.reviewing, ({ spec }) => spec.round !== undefined),
    replanning: next(old.replanning, ({ spec }) => spec.replaces !== undefined),
    open: old.open - openIn(gone) + openIn(fresh),
    ready: flagged(old.ready, tasks, changed),
  };
}

function openIn(tasks: Iterable<Task>): number {
  let open = 0;
  for (const { status } of tasks) if (!TASK_OVER[status.state]) open += 1;
  return open;
}

/** Flags are changed in place: there are as many as tasks, and nobody keeps them. */
function flagged(old: Uint8Array, tasks: Run['tasks'], changed: readonly number[]): Uint8Array {
  let flags = old;
  if (old.length !== tasks.length) {
    flags = new Uint8Array(tasks.length);
    flags.set(old);
  }
  for (const index of changed) flags[index] = Number(tasks[index]?.status.state === 'ready');
  return flags;
}

function inOrder<T>(list: T[], taskOf: (item: T) => Task): readonly T[] {
  return list.length < 2 ? list : list.toSorted((a, b) => taskOf(a).number - taskOf(b).number);
}

function isHolding(task: Task): boolean {
  return task.status.state === 'running' || hasHandedIn(task);
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
