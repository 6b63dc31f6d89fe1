// A planner at work in front of a person.

import { carry } from '../app/carry.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { specialistNotes } from '../app/specialists.ts';
import type { Run } from '../model/run.ts';
import type { Context } from './context.ts';
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
