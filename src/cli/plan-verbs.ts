// Plans before they are carried out: made, decided about, executed.

import { carry } from '../app/carry.ts';
import { findRun } from '../app/find.ts';
import { withPast } from '../app/past.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { specialistNotes } from '../app/specialists.ts';
import { steer } from '../app/steer.ts';
import type { Run } from '../model/run.ts';
import { carryOn, finishMergeFirst } from './carry-on.ts';
import type { Context, Exit, Verb } from './context.ts';
import { RunFace } from './run-face.ts';
import { hearSignals } from './signals.ts';

/**
 * Has the planner of a run work until it is done; it stops where somebody has to approve.
 *
 * @param context - What every verb works with.
 * @param key - The run.
 * @param fresh - Whether it was just made: then everything about it is news.
 * @returns The run after it, and the exit code of the signal that ended it before.
 */
export async function carryPlanning(
  context: Context,
  key: string,
  fresh = false,
): Promise<Result<{ readonly run: Run; readonly code: 129 | 130 | 143 | null }>> {
  const { app } = context;
  const signals = hearSignals(() => {});
  const notesOf = await specialistNotes(app);
  const store = await app.store();
  if (!store.ok) return store;
  const seen = fresh ? 0 : (await store.value.log(key)).recorded.count;
  const face = new RunFace({ ...context, interactive: false }, signals, {
    notesOf,
    old: new Map([[key, seen]]),
  });
  try {
    const end = await carry(app, [key], face);
    if (!end.ok) return end;
  } finally {
    face.end();
    signals.dispose();
  }
  const run = await store.value.run(key);
  if (run === null) return no('unknown_key', `there is no ${key}`, 'tutti list');
  return ok({ run, code: signals.code() });
}

/**
 * Has a run planned; it stops where somebody has to approve.
 *
 * @param context - What every verb works with.
 * @param key - The run.
 * @returns The run with its plan.
 */
export async function untilPlanned(context: Context, key: string): Promise<Result<Run>> {
  const carried = await carryPlanning(context, key, true);
  if (!carried.ok) return carried;
  const { run } = carried.value;
  if (run.plans.length > 0) return ok(run);
  const why = run.status.state === 'failed' ? run.status.failure.message : 'it was interrupted';
  return no('no_plan', `${key} has no plan: ${why}`, `tutti retry ${key}`, 1);
}

/**
 * Decides about a plan that was just shown.
 *
 * @param context - What every verb works with.
 * @param run - The run.
 * @returns 0 when it is approved, 3 while it waits, 1 when it is rejected.
 */
export async function decidePlan(context: Context, run: Run): Promise<Result<Exit>> {
  const { app, flags } = context;
  const { key, status } = run;
  const revision = run.plans.length;
  if (status.state !== 'awaiting_approval') return ok(0);
  const decision = flags.yes ? 'approve' : await asked(context, run);
  if (decision === 'later') {
    context.say(`Next: tutti plan approve ${key}, then tutti plan execute ${key}`);
    return ok(3);
  }
  const type = decision === 'approve' ? 'approve-plan' : 'reject-plan';
  const done = await steer(app, run, { type, run: key, by: app.person, revision });
  if (!done.ok) return done;
  context.say(done.value.text);
  if (decision === 'approve') context.say(`Next: tutti plan execute ${key}`);
  return ok(decision === 'approve' ? 0 : 1);
}

async function asked(context: Context, run: Run): Promise<'approve' | 'reject' | 'later'> {
  const plan = run.plans.at(-1);
  if (!context.interactive || plan === undefined) return 'later';
  const signals = hearSignals(() => {});
  const face = new RunFace({ ...context, flags: { ...context.flags, quiet: true } }, signals);
  try {
    return await face.approve(await withPast(context.app, { run, plan }));
  } finally {
    face.end();
    signals.dispose();
  }
}

/**
 * `tutti plan execute KEY`: an approved plan is carried out; one that waits is asked about first.
 *
 * @param context - What every verb works with.
 * @param given - The key.
 * @returns The exit code.
 */
export const executePlan: Verb = async (context, given) => {
  const found = await findRun(context.app, given.words[0] ?? '');
  if (!found.ok) return found;
  await finishMergeFirst(context);
  return carryOn(context, [found.value.key], false);
};
