// What `run`, `resume` and `plan execute` share: runs are carried on in front of a person, and at the
// end it is said how they stand and what comes next.

import { carry } from '../app/carry.ts';
import { endOf } from '../app/face.ts';
import { finishKilledMerge } from '../app/merge-rest.ts';
import { past } from '../app/past.ts';
import { proceed } from '../app/proceed.ts';
import type { Proceeded } from '../app/proceed.ts';
import { ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { runtimesForRuns } from '../app/runtimes.ts';
import { sandboxForRuns } from '../app/sandbox.ts';
import { specialistNotes } from '../app/specialists.ts';
import { NO_HISTORY } from '../model/history.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { askPerson } from './confirm.ts';
import type { Context, Exit } from './context.ts';
import { RunFace } from './run-face.ts';
import { hearSignals } from './signals.ts';

/**
 * Finishes a merge that was killed, before anything else goes on.
 *
 * @param context - What every verb works with.
 */
export async function finishMergeFirst({ app, say }: Context): Promise<void> {
  const repository = await app.repository();
  if (!repository.ok) return; // what comes next says so
  const done = await finishKilledMerge(app, repository.value.commonDir);
  if (done !== null) say(done);
}

/**
 * Cleans up after runs whose process was killed when they were over already: whoever has the lease
 * does it.
 *
 * @param context - What every verb works with.
 */
export async function finishRunsFirst({ app }: Context): Promise<void> {
  const store = await app.look();
  if (!store.ok || store.value === null) return;
  const { signal } = new AbortController();
  const nobody = { onEvents: () => {}, mayAnswer: () => false };
  await carry(app, [], { ...nobody, interrupted: signal, hurried: signal });
}

/**
 * Finds out which runs can go on here; why another one cannot is said.
 *
 * @param context - What every verb works with.
 * @param keys - The runs.
 * @returns Those that can, or what is wrong when that is none.
 */
export async function readyToGoOn(
  context: Context,
  keys: readonly string[],
): Promise<Result<readonly string[]>> {
  const refused = await sandboxForRuns(context.app, keys, askPerson(context));
  if (refused !== null) return refused;
  const missing = await runtimesForRuns(context.app, keys);
  const [first] = missing.values();
  const ready = keys.filter((key) => !missing.has(key));
  if (first !== undefined && ready.length === 0) return first;
  for (const [key, why] of missing) {
    if (!why.ok) context.say(`${key} is left as it is: ${why.problem.message}`);
  }
  return ok(ready);
}

/**
 * Carries runs on, those that can go on here.
 *
 * @param context - What every verb works with.
 * @param keys - The runs.
 * @param fresh - Whether they were just made: then everything about them is news.
 * @returns The exit code.
 */
export async function carryOn(
  context: Context,
  keys: readonly string[],
  fresh: boolean,
): Promise<Result<Exit>> {
  if (fresh) return carryReady(context, keys, new Map());
  const ready = await readyToGoOn(context, keys);
  if (!ready.ok) return ready;
  return withLeft(await goOnReady(context, ready.value), keys.length - ready.value.length);
}

/**
 * Counts the runs that were left as they are into how it went: they wait for somebody.
 *
 * @param done - How it went with the others.
 * @param left - How many.
 * @returns The exit code.
 */
export function withLeft(done: Result<Exit>, left: number): Result<Exit> {
  return done.ok && done.value === 0 && left > 0 ? ok(3) : done;
}

/**
 * Carries runs on of which it is known that they can go on here.
 *
 * @param context - What every verb works with.
 * @param keys - The runs.
 * @returns The exit code.
 */
export async function goOnReady(context: Context, keys: readonly string[]): Promise<Result<Exit>> {
  const store = await context.app.store();
  if (!store.ok) return store;
  const old = new Map<string, number>();
  for (const key of keys) old.set(key, (await store.value.log(key)).recorded.count);
  return carryReady(context, keys, old);
}

/** Of each run so many events are no news; left out: all of them are. */
async function carryReady(
  context: Context,
  keys: readonly string[],
  old: ReadonlyMap<string, number>,
): Promise<Result<Exit>> {
  const signals = hearSignals((count) => face.say(HEARD[Math.min(count, HEARD.length) - 1] ?? ''));
  const notesOf = await specialistNotes(context.app);
  const face = new RunFace(context, signals, { old, notesOf });
  const hangUp = (): void => signals.raise('SIGHUP');
  context.deaf.addEventListener('abort', hangUp, { once: true });
  let done: Result<Proceeded>;
  try {
    done = await proceed(context.app, keys, face);
  } finally {
    face.end();
    context.deaf.removeEventListener('abort', hangUp);
    signals.dispose();
  }
  if (!done.ok) return done;
  const { runs, exit } = done.value;
  const planned = runs.some(({ status }) => status.state === 'awaiting_approval');
  const history = planned ? await past(context.app) : NO_HISTORY;
  context.show(endOf(runs, context.app.clock.now(), history));
  for (const run of runs) sayNext(context, run, done.value);
  const over = runs.every(({ status }) => RUN_OVER[status.state]);
  const code = over ? null : signals.code();
  return ok(code ?? exit);
}

const HEARD = [
  'stopping: agents are told to end, their work is kept (once more = at once)',
  'hurrying: what is still alive is ended at once',
  'leaving',
];

function sayNext(context: Context, run: Run, { interrupted, detached }: Proceeded): void {
  if (RUN_OVER[run.status.state]) return;
  if (detached)
    context.say(`${run.key} goes on in another process; look on: tutti logs ${run.key} -f`);
  else if (interrupted) {
    context.say(`${run.key} is interrupted, its work is kept. Go on with: tutti resume ${run.key}`);
  }
}
