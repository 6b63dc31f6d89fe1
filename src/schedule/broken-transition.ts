import type { EventType } from '../model/event.ts';

/** An event was met in a state that does not know it: a bug in whoever decided it. */
export class BrokenTransition extends Error {
  constructor(what: string, event: EventType, from: string | null) {
    super(`${what}: ${event} may not happen ${from === null ? 'to nothing' : `in ${from}`}`);
    this.name = 'BrokenTransition';
  }
}
