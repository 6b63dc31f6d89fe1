// What a key names. Whoever looks with a wrong key is told so at once, with where to find the right one.

import type { Attempt } from '../model/attempt.ts';
import { parseKey } from '../model/key.ts';
import type { ParsedKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Store } from '../ports/store.ts';
import type { App } from './app.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** What a key names, with the run it belongs to. */
export interface Found {
  readonly store: Store;
  readonly run: Run;
  readonly key: ParsedKey;
  /** The task, where the key names one or an attempt of it. */
  readonly task: Task | null;
  readonly attempt: Attempt | null;
}

/**
 * Finds what a key names.
 *
 * @param app - The application.
 * @param text - The key as a person typed it.
 * @returns The run and what of it was meant.
 */
export async function find(app: App, text: string): Promise<Result<Found>> {
  const key = parseKey(text);
  if (key === undefined) {
    const hint = 'a key is a run (SHOP-12), a task (SHOP-12.3) or an attempt (SHOP-12.3#2)';
    return no('unknown_key', `"${text.slice(0, 80)}" is no key`, `${hint}; see: tutti list`);
  }
  const opened = await app.look();
  if (!opened.ok) return opened;
  const run = (await opened.value?.run(key.run)) ?? null;
  if (opened.value === null || run === null) {
    return no('unknown_key', `there is no run ${key.run} here`, 'tutti list shows what there is');
  }
  const found = { store: opened.value, run, key, task: null, attempt: null };
  if (key.kind === 'run') return ok(found);
  const see = `tutti show ${run.key} lists its tasks`;
  if (key.kind === 'ask') {
    if (run.asks.some((ask) => ask.key === key.ask)) return ok(found);
    return no('unknown_key', `${run.key} never asked ${key.ask}`, 'tutti asks shows what is open');
  }
  const task = run.tasks.find((one) => one.key === key.task);
  if (task === undefined) return no('unknown_key', `${run.key} has no task ${key.task}`, see);
  if (key.kind === 'task') return ok({ ...found, task });
  const attempt = task.attempts.find((one) => one.key === key.attempt);
  if (attempt !== undefined) return ok({ ...found, task, attempt });
  const count = task.attempts.length;
  const had = count === 0 ? 'has had no attempt yet' : `has had ${count}`;
  return no(
    'unknown_key',
    `there is no ${key.attempt}: ${task.key} ${had}`,
    `tutti show ${task.key} --attempts`,
  );
}

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
  return no('wrong_key', `${text} is not a run`, `name its run: ${run.key}`);
}

/**
 * Opens the store for a look that does without one.
 *
 * @param app - The application.
 * @param read - What is read of the store.
 * @param none - What there is where no store is.
 * @returns What was read.
 */
export async function lookOr<T>(
  app: App,
  read: (store: Store) => Promise<T>,
  none: T,
): Promise<Result<T>> {
  const opened = await app.look();
  if (!opened.ok) return opened;
  return ok(opened.value === null ? none : await read(opened.value));
}
