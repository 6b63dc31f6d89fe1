// Which ready tasks start now, and in which order: declared priority first, then the longest
// remaining path, so that what the end waits for is never the last to begin.

import type { RunKey } from '../model/key.ts';
import { taskNumber } from '../model/key.ts';
import type { Priority } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { World } from '../model/world.ts';

/** A task that may start, with who is to do it. */
export interface Startable {
  readonly task: Task;
  readonly agent: string;
  readonly runtime: string;
}

const WEIGHT: Readonly<Record<Priority, number>> = { critical: 100, high: 50, medium: 25, low: 10 };
/** What a task without an estimate is taken for. */
const DEFAULT_MINUTES = 5;

/** How many attempts are alive: in all, by run (work only) and by runtime. */
interface Busy {
  total: number;
  readonly runs: Map<RunKey, number>;
  readonly runtimes: Map<string, number>;
}

/**
 * Finds what starts now, within all limits.
 *
 * @param world - The world.
 * @returns The tasks, in the order in which they get the slots.
 */
export function startable(world: World): readonly Startable[] {
  const { desk } = world;
  if (desk.draining || desk.slots === 0) return [];
  const busy = countBusy(world);
  if (busy.total >= desk.slots) return [];
  const chosen: Startable[] = [];
  for (const candidate of candidates(world)) {
    if (busy.total >= desk.slots) break;
    const run = world.runs.get(candidate.task.run);
    if (run === undefined || !hasRoom(run, candidate, busy)) continue;
    // A task that only asks for approval takes no slot.
    if (!candidate.task.spec.approval || candidate.task.approved) take(busy, candidate);
    chosen.push(candidate);
  }
  return chosen;
}

function candidates(world: World): Startable[] {
  const found: { candidate: Startable; rank: readonly number[] }[] = [];
  for (const key of world.desk.driven) {
    const run = world.runs.get(key);
    if (run === undefined || run.paused !== null) continue;
    if (run.status.state !== 'running' && run.status.state !== 'planning') continue;
    if (run.tasks.some(({ status }) => status.state === 'failed' && status.aborts)) continue;
    const ready = run.tasks.filter(
      ({ status }) => status.state === 'ready' && status.notBefore === 0,
    );
    if (ready.length === 0) continue;
    const path = remainingPaths(run);
    for (const task of ready) {
      const rank = [
        WEIGHT[run.priority],
        WEIGHT[task.spec.priority],
        path[task.number - 1] ?? 0,
        -task.number,
      ];
      found.push({ candidate: assigned(run, task), rank });
    }
  }
  return found.toSorted((a, b) => compareRanks(b.rank, a.rank)).map(({ candidate }) => candidate);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Who does it: after its own attempts are used up, the fallback. */
function assigned(run: Run, task: Task): Startable {
  const { spec } = task;
  const fallback = task.failures >= spec.maxAttempts ? spec.fallback : null;
  return {
    task,
    agent: fallback?.agent ?? spec.agent,
    runtime: fallback?.runtime ?? spec.runtime ?? run.settings.defaultRuntime,
  };
}

const paths = new WeakMap<Run['plans'], readonly number[]>();

/** Minutes from the start of each task to the end of the longest path behind it. */
function remainingPaths(run: Run): readonly number[] {
  const known = paths.get(run.plans);
  if (known !== undefined && known.length === run.tasks.length) return known;
  const minutes = run.tasks.map(({ spec }) => spec.estimate.minutes ?? DEFAULT_MINUTES);
  const open = run.tasks.map(() => 0);
  for (const task of run.tasks) {
    for (const key of task.dependsOn)
      open[taskNumber(key) - 1] = (open[taskNumber(key) - 1] ?? 0) + 1;
  }
  // From the tasks nobody waits for, backwards along the dependencies.
  const result = [...minutes];
  const stack = run.tasks.filter((_, index) => open[index] === 0);
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const length = result[task.number - 1] ?? 0;
    for (const key of task.dependsOn) {
      const at = taskNumber(key) - 1;
      result[at] = Math.max(result[at] ?? 0, length + (minutes[at] ?? 0));
      open[at] = (open[at] ?? 0) - 1;
      const dependency = run.tasks[at];
      if (open[at] === 0 && dependency !== undefined) stack.push(dependency);
    }
  }
  paths.set(run.plans, result);
  return result;
}

function countBusy(world: World): Busy {
  const busy: Busy = { total: 0, runs: new Map(), runtimes: new Map() };
  // What a dead coordinator left in a run that is none of ours takes no slot of ours.
  for (const key of world.desk.driven) {
    for (const task of world.runs.get(key)?.tasks ?? []) {
      if (task.status.state !== 'running' || task.status.phase !== 'work') continue;
      const attempt = task.attempts.at(-1);
      if (attempt !== undefined)
        take(busy, { task, agent: attempt.agent, runtime: attempt.runtime });
    }
  }
  return busy;
}

function take(busy: Busy, { task, runtime }: Startable): void {
  busy.total += 1;
  busy.runs.set(task.run, (busy.runs.get(task.run) ?? 0) + 1);
  busy.runtimes.set(runtime, (busy.runtimes.get(runtime) ?? 0) + 1);
}

function hasRoom(run: Run, { runtime }: Startable, busy: Busy): boolean {
  const { maxConcurrent, runtimes } = run.settings;
  const most = runtimes[runtime]?.maxParallel ?? Number.POSITIVE_INFINITY;
  return (busy.runs.get(run.key) ?? 0) < maxConcurrent && (busy.runtimes.get(runtime) ?? 0) < most;
}
