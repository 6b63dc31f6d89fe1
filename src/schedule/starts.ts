// Starts per minute: how many attempts of a runtime may begin within any sixty seconds. Derived from
// when attempts began, so it holds across crashes; the moment the next one may begin is a timer.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import { startsOf } from './run-facts.ts';

const WINDOW_MS = 60_000;

/**
 * Tells when the next attempt of a runtime may start.
 *
 * @param starts - When its attempts were started.
 * @param perMinute - How many may start within a minute.
 * @returns Epoch milliseconds; 0 when fewer have started ever.
 */
export function nextStart(starts: readonly number[], perMinute: number): number {
  if (starts.length < perMinute) return 0;
  const sorted = starts.toSorted((a, b) => a - b);
  return (sorted[starts.length - perMinute] ?? 0) + WINDOW_MS;
}

/**
 * Finds out when runtimes that are limited in their starts may be tried again.
 *
 * @param world - The world.
 * @returns For each of them the moment, with a run that has the limit.
 */
export function startTimes(world: World): ReadonlyMap<string, { run: Run; at: number }> {
  const times = new Map<string, { run: Run; at: number }>();
  const driven = [...world.desk.driven].flatMap((key) => world.runs.get(key) ?? []);
  for (const run of driven) {
    if (RUN_OVER[run.status.state]) continue;
    for (const [runtime, { startsPerMinute = null }] of Object.entries(run.settings.runtimes)) {
      if (startsPerMinute === null) continue;
      const all = driven.flatMap((one) => startsOf(one, runtime));
      const at = nextStart(all, startsPerMinute);
      const other = times.get(runtime);
      if (at > 0 && (other === undefined || at < other.at)) times.set(runtime, { run, at });
    }
  }
  return times;
}
