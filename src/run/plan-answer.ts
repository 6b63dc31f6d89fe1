import { failure } from '../model/failure.ts';
import type { PlanFinding } from '../model/finding.ts';
import { asFinding } from '../model/finding.ts';
import type { PlanTask, PlanningResult } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { PLANNING } from '../model/stage.ts';
import { mendable } from '../plan/check-plan.ts';
import { emptyTask, timeoutOf } from '../plan/empty-task.ts';
import { readPlanValue } from '../plan/plan-file.ts';
import type { Bench, Job } from './bench.ts';
import { planContext } from './instruct-planner.ts';

/**
 * Reads what a planner answered.
 *
 * @param bench - The coordinator; its workshop knows agents, runtimes and routing.
 * @param job - The planner's attempt.
 * @param answer - The answer, as it came.
 * @returns The plan, or everything that is wrong with it, for the repair try and for people.
 */
export async function readPlanAnswer(
  bench: Bench,
  job: Job,
  answer: unknown,
): Promise<PlanningResult> {
  if (answer === undefined) {
    return { ok: false, failure: failure('invalid_output', 'The planner gave no plan.') };
  }
  const read = readPlanValue(withGoal(answer), await planContext(bench, job));
  if (read.ok) {
    const tasks = makesTasks(job.run) ? read.tasks : [asOne(bench, job.run, read.tasks)];
    return { ok: true, by: 'model', tasks, warnings: read.warnings };
  }
  const lines = read.problems.map(
    ({ path, message, hint }) => `${path}: ${message}${hint === null ? '' : ` (${hint})`}`,
  );
  return { ok: false, failure: failure('invalid_output', lines.join('\n')) };
}

/**
 * Tells what a planner could put right in a plan that can be carried out.
 *
 * @param plan - What its answer was read as.
 * @returns The findings; empty where there are none, or the plan cannot be carried out at all.
 */
export function toPutRight(plan: PlanningResult): readonly PlanFinding[] {
  return plan.ok ? mendable(plan.tasks, plan.warnings.map(asFinding)) : [];
}

function makesTasks({ settings }: Run): boolean {
  return settings.stages.list.find(({ name }) => name === PLANNING)?.createsSubtasks ?? true;
}

/** Where no tasks are to be made of it, a plan is what the one task goes by. */
function asOne({ workshop }: Bench, run: Run, tasks: readonly PlanTask[]): PlanTask {
  const { agent, reason } = workshop.route({ title: run.goal, type: run.type });
  const runtime = workshop.agents.get(agent)?.runtime ?? null;
  const steps = tasks.map(({ title, description }, at) => `${at + 1}. ${title}\n\n${description}`);
  const of = <T>(list: (task: PlanTask) => readonly T[]): T[] => [...new Set(tasks.flatMap(list))];
  return {
    ...emptyTask(run.settings),
    timeoutSecs: timeoutOf(run.settings, runtime),
    id: 'task',
    title: run.title,
    description: steps.join('\n\n'),
    agent,
    agentReason: reason,
    runtime,
    files: of(({ files }) => files),
    acceptance: of(({ acceptance }) => acceptance),
    checks: of(({ checks }) => checks),
    approval: tasks.some(({ approval }) => approval),
  };
}

/** The run has its goal, of which nothing is read here: a planner need not repeat it. */
function withGoal(answer: unknown): unknown {
  const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  return isObject ? { goal: 'that of the run', ...answer } : answer;
}
