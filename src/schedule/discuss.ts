// What follows when a person talks about a plan that waits for approval. The planner is asked by a task
// of its own: it is supervised, paid for and found again after a crash like any other.

import type { Answer, Command } from '../model/command.ts';
import { taskKey } from '../model/key.ts';
import type { RunKey } from '../model/key.ts';
import type {
  Discussed,
  PlanMessage,
  PlanProposal,
  PlanTask,
  PlanningResult,
} from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { done, refuse, stalePlan } from './refuse.ts';
import type { Turn } from './turn.ts';

/** The longest text that is taken, in characters: it goes into a prompt. */
const LONGEST_TEXT = 20_000;
const LONGEST_TITLE = 100;
const RULES_CANNOT =
  'This plan has no model behind it: rules cannot answer questions or take up wishes. You can change it yourself: add, modify, split and remove tasks. To plan with a model, set orchestration.planner to model (--planner model) and a runtime that has one, and plan the goal again.';

/**
 * Decides what follows from a question or a wish about a plan.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param command - What was said by whom.
 * @returns What to say to that person at once; the planner's answer comes later.
 */
export function discussPlan(
  turn: Turn,
  run: Run,
  command: Extract<Command, { type: 'discuss-plan' }>,
): Answer {
  const refused = whyNotDiscussed(run, command.text);
  if (refused !== null) return refused;
  const text = command.text.trim();
  say(turn, run.key, { from: 'person', by: command.by, text });
  if (askPlanner(turn, run.key, { discusses: 'question', text })) {
    return done(run, `the planner of ${run.key} is asked`);
  }
  say(turn, run.key, { from: 'planner', by: 'rules', text: RULES_CANNOT });
  return done(run, `${run.key} was planned without a model`);
}

function whyNotDiscussed(run: Run, text: string): Answer | null {
  const { key, status } = run;
  if (status.state === 'planning') {
    return refuse(`the planner of ${key} is at work`, `wait for it: tutti plan continue ${key}`);
  }
  if (status.state === 'approved') {
    return refuse(
      `the plan of ${key} is approved`,
      `an edit makes it a draft again: tutti plan edit ${key}`,
    );
  }
  if (status.state !== 'awaiting_approval') {
    return refuse(`${key} has no plan that waits for approval`, `tutti show ${key}`);
  }
  if (text.trim() === '') return refuse('nothing was said', `tutti plan discuss ${key} "…"`);
  return text.length <= LONGEST_TEXT
    ? null
    : refuse(`the text has ${text.length} characters`, `at most ${LONGEST_TEXT} are taken`);
}

/**
 * Has a rejected plan planned again.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run, whose plan waits for approval.
 * @param why - Why it is rejected.
 * @param why.by - By whom.
 * @param why.reason - The reason.
 * @returns What to say to that person.
 */
export function planAgain(
  turn: Turn,
  run: Run,
  { by, reason }: { readonly by: string; readonly reason: string },
): Answer {
  const refused = whyNotDiscussed(run, reason);
  if (refused !== null) return refused;
  if (run.settings.replanner === null) {
    const hint = `change it (tutti plan edit ${run.key}), or reject it without a reason: that ends the run`;
    return refuse(`no model is there to plan ${run.key} again`, hint);
  }
  const text = reason.trim();
  say(turn, run.key, { from: 'person', by, text, kind: 'rejected' });
  askPlanner(turn, run.key, { discusses: 'again', text });
  return done(run, `the plan of ${run.key} is planned again`);
}

/** Tells whether there is a planner that can be asked. */
function askPlanner(
  turn: Turn,
  key: RunKey,
  { discusses, text }: { discusses: Discussed; text: string },
): boolean {
  const { settings, tasks } = turn.run(key);
  if (settings.replanner === null) return false;
  const number = tasks.length + 1;
  const line = text.split('\n', 1)[0] ?? '';
  const verb = discusses === 'again' ? 'Plan again' : 'Discuss the plan';
  const spec: PlanTask = {
    ...settings.replanner,
    id: `${discusses === 'again' ? 'plan' : 'discuss'}-${number}`,
    title: `${verb}: ${line}`.slice(0, LONGEST_TITLE),
    description: text,
    discusses,
  };
  turn.emit(key, { type: 'planning-started' });
  const task = taskKey(key, number);
  turn.emit(key, { type: 'task-added', task, stage: 'planning', spec, dependsOn: [] });
  return true;
}

