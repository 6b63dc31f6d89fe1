// What an agent uses while it is at work, told to the coordinator now and then: what is stored of it
// counts against the budget at once, and is what is known after a crash.

import type { Attempt, Usage } from '../model/attempt.ts';
import { countedTokens } from '../model/budget.ts';
import type { AgentEvent } from '../ports/agent-runtime.ts';
import type { Clock } from '../ports/clock.ts';

/** Agents tell what they use with every message; nothing needs to be known that often. */
const EVERY_MS = 1000;

/** What was used so far; `null` = not known yet. */
interface Use {
  readonly costUsd: number | null;
  readonly tokens: Usage;
}

/** Passes on what one attempt uses, at most once a second but for what is beyond its reservation. */
export class Spending {
  readonly #clock: Clock;
  readonly #attempt: Attempt;
  readonly #tell: (use: Use) => void;
  #latest: Use | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;
  #wasBeyond = false;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, attempt: Attempt, tell: (use: Use) => void) {
    this.#clock = clock;
    this.#attempt = attempt;
    this.#tell = tell;
  }

  /** Hears what the agent does. */
  hear(event: AgentEvent): void {
    if (event.type !== 'usage') return;
    this.#latest = event;
    const rest = this.#toldAt + EVERY_MS - this.#clock.monotonic();
    const isNews = !this.#wasBeyond && this.#isBeyond(event);
    if (rest <= 0 || isNews) this.#pass();
    else this.#cancel ??= this.#clock.after(rest, () => this.#pass());
  }

  /** Ends it: what was used in all is reported with the end of the attempt. */
  close(): void {
    this.#cancel?.();
    this.#latest = null;
  }

  #pass(): void {
    this.#cancel?.();
    this.#cancel = null;
    const use = this.#latest;
    if (use === null) return;
    this.#latest = null;
    this.#toldAt = this.#clock.monotonic();
    this.#wasBeyond ||= this.#isBeyond(use);
    this.#tell({ costUsd: use.costUsd, tokens: use.tokens });
  }

  #isBeyond({ costUsd, tokens }: Use): boolean {
    const { usd, tokens: most } = this.#attempt.reserved;
    return (
      (usd !== null && (costUsd ?? 0) > usd) || (most !== null && countedTokens(tokens) > most)
    );
  }
}
