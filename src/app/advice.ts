// What came of goals like the one that is given, for the person who gives it.

import type { OutcomeRun } from '../model/outcome.ts';
import { advice } from '../plan/advice.ts';
import type { NewGoal, PastGoal } from '../plan/advice.ts';
import type { Store } from '../ports/store.ts';
import { runSpeedUp } from '../report/metrics.ts';
import { stageMetrics, stageRemarks } from '../report/stage-worth.ts';

/** Older ones say little about the project as it is now. */
const NEWEST_RUNS = 200;

/**
 * Says whether planning has paid off for goals like this one and, where it is planned, which stages
 * were worth it.
 *
 * @param store - The store.
 * @param wanted - The goal, and whether it is planned.
 * @returns Sentences; none where too little is known.
 */
export async function adviceOn(
  store: Store,
  wanted: NewGoal & { readonly planned: boolean },
): Promise<readonly string[]> {
  const runs = await store.outcomes({ since: 0, newest: NEWEST_RUNS, moments: false });
  const said = advice(
    wanted,
    runs.flatMap((run) => pastGoal(run) ?? []),
  );
  const advised = said === null ? [] : [said];
  return wanted.planned ? [...advised, ...stageRemarks(stageMetrics(runs))] : advised;
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
