import { failure, type Failure } from '../../model/failure.ts';
import { boundedText } from '../../util/bounded-text.ts';
import { limitFailure, speaksOfQuota } from './announced-limit.ts';

const MAX_MESSAGE = 2_000;

const RATE = /rate.?limit|too many requests|\b429\b/iu;
const LOGIN = /api.?key|unauthori[sz]ed|authenticat|not logged in|log ?in required|\b40[13]\b/iu;
const PROVIDER =
  /overloaded|timed? ?out|connection|ECONN|ENOTFOUND|EAI_AGAIN|socket|fetch failed|unavailable|server error|high demand|\b5\d\d\b/iu;

/**
 * Tells what the words of a program mean whose model failed, where it gives no status.
 *
 * @param message - What it said.
 * @param logIn - How to log in there.
 * @param otherwise - What it is when the words say nothing.
 * @returns The failure.
 */
export function providerFailure(
  message: string,
  logIn: string,
  otherwise: 'provider' | 'agent_error',
): Failure {
  const said = boundedText(message, MAX_MESSAGE);
  if (speaksOfQuota(said) || RATE.test(said)) return limitFailure(said, Date.now());
  if (LOGIN.test(said)) return failure('auth', `${said}\n${logIn}`);
  return failure(PROVIDER.test(said) ? 'provider' : otherwise, said);
}
