// Whether anything goes on by itself.

import { RUN_OVER } from '../model/run.ts';
import type { World } from '../model/world.ts';
import { blockedIn } from '../schedule/permission.ts';

/**
 * Tells whether a task may start as soon as its time has come.
 *
 * @param world - The world.
 * @returns Whether one of the driven runs has such a task.
 */
export function waitsForTime({ runs, desk }: World): boolean {
  return [...desk.driven].some((key) => {
    const run = runs.get(key);
    if (run === undefined || RUN_OVER[run.status.state] || run.paused !== null) return false;
    return run.tasks.some(({ status }) => status.state === 'ready');
  });
}

/**
 * Tells whether whatever is alive waits for leave.
 *
 * @param world - The world.
 * @param live - What is being done, by its name.
 * @returns Whether nothing else is going on.
 */
export function onlyWaitsForLeave({ runs, desk }: World, live: Iterable<string>): boolean {
  const blocked = new Set(
    [...desk.driven].flatMap((key) => {
      const run = runs.get(key);
      return run === undefined ? [] : blockedIn(run).map(({ attempt }) => `start:${attempt.key}`);
    }),
  );
  return blocked.size > 0 && [...live].every((key) => blocked.has(key));
}
