// What the end of OpenCode means. Exit 0 alone is no success: it also exits 0 when a permission was
// refused and it gave up its turn. Only a last step that ended with `stop` is one.

import { failure, type Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { limitFailure } from '../announced-limit.ts';
import type { Exit, Outcome } from '../cli-session.ts';
import { howEnded, withStderr } from '../how-ended.ts';
import { providerFailure } from '../provider-failure.ts';

type Json = Readonly<Record<string, unknown>>;

/** What was seen on the way. */
export interface OpencodeSeen {
  /** Why its last step ended; `null` = none did. */
  readonly finish: string | null;
  /** Its error line. */
  readonly error: Json | null;
  /** What its provider said to a request that it still tried again. */
  readonly trouble: Failure | null;
  /** The last use of a tool that was not allowed. */
  readonly denied: string | null;
  /** Lines that could not be read. */
  readonly lost: number;
  readonly text: string;
}

/** How to log in, for messages and hints. */
export const OPENCODE_LOG_IN =
  'Log in with `opencode auth login`, or set the key of your provider (such as ANTHROPIC_API_KEY).';

const MAX_MESSAGE = 2_000;
const LONGEST_WAIT_SECS = 30 * 24 * 3600;

/**
 * Judges a process of OpenCode that was not ended by somebody else.
 *
 * @param exit - How it ended.
 * @param seen - What was seen on the way.
 * @returns The outcome.
 */
export function judgeOpencode(exit: Exit, seen: OpencodeSeen): Outcome {
  const why = failureOf(exit, seen);
  const { text } = seen;
  return why === null
    ? { failure: null, structured: undefined, text, summary: text }
    : { failure: why, structured: undefined, text: '', summary: '' };
}

function failureOf(exit: Exit, seen: OpencodeSeen): Failure | null {
  const { finish, error, trouble } = seen;
  if (error !== null) return errorLine(error, exit);
  if (exit.code === 0 && finish === 'stop') return null;
  if (finish === 'content-filter') {
    return failure('refused', seen.text === '' ? 'the model refused to do this' : seen.text);
  }
  if (trouble !== null) return trouble;
  if (exit.code !== 0) return failure('agent_error', withStderr(howEnded('opencode', exit), exit));
  return withoutStop(exit, seen);
}

/** It left as if all was well, but did not finish its turn. */
function withoutStop(exit: Exit, { finish, denied, lost }: OpencodeSeen): Failure {
  if (denied !== null) {
    return failure('agent_error', `it gave up when this was not allowed: ${denied}`);
  }
  if (finish !== null) {
    return failure('agent_error', `its last step ended with ${boundedText(finish, 100)}`);
  }
  return lost > 0
    ? failure('invalid_output', `opencode ended without a step; ${lost} lines were unreadable`)
    : failure('agent_error', withStderr('opencode ended without an answer', exit));
}

function errorLine(error: Json, exit: Exit): Failure {
  const name = typeof error['name'] === 'string' ? error['name'] : 'an error';
  const data = isRecord(error['data']) ? error['data'] : {};
  const said = typeof data['message'] === 'string' ? data['message'] : name;
  const message = boundedText(said, MAX_MESSAGE);
  if (name === 'ProviderAuthError') return failure('auth', `${message}\n${OPENCODE_LOG_IN}`);
  if (name === 'ContentFilterError') return failure('refused', message);
  if (name !== 'APIError') return failure('agent_error', withStderr(message, exit));
  return apiFailure(data, message);
}

function apiFailure(data: Json, message: string): Failure {
  const status = typeof data['statusCode'] === 'number' ? data['statusCode'] : 0;
  if (status === 401 || status === 403) return failure('auth', `${message}\n${OPENCODE_LOG_IN}`);
  if (status === 402) return failure('quota', message);
  if (status === 429) return limited(data, message);
  if (status >= 500) return failure('provider', message);
  return status === 0
    ? providerFailure(message, OPENCODE_LOG_IN, 'agent_error')
    : failure('agent_error', message);
}

/** Some say in the words of the answer what they do not say in the message. */
function limited(data: Json, message: string): Failure {
  const headers = isRecord(data['responseHeaders']) ? data['responseHeaders'] : {};
  const sent = Date.parse(words(headers['date']));
  // By the provider's own clock, where it tells that.
  const now = Number.isNaN(sent) ? Date.now() : sent;
  const found = limitFailure(message, now, announcedAt(headers, now));
  if (found.reason === 'quota') return found;
  const body = boundedText(words(data['responseBody']), MAX_MESSAGE);
  const told = limitFailure(body, now, found.retryAt ?? null);
  return { ...told, message };
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** When the provider will take requests again: after a while, or at a date. */
function announcedAt(headers: Json, now: number): number | null {
  const ms = Number(words(headers['retry-after-ms']) || Number.NaN);
  const after = words(headers['retry-after']);
  const secs = Number(after || Number.NaN);
  const wait = Number.isFinite(ms) ? ms : secs * 1000;
  const at = Number.isFinite(wait) ? now + wait : Date.parse(after);
  return at > now && at < now + LONGEST_WAIT_SECS * 1000 ? Math.ceil(at) : null;
}
