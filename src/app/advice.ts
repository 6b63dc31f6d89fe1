// What came of goals like the one that is given, for the person who gives it.

import type { OutcomeRun } from '../model/outcome.ts';
import { advice } from '../plan/advice.ts';
import type { NewGoal, PastGoal } from '../plan/advice.ts';
import type { Store } from '../ports/store.ts';
import { runSpeedUp } from '../report/metrics.ts';

/** Older ones say little about the project as it is now. */
const NEWEST_RUNS = 200;

/**
 * Says whether planning has paid off for goals like this one.
 *
 * @param store - The store.
 * @param wanted - The goal.
 * @returns A sentence; none where too little is known.
 */
export async function adviceOn(store: Store, wanted: NewGoal): Promise<readonly string[]> {
  const runs = await store.outcomes({ since: 0, newest: NEWEST_RUNS, moments: false });
  const said = advice(
    wanted,
    runs.flatMap((run) => pastGoal(run) ?? []),
  );
  return said === null ? [] : [said];
}

/** What a person ended, or gave a plan for, says nothing about planning. */
function pastGoal(run: OutcomeRun): PastGoal | null {
  if (run.source === 'file' || (run.state !== 'completed' && run.state !== 'failed')) return null;
  const attempts = run.tasks.flatMap((task) => task.attempts);
  return {
    goal: run.goal,
    type: run.type,
    planned: run.source !== 'direct',
    failed: run.state === 'failed' || run.partial,
    speedUp: runSpeedUp(run).ratio,
    usd: attempts.reduce((sum, { usd }) => sum + usd, 0),
  };
}
