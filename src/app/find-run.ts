// What a key that a person typed names.

import type { Attempt } from '../model/attempt.ts';
import { parseKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { App } from './app.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** A run, a task of it or an attempt. */
export interface Named {
  readonly run: Run;
  readonly task: Task | null;
  readonly attempt: Attempt | null;
}

/**
 * Finds what a key names.
 *
 * @param app - The application.
 * @param text - The key as it was typed.
 * @returns The run, with the task and the attempt where the key names one.
 */
export async function findNamed(app: App, text: string): Promise<Result<Named>> {
  const key = parseKey(text);
  if (key === undefined || key.kind === 'ask') return unknown(text);
  const opened = await app.look();
  if (!opened.ok) return opened;
  const run = (await opened.value?.run(key.run)) ?? null;
  if (run === null) return unknown(text);
  if (key.kind === 'run') return ok({ run, task: null, attempt: null });
  const task = run.tasks.find((one) => one.key === key.task);
  if (task === undefined) return unknown(text);
  if (key.kind === 'task') return ok({ run, task, attempt: null });
  const attempt = task.attempts.find((one) => one.key === key.attempt);
  return attempt === undefined ? unknown(text) : ok({ run, task, attempt });
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

function unknown(text: string): Result<never> {
  const shown = text.slice(0, 80);
  return no('unknown_key', `there is no "${shown}" in this project`, 'tutti list shows all runs');
}
