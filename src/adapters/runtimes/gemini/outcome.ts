// What the end of Gemini CLI means. Exit 0 alone is no success: it also exits 0 when it is interrupted
// while the model is awaited. Only its result line counts; what it says there was seen with 0.61.0.

import { failure, type Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import type { Exit, Outcome } from '../cli-session.ts';
import { howEnded, withStderr } from '../how-ended.ts';

type Json = Readonly<Record<string, unknown>>;

/** What was seen on the way. */
export interface GeminiSeen {
  /** Its result line. */
  readonly result: Json | null;
  /** The last error it spoke of. */
  readonly error: string;
  /** Lines that could not be read. */
  readonly lost: number;
  readonly text: string;
}

/** How to log in, for messages and hints. */
export const GEMINI_LOG_IN = 'Log in by starting `gemini` once, or set GEMINI_API_KEY.';

const MAX_MESSAGE = 2_000;
const LONGEST_WAIT_SECS = 31 * 24 * 3600;

const LOGIN = /unauthenticated|permission_denied|api.?key|log ?in|auth method|please set an auth/iu;
const REFUSED = /safety|prohibited|blocked|recitation|blocklist|\bSPII\b/iu;
const RATE = /resource_exhausted|too many requests|rate.?limit|retry after|quota/iu;
const PROVIDER =
  /unavailable|overloaded|internal|timed? ?out|ECONN|ENOTFOUND|EAI_AGAIN|socket|fetch failed|invalid (?:stream|content)|no response/iu;
/** It stands behind every refusal for a limit. */
const ADVICE = /\n?Please wait and try again later\. To increase your limits,.*$/su;

/**
 * Judges a process of Gemini CLI that was not ended by us.
 *
 * @param exit - How it ended.
 * @param seen - What was seen on the way.
 * @param now - The time, epoch milliseconds: limits are announced as spans.
 * @returns The outcome.
 */
export function judgeGemini(exit: Exit, seen: GeminiSeen, now: number): Outcome {
  const why = failureOf(exit, seen, now);
  if (why !== null) return { failure: why, structured: undefined, text: '', summary: '' };
  return { failure: null, structured: undefined, text: seen.text, summary: seen.text };
}

function failureOf(exit: Exit, seen: GeminiSeen, now: number): Failure | null {
  const { result } = seen;
  if (result === null) return withoutResult(exit, seen);
  // It stops a model that goes round in circles, and calls that a success.
  if (/loop detected/iu.test(seen.error)) return failure('agent_error', seen.error);
  const isSuccess = result['status'] === 'success';
  // A success that has an error is none.
  if (isSuccess && exit.code === 0 && !isRecord(result['error'])) return null;
  const error = isRecord(result['error']) ? result['error'] : {};
  const said = typeof error['message'] === 'string' ? error['message'] : seen.error;
  if ((isSuccess && exit.code !== 0) || said === '') {
    return failure('agent_error', withStderr(howEnded('gemini', exit), exit));
  }
  return apiFailure(boundedText(said, MAX_MESSAGE), exit, now);
}

/** What it exits with before it has begun. */
const EXITS: Readonly<Record<number, string>> = {
  41: 'auth',
  52: 'setup_failed',
  55: 'setup_failed',
};

function withoutResult(exit: Exit, { error, lost }: GeminiSeen): Failure {
  const said = withStderr(`${howEnded('gemini', exit)} without a result`, exit);
  const reason = EXITS[exit.code ?? 0];
  if (reason === 'auth' || (exit.code !== 0 && /set an auth method|api key/iu.test(exit.stderr))) {
    return failure('auth', `${error || said}\n${GEMINI_LOG_IN}`);
  }
  if (reason === 'setup_failed') return failure(reason, said);
  if (exit.code === 0 && lost > 0) {
    return failure(
      'invalid_output',
      `gemini ended without a result; ${lost} lines were unreadable`,
    );
  }
  return failure('agent_error', said);
}

/** It exits with the API's status, cut to a byte; some errors have none, only words. */
function apiFailure(told: string, exit: Exit, now: number): Failure {
  const message = told.replace(ADVICE, '').trim();
  const status = Number(/"code":\s*(?<code>\d{3})\b/u.exec(message)?.groups?.['code'] ?? 0);
  const is = (code: number): boolean =>
    status === code || (status === 0 && exit.code === code % 256);
  if (is(401) || is(403)) return failure('auth', `${message}\n${GEMINI_LOG_IN}`);
  if (is(429)) return limited(message, exit, now);
  if ([500, 502, 503, 504].some(is)) return failure('provider', message);
  if (status === 0 && REFUSED.test(message)) return failure('refused', message);
  if (RATE.test(message)) return limited(message, exit, now);
  if (LOGIN.test(message)) return failure('auth', `${message}\n${GEMINI_LOG_IN}`);
  return failure(PROVIDER.test(message) ? 'provider' : 'agent_error', message);
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };

function limited(message: string, exit: Exit, now: number): Failure {
  const told = /retry (?:after|in) (?<span>(?:[\d.]+(?:ms|h|m|s))+)/iu.exec(message);
  const parts = [...(told?.groups?.['span'] ?? '').matchAll(/(?<count>[\d.]+)(?<unit>ms|h|m|s)/gu)];
  const spoken = parts.reduce(
    (sum, { groups }) => sum + Number(groups?.['count']) * (UNITS[groups?.['unit'] ?? ''] ?? 0),
    0,
  );
  const written = /retryDelayMs: (?<ms>\d{1,12})/u.exec(exit.stderr)?.groups?.['ms'];
  const secs = spoken > 0 ? spoken : Number(written ?? 0) / 1000;
  // It waits for minutes itself, and has a name of its own for a limit that is not over in minutes.
  const isUsedUp = secs > 300 || /daily quota|TerminalQuotaError/iu.test(message + exit.stderr);
  const reason = isUsedUp ? 'quota' : 'rate_limited';
  return secs > 0 && secs < LONGEST_WAIT_SECS
    ? { reason, message, retryAt: Math.ceil(now + secs * 1000) }
    : failure(reason, message);
}
