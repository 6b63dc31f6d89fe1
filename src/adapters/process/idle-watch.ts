// Knows a hang from a long quiet piece of work. Whoever prints nothing is idle, save while a tool of
// its is open and what the tool has started does something: only then is looked at that.

import type { Clock } from '../../ports/clock.ts';

/** What is watched. */
export interface Quiet {
  readonly clock: Clock;
  /** So long nothing may happen. */
  readonly limitMs: number;
  /** Whether it is silent only because nobody takes what it has to say. */
  readonly isHeldUp: () => boolean;
  /** When the first of the open tools was opened, in the words of `work`. */
  readonly moment: () => number | null;
  /** What has been done by what was started since: changes with every bit of it. `null` = not known. */
  readonly work: (since: number | null) => string | null;
  /** Told when it is idle. */
  readonly idle: () => void;
}

/** In the time that is allowed it is looked so often whether a tool does anything. */
const LOOKS = 4;

/** Watches one process for silence. */
export class IdleWatch {
  readonly #quiet: Quiet;
  /** When it gave its last sign of life, by the monotonic clock. */
  #signAt = 0;
  #open = 0;
  /** When tools were opened. */
  #openedAt: number | null = null;
  /** What had been done at the last look; `undefined` = not looked since the last sign. */
  #done: string | null | undefined;
  #cancel: () => void = () => {};

  /** @param quiet - What is watched. */
  constructor(quiet: Quiet) {
    this.#quiet = quiet;
  }

  /** Begins, or goes on. */
  start(): void {
    this.heard();
    this.#plan();
  }

  /** Stops for a while, or for good. */
  stop(): void {
    this.#cancel();
  }

  /** It has printed something. */
  heard(): void {
    this.#signAt = this.#quiet.clock.monotonic();
    this.#done = undefined;
  }

  /**
   * Takes how many tools are open.
   *
   * @param open So many.
   */
  tools(open: number): void {
    if (this.#open === 0 && open > 0) this.#openedAt = this.#quiet.moment();
    this.#open = open;
  }

  #plan(): void {
    const { clock, limitMs } = this.#quiet;
    const left = Math.max(0, this.#signAt + limitMs - clock.monotonic());
    const delay = Math.min(left === 0 ? limitMs : left, limitMs / LOOKS);
    this.#cancel = clock.after(delay, () => this.#look());
  }

  #look(): void {
    const { clock, limitMs, isHeldUp, idle } = this.#quiet;
    if (isHeldUp()) this.heard();
    const sure = this.#open === 0 || this.#lookAtTools();
    if (sure && clock.monotonic() >= this.#signAt + limitMs) idle();
    else this.#plan();
  }

  /** Whether what is known now is enough to call it idle: one look alone says nothing. */
  #lookAtTools(): boolean {
    const done = this.#quiet.work(this.#openedAt);
    const before = this.#done;
    this.#done = done;
    if (done === null) return true;
    if (before === undefined) return false;
    if (done !== before) this.#signAt = this.#quiet.clock.monotonic();
    return true;
  }
}
