// What is going on, from the store alone. People ask this all the time, so nothing is loaded for it
// that it can do without.

import type { Foreseen } from '../model/foreseen.ts';
import { RUN_OVER } from '../model/run.ts';
import type { RunSummary } from '../model/summary.ts';
import type { Task } from '../model/task.ts';
import type { Store } from '../ports/store.ts';
import { askJson, runJson } from '../report/json.ts';
import { renderStatus } from '../report/status.ts';
import type { StatusInput, WorkerAtWork } from '../report/status.ts';
import type { App } from './app.ts';
import { heldByRun } from './others.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';
import type { Stages } from './status-stages.ts';

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
  const workers = pid === null ? [] : await workersOf(store, runs);
  const foreseen = await foreseenOf(app, store, runs);
  const input = { runs, asks, live: pid !== null, now, held, foreseen, workers };
  if (!options.orchestration) return ok(shown(input, pid, null));
  const { stagesOf } = await import('./status-stages.ts');
  const open = runs.filter(({ run }) => !RUN_OVER[run.status.state]);
  const chosen = open.length > 0 ? open : runs.slice(0, 1);
  const whole = await Promise.all(chosen.map(({ run }) => store.run(run.key)));
  const stages = stagesOf(
    whole.filter((run) => run !== null),
    input,
  );
  return ok(shown(input, pid, stages));
}

/** Which changes of the runs at work would conflict, as far as their coordinator has seen. */
async function foreseenOf(
  { files }: App,
  store: Store,
  runs: readonly RunSummary[],
): Promise<ReadonlyMap<string, readonly Foreseen[]>> {
  const found = new Map<string, readonly Foreseen[]>();
  const atWork = runs.filter(({ counts }) => (counts['running'] ?? 0) > 0);
  if (atWork.length === 0) return found;
  const { readForeseen } = await import('../run/foreseen-file.ts');
  for (const { run } of atWork) {
    const seen = await readForeseen(files, run.key, () => store.run(run.key));
    if (seen.length > 0) found.set(run.key, seen);
  }
  return found;
}

/** The configured workers of the runs at work, with the attempts that each has. */
async function workersOf(
  store: Store,
  runs: readonly RunSummary[],
): Promise<readonly WorkerAtWork[]> {
  const workers = new Map<string, WorkerAtWork>();
  for (const { run, counts } of runs) {
    const whole = (counts['running'] ?? 0) === 0 ? null : await store.run(run.key);
    for (const { id, specialization, capabilities, maxConcurrent } of whole?.settings.subagents ??
      []) {
      const before = workers.get(id)?.atWork ?? [];
      const atWork = [...before, ...attemptsOf(whole?.tasks ?? [], id)];
      workers.set(id, { id, specialization, capabilities, maxConcurrent, atWork });
    }
  }
  return [...workers.values()];
}

function attemptsOf(tasks: readonly Task[], worker: string): readonly string[] {
  return tasks.flatMap(({ attempts }) =>
    attempts
      .filter(
        (one) =>
          one.worker === worker && one.status.state !== 'ended' && one.status.state !== 'handed_in',
      )
      .map(({ key }) => key),
  );
}

function shown(input: StatusInput, pid: number | null, stages: Stages | null): Shown {
  const { runs, asks } = input;
  return {
    json: {
      runs: runs.map((one) => runJson(one, input.held?.get(one.run.key))),
      asks: asks.map((ask) => askJson(ask)),
      conflicts: [...(input.foreseen?.values() ?? [])].flat(),
      workers: pid === null ? [] : [{ id: 'pool', pid }, ...(input.workers ?? [])],
      ...(stages !== null && { orchestration: stages.json }),
    },
    text: (view) => stages?.text?.(view) ?? renderStatus(input, view),
  };
}
