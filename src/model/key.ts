// Keys name things the way people say them: run `SHOP-12`, task `SHOP-12.3`, attempt `SHOP-12.3#2`.

/** A run's key, such as `SHOP-12`. */
export type RunKey = string;
/** A task's key, such as `SHOP-12.3`. */
export type TaskKey = string;
/** An attempt's key, such as `SHOP-12.3#2`. */
export type AttemptKey = string;
/** An ask's key, such as `SHOP-12?1`. */
export type AskKey = string;

/** What a key given by a person may name. */
export type ParsedKey =
  | { kind: 'run'; run: RunKey }
  | { kind: 'task'; run: RunKey; task: TaskKey; number: number }
  | { kind: 'attempt'; run: RunKey; task: TaskKey; attempt: AttemptKey; number: number }
  | { kind: 'ask'; run: RunKey; ask: AskKey };

const KEY =
  /^(?<run>[A-Z][A-Z0-9]{0,15}-[1-9]\d{0,8})(?:\.(?<task>[1-9]\d{0,5})(?:#(?<attempt>[1-9]\d{0,5}))?|\?(?<ask>[1-9]\d{0,5}))?$/u;

/** What a project key may look like: an upper-case word of at most 16 characters. */
export const PROJECT_KEY: RegExp = /^[A-Z][A-Z0-9]{0,15}$/u;

/**
 * Reads a key as a person types it; case does not matter.
 *
 * @param text - What was typed, such as `shop-12.3`.
 * @returns What it names, or `undefined` when it is no key.
 */
export function parseKey(text: string): ParsedKey | undefined {
  const groups = KEY.exec(text.trim().toUpperCase())?.groups;
  const run = groups?.['run'];
  if (groups === undefined || run === undefined) return undefined;
  if (groups['ask'] !== undefined) return { kind: 'ask', run, ask: `${run}?${groups['ask']}` };
  if (groups['task'] === undefined) return { kind: 'run', run };
  const task = taskKey(run, Number(groups['task']));
  if (groups['attempt'] === undefined) {
    return { kind: 'task', run, task, number: Number(groups['task']) };
  }
  const number = Number(groups['attempt']);
  return { kind: 'attempt', run, task, attempt: attemptKey(task, number), number };
}

/**
 * Builds the key of a task.
 *
 * @param run - The run's key.
 * @param number - The task's number in the run, from 1.
 * @returns The key, such as `SHOP-12.3`.
 */
export function taskKey(run: RunKey, number: number): TaskKey {
  return `${run}.${number}`;
}

/**
 * Builds the key of an attempt.
 *
 * @param task - The task's key.
 * @param number - The attempt's number, from 1.
 * @returns The key, such as `SHOP-12.3#2`.
 */
export function attemptKey(task: TaskKey, number: number): AttemptKey {
  return `${task}#${number}`;
}

/**
 * Tells which run a task or an attempt belongs to.
 *
 * @param key - A task's, an attempt's or an ask's key.
 * @returns The run's key.
 */
export function runOf(key: string): RunKey {
  return key.replace(/[.?].*$/u, '');
}

/**
 * Tells the number of a task in its run.
 *
 * @param key - A task's or an attempt's key.
 * @returns The number, from 1.
 */
export function taskNumber(key: string): number {
  return Number(/\.(\d+)/u.exec(key)?.[1]);
}

/**
 * Tells which task an attempt belongs to.
 *
 * @param key - An attempt's key.
 * @returns The task's key.
 */
export function taskOf(key: AttemptKey): TaskKey {
  return key.replace(/#.*$/u, '');
}
