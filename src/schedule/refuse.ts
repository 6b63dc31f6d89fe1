import type { Answer } from '../model/command.ts';
import type { Run } from '../model/run.ts';

/**
 * Refuses a command that makes no sense in the present state.
 *
 * @param message - What is in the way.
 * @param hint - What can be done instead.
 * @returns The answer.
 */
export function refuse(message: string, hint: string): Answer {
  return { ok: false, code: 'refused', message, hint };
}

/**
 * Says that a command was taken.
 *
 * @param run - The run it is about.
 * @param text - What happens now.
 * @returns The answer.
 */
export function done(run: Run, text: string): Answer {
  return { ok: true, run: run.key, text };
}

/**
 * Refuses what a person decided about a revision that is not the newest any more.
 *
 * @param run - The run.
 * @returns The answer.
 */
export function stalePlan({ key, plans }: Run): Answer {
  const message = `somebody else edited the plan of ${key}: it is at revision ${plans.length} now`;
  return { ok: false, code: 'stale_plan', message, hint: `tutti plan diff ${key}` };
}
