// What the end of Codex means. It says no status and no reason, only sentences: they were seen with
// 0.169.0. Success is exit 0 and a turn that was completed.

import { failure, type Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import type { Exit, Outcome } from '../cli-session.ts';
import { howEnded, withStderr } from '../how-ended.ts';

/** What was seen on the way. */
export interface CodexSeen {
  readonly completed: boolean;
  /** Why the turn failed, in its words. */
  readonly failed: string | null;
  /** It was to sleep for so long that it was ended. */
  readonly asleep: Failure | null;
  /** Lines that could not be read. */
  readonly lost: number;
  /** What it said last. */
  readonly text: string;
  readonly structured: unknown;
}

/** How to log in, for messages and hints. */
export const CODEX_LOG_IN = 'Log in with `codex login`, or set CODEX_API_KEY.';

const MAX_MESSAGE = 2_000;
const LONGEST_WAIT_MS = 31 * 24 * 3_600_000;

const LOGIN =
  /\b40[13] (?:unauthorized|forbidden)|missing environment variable|not logged in|log(?:ged)? out|refresh token|sign in again|invalid.?api.?key/iu;
const QUOTA = /usage limit|quota|out of credits|insufficient_quota|billing/iu;
const RATE = /\b429\b|too many requests|rate.?limit/iu;
const REFUSED = /content_filter|cyber_policy|safety|flagged|usage polic/iu;
const PROVIDER =
  /high demand|overloaded|at capacity|\b5\d\d\b|stream disconnected|error sending request|timed? ?out|connection|reconnecting/iu;

/**
 * Judges a process of Codex that was not ended by us.
 *
 * @param exit - How it ended.
 * @param seen - What was seen on the way.
 * @param now - The time, epoch milliseconds: a limit is announced by the clock on the wall.
 * @returns The outcome.
 */
export function judgeCodex(exit: Exit, seen: CodexSeen, now: number): Outcome {
  const why = failureOf(exit, seen, now);
  if (why !== null) return { failure: why, structured: undefined, text: '', summary: '' };
  const { structured, text } = seen;
  return { failure: null, structured, text, summary: text };
}

function failureOf(exit: Exit, seen: CodexSeen, now: number): Failure | null {
  if (seen.failed !== null) return codexFailure(seen.failed, now);
  if (seen.asleep !== null) return seen.asleep;
  if (exit.code === 0 && seen.completed) return null;
  if (exit.code === 0 && seen.lost > 0) {
    return failure('invalid_output', `codex ended no turn; ${seen.lost} lines were unreadable`);
  }
  const how = howEnded('codex', exit);
  const what = seen.completed ? how : `${how} without ending its turn`;
  return failure('agent_error', withStderr(what, exit));
}

/**
 * Tells what Codex means by an error.
 *
 * @param message - Its words.
 * @param now - The time, epoch milliseconds.
 * @returns The failure.
 */
export function codexFailure(message: string, now: number): Failure {
  const said = boundedText(message, MAX_MESSAGE);
  if (LOGIN.test(said)) return failure('auth', `${said}\n${CODEX_LOG_IN}`);
  if (QUOTA.test(said)) {
    const retryAt = announced(said, now);
    return retryAt === null ? failure('quota', said) : { reason: 'quota', message: said, retryAt };
  }
  if (RATE.test(said)) return failure('rate_limited', said);
  if (REFUSED.test(said)) return failure('refused', said);
  return PROVIDER.test(said) ? failure('provider', said) : failure('agent_error', said);
}

/** Longer than this nobody waits inside of it: what else is to be done can be done meanwhile. */
const LONGEST_SLEEP_MS = 60_000;
const SLEEPS =
  /retrying sampling request \(\d+\/\d+ in (?<secs>\d+(?:\.\d+)?)s\).*?(?:sampling_error=(?<why>.*))?$/u;

/**
 * Tells whether a line of its log says that it will sleep until a limit is over.
 *
 * @param line - The line.
 * @param now - The time, epoch milliseconds.
 * @returns The failure that the attempt is to end with; `null` = it says no such thing.
 */
export function codexSleep(line: string, now: number): Failure | null {
  const { secs, why = '' } = SLEEPS.exec(line)?.groups ?? {};
  const waits = Number(secs ?? 0) * 1000;
  if (waits <= LONGEST_SLEEP_MS) return null;
  const message = boundedText(why === '' ? 'its model sends it away' : why, MAX_MESSAGE);
  const found = codexFailure(message, now);
  // A limit that lasts so long is one of a plan.
  const reason = found.reason === 'rate_limited' ? 'quota' : found.reason;
  const retryAt = Math.ceil(now + waits);
  return waits < LONGEST_WAIT_MS ? { ...found, reason, retryAt } : { ...found, reason };
}

const AT =
  /try again at (?:(?<month>[A-Z][a-z]{2})[a-z]* (?<day>\d{1,2})(?:st|nd|rd|th)?, (?<year>\d{4}),? )?(?<hour>\d{1,2}):(?<minute>\d\d) (?<half>[AP])M/u;
const IN = /try again in (?<span>(?:\d+ (?:day|hour|minute|second)s?[ ,]*(?:and )?)+)/u;
const UNITS: Readonly<Record<string, number>> = {
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1_000,
};
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** When a limit is lifted: a time of day here, with a date where it is not today, or a span. */
function announced(said: string, now: number): number | null {
  const at = moment(AT.exec(said)?.groups, now) ?? span(IN.exec(said)?.groups?.['span'], now);
  return at !== null && at > now && at < now + LONGEST_WAIT_MS ? at : null;
}

function moment(groups: Record<string, string> | undefined, now: number): number | null {
  if (groups === undefined) return null;
  const { month, day, year, hour, minute, half } = groups;
  const at = new Date(now);
  // Dates first: the last day of a month and another month together would be a third one.
  if (month !== undefined) at.setFullYear(Number(year), MONTHS.indexOf(month), Number(day));
  // It says minutes only: the limit is lifted within the one it names.
  at.setHours((Number(hour) % 12) + (half === 'P' ? 12 : 0), Number(minute) + 1, 0, 0);
  if (month === undefined && at.getTime() <= now) at.setDate(at.getDate() + 1);
  return at.getTime();
}

function span(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const parts = [...text.matchAll(/(?<count>\d+) (?<unit>day|hour|minute|second)/gu)];
  const ms = parts.reduce(
    (sum, { groups }) => sum + Number(groups?.['count']) * (UNITS[groups?.['unit'] ?? ''] ?? 0),
    0,
  );
  return now + ms;
}
