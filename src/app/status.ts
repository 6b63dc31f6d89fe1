// What is going on, from the store alone.

import { askJson, runJson } from '../report/json.ts';
import { renderStatus } from '../report/status.ts';
import type { App } from './app.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/**
 * Shows what is going on: every unfinished run, or the last one where none is.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showStatus(app: App): Promise<Result<Shown>> {
  const opened = await app.look();
  if (!opened.ok) return opened;
  const store = opened.value;
  const now = app.clock.now();
  if (store === null) {
    const nothing = { runs: [], asks: [], live: false, now };
    return ok({
      json: { runs: [], asks: [], workers: [] },
      text: (view) => renderStatus(nothing, view),
    });
  }
  const unfinished = await store.summaries({ unfinishedOnly: true });
  const runs =
    unfinished.length > 0
      ? unfinished
      : (await store.summaries({ unfinishedOnly: false })).slice(0, 1);
  const asks = await store.openAsks();
  const { holder } = await store.lease();
  const live = holder !== null && (await app.supervisor()).isAlive(holder);
  return ok({
    json: {
      runs: runs.map((run) => runJson(run)),
      asks: asks.map((ask) => askJson(ask)),
      workers: live ? [{ id: 'pool', pid: holder.pid }] : [],
    },
    text: (view) => renderStatus({ runs, asks, live, now }, view),
  });
}
