// Which pending tasks may begin, and which never will: for both their dependencies decide. A run has
// thousands of tasks, and an event changes one: only those are looked at whom that may concern.

import { taskNumber } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import { changedSince, waitsAsBefore } from './lineage.ts';
import { taskAt } from './moves.ts';
import { replannerFor } from './replans.ts';
import { factsOf } from './run-facts.ts';
import type { Turn } from './turn.ts';

/** A state in which no pending task could go on, with who waits for whom by their indices. */
interface Settled {
  readonly tasks: Run['tasks'];
  readonly undo: Run['undo'];
  readonly dependents: Dependents;
}

type Dependents = readonly (readonly number[])[];

/** By the plans, which stay while tasks change. */
const settled = new WeakMap<Run['plans'], Settled>();

/**
 * Lets pending tasks become ready, or skips them with what they depend on.
 *
 * @param turn - The turn it happens in.
 * @param run - The run as it is now.
 */
export function promote(turn: Turn, run: Run): void {
  const replans = factsOf(run).replanning.length > 0;
  const before = settled.get(run.plans);
  const dependents = dependentsIn(run, before);
  const known = !replans && before?.dependents === dependents && before.undo === run.undo;
  const skipped: TaskKey[] = [];
  for (const index of known ? concerned(before, run) : run.tasks.keys()) {
    const task = run.tasks[index];
    if (task?.status.state === 'pending' && promoteTask(turn, run, task)) skipped.push(task.key);
  }
  const some = skipped.length > 0;
  takeAlong(turn, run, { skipped, dependents });
  // Who plans anew holds others without being waited for.
  if (some && replans) promote(turn, turn.run(run.key));
  const { tasks, undo, plans } = turn.run(run.key);
  settled.set(plans, { tasks, undo, dependents });
}

/** What is ready holds nobody; what is skipped takes along what waits for it, at any distance. */
function takeAlong(
  turn: Turn,
  { key: run }: Run,
  { skipped, dependents }: { readonly skipped: TaskKey[]; readonly dependents: Dependents },
): void {
  for (let key = skipped.pop(); key !== undefined; key = skipped.pop()) {
    for (const next of dependents[taskNumber(key) - 1] ?? []) {
      const now = turn.run(run);
      const task = now.tasks[next];
      if (task?.status.state === 'pending' && promoteTask(turn, now, task)) skipped.push(task.key);
    }
  }
}

/** Those that have changed since, and those that wait for them. */
function concerned({ tasks, dependents }: Settled, run: Run): readonly number[] {
  const found = new Set<number>();
  for (const index of changedSince(tasks, run.tasks)) {
    found.add(index);
    for (const next of dependents[index] ?? []) found.add(next);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** The same as before, unless somebody waits for others now. */
function dependentsIn(run: Run, before: Settled | undefined): Dependents {
  const { tasks } = run;
  if (before !== undefined && waitsAsBefore(before.tasks, tasks)) return before.dependents;
  const found: number[][] = tasks.map(() => []);
  for (const [index, { dependsOn }] of tasks.entries()) {
    for (const dependency of indicesOf(dependsOn)) found[dependency]?.push(index);
  }
  return found;
}

/** Tells whether it is skipped. */
function promoteTask(turn: Turn, run: Run, task: Task): boolean {
  let open = false;
  for (const index of indicesOf(task.dependsOn)) {
    const dependency = run.tasks[index];
    const state = dependency?.status.state ?? 'completed';
    if (dependency !== undefined && isLost(run, dependency)) {
      if (isHelp(dependency) || outlives(task, dependency))
        return goOnWithout(turn, task, dependency.key);
      const because = { reason: 'skipped_dependency', task: dependency.key } as const;
      turn.emit(run.key, { type: 'task-skipped', task: task.key, because });
      return true;
    }
    open ||= state !== 'completed' || run.undo?.task === dependency?.key;
  }
  // One after the other: each plans on what the one before has left.
  const held = open || (task.spec.replaces !== undefined && replanAhead(run, task));
  if (!held) turn.emit(run.key, { type: 'task-ready', task: task.key });
  return false;
}

/** What a stage finds out helps those who come after it; they can do without. */
function isHelp({ spec, stage }: Task): boolean {
  return stage !== IMPLEMENTATION && (spec.kind === 'research' || spec.kind === 'custom');
}

/** Who judges or adds to the result of all does so without what was taken out of it. */
function outlives({ stage }: Task, { status }: Task): boolean {
  if (stage === IMPLEMENTATION || status.state !== 'failed') return false;
  const { reason } = status.failure;
  return reason === 'undone' || reason === 'rolled_back';
}

function goOnWithout(turn: Turn, task: Task, lost: TaskKey): boolean {
  const dependsOn = task.dependsOn.filter((key) => key !== lost);
  turn.emit(task.run, { type: 'task-rewired', task: task.key, dependsOn });
  const run = turn.run(task.run);
  return promoteTask(turn, run, taskAt(run, task.key));
}

function isLost(run: Run, { key, status }: Task): boolean {
  if (!TASK_OVER[status.state] || status.state === 'completed') return false;
  return replannerFor(run, key) === undefined;
}

function replanAhead(run: Run, { number }: Task): boolean {
  return factsOf(run).replanning.some(
    (other) => other.number < number && !TASK_OVER[other.status.state],
  );
}

const indices = new WeakMap<readonly TaskKey[], readonly number[]>();

/** Where dependencies are in their run; keys are taken apart once, not at every decision. */
function indicesOf(keys: readonly TaskKey[]): readonly number[] {
  const known = indices.get(keys);
  if (known !== undefined) return known;
  const found = keys.map((key) => taskNumber(key) - 1);
  indices.set(keys, found);
  return found;
}
