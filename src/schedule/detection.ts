// What follows when a model has said how much work a goal is.

import type { Way } from '../model/complexity.ts';
import type { RunKey } from '../model/key.ts';
import { taskKey } from '../model/key.ts';
import type { PlanningResult } from '../model/plan.ts';
import type { Task } from '../model/task.ts';
import { tasksBeforePlan } from '../stages/rule.ts';
import { proposePlan } from './propose.ts';
import type { Turn } from './turn.ts';

/** The stage of the task that estimates. */
const DETECTION = 'detection';

/**
 * Lets a new run, or one whose goal was estimated, go on: with its plan, or with what makes one.
 *
 * @param turn - The turn it happens in.
 * @param key - The run.
 * @param way - The plan, or the task that makes it.
 */
export function goOn(
  turn: Turn,
  key: RunKey,
  { plan, planner }: Pick<Way, 'plan' | 'planner'>,
): void {
  if (planner?.estimates === true) {
    const task = taskKey(key, 1);
    turn.emit(key, { type: 'task-added', task, stage: DETECTION, spec: planner, dependsOn: [] });
  } else if (planner !== null) {
    for (const joining of tasksBeforePlan(turn.run(key), planner)) {
      turn.emit(key, { type: 'task-added', ...joining });
    }
  }
  if (plan !== null) proposePlan(turn, turn.run(key), plan);
}

/**
 * Goes by what was estimated.
 *
 * @param turn - The turn it is heard in.
 * @param task - The task that estimated; it is completed.
 * @param result - What it says.
 */
export function adoptDetection(
  turn: Turn,
  task: Task,
  { detected }: Extract<PlanningResult, { ok: true }>,
): void {
  const { key, status, settings } = turn.run(task.run);
  const { detection } = settings;
  if (status.state !== 'planning' || detection === undefined || detected === undefined) return;
  const way = detected.orchestrate ? detection.planned : detection.direct;
  const reasons = [...detected.reasons, ...way.reasons];
  const { source, stages } = way;
  turn.emit(key, { type: 'run-detected', source, stages, reasons });
  goOn(turn, key, way);
}
