// What the end of Claude Code means. Exit 0 alone is no success: it also exits 0 when it is
// interrupted while the model is awaited. Only the result line of its own counts: what an agent
// says in words is no signal.

import { failure, type Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import type { Exit, Outcome } from '../cli-session.ts';
import { howEnded, withStderr } from '../how-ended.ts';

type Json = Readonly<Record<string, unknown>>;

/** What else was seen on the way. */
export interface Seen {
  /** Lines that could not be read. */
  readonly lost: number;
  /** When a limit that stopped it is lifted, as the provider announced, epoch milliseconds. */
  readonly resetsAt: number | null;
}

/** How to log in, for messages and hints. */
export const LOG_IN =
  'Log in with `claude auth login` (or start `claude` and type /login), or set ANTHROPIC_API_KEY.';

const MAX_MESSAGE = 2_000;
/** The year 2100: a reset time after it is a mistake. */
const LAST_MOMENT = 4_102_444_800_000;

const LOGIN = /not logged in|\/login\b|invalid api key|authentication_error|oauth token/iu;
const LIMIT =
  /usage limit reached|(?:hit|reached) your .{0,60}limit|out of (?:extra )?usage|credit balance is too low/iu;
const NO_LIMIT = /not your usage limit/iu;
const PROVIDER =
  /overloaded|timed out|timeout|connection error|connection refused|unable to connect|ECONN|ENOTFOUND|EAI_AGAIN|socket|fetch failed/iu;

/**
 * Judges a process of Claude Code that ended by itself.
 *
 * @param exit - How it ended.
 * @param result - Its result line, or `null`.
 * @param seen - What else was seen.
 * @returns The outcome.
 */
export function judgeClaude(exit: Exit, result: Json | null, seen: Seen): Outcome {
  if (result === null) return failed(withoutResult(exit, seen));
  const text = typeof result['result'] === 'string' ? result['result'] : '';
  if (result['stop_reason'] === 'refusal') {
    return failed(
      failure('refused', boundedText(text || 'the model refused to do this', MAX_MESSAGE)),
    );
  }
  if (result['is_error'] !== false) return failed(failedResult(result, seen));
  if (exit.code !== 0)
    return failed(failure('agent_error', withStderr(howEnded('claude', exit), exit)));
  return { failure: null, structured: result['structured_output'], text, summary: text };
}

/**
 * Tells whether a result line says that the session to be continued is not there.
 *
 * @param result - A result line.
 * @returns Whether a fresh start is due.
 */
export function isUnknownSession(result: Json): boolean {
  return (
    result['subtype'] === 'error_during_execution' &&
    /no conversation found|requires a valid session id/iu.test(errorText(result))
  );
}

function failed(why: Failure): Outcome {
  return { failure: why, structured: undefined, text: '', summary: '' };
}

function withoutResult(exit: Exit, seen: Seen): Failure {
  if (seen.lost > 0 && exit.code === 0) {
    return failure(
      'invalid_output',
      `claude ended without a result; ${seen.lost} lines were unreadable`,
    );
  }
  return failure('agent_error', withStderr(`${howEnded('claude', exit)} without a result`, exit));
}

function errorText(result: Json): string {
  const errors: readonly unknown[] = Array.isArray(result['errors']) ? result['errors'] : [];
  const parts = [result['result'], ...errors].filter((part) => typeof part === 'string');
  return boundedText(parts.join('\n'), MAX_MESSAGE);
}

function failedResult(result: Json, seen: Seen): Failure {
  const text = errorText(result);
  const subtype = typeof result['subtype'] === 'string' ? result['subtype'] : 'unknown';
  const message = text === '' ? `claude ended with ${boundedText(subtype, 100)}` : text;
  if (typeof result['is_error'] !== 'boolean') {
    return failure('invalid_output', 'claude’s result line does not say whether it succeeded');
  }
  if (subtype === 'error_max_budget_usd') return failure('budget', message);
  if (subtype === 'error_max_structured_output_retries') return failure('invalid_output', message);
  if (subtype !== 'success') return failure('agent_error', message);
  return apiFailure(result['api_error_status'], message, seen);
}

/** The model's side failed: it is said as the text of a "success" that is an error. */
function apiFailure(status: unknown, message: string, seen: Seen): Failure {
  const code = typeof status === 'number' ? status : 0;
  if (code === 401 || code === 403 || LOGIN.test(message)) {
    return failure('auth', `${message}\n${LOG_IN}`);
  }
  if (LIMIT.test(message) && !NO_LIMIT.test(message)) return quota(message, seen);
  if (code === 429)
    return seen.resetsAt === null ? failure('rate_limited', message) : quota(message, seen);
  if (code >= 500 || PROVIDER.test(message)) return failure('provider', message);
  return failure('agent_error', message);
}

function quota(message: string, seen: Seen): Failure {
  // Older versions write the moment behind the text: `usage limit reached|1790000000`.
  const written = Number(/\|(\d{1,14})\b/u.exec(message)?.[1] ?? Number.NaN);
  const at = seen.resetsAt ?? (written > 1e11 ? written : written * 1000);
  return at > 0 && at < LAST_MOMENT
    ? { reason: 'quota', message, retryAt: at }
    : { reason: 'quota', message };
}
