// Every expected failure is a value with one of a closed set of reasons, and a class that says what
// may help: trying again at once, trying again later, or nothing.

/** Why something failed. */
export const FAILURE_REASONS = [
  'agent_error',
  'auth',
  'quota',
  'rate_limited',
  'timeout',
  'idle_timeout',
  'no_change',
  'check_failed',
  'conflict',
  'invalid_output',
  'provider',
  'refused',
  'secret',
  'budget',
  'sandbox',
  'limit',
  'worker_lost',
  'setup_failed',
  'killed',
  'rejected',
  'rolled_back',
  'undone',
  'internal',
] as const;

/** One of the closed set of reasons. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** A failure: its reason and one or more lines for a person, without wording of its own. */
export interface Failure {
  readonly reason: FailureReason;
  readonly message: string;
  /** When waiting helps: the announced moment, epoch milliseconds. */
  readonly retryAt?: number;
}

/** What may help against a failure. */
export type RetryClass =
  /** The next attempt knows what failed, so it starts at once. */
  | 'at_once'
  /** Time may heal it: the next attempt starts after the backoff. */
  | 'later'
  /** Trying again changes nothing; a person has to act. */
  | 'never';

const CLASS: Readonly<Record<FailureReason, RetryClass>> = {
  agent_error: 'at_once',
  auth: 'never',
  quota: 'later',
  rate_limited: 'later',
  timeout: 'at_once',
  idle_timeout: 'at_once',
  no_change: 'at_once',
  check_failed: 'at_once',
  conflict: 'at_once',
  invalid_output: 'at_once',
  provider: 'later',
  refused: 'never',
  secret: 'at_once',
  budget: 'never',
  sandbox: 'never',
  limit: 'at_once',
  worker_lost: 'later',
  setup_failed: 'at_once',
  killed: 'at_once',
  rejected: 'never',
  rolled_back: 'at_once',
  undone: 'never',
  internal: 'never',
};

/**
 * Tells whether trying again may help, and when.
 *
 * @param reason - Why it failed.
 * @returns The class of the reason.
 */
export function retryClass(reason: FailureReason): RetryClass {
  return CLASS[reason];
}

/**
 * Tells whether a fallback may succeed at once where trying the same again cannot.
 *
 * @param reason - Why it failed.
 * @returns Who may: somebody else, only another runtime, or nobody.
 */
export function fallbackHelps(reason: FailureReason): 'anybody' | 'another-runtime' | 'nobody' {
  if (reason === 'refused') return 'anybody';
  return reason === 'auth' || reason === 'sandbox' ? 'another-runtime' : 'nobody';
}

/**
 * Tells whether the provider said when to come back: that is waited out and costs no attempt.
 *
 * @param failure - The failure.
 * @returns Whether it has an announced end.
 */
export function isAnnounced({ reason, retryAt }: Failure): boolean {
  return (reason === 'quota' || reason === 'rate_limited') && Number.isFinite(retryAt);
}

/**
 * Tells whether a failure says nothing against the run: it must not trip the breaker.
 *
 * @param why - The failure.
 * @returns Whether it came from outside the work itself.
 */
export function isBlameless(why: Failure): boolean {
  const { reason } = why;
  return (
    reason === 'worker_lost' || reason === 'conflict' || reason === 'budget' || isAnnounced(why)
  );
}

/**
 * Makes a failure.
 *
 * @param reason - Why it failed.
 * @param message - What happened, for a person.
 * @returns The failure.
 */
export function failure(reason: FailureReason, message: string): Failure {
  return { reason, message };
}
