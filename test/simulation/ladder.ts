// The ladder of a conflict: its own agent tries again, another task once, then a person.

import type { PlanTask } from '../../src/model/plan.ts';
import type { Run } from '../../src/model/run.ts';
import type { Task } from '../../src/model/task.ts';

/**
 * Tells what is wrong with a task that joins a run to resolve a conflict.
 *
 * @param run - The run before it.
 * @param spec - The task.
 * @returns What is wrong; `null` = nothing, or it resolves none.
 */
export function wrongRung({ tasks, asks }: Run, { resolves, byHand }: PlanTask): string | null {
  // A person may bring in what they made of it as often as they are asked.
  if (byHand !== undefined) {
    const said = asks.some(
      ({ kind, status }) => kind === 'conflict' && status.state === 'answered',
    );
    return said ? null : `nobody was asked what ${resolves} is to be`;
  }
  const task = tasks.find(({ key }) => key === resolves);
  if (task === undefined) return null;
  const { key, spec, conflicts } = task;
  if (conflicts === 0) return `${key} is given away at its first conflict`;
  const first = spec.resolves === undefined && tasks.every((one) => one.spec.resolves !== key);
  return first ? null : `${key} is given away again`;
}

/**
 * Tells who waits for a task that was given to another one.
 *
 * @param run - The run.
 * @param task - The task.
 * @returns What is wrong; `null` = nothing.
 */
export function waitsInVain({ tasks }: Run, { key }: Task): string | null {
  const given = tasks.findLast(({ spec }) => spec.resolves === key);
  const heir = tasks.find(
    ({ dependsOn, status }) =>
      dependsOn.includes(key) && status.state !== 'completed' && status.state !== 'failed',
  );
  if (given === undefined || heir === undefined) return null;
  return `${heir.key} waits for ${key}, not for ${given.key}`;
}
