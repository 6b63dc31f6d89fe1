// How long the agents of each run work, by the monotonic clock. What was measured is written now and
// then, so that a crash loses little, and not at every turn, so that it costs little.

import type { RunKey } from '../model/key.ts';
import { runOf } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import type { Clock } from '../ports/clock.ts';
import type { Input, Report } from '../schedule/input.ts';
import { isAtWork } from '../schedule/work-time.ts';

/** What a crash may lose of the working time, at most. */
const WRITE_EVERY_MS = 60_000;
/** Less than this is not worth an event of its own when an attempt ends: it is written with the next. */
const WORTH_WRITING_MS = 1000;

const ENDS: ReadonlySet<Report['type']> = new Set([
  'handed-in',
  'planned',
  'failed',
  'stopped',
  'lost',
]);

/** Measures the working time of runs. */
export class WorkClock {
  readonly #clock: Clock;
  /** What is measured but not written, by run. */
  readonly #owed = new Map<RunKey, number>();
  #last: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.monotonic();
  }

  /**
   * Measures up to now. It has to be called before the world changes.
   *
   * @param world - The world as it was since the last time.
   * @param inputs - What was heard.
   * @returns What is to be heard before it.
   */
  measure(world: World, inputs: readonly Input[]): Input[] {
    this.#count(world);
    const ending = new Set(inputs.flatMap((input) => endsIn(input) ?? []));
    return [...this.#owed].flatMap(([key, ms]) => {
      const run = world.runs.get(key);
      if (run === undefined || RUN_OVER[run.status.state]) {
        this.#owed.delete(key);
        return [];
      }
      const write = isDue(run, ms) || (ending.has(key) && ms >= WORTH_WRITING_MS);
      if (!write) return [];
      this.#owed.delete(key);
      return [{ type: 'worked', run: key, ms: Math.round(ms) }] satisfies Input[];
    });
  }

  /**
   * Tells whether something measured has to be written although nothing else happens.
   *
   * @param world - The world as it was since the last time.
   * @returns Whether it has.
   */
  isDue(world: World): boolean {
    this.#count(world);
    return [...this.#owed].some(([key, ms]) => {
      const run = world.runs.get(key);
      return run !== undefined && isDue(run, ms);
    });
  }

  #count({ runs, desk }: World): void {
    const now = this.#clock.monotonic();
    const passed = now - this.#last;
    this.#last = now;
    if (passed <= 0) return;
    for (const key of desk.driven) {
      const run = runs.get(key);
      if (run === undefined || !isAtWork(run, desk.epoch)) continue;
      this.#owed.set(key, (this.#owed.get(key) ?? 0) + passed);
    }
  }
}

function isDue({ worked, settings, paused }: Run, ms: number): boolean {
  if (ms >= WRITE_EVERY_MS) return true;
  const total = worked.ms - worked.since + ms;
  return paused === null && total >= settings.runTimeoutSecs * 1000;
}

function endsIn(input: Input): RunKey | null {
  return input.type === 'report' && ENDS.has(input.report.type)
    ? runOf(input.report.attempt)
    : null;
}
