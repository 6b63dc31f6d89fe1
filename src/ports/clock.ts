/** Time, as the shell around the core sees it. */
export interface Clock {
  /** The wall clock in epoch milliseconds: for stamps and announced moments, never for durations. */
  now(): number;
  /** A clock that only goes forward, in milliseconds: for durations and deadlines. */
  monotonic(): number;
  /**
   * Calls back once, not before `delayMs` have passed.
   *
   * @returns A function that takes the timer back; calling it twice is harmless.
   */
  after(delayMs: number, callback: () => void): () => void;
}
