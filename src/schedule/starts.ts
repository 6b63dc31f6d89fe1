// Starts per minute: how many attempts of a runtime may begin within any sixty seconds. Derived from
// when attempts began, so it holds across crashes; the moment the next one may begin is a timer.

import type { RunKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
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

/** When a runtime may be tried again. */
export interface StartTime {
  /** A run that has the limit. */
  readonly run: RunKey;
  readonly at: number;
  /** The longest this can take, wherever the wall clock is. */
  readonly ms: number;
}

/**
 * Finds out when runtimes that are limited in their starts may be tried again.
 *
 * @param world - The world.
 * @param now - Epoch milliseconds.
 * @returns Each moment to come once.
 */
export function startTimes(world: World, now: number): readonly StartTime[] {
  const times = new Map<number, StartTime>();
  const driven = [...world.desk.driven].flatMap((key) => world.runs.get(key) ?? []);
  for (const run of driven) {
    if (RUN_OVER[run.status.state]) continue;
    for (const [runtime, { startsPerMinute = null }] of Object.entries(run.settings.runtimes)) {
      if (startsPerMinute === null) continue;
      const all = driven.flatMap((one) => startsOf(one, runtime));
      const at = nextStart(all, startsPerMinute);
      if (at > now && !times.has(at)) times.set(at, { run: run.key, at, ms: WINDOW_MS });
    }
  }
  return [...times.values()];
}
