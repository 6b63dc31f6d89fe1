// What a plan will probably take, by its estimates and the project's past: the tasks are dealt to the
// slots, the one with the most still ahead of it first.

import { criticalPath, remainingWeights } from '../graph/critical-path.ts';
import { pastKey } from '../model/history.ts';
import type { History, Quartiles } from '../model/history.ts';
import type { PlanTask } from '../model/plan.ts';
import { expected, expectedCost } from './expect.ts';
import type { Expected } from './expect.ts';

/** What a forecast rests on: how many of its tasks on what. */
interface ForecastGrounds {
  /** The plan's own estimates. */
  readonly estimates: number;
  /** What such work took in this project before. */
  readonly history: number;
  /** Nothing: they were taken for usual ones. */
  readonly guesses: number;
  /** How many finished tasks the history is made of. */
  readonly pastTasks: number;
}

/** What a plan will probably take. */
export interface Forecast {
  /** With so many slots, from the first start to the last end. */
  readonly minutes: number;
  readonly slots: number;
  /** Ids of the chain that no number of slots can shorten. */
  readonly criticalPath: readonly string[];
  readonly criticalMinutes: number;
  /**
   * The sum of what was paid for such work before (from its lower to its upper quartile), else of the
   * estimates; `null` where there is neither.
   */
  readonly usd: Quartiles | null;
  /** How many tasks nothing is known of in money. */
  readonly unpriced: number;
  readonly from: ForecastGrounds;
}

/**
 * Forecasts a plan that is free of cycles.
 *
 * @param tasks - The tasks.
 * @param slots - How many run at once, at least 1.
 * @param history - What the past says about durations and costs.
 * @returns Time and money, and what they rest on.
 */
export function forecast(tasks: readonly PlanTask[], slots: number, history: History): Forecast {
  const expectations = new Map(tasks.map((task) => [task.id, expected(task, history)]));
  const graph = new Map(tasks.map((task) => [task.id, task.dependsOn]));
  const minutesOf = (id: string): number => expectations.get(id)?.minutes ?? 0;
  const path = criticalPath(graph, minutesOf);
  // Plain commands cost nothing.
  const paid = tasks.filter(({ command }) => command === null);
  const prices = paid.flatMap((task) => expectedCost(task, history) ?? []);
  return {
    minutes: makespan(tasks, slots, minutesOf),
    slots: Math.max(1, slots),
    criticalPath: path,
    criticalMinutes: path.reduce((sum, id) => sum + minutesOf(id), 0),
    usd: prices.length === 0 ? null : added(prices),
    unpriced: paid.length - prices.length,
    from: groundsOf(tasks, expectations),
  };
}

function added(prices: readonly Quartiles[]): Quartiles {
  const sum = (part: (price: Quartiles) => number): number =>
    prices.reduce((total, price) => total + part(price), 0);
  return {
    low: sum(({ low }) => low),
    middle: sum(({ middle }) => middle),
    high: sum(({ high }) => high),
  };
}

function groundsOf(
  tasks: readonly PlanTask[],
  expectations: ReadonlyMap<string, Expected>,
): ForecastGrounds {
  const counts = { estimate: 0, history: 0, guess: 0 };
  // Alike tasks rest on the same past.
  const samples = new Map<string, number>();
  for (const task of tasks) {
    const known = expectations.get(task.id);
    if (known === undefined) continue;
    counts[known.by] += 1;
    const alike = pastKey(task.agent, task.kind);
    samples.set(alike, Math.max(samples.get(alike) ?? 0, known.samples));
  }
  return {
    estimates: counts.estimate,
    history: counts.history,
    guesses: counts.guess,
    pastTasks: [...samples.values()].reduce((sum, count) => sum + count, 0),
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
