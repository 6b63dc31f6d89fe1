// The runs beside one: they share slots, locks and quotas, so what a task waits for may be there.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { RunSummary } from '../model/summary.ts';
import type { Store } from '../ports/store.ts';
import { NOTHING_HELD } from '../report/held.ts';
import type { HeldByRun } from '../report/held.ts';

const OVER: ReadonlySet<string> = new Set(['completed', 'failed', 'skipped', 'canceled']);
const NONE: readonly Run[] = [];

/**
 * Reads the other runs that are going on, where they may hold a task of this one back.
 *
 * @param store - Where they are.
 * @param run - The run that is shown.
 * @returns The runs; none where nothing of the run is ready.
 */
export async function othersOf(store: Store, run: Run): Promise<readonly Run[]> {
  if (RUN_OVER[run.status.state] || run.tasks.every(({ status }) => status.state !== 'ready')) {
    return NONE;
  }
  const keys = (await store.unfinished()).filter((key) => key !== run.key);
  const read = await Promise.all(keys.map((key) => store.run(key)));
  return read.filter((other) => other !== null);
}

/** Short answers have to be quick: of more tasks than these, `show` tells what holds them. */
const MOST_TASKS = 2000;

/** Of so many that are not over, everyone is judged by all limits. */
const MOST_OPEN = 200;

/**
 * Finds out what holds the ready tasks of unfinished runs, in short.
 *
 * @param store - Where they are.
 * @param runs - The runs in short; all that are unfinished must be among them.
 * @param now - Epoch milliseconds.
 * @returns The reasons by run; only runs with ready tasks are in it.
 */
export async function heldByRun(
  store: Store,
  runs: readonly RunSummary[],
  now: number,
): Promise<HeldByRun> {
  const open = runs.filter(({ run }) => !RUN_OVER[run.status.state]);
  const waiting = open.filter(({ counts }) => (counts['ready'] ?? 0) > 0);
  if (waiting.length === 0) return NOTHING_HELD;
  let [total, ahead] = [0, 0];
  for (const [state, count] of open.flatMap(({ counts }) => Object.entries(counts))) {
    total += count;
    if (!OVER.has(state)) ahead += count;
  }
  if (total > MOST_TASKS || ahead > MOST_OPEN) return NOTHING_HELD;
  const { heldOf } = await import('../report/held-of.ts');
  const read = await Promise.all(open.map(({ run }) => store.run(run.key)));
  const whole = read.filter((run) => run !== null);
  const wanted = whole.filter(({ key }) => waiting.some(({ run }) => run.key === key));
  return new Map(
    wanted.map((run) => {
      const others = whole.filter((other) => other !== run);
      return [run.key, heldOf(run, others, now)];
    }),
  );
}
