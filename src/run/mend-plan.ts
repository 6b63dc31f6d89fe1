// A plan that can be carried out, but of which something was found that another plan could put right,
// is asked for once more, in the same attempt and session. The better one counts; what is left of the
// findings a person reads before they approve.

import { countedTokens } from '../model/budget.ts';
import type { PlanFinding } from '../model/finding.ts';
import type { AttemptResult, AttemptSpec } from '../ports/agent-runtime.ts';
import type { Bench, Job } from './bench.ts';
import { jobOf } from './bench.ts';
import { planInstruction } from './instruct-planner.ts';
import { readPlanAnswer, toPutRight } from './plan-answer.ts';
import { added, rest } from './use.ts';

/** To think a plan over takes no longer. */
const LONGEST_MS = 600_000;

/**
 * Tells what a planner is asked to put right.
 *
 * @param bench - The coordinator.
 * @param job - The planner's attempt.
 * @param spec - What it was told.
 * @param result - What it answered.
 * @returns What was found; empty = its answer stands as it is, or there was a repair round already.
 */
export async function toMend(
  bench: Bench,
  job: Job,
  spec: AttemptSpec,
  result: AttemptResult,
): Promise<readonly PlanFinding[]> {
  if (spec.answer !== 'plan' || result.failure !== null || result.stopped) return [];
  const { replaces, discusses } = job.task.spec;
  // A piece of plan is no whole one, and in a discussion a person is there to say what they think.
  if (replaces !== undefined || discusses !== undefined) return [];
  // After a refused answer there was a repair round already.
  if (job.task.failures > 0) return [];
  const left = [
    rest(spec.budgetUsd, result.costUsd ?? 0),
    rest(spec.budgetTokens, countedTokens(result.tokens)),
  ];
  if (left.includes(0)) return [];
  return toPutRight(await readPlanAnswer(bench, job, result.structured));
}

/**
 * Says what the planner is told then.
 *
 * @param bench - The coordinator.
 * @param job - The planner's attempt.
 * @param spec - What it was told before.
 * @param first - What it answered, and what was found in it.
 * @returns The specification of a session that plans once more.
 */
export async function mendSpec(
  bench: Bench,
  job: Job,
  spec: AttemptSpec,
  first: { readonly result: AttemptResult; readonly found: readonly PlanFinding[] },
): Promise<AttemptSpec> {
  const { workshop } = bench;
  const { result, found } = first;
  const { prompt } = await planInstruction(bench, job, { found, answer: result.structured });
  return {
    ...spec,
    prompt: workshop.secrets.redact(prompt),
    sessionId: result.sessionId,
    logPath: `${workshop.files.folder(job.task.key)}/repair.log`,
    timeoutMs: Math.min(spec.timeoutMs, LONGEST_MS),
    budgetUsd: rest(spec.budgetUsd, result.costUsd ?? 0),
    budgetTokens: rest(spec.budgetTokens, countedTokens(result.tokens)),
    // Its start is on disk already, with the mark that both carry.
    mayStart: async () => {
      const now = jobOf(bench.world, job.attempt.key);
      return now?.attempt.status.state === 'running' && (await bench.holdsLease());
    },
  };
}

/**
 * Chooses between two plans.
 *
 * @param bench - The coordinator.
 * @param job - The planner's attempt.
 * @param first - A plan that can be carried out.
 * @param second - What came of asking once more.
 * @returns The one with less to say about, with what both have used.
 */
export async function better(
  bench: Bench,
  job: Job,
  first: AttemptResult,
  second: AttemptResult,
): Promise<AttemptResult> {
  const used = added(first, second);
  const sessionId = second.sessionId ?? first.sessionId;
  if (second.stopped) return { ...second, ...used, sessionId };
  const [before, after] = [
    await readPlanAnswer(bench, job, first.structured),
    await readPlanAnswer(bench, job, second.structured),
  ];
  const improved =
    second.failure === null && after.ok && toPutRight(after).length <= toPutRight(before).length;
  return { ...(improved ? second : first), ...used, sessionId };
}
