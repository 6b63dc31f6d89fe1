// What is going on, from the store alone. People ask this all the time, so nothing is loaded for it
// that it can do without.

import type { Run } from '../model/run.ts';
import { RUN_OVER } from '../model/run.ts';
import { askJson, runJson, taskJson } from '../report/json.ts';
import { renderRun } from '../report/show-run.ts';
import { renderStages, stagesJson } from '../report/stages.ts';
import { nextCommand, renderStatus } from '../report/status.ts';
import type { StatusInput } from '../report/status.ts';
import type { App } from './app.ts';
import { heldByRun } from './others.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';

/**
 * Shows what is going on: every unfinished run, and the one that finished last.
 *
 * @param app - The application.
 * @param options - `orchestration`: with the stages and tasks of what is unfinished.
 * @returns What to show.
 */
export async function showStatus(
  app: App,
  options: { readonly orchestration: boolean } = { orchestration: false },
): Promise<Result<Shown>> {
  const opened = await app.look();
  if (!opened.ok) return opened;
  const store = opened.value;
  const now = app.clock.now();
  if (store === null) {
    return ok(shown({ runs: [], asks: [], live: false, now }, null, null));
  }
  const runs = await store.summaries({ unfinishedOnly: true, andLast: true });
  const asks = await store.openAsks();
  const { holder } = await store.lease();
  const pid = holder !== null && (await app.isAlive(holder)) ? holder.pid : null;
  const held = await heldByRun(store, runs, now);
  const input = { runs, asks, live: pid !== null, now, held };
  if (!options.orchestration) return ok(shown(input, pid, null));
  const open = runs.filter(({ run }) => !RUN_OVER[run.status.state]);
  const chosen = open.length > 0 ? open : runs.slice(0, 1);
  const whole = await Promise.all(chosen.map(({ run }) => store.run(run.key)));
  return ok(
    shown(
      input,
      pid,
      whole.filter((run) => run !== null),
    ),
  );
}

function shown(input: StatusInput, pid: number | null, whole: readonly Run[] | null): Shown {
  const { runs, asks, now } = input;
  return {
    json: {
      runs: runs.map((one) => runJson(one, input.held?.get(one.run.key))),
      asks: asks.map((ask) => askJson(ask)),
      workers: pid === null ? [] : [{ id: 'pool', pid }],
      ...(whole !== null && {
        orchestration: whole.map((run) => {
          const others = whole.filter((other) => other !== run);
          return {
            run: run.key,
            stages: stagesJson(run),
            tasks: run.tasks.map((task) => taskJson(task, run, now, others)),
          };
        }),
      }),
    },
    text: (view) =>
      whole === null || whole.length === 0
        ? renderStatus(input, view)
        : renderWhole(whole, input, view),
  };
}

function renderWhole(whole: readonly Run[], input: StatusInput, view: View): string {
  const blocks = whole.flatMap((run) => [
    renderRun(
      run,
      input.now,
      view,
      whole.filter((other) => other !== run),
    ),
    ...(run.tasks.length === 0 ? [] : [renderStages(run, input.now)]),
  ]);
  return [...blocks, `Next: ${view.style.cyan(nextCommand(input))}`].join('\n\n');
}
