import { failure } from '../../model/failure.ts';
import type { AgentEvent, Session } from '../../ports/agent-runtime.ts';
import { isSystemError } from '../../util/system-error.ts';
import { failedSession } from './cli-session.ts';

/**
 * Starts a session when there is nobody left to whom the system's refusal could be thrown.
 *
 * @param start - Starts it; it may write files of the program's own first.
 * @returns The session; one that has failed where the system refuses something.
 */
export function startedLate(start: () => Session): Session {
  try {
    return start();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return failedSession(failure('setup_failed', error.message));
  }
}

/**
 * Makes a session of one that is still to be started.
 *
 * @param coming - Resolves with the session; never rejects.
 * @returns The session; what it is told meanwhile is told on.
 */
export function deferredSession(coming: Promise<Session>): Session {
  async function* events(): AsyncGenerator<AgentEvent> {
    yield* (await coming).events;
  }
  const tell = (what: (session: Session) => void): void => {
    // That it did not come is said by its result, to whoever waits for that.
    coming.then(what, () => {});
  };
  return {
    events: events(),
    result: coming.then(({ result }) => result),
    stop: () => tell((session) => session.stop()),
    answer: (id, allow) => tell((session) => session.answer(id, allow)),
  };
}
