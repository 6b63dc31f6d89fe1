// How long a task will probably take: the plan's estimate, corrected by what such work has taken in
// this project before.

import { pastKey } from '../model/history.ts';
import type { History, PastTask, PastWork } from '../model/history.ts';
import type { PlanTask } from '../model/plan.ts';

const USUAL_MINUTES = 10;
/** A plain command is not an agent's half-hour. */
const COMMAND_MINUTES = 1;
/** Fewer say nothing: the middle of two is not robust. */
const FEWEST = 3;
/** A correction beyond this is no correction but another kind of work. */
const MOST_RATIO = 10;

/**
 * Sums up finished tasks, by agent and kind.
 *
 * @param tasks - The finished tasks.
 * @returns What they say about the next ones.
 */
export function historyOf(tasks: readonly PastTask[]): History {
  const groups = new Map<string, PastTask[]>();
  for (const task of tasks) {
    const key = pastKey(task.agent, task.kind);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return new Map([...groups].map(([key, group]) => [key, summed(group)]));
}

function summed(group: readonly PastTask[]): PastWork {
  const ratios = group.flatMap(({ estimatedMinutes, minutes }) =>
    estimatedMinutes === null || estimatedMinutes <= 0 ? [] : [minutes / estimatedMinutes],
  );
  const ratio = median(ratios);
  return {
    minutes: median(group.map(({ minutes }) => minutes)),
    ratio: ratio === null ? null : Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, ratio)),
  };
}

function median(values: readonly number[]): number | null {
  if (values.length < FEWEST) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** What a task is expected to take. */
export interface Expected {
  readonly minutes: number;
  /** What it rests on. */
  readonly by: 'estimate' | 'history' | 'guess';
}

/**
 * Tells how long a task will probably take.
 *
 * @param task - The task.
 * @param history - What the past says.
 * @returns Minutes, and what they rest on.
 */
export function expected(task: PlanTask, history: History): Expected {
  const past = history.get(pastKey(task.agent, task.kind));
  const { minutes } = task.estimate;
  if (minutes !== null) {
    const ratio = past?.ratio ?? null;
    return ratio === null
      ? { minutes, by: 'estimate' }
      : { minutes: minutes * ratio, by: 'history' };
  }
  const usual = past?.minutes ?? null;
  if (usual !== null) return { minutes: usual, by: 'history' };
  return { minutes: task.command === null ? USUAL_MINUTES : COMMAND_MINUTES, by: 'guess' };
}
