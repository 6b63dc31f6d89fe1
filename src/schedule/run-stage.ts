// Running a stage again: `tutti stage KEY NAME`. Its tasks join at once; a planning drafts beside the
// live plan, which stands until the new one is approved.

import type { Answer } from '../model/command.ts';
import { taskKey } from '../model/key.ts';
import type { PlanningResult } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION, PLANNING } from '../model/stage.ts';
import type { Stage } from '../model/stage.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import { comesAfter, plannerAgain, tasksAnew, tasksOf } from '../stages/rule.ts';
import type { Joining } from '../stages/rule.ts';
import { ask } from './ask.ts';
import { done, refuse } from './refuse.ts';
import { renamed } from './replan.ts';
import { goOnWithout, wasNeverBegun } from './retry.ts';
import { withdrawAskOf } from './run-ask.ts';
import { dropHandedIn, stopAttempts } from './stop.ts';
import type { Turn } from './turn.ts';

/**
 * Runs a stage of a run again, or one that it has left out.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param command - The stage's name, and who wants it.
 * @returns What to say to whoever wants it.
 */
export function runStage(turn: Turn, run: Run, command: { stage: string; by: string }): Answer {
  const { list } = run.settings.stages;
  const stage = list.find(({ name }) => name === command.stage);
  const refused = whyNot(run, stage, command.stage);
  if (refused !== null || stage === undefined) return refused ?? unknown(run, command.stage);
  const planned = run.plans.some(({ state }) => state === 'approved');
  if (stage.name === PLANNING || !planned) {
    return planAgain(turn, run, { stage, by: command.by });
  }
  const joining = tasksOf(run, stage);
  if (joining.length === 0) return refuse(`the stage ${stage.name} has nobody`, hintOf(run));
  goOnWithout(turn, run, { roots: new Set(), by: command.by });
  join(turn, run, joining);
  return done(run, `the stage ${stage.name} of ${run.key} runs again`);
}

function hintOf({ key }: Run): string {
  return `tutti show ${key} --stages`;
}

function unknown(run: Run, name: string): Answer {
  const names = run.settings.stages.list.map((stage) => stage.name);
  const hint = names.length === 0 ? hintOf(run) : `there are ${names.join(', ')}`;
  return refuse(`${run.key} has no stage "${name}"`, hint);
}

