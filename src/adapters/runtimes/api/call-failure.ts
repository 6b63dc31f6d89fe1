// What an error of a model API means. It goes by the status and by what the provider announces, and
// only where these say nothing by its words.

import { failure } from '../../../model/failure.ts';
import type { Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';

/** An error as the SDK throws it, as far as it counts. */
export interface CallError {
  readonly status: number | null;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MAX_MESSAGE = 2_000;
/** An announced moment further away than this is a mistake. */
const MAX_WAIT_MS = 31 * 86_400_000;

/** Limits on how fast one may ask are over sooner. */
const LONG_MS = 600_000;

const USED_UP =
  /insufficient_quota|exceeded your current quota|credit balance|billing|usage[ _]limit|per ?day|daily/iu;

/**
 * Reads what was thrown.
 *
 * @param error - Anything.
 * @returns What of it counts.
 */
export function readCallError(error: unknown): CallError {
  const outer: Readonly<Record<string, unknown>> = isRecord(error) ? error : {};
  // After its own tries the SDK puts the last error inside another one.
  const last = isRecord(outer['lastError']) ? outer['lastError'] : outer;
  const headers = isRecord(last['responseHeaders']) ? last['responseHeaders'] : {};
  return {
    status: typeof last['statusCode'] === 'number' ? last['statusCode'] : null,
    message: typeof last['message'] === 'string' ? last['message'] : String(error),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
      ),
    ),
    body: typeof last['responseBody'] === 'string' ? last['responseBody'] : '',
  };
}

/**
 * Tells whether the same call may succeed a moment later.
 *
 * @param error - What was thrown.
 * @returns Whether to try again; a limit is waited out by whoever plans, not here.
 */
export function mayHeal({ status }: CallError): boolean {
  return status === null || status === 408 || status === 409 || status >= 500;
}

/**
 * Puts an error into the words of failures.
 *
 * @param error - What was thrown.
 * @param now - The time, epoch milliseconds.
 * @returns The failure.
 */
export function callFailure(error: CallError, now: number): Failure {
  const { status, message, body } = error;
  const text = boundedText(status === null ? message : `${message} (${status})`, MAX_MESSAGE);
  const isLimit = status === 429 || status === 402 || /RESOURCE_EXHAUSTED/u.test(body);
  if (isLimit) return limit(error, text, now);
  // Google says so with a 400.
  const badKey = status === 400 && /API[_ ]KEY[_ ]INVALID|api key not valid/iu.test(body);
  if (status === 401 || status === 403 || badKey) return failure('auth', text);
  if (status === 404) return failure('setup_failed', text);
  return failure(mayHeal(error) ? 'provider' : 'agent_error', text);
}

function limit(error: CallError, text: string, now: number): Failure {
  const { status, message, body, headers } = error;
  const retryAt = announced(error, now);
  const isPlan = headers['anthropic-ratelimit-unified-status'] === 'rejected';
  const isLong = retryAt !== null && retryAt > now + LONG_MS;
  const usedUp = status === 402 || isPlan || isLong || USED_UP.test(`${message}\n${body}`);
  const why = failure(usedUp ? 'quota' : 'rate_limited', text);
  return retryAt === null ? why : { ...why, retryAt };
}

/** When the provider says that it may be called again. */
function announced({ headers, body }: CallError, now: number): number | null {
  const found = [
    moment(headers['anthropic-ratelimit-unified-reset']),
    after(headers['retry-after-ms'], 0.001, now),
    retryAfter(headers['retry-after'], now),
    after(/"retryDelay"\s*:\s*"(?<secs>[\d.]+)s"/u.exec(body)?.groups?.['secs'], 1, now),
    after(/"resets_in_seconds"\s*:\s*(?<secs>[\d.]+)/u.exec(body)?.groups?.['secs'], 1, now),
  ].find((at) => at !== null && at >= now && at <= now + MAX_WAIT_MS);
  return found ?? null;
}

function after(value: string | undefined, unitSecs: number, now: number): number | null {
  return value === undefined || !/^\d+(?:\.\d+)?$/u.test(value.trim())
    ? null
    : now + Math.ceil(Number(value) * unitSecs * 1000);
}

/** Seconds since 1970. */
function moment(value: string | undefined): number | null {
  return value === undefined || !/^\d{9,11}$/u.test(value) ? null : Number(value) * 1000;
}

/** Seconds, or a date. */
function retryAfter(value: string | undefined, now: number): number | null {
  const secs = after(value, 1, now);
  const date = secs ?? Date.parse(value ?? '');
  return Number.isFinite(date) ? date : null;
}