type Said = Pick<PlanMessage, 'from' | 'by' | 'text'> &
  Partial<Pick<PlanMessage, 'kind' | 'proposal'>>;

function say(turn: Turn, key: RunKey, said: Said): void {
  const { plans, discussion } = turn.run(key);
  turn.emit(key, {
    type: 'plan-discussed',
    message: {
      kind: 'said',
      proposal: null,
      ...said,
      number: discussion.length + 1,
      revision: plans.length,
      at: turn.now,
    },
  });
}

/**
 * Decides what follows from the planner's answer.
 *
 * @param turn - The turn it is heard in.
 * @param planner - The planner's task, completed.
 * @param result - What it answered.
 * @param draft - Makes a plan the newest revision.
 */
export function hearPlanner(
  turn: Turn,
  planner: Task,
  result: Extract<PlanningResult, { ok: true }>,
  draft: (plan: PlanProposal & { readonly by: string }) => void,
): void {
  const run = turn.run(planner.run);
  if (run.status.state !== 'planning') return;
  const { by, tasks, warnings, reply = '' } = result;
  const again = planner.spec.discusses === 'again';
  if (!again || reply !== '') {
    const proposal = again || isNothingNew(run, tasks) ? null : { tasks, warnings };
    const text = reply === '' && proposal === null ? 'The plan stays as it is.' : reply;
    say(turn, run.key, { from: 'planner', by, text, proposal });
  }
  if (again) draft({ by, tasks, warnings });
}

function isNothingNew({ plans }: Run, tasks: readonly PlanTask[]): boolean {
  return tasks.length === 0 || canonicalJson(tasks) === canonicalJson(plans.at(-1)?.tasks ?? []);
}

/**
 * Tells whether a plan is being made while there is one that nobody has decided about.
 *
 * @param run - The run.
 * @returns Whether that plan stands if nothing comes of it.
 */
export function keepsDraft({ status, plans }: Run): boolean {
  return status.state === 'planning' && plans.at(-1)?.state === 'draft';
}

/**
 * Gives a plan back to its person when the planner has no answer: it is as it was before.
 *
 * @param turn - The turn it happens in.
 * @param run - A run in planning, in which nothing is at work any more.
 * @returns Whether there is a plan to give back.
 */
export function giveBack(turn: Turn, run: Run): boolean {
  const last = run.tasks.at(-1);
  if (last === undefined || run.plans.length === 0) return false;
  if (last.spec.discusses === undefined && !keepsDraft(run)) return false;
  const { status } = last;
  const why =
    status.state === 'failed'
      ? `${status.failure.reason}: ${status.failure.message}`
      : 'It was given up.';
  say(turn, run.key, { from: 'planner', by: 'model', text: why, kind: 'unanswered' });
  return true;
}

/**
 * Decides what follows when a person takes or leaves what the planner has proposed.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param command - Which message, and what becomes of it.
 * @param draft - Makes a plan the newest revision.
 * @returns What to say to that person.
 */
export function judgeProposal(
  turn: Turn,
  run: Run,
  command: Extract<Command, { type: 'judge-proposal' }>,
  draft: (plan: PlanProposal & { readonly by: string }) => void,
): Answer {
  const message = run.discussion[command.message - 1];
  if (message === undefined || message.proposal === null) {
    return refuse(`nothing was proposed for ${run.key}`, `tutti plan show ${run.key}`);
  }
  if (run.status.state !== 'awaiting_approval') {
    return refuse(`the plan of ${run.key} does not wait for approval`, `tutti show ${run.key}`);
  }
  if (message.revision !== run.plans.length) return stalePlan(run);
  if (message.number !== run.discussion.length) {
    const hint = `tutti plan discuss ${run.key} "…" asks for another one`;
    return refuse('more was said since it was proposed', hint);
  }
  if (!command.take) {
    say(turn, run.key, { from: 'person', by: command.by, text: 'Not taken.' });
    return done(run, `the plan of ${run.key} stays as it is`);
  }
  draft({ by: message.by, ...message.proposal });
  return done(run, `revision ${run.plans.length + 1} of ${run.key}`);
}
