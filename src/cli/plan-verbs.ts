// Plans before they are carried out: made, decided about, executed.

import { interruptedPlanning, plannedRun } from '../app/face.ts';
import { findRun } from '../app/find.ts';
import { past } from '../app/past.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { runtimesForRuns } from '../app/runtimes.ts';
import { sandboxForRuns } from '../app/sandbox.ts';
import { steer } from '../app/steer.ts';
import type { Run } from '../model/run.ts';
import { carryOn, finishMergeFirst } from './carry-on.ts';
import { untilPlanned } from './carry-planning.ts';
import type { Talked } from './carry-planning.ts';
import { askPerson } from './confirm.ts';
import type { Context, Exit, Verb } from './context.ts';

/**
 * Lets a person go on with a plan that waits for approval; without one, says how.
 *
 * @param context - What every verb works with.
 * @param run - The run.
 * @returns 0 when it is approved, 3 while it waits, 1 when it is rejected.
 */
async function goOnWith(context: Context, run: Run): Promise<Result<Exit>> {
  const { app, flags } = context;
  const { key, status, plans } = run;
  const isOpen = status.state === 'awaiting_approval' || status.state === 'approved';
  if (isSession(context) && isOpen && plans.length > 0) {
    return (await import('./plan-session.ts')).holdSession(context, run);
  }
  context.show(plannedRun(run, await past(app)));
  if (status.state !== 'awaiting_approval') return ok(0);
  if (!flags.yes) {
    context.say(`Next: tutti plan approve ${key}, then tutti plan execute ${key}`);
    return ok(3);
  }
  const by = app.person;
  const revision = plans.length;
  const done = await steer(app, run, { type: 'approve-plan', run: key, by, revision });
  if (!done.ok) return done;
  context.say(done.value.text);
  context.say(`Next: tutti plan execute ${key}`);
  return ok(0);
}

/**
 * Goes on where a planner has left off.
 *
 * @param context - What every verb works with.
 * @param planned - The run after it.
 * @returns As `goOnWith`; the code of the signal that has ended the planner.
 */
export async function goOnPlanned(
  context: Context,
  planned: Result<Talked>,
): Promise<Result<Exit>> {
  if (!planned.ok) return planned;
  const { run, code } = planned.value;
  if (code === null) return goOnWith(context, run);
  context.show(interruptedPlanning(run));
  return ok(code);
}

/** Whether a person is there who wants to be asked. */
function isSession({ interactive, flags }: Context): boolean {
  return interactive && !flags.json && !flags.jsonl && !flags.quiet && !flags.yes;
}

/**
 * `tutti plan continue KEY`: goes on with a plan where it was left.
 *
 * @param context - What every verb works with.
 * @param given - The key.
 * @returns As `goOnWith`; 0 where there is nothing to decide any more.
 */
export const continuePlan: Verb = async (context, given) => {
  const found = await findRun(context.app, given.words[0] ?? '');
  if (!found.ok) return found;
  const { key, status, plans } = found.value;
  if (status.state === 'queued' || status.state === 'planning') {
    const refused = await sandboxForRuns(context.app, [key], askPerson(context));
    if (refused !== null) return refused;
    const missing = (await runtimesForRuns(context.app, [key])).get(key);
    if (missing !== undefined) return missing;
    return goOnPlanned(context, await untilPlanned(context, key, false));
  }
  if (status.state === 'awaiting_approval' || status.state === 'approved') {
    return goOnWith(context, found.value);
  }
  const state = status.state.replaceAll('_', ' ');
  if (plans.length === 0) {
    return no('refused', `${key} is ${state} and has no plan`, `tutti retry ${key}`);
  }
  return no('refused', `${key} is ${state}: its plan is decided`, `tutti plan show ${key}`);
};

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
