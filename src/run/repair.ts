// An answer that cannot be read is asked for once more, in the same attempt and the same session: the
// work is done, and to do it again for want of a word would be dear. A second one is refused.

import { countedTokens } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import type { AttemptResult, AttemptSpec } from '../ports/agent-runtime.ts';
import { createFence } from '../prompt/fence.ts';
import { REVIEW_SHAPE, WORK_SHAPE, repairPrompt } from '../prompt/repair-prompt.ts';
import { answerPath } from './attempt-spec.ts';
import type { Bench, Job } from './bench.ts';
import { jobOf } from './bench.ts';
import { added, rest } from './use.ts';

/** To answer takes no longer. */
const LONGEST_MS = 600_000;

/**
 * Tells whether an answer is to be asked for once more.
 *
 * @param spec - What the agent was told.
 * @param result - How it ended.
 * @returns Whether it did its work and only its answer is wrong.
 */
export function needsRepair(spec: AttemptSpec, result: AttemptResult): boolean {
  if (result.invalid === undefined || result.failure !== null || result.stopped) return false;
  if (spec.command !== null || (spec.answer !== 'work' && spec.answer !== 'review')) return false;
  return [
    rest(spec.budgetUsd, result.costUsd ?? 0),
    rest(spec.budgetTokens, countedTokens(result.tokens)),
  ].every((left) => left !== 0);
}

/**
 * Says what the agent is told then.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @param spec - What it was told before.
 * @param result - What came of it.
 * @returns The specification of a session that only answers.
 */
export function repairSpec(
  bench: Bench,
  job: Job,
  spec: AttemptSpec,
  result: AttemptResult,
): AttemptSpec {
  const { workshop } = bench;
  const refused = {
    problem: result.invalid ?? '',
    answer: result.report.summary,
    shape: spec.answer === 'review' ? REVIEW_SHAPE : WORK_SHAPE,
    resultPath: answerPath(bench, job),
  };
  return {
    ...spec,
    prompt: workshop.secrets.redact(repairPrompt(refused, createFence(workshop.randomId()))),
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
 * Puts together what both sessions told.
 *
 * @param spec - What the agent was told.
 * @param first - The one that worked.
 * @param second - The one that only answered; `null` = there was none.
 * @returns What came of the attempt; of a review that cannot be read, what is wrong with it.
 */
export function repaired(
  { answer }: Pick<AttemptSpec, 'answer'>,
  first: AttemptResult,
  second: AttemptResult | null,
): AttemptResult {
  const last = second ?? first;
  const { invalid, ...others } = last;
  // What cannot be read is a judgement too: it asks for changes.
  const isFailure = invalid !== undefined && answer !== 'review';
  const refused =
    !isFailure || last.failure !== null || last.stopped
      ? null
      : failure('invalid_output', `the answer could not be read: ${invalid}`);
  const result = isFailure || invalid === undefined ? others : { ...others, invalid };
  if (second === null) return { ...result, failure: refused ?? first.failure };
  return {
    ...result,
    failure: refused ?? second.failure,
    sessionId: second.sessionId ?? first.sessionId,
    ...added(first, second),
  };
}
