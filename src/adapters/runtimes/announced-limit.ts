// When a limit ends, in whatever words a provider says it; one that lasts is a quota.

import { failure, type Failure } from '../../model/failure.ts';

const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  d: DAY_MS,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};
const UNIT = '(?:days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|[dhms])(?![a-z])';
const COUNT = String.raw`\d{1,9}(?:\.\d{1,9})?`;
const PART = new RegExp(`(?<count>${COUNT}) ?(?<unit>${UNIT})`, 'giu');
/** "try again in 2 hours", "resets after 3h20m", "please wait 90 s", "available in 1 day and 2 hours" */
const ANNOUNCED = new RegExp(
  String.raw`\b(?:again|retry|retrying|wait|resets?|renews?|available)\b[^.\d]{0,24}(?<span>(?:${COUNT} ?${UNIT}(?:,? and | ?,? ?))+)`,
  'iu',
);
/** Whoever says more is mistaken. */
const LONGEST_MS = 31 * DAY_MS;
/** A limit that is not over in minutes is one of a plan. */
const LASTS_MS = 300_000;

const QUOTA =
  /quota|usage.?limit|credit|billing|insufficient.?(?:funds|balance)|(?:hourly|daily|weekly|monthly|spend(?:ing)?|plan).{0,16}(?:limit|cap|allowance)|(?:limit|allowance) (?:for|of) (?:today|th[ei]s? (?:hour|day|week|month|plan))|(?:limit|tokens?|allowance) (?:is |has been |have been )?exhausted|used up|out of (?:tokens|requests)|upgrade (?:your|to a) (?:\w+ )?(?:plan|tier|subscription)/iu;

/** How long a limit lasts, in milliseconds; `null` = it does not say. */
function announcedWait(said: string): number | null {
  const span = ANNOUNCED.exec(said)?.groups?.['span'];
  if (span === undefined) return null;
  const parts = [...span.matchAll(PART)].map(({ groups }) => {
    const unit = groups?.['unit']?.toLowerCase() ?? '';
    return Number(groups?.['count']) * (UNIT_MS[unit === 'ms' ? unit : unit.charAt(0)] ?? 0);
  });
  const ms = Math.ceil(parts.reduce((sum, part) => sum + part, 0));
  return ms > 0 && ms < LONGEST_MS ? ms : null;
}

/**
 * Tells whether a text speaks of something that is used up, and not only of too much at once.
 *
 * @param said - What a provider said.
 * @returns Whether it does.
 */
export function speaksOfQuota(said: string): boolean {
  return QUOTA.test(said);
}

/**
 * Makes the failure of a request that was sent away because of a limit.
 *
 * @param said - What the provider said, bounded.
 * @param now - The time, epoch milliseconds.
 * @param retryAt - When the limit ends, where that is known otherwise; epoch milliseconds.
 * @returns The failure, with the time where it is known.
 */
export function limitFailure(said: string, now: number, retryAt: number | null = null): Failure {
  const wait = announcedWait(said);
  const at = retryAt ?? (wait === null ? null : now + wait);
  const lasts = at !== null && at - now > LASTS_MS;
  const reason = lasts || speaksOfQuota(said) ? 'quota' : 'rate_limited';
  return at === null ? failure(reason, said) : { reason, message: said, retryAt: at };
}
