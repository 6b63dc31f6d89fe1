// A planner at work in front of a person.

import { carry } from '../app/carry.ts';
import { findRun } from '../app/find.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { send } from '../app/send.ts';
import { specialistNotes } from '../app/specialists.ts';
import type { Run } from '../model/run.ts';
import type { Context } from './context.ts';
import { RunFace } from './run-face.ts';
import { hearSignals } from './signals.ts';

/** How a plan stands after its planner was at work. */
export interface Talked {
  readonly run: Run;
  /** The exit code of the signal that ended it before. */
  readonly code: 129 | 130 | 143 | null;
}

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
  fresh: boolean,
): Promise<Result<Talked>> {
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
  const code = signals.code();
  return code === null ? ok({ run, code }) : giveUp(context, { run, code });
}

/** Whoever interrupts a planner they have asked has the plan back, unless somebody else goes on. */
async function giveUp({ app }: Context, talked: Talked): Promise<Result<Talked>> {
  const { key, status, tasks } = talked.run;
  const asked = tasks.at(-1);
  const waits = status.state === 'planning' && asked?.status.state === 'ready';
  if (!waits || asked.spec.discusses === undefined) return ok(talked);
  const said = await send(app, { type: 'skip', task: asked.key, by: app.person });
  const after = said.ok ? await findRun(app, key) : ok(talked.run);
  return after.ok ? ok({ ...talked, run: after.value }) : after;
}

/**
 * Has a run planned; it stops where somebody has to approve.
 *
 * @param context - What every verb works with.
 * @param key - The run.
 * @param fresh - Whether it was just made.
 * @returns The run with its plan; without one only where a signal has ended it before.
 */
export async function untilPlanned(
  context: Context,
  key: string,
  fresh: boolean,
): Promise<Result<Talked>> {
  const carried = await carryPlanning(context, key, fresh);
  if (!carried.ok) return carried;
  const { run, code } = carried.value;
  if (run.plans.length > 0 || code !== null) return carried;
  if (run.paused !== null) return no('paused', `${key} is paused`, `tutti resume ${key}`, 3);
  const why =
    run.status.state === 'failed' ? run.status.failure.message : 'nobody is at work on it';
  return no('no_plan', `${key} has no plan: ${why}`, `tutti retry ${key}`, 1);
}
