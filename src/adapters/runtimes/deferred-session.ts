import type { AgentEvent, Session } from '../../ports/agent-runtime.ts';

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
    void coming.then(what);
  };
  return {
    events: events(),
    result: coming.then(({ result }) => result),
    stop: () => tell((session) => session.stop()),
    answer: (id, allow) => tell((session) => session.answer(id, allow)),
  };
}
