// What a runtime tells of an attempt goes into the store and from there to people, prompts and other
// programs. Runtimes do their best; here it is made sure, at the one place that all of them pass.

import { storable } from '../model/answer.ts';
import type { AgentReport, Usage } from '../model/attempt.ts';
import type { Failure } from '../model/failure.ts';
import type { AttemptResult } from '../ports/agent-runtime.ts';

const MAX_MESSAGE = 16_384;
const MAX_REPORT_TEXT = 8_000;
const MAX_TITLE = 200;
const MAX_FOLLOW_UPS = 20;
const MAX_LEFT_OUT = 200;
/** No plan is as deep or as large. */
const MAX_DEPTH = 64;
const MAX_VALUES = 200_000;
const MAX_CHARS = 4 << 20;
const MAX_TOKENS = 1e12;
const MAX_USD = 1e6;
/** Nobody waits for longer. */
const MAX_WAIT_MS = 366 * 86_400_000;

/**
 * Makes what is known of an attempt's end fit to be kept: sizes, shapes, control characters.
 *
 * @param result - What a runtime told.
 * @param now - Epoch milliseconds.
 * @returns The same, as far as it can be kept.
 */
export function guarded(result: AttemptResult, now: number): AttemptResult {
  const problem = shapeProblem(result.structured);
  return {
    ...result,
    ...(problem !== null && { structured: undefined, invalid: problem }),
    failure: result.failure === null ? null : guardedFailure(result.failure, now),
    report: guardedReport(result.report),
    sessionId: result.sessionId === null ? null : sessionName(result.sessionId),
    tokens: guardedTokens(result.tokens),
    costUsd: result.costUsd === null ? null : within(result.costUsd, MAX_USD),
  };
}

/**
 * Tells whether something is the name of a session: it is given to programs as an argument.
 *
 * @param id - What a runtime says.
 * @returns The name; `null` = it is none.
 */
export function sessionName(id: string): string | null {
  return /^[\w/+=@~][\w/+=@~.:-]{0,255}$/u.test(id) ? id : null;
}

function guardedFailure(why: Failure, now: number): Failure {
  const { retryAt, ...rest } = why;
  const message = storable(why.message, MAX_MESSAGE);
  const isSound = retryAt !== undefined && retryAt >= 0 && retryAt <= now + MAX_WAIT_MS;
  return { ...rest, message, ...(isSound && { retryAt }) };
}

function guardedReport(report: AgentReport): AgentReport {
  const { status, summary, question, followUps, leftOut = [] } = report;
  const named = leftOut.slice(0, MAX_LEFT_OUT).map(({ file, reason }) => ({
    file: storable(file, MAX_REPORT_TEXT),
    reason: storable(reason, MAX_REPORT_TEXT),
  }));
  return {
    ...(named.length > 0 && { leftOut: named }),
    status,
    summary: storable(summary, MAX_REPORT_TEXT),
    question: question === null ? null : storable(question, MAX_REPORT_TEXT),
    followUps: followUps.slice(0, MAX_FOLLOW_UPS).map(({ title, description }) => ({
      title: storable(title, MAX_TITLE).replaceAll(/\s+/gu, ' '),
      description: storable(description, MAX_REPORT_TEXT),
    })),
  };
}

function guardedTokens({ input, output, cached }: Usage): Usage {
  return {
    input: within(input, MAX_TOKENS),
    output: within(output, MAX_TOKENS),
    cached: within(cached, MAX_TOKENS),
  };
}

function within(amount: number, most: number): number {
  return amount >= 0 ? Math.min(amount, most) : 0;
}

/** Without recursion: it may be nested deeper than any stack. */
function shapeProblem(value: unknown): string | null {
  let level: readonly unknown[] = [value];
  let [values, chars] = [0, 0];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    values += level.length;
    for (const one of level) if (typeof one === 'string') chars += one.length;
    if (values > MAX_VALUES || chars > MAX_CHARS) return 'it is too large';
    level = level.flatMap((one): readonly unknown[] =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return null;
}