function whyNot(run: Run, stage: Stage | undefined, name: string): Answer | null {
  if (stage === undefined) return unknown(run, name);
  const { state } = run.status;
  if (state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  if (wasNeverBegun(run)) {
    return refuse(`${run.key} is ${state}, and its plan was never begun`, `tutti retry ${run.key}`);
  }
  if (stage.name === IMPLEMENTATION) {
    const hint = `tutti retry ${run.key} tries again what failed, tutti stage ${run.key} planning plans anew`;
    return refuse('the implementation is the plan’s own tasks', hint);
  }
  const open = run.tasks.find((task) => task.stage === stage.name && !TASK_OVER[task.status.state]);
  if (open !== undefined) {
    return refuse(`the stage ${stage.name} of ${run.key} is not over: ${open.key}`, hintOf(run));
  }
  if (state === 'queued' || state === 'planning' || state === 'approved') {
    return refuse(`${run.key} is ${state}: its stages follow by themselves`, hintOf(run));
  }
  const planned = run.plans.some((plan) => plan.state === 'approved');
  if (!planned && comesAfter(run.settings.stages, name, IMPLEMENTATION)) {
    const message = `${run.key} has no approved plan: there is no work for the stage ${name} yet`;
    return refuse(message, hintOf(run));
  }
  return null;
}

/** What is known before the plan is made is there for the plan: it is made again with it. */
function planAgain(
  turn: Turn,
  run: Run,
  { stage, by }: { readonly stage: Stage; readonly by: string },
): Answer {
  const planner = run.settings.replanner;
  if (planner === null) {
    return refuse(`no model is there to plan ${run.key}`, 'set orchestration.planner to model');
  }
  const planned = run.plans.some(({ state }) => state === 'approved');
  if (run.status.state === 'awaiting_approval') turn.emit(run.key, { type: 'planning-started' });
  else goOnWithout(turn, run, { roots: new Set(), by });
  const first = stage.name === PLANNING || planned ? [] : tasksOf(run, stage);
  const joining = [...first, plannerAgain(run, planner, first)];
  join(turn, run, joining);
  const beside = planned ? '; its present plan stands until you approve another' : '';
  return done(run, `${run.key} is being planned again${beside}`);
}

/** What came to nothing of it before is replaced, and counts no more. */
function join(turn: Turn, run: Run, joining: readonly Joining[]): void {
  const stages = new Set(joining.map(({ stage }) => stage));
  const [first] = joining;
  for (const task of turn.run(run.key).tasks) {
    if (first === undefined || !stages.has(task.stage)) continue;
    if (task.status.state !== 'completed') retire(turn, task, first.task);
  }
  for (const one of joining) turn.emit(run.key, { type: 'task-added', ...one });
}

// ---- a plan beside the live one ----

/**
 * Takes the plan that was made beside the live one; its attempt has ended well, its task has not.
 *
 * @param turn - The turn it happens in.
 * @param planner - The planner's task.
 * @param result - What it planned.
 */
export function adoptAnother(
  turn: Turn,
  planner: Task,
  result: Extract<PlanningResult, { ok: true }>,
): void {
  const run = turn.run(planner.run);
  const plan = {
    revision: run.plans.length + 1,
    state: 'draft',
    by: result.by,
    tasks: renamed(result.tasks, new Set(run.tasks.map(({ spec }) => spec.id))),
    warnings: result.warnings,
    createdAt: turn.now,
  } as const;
  turn.emit(run.key, { type: 'plan-drafted', plan });
  if (run.preapproved || !run.settings.confirm) {
    acceptAnother(turn, planner, 'beforehand');
    return;
  }
  const question = `${run.key} was planned again: ${plan.tasks.length} tasks, see tutti plan show ${run.key}. What is unfinished of the present plan is canceled for it. Approve it?`;
  ask(turn, turn.task(planner.key), 'plan', { question, counts: 'nothing' });
}

/**
 * Lets the drafted plan take the place of the live one.
 *
 * @param turn - The turn it happens in.
 * @param planner - The planner's task.
 * @param by - Who approved it.
 */
export function acceptAnother(turn: Turn, planner: Task, by: string): void {
  const draft = turn.run(planner.run).plans.at(-1);
  if (draft === undefined) return;
  turn.emit(planner.run, { type: 'plan-approved', revision: draft.revision, by });
  const nothing = { proof: null, commit: null, tree: null };
  turn.emit(planner.run, { type: 'task-completed', task: planner.key, ...nothing });
  const run = turn.run(planner.run);
  const joining = tasksAnew(run, draft.tasks);
  const first = joining[0]?.task ?? taskKey(run.key, run.tasks.length);
  for (const task of run.tasks) {
    if (task.key !== planner.key && task.status.state !== 'completed') retire(turn, task, first);
  }
  for (const one of joining) turn.emit(run.key, { type: 'task-added', ...one });
}

/**
 * Drops the drafted plan: the live one stands.
 *
 * @param turn - The turn it happens in.
 * @param planner - The planner's task.
 * @param by - Who rejected it.
 */
export function rejectAnother(turn: Turn, planner: Task, by: string): void {
  const draft = turn.run(planner.run).plans.at(-1);
  if (draft?.state === 'draft') {
    turn.emit(planner.run, { type: 'plan-rejected', revision: draft.revision, by });
  }
  const because = { reason: 'canceled', text: 'its plan was rejected' } as const;
  turn.emit(planner.run, { type: 'task-skipped', task: planner.key, because });
}

/** A task of the plan that was replaced ends; a branch move that was announced is finished. */
function retire(turn: Turn, task: Task, by: string): void {
  const { status } = task;
  const because = { reason: 'superseded', task: by } as const;
  if (status.state === 'running' && status.publication !== null) return;
  if (TASK_OVER[status.state]) {
    turn.emit(task.run, { type: 'task-skipped', task: task.key, because });
    return;
  }
  if (status.state === 'running' && status.phase === 'work') {
    stopAttempts(turn, task.key, { kind: 'canceled', why: 'superseded' });
    return;
  }
  withdrawAskOf(turn, task);
  dropHandedIn(turn, task, 'superseded');
  if (status.state === 'running') {
    const attempt = task.attempts.at(-1)?.key ?? '';
    const outcome = { kind: 'canceled', why: 'superseded' } as const;
    turn.emit(task.run, { type: 'attempt-ended', attempt, outcome });
  }
  turn.emit(task.run, { type: 'task-canceled', task: task.key, because });
}

/** Whether it plans the whole run, not a piece of it, and is no word about a plan. */
function makesPlan({ kind, replaces, discusses }: Task['spec']): boolean {
  return kind === 'plan' && replaces === undefined && discusses === undefined;
}

/**
 * Tells whether a task plans beside a plan that is being carried out.
 *
 * @param run - Its run.
 * @param task - The task.
 * @returns Whether its failure leaves that plan as it is.
 */
export function plansBeside(run: Run, { spec }: Task): boolean {
  return makesPlan(spec) && run.status.state === 'running';
}
