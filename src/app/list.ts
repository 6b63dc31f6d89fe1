// Lists of runs.

import { RUN_OVER } from '../model/run.ts';
import type { RunSummary } from '../model/summary.ts';
import { NOTHING_HELD } from '../report/held.ts';
import { runJson } from '../report/json.ts';
import { renderList } from '../report/status.ts';
import { nearest } from '../util/nearest.ts';
import type { App } from './app.ts';
import { lookOr } from './find.ts';
import { heldByRun } from './others.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/** What `--state` may ask for: every state, `paused`, and `unfinished` for all that are not over. */
const STATES: readonly string[] = [...Object.keys(RUN_OVER), 'paused', 'unfinished'];

/**
 * Lists the runs.
 *
 * @param app - The application.
 * @param wanted - `state`: only runs in this state; `planned`: only runs that have or get a plan.
 * @returns What to show, the newest run first.
 */
export async function showList(
  app: App,
  wanted: { readonly state: string | null; readonly planned: boolean },
): Promise<Result<Shown>> {
  const state = wanted.state?.toLowerCase().replaceAll('-', '_') ?? null;
  if (state !== null && !STATES.includes(state)) {
    const near = nearest(state, STATES);
    const hint = near === null ? `states: ${STATES.join(', ')}` : `did you mean ${near}?`;
    return no('usage', `there is no state "${state.slice(0, 80)}"`, hint);
  }
  const all = await lookOr(app, (store) => store.summaries({ unfinishedOnly: false }), []);
  if (!all.ok) return all;
  const runs = all.value.filter(
    (one) => isIn(one, state) && !(wanted.planned && one.run.source === 'direct'),
  );
  const now = app.clock.now();
  const held = await lookOr(app, (store) => heldByRun(store, all.value, now), NOTHING_HELD);
  if (!held.ok) return held;
  return ok({
    json: { runs: runs.map((one) => runJson(one, held.value.get(one.run.key))) },
    text: (view) => {
      if (runs.length > 0 || all.value.length === 0) {
        return renderList(runs, { now, held: held.value }, view);
      }
      return state === null ? 'No run has a plan.' : `No run is ${state.replaceAll('_', ' ')}.`;
    },
  });
}

function isIn(summary: RunSummary, state: string | null): boolean {
  if (state === null) return true;
  const shown = runJson(summary).state;
  return state === 'unfinished' ? !RUN_OVER[summary.run.status.state] : shown === state;
}
