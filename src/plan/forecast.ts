// What a plan will probably take, by its estimates and the project's past: the tasks are dealt to the slots, the one
// with the most still ahead of it first.

import { criticalPath, remainingWeights } from '../graph/critical-path.ts';
import type { History } from '../model/history.ts';
import type { PlanTask } from '../model/plan.ts';
import { expected, expectedCost } from './expect.ts';

/** What a plan will probably take. */
export interface Forecast {
  /** From the first start to the last end. */
  readonly minutes: number;
  /** Ids of the chain that no number of slots can shorten. */
  readonly criticalPath: readonly string[];
  readonly criticalMinutes: number;
  /** The sum of what was paid for such work before, else of the estimates; `null` where there is neither. */
  readonly usd: number | null;
  /** How many tasks are expected to take as long as such work took before. */
  readonly byHistory: number;
  /** How many tasks have no estimate of minutes nor a past, and were taken for usual ones. */
  readonly guessed: number;
}

/**
 * Forecasts a plan that is free of cycles.
 *
 * @param tasks - The tasks.
 * @param slots - How many run at once, at least 1.
 * @param history - What the past says about durations.
 * @returns Time and money.
 */
export function forecast(tasks: readonly PlanTask[], slots: number, history: History): Forecast {
  const expectations = new Map(tasks.map((task) => [task.id, expected(task, history)]));
  const graph = new Map(tasks.map((task) => [task.id, task.dependsOn]));
  const minutesOf = (id: string): number => expectations.get(id)?.minutes ?? 0;
  const path = criticalPath(graph, minutesOf);
  const prices = tasks.flatMap((task) => expectedCost(task, history)?.middle ?? []);
  return {
    minutes: makespan(tasks, slots, minutesOf),
    criticalPath: path,
    criticalMinutes: path.reduce((sum, id) => sum + minutesOf(id), 0),
    usd: prices.length === 0 ? null : prices.reduce((sum, usd) => sum + usd, 0),
    byHistory: [...expectations.values()].filter(({ by }) => by === 'history').length,
    guessed: [...expectations.values()].filter(({ by }) => by === 'guess').length,
  };
}

interface Running {
  readonly id: string;
  readonly end: number;
}

function makespan(
  tasks: readonly PlanTask[],
  slots: number,
  minutesOf: (id: string) => number,
): number {
  const graph = new Map(tasks.map((task) => [task.id, task.dependsOn]));
  const remaining = remainingWeights(graph, minutesOf);
  const missing = new Map(tasks.map((task) => [task.id, task.dependsOn.length]));
  const dependents = new Map<string, string[]>(tasks.map(({ id }) => [id, []]));
  for (const { id, dependsOn } of tasks) {
    for (const dependency of dependsOn) dependents.get(dependency)?.push(id);
  }
  const ready: string[] = [];
  const running: Running[] = [];
  const makeReady = (id: string): void => {
    insert(ready, id, (other) => (remaining.get(other) ?? 0) < (remaining.get(id) ?? 0));
  };
  for (const { id, dependsOn } of tasks) if (dependsOn.length === 0) makeReady(id);
  let now = 0;
  for (;;) {
    while (running.length < Math.max(1, slots)) {
      const id = ready.shift();
      if (id === undefined) break;
      const end = now + minutesOf(id);
      insert(running, { id, end }, (other) => other.end > end);
    }
    const next = running.shift();
    if (next === undefined) return now;
    now = next.end;
    for (const id of dependents.get(next.id) ?? []) {
      const left = (missing.get(id) ?? 0) - 1;
      missing.set(id, left);
      if (left === 0) makeReady(id);
    }
  }
}

/**
 * Inserts into a sorted list, behind its equals.
 *
 * @param list - The list.
 * @param item - What to insert.
 * @param isBehind - Whether an item of the list comes behind it.
 */
function insert<T>(list: T[], item: T, isBehind: (other: T) => boolean): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = list[middle];
    if (other !== undefined && isBehind(other)) high = middle;
    else low = middle + 1;
  }
  list.splice(low, 0, item);
}
