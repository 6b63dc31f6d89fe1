import type { AgentEvent } from '../../ports/agent-runtime.ts';

/** Enough for any reader that keeps up; without a reader nothing more is held. */
const CAPACITY = 1_000;

/** Events on their way to one reader, or to none: the oldest go when nobody takes them. */
export class EventQueue implements AsyncIterable<AgentEvent> {
  #events: AgentEvent[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  /** @param event - What happened; ignored after the end. */
  push(event: AgentEvent): void {
    if (this.#ended) return;
    // Half at once: taking single events off the front of a long array costs too much.
    if (this.#events.length >= CAPACITY) this.#events = this.#events.slice(CAPACITY / 2);
    this.#events.push(event);
    this.#wake?.();
  }

  /** Ends it; what is in it can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** @yields The events in their order, until the end. */
  async *[Symbol.asyncIterator](): AsyncIterator<AgentEvent> {
    for (;;) {
      const batch = this.#events;
      this.#events = [];
      yield* batch;
      if (this.#events.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
