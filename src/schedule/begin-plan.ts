// The tasks of an approved plan join their run.

import type { Run } from '../model/run.ts';
import { tasksOfPlan } from '../stages/rule.ts';
import type { Turn } from './turn.ts';

/**
 * Lets them join.
 *
 * @param turn - The turn it happens in.
 * @param run - The run as it was before it was started; without an approved plan nothing happens.
 */
export function beginPlan(turn: Turn, run: Run): void {
  const plan = run.plans.findLast(({ state }) => state === 'approved');
  for (const joining of plan === undefined ? [] : tasksOfPlan(run, plan.tasks)) {
    turn.emit(run.key, { type: 'task-added', ...joining });
  }
}
