// Talking with the planner about a plan that waits for approval.

import { openPlan, revise } from '../app/edit-plan.ts';
import { findRun } from '../app/find.ts';
import { withPast } from '../app/past.ts';
import { openProposal, talkShown } from '../app/plan-talk.ts';
import { planShown } from '../app/plans.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { sandboxForRuns } from '../app/sandbox.ts';
import { send } from '../app/send.ts';
import { piecesOf, splitWish } from '../app/split-wish.ts';
import { steer } from '../app/steer.ts';
import type { Command } from '../model/command.ts';
import type { Run } from '../model/run.ts';
import { carryPlanning } from './carry-planning.ts';
import type { Talked } from './carry-planning.ts';
import { askPerson } from './confirm.ts';
import type { Context, Exit, Verb } from './context.ts';

/** What a person says to the planner. */
type Saying = Extract<Command, { type: 'discuss-plan' | 'reject-plan' }>;

/**
 * Says something to the planner and waits for what it says.
 *
 * @param context - What every verb works with.
 * @param saying - What is said.
 * @returns The run after it.
 */
export async function talk(context: Context, saying: Saying): Promise<Result<Talked>> {
  const { app } = context;
  const refused = await sandboxForRuns(app, [saying.run], askPerson(context));
  if (refused !== null) return refused;
  const said = await send(app, saying);
  if (!said.ok) return said;
  const after = await findRun(app, saying.run);
  if (!after.ok || after.value.status.state !== 'planning') {
    return after.ok ? ok({ run: after.value, code: null }) : after;
  }
  return carryPlanning(context, saying.run, false);
}

/**
 * `tutti plan discuss KEY "…"`.
 *
 * @param context - What every verb works with.
 * @param given - The key and what is said.
 * @returns 0 when there is an answer, 1 when the planner has none, 3 when it waits for somebody.
 */
export const discussPlan: Verb = async (context, { words: [key = '', ...said], options }) => {
  const { app } = context;
  const found = await findRun(app, key);
  if (!found.ok) return found;
  const text = said.join(' ').trim();
  const take = options['take'] === true;
  const leave = options['leave'] === true;
  if (text === '') {
    if (take || leave) return judge(context, found.value, take);
    const hint = `tutti plan discuss ${key} "why two tasks?"; --take takes what was proposed`;
    return no('usage', 'there is nothing to discuss', hint);
  }
  const run = found.value.key;
  const talked = await talk(context, { type: 'discuss-plan', run, by: app.person, text });
  if (!talked.ok) return talked;
  const after = talked.value.run;
  if (take && openProposal(after) !== null) {
    const message = after.discussion.at(-1);
    if (message !== undefined && message.text !== '') context.say(message.text);
    return judge(context, after, true);
  }
  context.show(talkShown(after));
  return ok(talked.value.code ?? exitOf(after));
};

function exitOf({ status, discussion }: Run): Exit {
  if (status.state === 'planning') return 3;
  return discussion.at(-1)?.kind === 'unanswered' ? 1 : 0;
}

async function judge(context: Context, run: Run, take: boolean): Promise<Result<Exit>> {
  const judged = await judgeProposal(context, run, take);
  if (!judged.ok) return judged;
  const plan = judged.value.plans.at(-1);
  if (plan === undefined) return no('no_plan', `${run.key} has no plan`, 'tutti plan list');
  context.show(planShown(await withPast(context.app, { run: judged.value, plan })));
  return ok(0);
}

/**
 * Takes or leaves what the planner has proposed.
 *
 * @param context - What every verb works with.
 * @param run - The run.
 * @param take - Whether it becomes a revision.
 * @returns The run after it.
 */
export async function judgeProposal(
  { app }: Context,
  run: Run,
  take: boolean,
): Promise<Result<Run>> {
  const message = openProposal(run);
  if (message === null) {
    const hint = `tutti plan discuss ${run.key} "…"`;
    return no('no_proposal', `the planner of ${run.key} proposes nothing`, hint);
  }
  const by = app.person;
  const said = await send(app, { type: 'judge-proposal', run: run.key, by, message, take });
  return said.ok ? findRun(app, run.key) : said;
}

/**
 * `tutti plan reject KEY`: ends the run; with a reason, its planner makes another plan.
 *
 * @param context - What every verb works with.
 * @param given - The key and the reason.
 * @returns 0 when it is done, 1 when there is no other plan.
 */
export const rejectPlan: Verb = async (context, { words: [key = ''], options }) => {
  const { app } = context;
  const found = await findRun(app, key);
  if (!found.ok) return found;
  const { reason } = options;
  const command = { type: 'reject-plan', run: found.value.key, by: app.person } as const;
  if (typeof reason !== 'string') {
    const done = await steer(app, found.value, command);
    if (done.ok) context.show(done.value.shown);
    return done.ok ? ok(0) : done;
  }
  const talked = await talk(context, { ...command, reason });
  if (!talked.ok) return talked;
  const { run, code } = talked.value;
  const plan = run.plans.at(-1);
  if (plan !== undefined && plan.revision > found.value.plans.length) {
    context.show(planShown(await withPast(app, { run, plan })));
    return ok(0);
  }
  context.show(talkShown(run));
  return ok(code ?? exitOf(run));
};

/**
 * Has the planner in use split a task, and takes the pieces that it proposes.
 *
 * @param context - What every verb works with.
 * @param key - The run.
 * @param id - The task.
 * @returns 0 when it is split.
 */
export async function splitByPlanner(
  context: Context,
  key: string,
  id: string,
): Promise<Result<Exit>> {
  const { app } = context;
  const found = await openPlan(app, key);
  if (!found.ok) return found;
  const { run, plan } = found.value;
  const task = plan.tasks.find((one) => one.id === id);
  if (task !== undefined && run.settings.replanner === null) {
    const pieces = piecesOf(run, task);
    if (!pieces.ok) return pieces;
    const revised = await revise(app, key, [{ kind: 'split', id, into: pieces.value }]);
    if (!revised.ok) return revised;
    for (const note of revised.value.notes) context.say(note);
    context.show(planShown(await withPast(app, revised.value)));
    return ok(0);
  }
  if (task === undefined) {
    const hint = `tasks here: ${plan.tasks.map((one) => one.id).join(', ')}`;
    return no('bad_plan', `there is no task "${id.slice(0, 80)}"`, hint);
  }
  const by = app.person;
  const talked = await talk(context, { type: 'discuss-plan', run: key, by, text: splitWish(task) });
  if (!talked.ok) return talked;
  const after = talked.value.run;
  if (openProposal(after) !== null) return judge(context, after, true);
  context.show(talkShown(after));
  return ok(talked.value.code ?? (after.status.state === 'planning' ? 3 : 1));
}
