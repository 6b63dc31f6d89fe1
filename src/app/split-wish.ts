// How a task is split when nobody says into what: the planner in use proposes the pieces.

import type { PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { rulePieces } from '../plan/rule-pieces.ts';
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
 * @param run - The run.
 * @param task - The task to be split.
 * @returns Titles of two pieces or more.
 */
export function piecesOf({ key }: Run, task: PlanTask): Result<string[]> {
  const titles = rulePieces(task);
  if (titles.length > 1) return ok(titles);
  return no(
    'no_pieces',
    `rules tell no pieces of ${task.id}, and no model plans ${key}`,
    `name them: tutti plan edit ${key} --split ${task.id} --into "…" --into "…"`,
  );
}
