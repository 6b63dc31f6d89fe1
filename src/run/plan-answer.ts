import { failure } from '../model/failure.ts';
import type { PlanningResult } from '../model/plan.ts';
import { readPlanValue } from '../plan/plan-file.ts';
import { roomForPiece } from '../schedule/replans.ts';
import type { Bench, Job } from './bench.ts';

/**
 * Reads what a planner answered.
 *
 * @param bench - The coordinator; its workshop knows agents, runtimes and routing.
 * @param job - The planner's attempt.
 * @param answer - The answer, as it came.
 * @returns The plan, or everything that is wrong with it, for the repair try and for people.
 */
export function readPlanAnswer(bench: Bench, job: Job, answer: unknown): PlanningResult {
  const { agents, runtimes, route } = bench.workshop;
  const { settings } = job.run;
  if (answer === undefined) {
    return { ok: false, failure: failure('invalid_output', 'The planner gave no plan.') };
  }
  const read = readPlanValue(withGoal(answer), {
    agents: [...agents.values()],
    runtimes: [...runtimes.keys()],
    // A new piece of plan takes the place of one task.
    settings:
      job.task.spec.replaces === undefined
        ? settings
        : { ...settings, maxTasks: roomForPiece(job.run) },
    route,
  });
  if (read.ok) return { ok: true, by: 'model', tasks: read.tasks, warnings: read.warnings };
  const lines = read.problems.map(
    ({ path, message, hint }) => `${path}: ${message}${hint === null ? '' : ` (${hint})`}`,
  );
  return { ok: false, failure: failure('invalid_output', lines.join('\n')) };
}

/** The run has its goal, of which nothing is read here: a planner need not repeat it. */
function withGoal(answer: unknown): unknown {
  const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  return isObject ? { goal: 'that of the run', ...answer } : answer;
}
