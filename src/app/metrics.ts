// `tutti metrics`: figures over all runs. They are computed here from what the store has; nothing of
// them leaves the machine.

import { renderMetrics } from '../report/metrics-text.ts';
import { metricsOf } from '../report/metrics.ts';
import type { App } from './app.ts';
import { lookOr } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Shows figures over all runs.
 *
 * @param app - The application.
 * @param period - How far back to look, such as `30d`; `null` = to the beginning.
 * @returns What to show.
 */
export async function showMetrics(app: App, period: string | null): Promise<Result<Shown>> {
  const length = period === null ? ok(null) : lengthOf(period);
  if (!length.ok) return length;
  const now = app.clock.now();
  const since = length.value === null ? null : now - length.value;
  const wish = { since: since ?? 0, newest: Number.MAX_SAFE_INTEGER, moments: true };
  const found = await lookOr(app, (store) => store.outcomes(wish), []);
  if (!found.ok) return found;
  const runs = found.value;
  const metrics = metricsOf({ runs, since, now });
  const { from, to } = metrics;
  return ok({
    json: {
      ...metrics,
      from: from === null ? null : new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    },
    text: (view) => {
      if (runs.some(({ tasks }) => tasks.length > 0)) return renderMetrics(metrics, view);
      return period === null
        ? 'There is nothing to measure yet: figures come with the first run.\nNext: tutti run "<goal>"'
        : `Nothing was done in the last ${period}: tutti metrics shows all there is.`;
    },
  });
}

function lengthOf(period: string): Result<number> {
  const [, count = '', unit = ''] = /^(\d{1,5})([hdw])$/u.exec(period.trim().toLowerCase()) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? 0);
  if (ms > 0) return ok(ms);
  const said = period.slice(0, 80);
  return no('usage', `"${said}" is no length of time`, 'such as --since 24h, 30d or 8w');
}
