import type { AgentReport } from '../model/attempt.ts';
import { plural } from '../util/amount.ts';
import { fit } from './view.ts';

/**
 * Says what an agent has left out of a conflict on purpose, and why.
 *
 * @param report - What its attempt handed in.
 * @returns The words; `null` when it has named nothing.
 */
export function leftOutText({ leftOut = [] }: AgentReport): string | null {
  if (leftOut.length === 0) return null;
  return fit(leftOut.map(({ file, reason }) => `${file}: ${reason}`).join('; '), 800);
}

/**
 * Says which changes of a task that changes nothing were not taken.
 *
 * @param report - What its attempt handed in.
 * @returns The words; `null` when there were none.
 */
export function droppedText({ dropped = [] }: AgentReport): string | null {
  if (dropped.length === 0) return null;
  return `${plural(dropped.length, 'changed file')} not merged: ${fit(dropped.join(', '), 200)}`;
}
