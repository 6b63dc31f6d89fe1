// How a task is split when nobody says into what: the planner in use proposes the pieces.

import type { PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { planByRules } from '../plan/rule-planner.ts';
import { mapAt } from '../run/repository-facts.ts';
import type { App } from './app.ts';
import { contextOf } from './new-run.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/**
 * Says what a model is asked for.
 *
 * @param task - The task to be split.
 * @returns The wish.
 */
export function splitWish({ id, title }: Pick<PlanTask, 'id' | 'title'>): string {
  return `Split the task "${id}" (${title}) into two or more smaller tasks that together do the same. What waited for it waits for all of them. Leave every other task as it is.`;
}

/**
 * Has rules propose the pieces of a task.
 *
 * @param app - The application.
 * @param run - The run.
 * @param task - The task to be split.
 * @returns Titles of two pieces or more.
 */
export async function piecesOf(app: App, run: Run, task: PlanTask): Promise<Result<string[]>> {
  const workshop = await app.workshop();
  if (!workshop.ok) return workshop;
  const map = await mapAt(workshop.value.repository, run.baseCommit);
  const context = contextOf({ workshop: workshop.value, settings: run.settings });
  const titles = planByRules(`${task.title}\n${task.description}`, map, context).tasks.map(
    ({ title }) => title,
  );
  if (titles.length > 1) return ok(titles);
  return no(
    'no_pieces',
    `the rules see no pieces in ${task.id}, and no model plans ${run.key}`,
    `name them: tutti plan edit ${run.key} --split ${task.id} --into "…" --into "…"`,
  );
}
