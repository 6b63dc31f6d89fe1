// One generic answer to "what changed": what `apply` replaced in the world is what is written.

import type { Ask } from '../model/ask.ts';
import type { Attempt } from '../model/attempt.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { World } from '../model/world.ts';
import type { Batch, MessageRow, PlanRow } from '../ports/store.ts';
import type { Decision } from '../schedule/decide.ts';
import { changedSince } from '../schedule/lineage.ts';

/**
 * Makes the batch that takes a decision to the store.
 *
 * @param before - The world before the decision.
 * @param decision - What was decided.
 * @returns The events, every row they changed, and the answers.
 */
export function batchOf(before: World, decision: Decision): Batch {
  const runs: Run[] = [];
  const tasks: Task[] = [];
  const attempts: Attempt[] = [];
  const asks: Ask[] = [];
  const plans: PlanRow[] = [];
  const messages: MessageRow[] = [];
  for (const [key, run] of decision.world.runs) {
    const old = before.runs.get(key);
    if (run === old) continue;
    runs.push(run);
    for (const index of changedSince(old?.tasks ?? [], run.tasks)) {
      const [oldTask, task] = [old?.tasks[index], run.tasks[index]];
      if (task === undefined) continue;
      tasks.push(task);
      attempts.push(...changed(oldTask?.attempts, task.attempts));
    }
    asks.push(...changed(old?.asks, run.asks));
    plans.push(...changed(old?.plans, run.plans).map((plan) => ({ run: key, plan })));
    const said = changed(old?.discussion, run.discussion);
    messages.push(...said.map((message) => ({ run: key, message })));
  }
  const { events, answers } = decision;
  const rows = { runs, tasks, attempts, asks, plans, messages };
  return { epoch: before.desk.epoch, events, ...rows, answers };
}

function changed<T>(before: readonly T[] | undefined, after: readonly T[]): readonly T[] {
  return after === before ? [] : after.filter((item, index) => item !== before?.[index]);
}
