// Edits of a plan that waits for approval: each is a revision of its own.

import type { PlanFinding } from '../model/finding.ts';
import type { PlanRevision, PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { editPlan } from '../plan/edit-plan.ts';
import type { PlanEdit } from '../plan/edit-plan.ts';
import type { PlanContext } from '../plan/plan-context.ts';
import { readPlan } from '../plan/plan-file.ts';
import { writePlan } from '../plan/write-plan.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import type { App } from './app.ts';
import { contextOf } from './plan-sources.ts';
import { findPlan } from './plans.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { send } from './send.ts';

export type { PlanEdit } from '../plan/edit-plan.ts';

/** A plan that may be edited, and what it is read with. */
export interface Editable {
  readonly run: Run;
  readonly plan: PlanRevision;
  readonly context: PlanContext;
  /** The plan as a file. */
  readonly text: string;
}

/**
 * Takes a plan up for editing.
 *
 * @param app - The application.
 * @param key - The run.
 * @returns The newest revision.
 */
export async function openPlan(app: App, key: string): Promise<Result<Editable>> {
  const found = await findPlan(app, key, null);
  if (!found.ok) return found;
  const { run, plan } = found.value;
  const workshop = await app.workshop();
  if (!workshop.ok) return workshop;
  const context = contextOf({ workshop: workshop.value, settings: run.settings });
  return ok({ run, plan, context, text: writePlan(run.goal, plan.tasks) });
}

/** What an edit came to. */
export interface Revised {
  readonly run: Run;
  /** The newest revision. */
  readonly plan: PlanRevision;
  /** The one it was made from: somebody else may have made it while a person looked at an older one. */
  readonly from: PlanRevision;
  /** What else changed with it, a sentence each. */
  readonly notes: readonly string[];
}

/** So often somebody else may be faster. */
const MOST_TRIES = 5;

/**
 * Makes edits to a plan, all of them or none. They name tasks by their ids, so they are made to the
 * newest revision, whoever has made it.
 *
 * @param app - The application.
 * @param key - The run.
 * @param edits - What to change, in this order.
 * @returns The new revision.
 */
export async function revise(
  app: App,
  key: string,
  edits: readonly PlanEdit[],
): Promise<Result<Revised>> {
  for (let tries = 1; ; tries += 1) {
    const opened = await openPlan(app, key);
    if (!opened.ok) return opened;
    const { plan, context } = opened.value;
    const edited = editPlan(plan.tasks, edits, context);
    if (!edited.ok) return no('bad_plan', edited.message, edited.hint);
    const revised = await submit(app, opened.value, edited);
    if (revised.ok || revised.problem.code !== 'stale_plan' || tries === MOST_TRIES) return revised;
  }
}

/**
 * Takes a plan back that a person has edited as a file.
 *
 * @param app - The application.
 * @param opened - The plan as it was.
 * @param text - The file as it is now.
 * @returns The new revision; every problem of the file as `bad_plan`.
 */
export async function reviseByFile(
  app: App,
  opened: Editable,
  text: string,
): Promise<Result<Revised>> {
  const read = readPlan(text, opened.context);
  if (!read.ok) {
    const lines = read.problems.map(
      ({ line, column, message, hint }) =>
        `${line}:${column}: ${message}${hint === null ? '' : ` (${hint})`}`,
    );
    const message = ['the edited plan has problems:', ...lines].join('\n');
    return no('bad_plan', message, 'edit it again: nothing was changed');
  }
  const tasks = read.tasks.map((task) => withReason(task, opened.plan.tasks));
  return submit(app, opened, { tasks, warnings: read.warnings, notes: [] });
}

/** A file names every agent; why it was chosen stands as long as it does. */
function withReason(task: PlanTask, before: readonly PlanTask[]): PlanTask {
  const old = before.find(({ id }) => id === task.id);
  return old?.agent === task.agent ? { ...task, agentReason: old.agentReason } : task;
}

/** A whole new plan. */
interface NewTasks {
  readonly tasks: readonly PlanTask[];
  readonly warnings: readonly PlanFinding[];
  readonly notes: readonly string[];
}

async function submit(
  app: App,
  { run, plan }: Editable,
  { tasks, warnings, notes }: NewTasks,
): Promise<Result<Revised>> {
  if (canonicalJson(tasks) === canonicalJson(plan.tasks)) {
    return ok({ run, plan, from: plan, notes });
  }
  const said = await send(app, {
    type: 'revise-plan',
    run: run.key,
    by: app.person,
    from: plan.revision,
    tasks,
    warnings,
  });
  if (!said.ok) return said;
  const after = await findPlan(app, run.key, null);
  return after.ok ? ok({ ...after.value, from: plan, notes }) : after;
}
