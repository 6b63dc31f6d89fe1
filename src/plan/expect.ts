// How long a task will probably take and what it will cost: the plan's estimate, corrected by what
// such work has taken in this project before.

import { pastKey } from '../model/history.ts';
import type { History, PastTask, PastWork, Quartiles } from '../model/history.ts';
import type { PlanTask } from '../model/plan.ts';

const USUAL_MINUTES = 10;
/** A plain command is not an agent's half-hour. */
const COMMAND_MINUTES = 1;
/** Fewer say nothing: the middle of two is not robust. */
const FEWEST = 3;
/** A correction beyond this is no correction but another kind of work. */
const MOST_RATIO = 10;

/**
 * Sums up finished tasks, by agent and kind, and by agent, kind and runtime.
 *
 * @param tasks - The finished tasks.
 * @returns What they say about the next ones.
 */
export function historyOf(tasks: readonly PastTask[]): History {
  const groups = new Map<string, PastTask[]>();
  for (const task of tasks) {
    for (const runtime of [null, task.runtime]) {
      const key = pastKey(task.agent, task.kind, runtime);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [task]);
      else group.push(task);
    }
  }
  return new Map([...groups].map(([key, group]) => [key, summed(group)]));
}

function summed(group: readonly PastTask[]): PastWork {
  const ratios = group.flatMap(({ estimatedMinutes, minutes }) =>
    estimatedMinutes === null || estimatedMinutes <= 0 ? [] : [minutes / estimatedMinutes],
  );
  const ratio = quartilesOf(ratios)?.middle ?? null;
  return {
    samples: group.length,
    minutes: quartilesOf(group.map(({ minutes }) => minutes))?.middle ?? null,
    ratio: ratio === null ? null : Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, ratio)),
    usd: quartilesOf(group.map(({ usd }) => usd)),
  };
}

function quartilesOf(values: readonly number[]): Quartiles | null {
  if (values.length < FEWEST) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return below + (above - below) * (place - Math.floor(place));
  };
  return { low: at(0.25), middle: at(0.5), high: at(0.75) };
}

/** What an expectation rests on. */
interface Grounds {
  readonly by: 'estimate' | 'history' | 'guess';
  /** Finished tasks that it goes by; 0 unless it rests on history. */
  readonly samples: number;
}

/** What a task is expected to take. */
export interface Expected extends Grounds {
  readonly minutes: number;
}

/**
 * Tells how long a task will probably take.
 *
 * @param task - The task.
 * @param history - What the past says.
 * @returns Minutes, and what they rest on.
 */
export function expected(task: PlanTask, history: History): Expected {
  const past = pastOf(task, history);
  const samples = past?.samples ?? 0;
  const { minutes } = task.estimate;
  if (minutes !== null) {
    const ratio = past?.ratio ?? null;
    return ratio === null
      ? { minutes, by: 'estimate', samples: 0 }
      : { minutes: minutes * ratio, by: 'history', samples };
  }
  const usual = past?.minutes ?? null;
  if (usual !== null) return { minutes: usual, by: 'history', samples };
  const guess = task.command === null ? USUAL_MINUTES : COMMAND_MINUTES;
  return { minutes: guess, by: 'guess', samples: 0 };
}

/** By the same runtime where enough is known of it, else by any. */
function pastOf({ agent, kind, runtime }: PlanTask, history: History): PastWork | undefined {
  const same = runtime === null ? undefined : history.get(pastKey(agent, kind, runtime));
  return same !== undefined && same.samples >= FEWEST ? same : history.get(pastKey(agent, kind));
}

/** What a task is expected to cost. */
export interface ExpectedCost extends Quartiles, Grounds {}

/**
 * Tells what a task will probably cost. What was really paid for such work says more than an
 * estimate, which knows no prices.
 *
 * @param task - The task.
 * @param history - What the past says.
 * @returns US dollars, the usual range of them, and what they rest on; `null` where nobody knows.
 */
export function expectedCost(task: PlanTask, history: History): ExpectedCost | null {
  const past = pastOf(task, history);
  if (past?.usd != null) return { ...past.usd, by: 'history', samples: past.samples };
  const { usd } = task.estimate;
  return usd === null ? null : { low: usd, middle: usd, high: usd, by: 'estimate', samples: 0 };
}
