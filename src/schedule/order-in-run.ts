// The order of a run's tasks: declared priority first, then the longest remaining path. It depends on
// the plan alone, so it is made once for each.

import { taskNumber } from '../model/key.ts';
import type { Priority } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';

/** The order of a run's tasks. */
export interface Order {
  /** Indices of all tasks, who goes first coming first. */
  readonly indices: readonly number[];
  /** Whether any of them asks a person before it starts. */
  readonly asks: boolean;
}

/** What a task without an estimate is taken for. */
const DEFAULT_MINUTES = 5;
const RANK: Readonly<Record<Priority, number>> = { critical: 3, high: 2, medium: 1, low: 0 };

const orders = new WeakMap<Run['plans'], Order>();

/**
 * Puts the tasks of a run in order.
 *
 * @param run - The run.
 * @returns Their order.
 */
export function orderOf(run: Run): Order {
  const known = orders.get(run.plans);
  if (known !== undefined && known.indices.length === run.tasks.length) return known;
  const paths = remainingPaths(run.tasks);
  const ranks = run.tasks.map(({ spec }) => RANK[spec.priority]);
  const indices = run.tasks
    .map((_, index) => index)
    .toSorted(
      (a, b) => (ranks[b] ?? 0) - (ranks[a] ?? 0) || (paths[b] ?? 0) - (paths[a] ?? 0) || a - b,
    );
  const order = { indices, asks: run.tasks.some(({ spec }) => spec.approval) };
  orders.set(run.plans, order);
  return order;
}

/** Minutes from the start of each task to the end of the longest path behind it. */
function remainingPaths(tasks: readonly Task[]): readonly number[] {
  const minutes = tasks.map(({ spec }) => spec.estimate.minutes ?? DEFAULT_MINUTES);
  const open = tasks.map(() => 0);
  for (const task of tasks) {
    for (const key of task.dependsOn)
      open[taskNumber(key) - 1] = (open[taskNumber(key) - 1] ?? 0) + 1;
  }
  // From the tasks nobody waits for, backwards along the dependencies.
  const result = [...minutes];
  const stack = tasks.filter((_, index) => open[index] === 0);
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const length = result[task.number - 1] ?? 0;
    for (const key of task.dependsOn) {
      const at = taskNumber(key) - 1;
      result[at] = Math.max(result[at] ?? 0, length + (minutes[at] ?? 0));
      open[at] = (open[at] ?? 0) - 1;
      const dependency = tasks[at];
      if (open[at] === 0 && dependency !== undefined) stack.push(dependency);
    }
  }
  return result;
}
