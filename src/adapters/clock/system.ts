import type { Clock } from '../../ports/clock.ts';

/** Node fires at once when a timer is longer than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function after(delayMs: number, callback: () => void): () => void {
  const end = performance.now() + delayMs;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const left = end - performance.now();
    timer = setTimeout(
      left <= LONGEST_TIMER_MS ? callback : arm,
      Math.min(Math.max(Math.ceil(left), 0), LONGEST_TIMER_MS),
    );
  };
  arm();
  return () => clearTimeout(timer);
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
};
