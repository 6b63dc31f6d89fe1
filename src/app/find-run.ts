// For what works on runs and their parts, but not on what they asked.

import type { Run } from '../model/run.ts';
import type { App } from './app.ts';
import { find } from './find.ts';
import type { Found } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** A run, a task of it or an attempt. */
export type Named = Pick<Found, 'run' | 'task' | 'attempt'>;

/**
 * Finds the run, task or attempt that a key names.
 *
 * @param app - The application.
 * @param text - The key as it was typed.
 * @returns What it names.
 */
export async function findNamed(app: App, text: string): Promise<Result<Named>> {
  const found = await find(app, text);
  if (!found.ok || found.value.key.kind !== 'ask') return found;
  const what = `${text} is the key of a question, not of work`;
  return no('unknown_key', what, `tutti show ${found.value.run.key} lists its tasks`);
}

/**
 * Finds the run that a key names.
 *
 * @param app - The application.
 * @param text - The key as it was typed.
 * @returns The run; a key of anything else is refused.
 */
export async function findRun(app: App, text: string): Promise<Result<Run>> {
  const found = await findNamed(app, text);
  if (!found.ok) return found;
  const { run, task } = found.value;
  if (task === null) return ok(run);
  return no('unknown_key', `${text} is not the key of a run`, `a run's key is ${run.key}`);
}
