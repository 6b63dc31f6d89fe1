// What the merge queue does next. Changes that wait are put on the head of the run together and judged
// once. When that fails, halves of them are judged until the first is found that fails with those
// before it; then whether it fails alone, and if not, with which of them. All of it follows from the
// queue and from what is known already, so it goes on after a crash where it was.

import { isSame } from '../model/gate.ts';
import type { Trial } from '../model/gate.ts';
import type { AttemptKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import { taskAt } from './moves.ts';

/** What the queue does next. */
type GateStep =
  /** Judges as many as fit into a batch, the first of them surely. */
  | { readonly kind: 'open' }
  /** Judges these together, again if they fail. */
  | { readonly kind: 'judge'; readonly attempts: readonly AttemptKey[]; readonly retries: number }
  /** These have passed together, and nothing is known against them. */
  | { readonly kind: 'land'; readonly attempts: readonly AttemptKey[] }
  | { readonly kind: 'blame'; readonly blamed: Blamed };

/** Who must not get onto the branch, and why. */
export interface Blamed {
  readonly attempt: AttemptKey;
  readonly failed: readonly Verdict[];
  /** It passes alone, and with everything before this one. */
  readonly with: AttemptKey | null;
}

/** What is to be judged now. */
export interface Gate {
  /** Another one for everything that is judged. */
  readonly id: string;
  /** The lowest of them. */
  readonly first: AttemptKey;
  /** In the order in which they are stacked. */
  readonly attempts: readonly AttemptKey[];
  /** Whether those that do not fit onto the others may be left out. */
  readonly loose: boolean;
  /** How often a failing check is run again. */
  readonly retries: number;
}

/**
 * Says what of a run is to be judged now.
 *
 * @param run - The run.
 * @returns The gate; `null` when there is nothing to judge, or its branch is about to move.
 */
export function gateOf(run: Run): Gate | null {
  // What is merged is merged anew without what is being taken out.
  if (run.queue.length === 0 || run.undo !== null || isComingIn(run)) return null;
  const tasks = run.queue.map((key) => taskAt(run, key));
  if (tasks.some(isAnnounced) || isHeld(run)) return null;
  const waiting = tasks.map(latest);
  const step = stepOf(waiting, run.trials, run.settings.integrate.flakyRetries);
  if (step.kind === 'blame') return null;
  const loose = step.kind === 'open';
  const attempts = loose ? waiting.slice(0, run.settings.integrate.batch) : step.attempts;
  const [first = ''] = attempts;
  const retries = step.kind === 'judge' ? step.retries : retriesOf(run, attempts);
  const tried = run.trials.reduce((sum, { tries }) => sum + tries, 0);
  const named = loose ? first : attempts.join('+');
  return { id: [run.key, run.head, tried, named].join(' '), first, attempts, loose, retries };
}

/** One that is judged alone is run again at once; of several it is not known yet who is to blame. */
function retriesOf({ settings }: Run, attempts: readonly AttemptKey[]): number {
  return attempts.length === 1 ? settings.integrate.flakyRetries : 0;
}

/** It is put on what other people have done, as soon as that has passed the gate. */
function isComingIn({ base }: Run): boolean {
  const state = base.update?.status.state;
  return state === 'judging' || state === 'publishing';
}

/** A person has to say something about the branch first; newer commits of the base hold nobody. */
function isHeld({ asks, base: { update } }: Run): boolean {
  const harmless =
    update?.kind === 'base' && update.status.state === 'refused' ? update.status.ask : null;
  return asks.some(
    ({ key, kind, task, status }) =>
      kind === 'base' && task === null && status.state === 'open' && key !== harmless,
  );
}

/**
 * Tells whether a task's branch move is announced.
 *
 * @param task - The task.
 * @returns Whether it is.
 */
export function isAnnounced({ status }: Task): boolean {
  return status.state === 'running' && status.publication !== null;
}

function latest({ attempts }: Task): AttemptKey {
  return attempts.at(-1)?.key ?? '';
}

/**
 * Finds who must not get onto the branch.
 *
 * @param run - The run.
 * @param trials - What is known.
 * @returns Who, and why; `null` when nobody has been found.
 */
export function blamedBy(run: Run, trials: readonly Trial[] = run.trials): Blamed | null {
  if (trials.length === 0) return null;
  const waiting = run.queue.map((key) => latest(taskAt(run, key)));
  const step = stepOf(waiting, trials, run.settings.integrate.flakyRetries);
  return step.kind === 'blame' ? step.blamed : null;
}

/**
 * Tells whether changes that were judged may get onto the branch together.
 *
 * @param run - The run.
 * @param trials - What is known, the last trial among it.
 * @param attempts - The changes, in the order in which they were stacked.
 * @returns Whether they have passed and nothing else has to be found out first.
 */
export function mayLand(
  run: Run,
  trials: readonly Trial[],
  attempts: readonly AttemptKey[],
): boolean {
  const waiting = run.queue.map((key) => latest(taskAt(run, key)));
  const step = stepOf(waiting, trials, run.settings.integrate.flakyRetries);
  return step.kind === 'land' && isSame(step.attempts, attempts);
}

/** What is known of a list of changes. */
class Known {
  readonly #trials: readonly Trial[];

  constructor(trials: readonly Trial[]) {
    this.#trials = trials;
  }

  of(attempts: readonly AttemptKey[]): Trial | undefined {
    return this.#trials.find((trial) => isSame(trial.attempts, attempts));
  }

  fails(attempts: readonly AttemptKey[]): boolean {
    return (this.of(attempts)?.failed.length ?? 0) > 0;
  }

  passes(attempts: readonly AttemptKey[]): boolean {
    return this.of(attempts)?.failed.length === 0;
  }
}

function stepOf(
  waiting: readonly AttemptKey[],
  trials: readonly Trial[],
  flakyRetries: number,
): GateStep {
  // What was found out with somebody who is gone says nothing of the others.
  const all = trials.filter(({ attempts }) => attempts.every((key) => waiting.includes(key)));
  const known = new Known(all);
  const whole = all.find(({ failed }) => failed.length > 0)?.attempts;
  if (whole === undefined) {
    const passed = all.toSorted((a, b) => b.attempts.length - a.attempts.length)[0];
    return passed === undefined ? { kind: 'open' } : { kind: 'land', attempts: passed.attempts };
  }
  return bisect(known, whole, flakyRetries);
}

/** The first `passing` of them are known to pass, the first `failing` to fail. */
function bisect(known: Known, whole: readonly AttemptKey[], flakyRetries: number): GateStep {
  const first = (count: number): readonly AttemptKey[] => whole.slice(0, count);
  const counts = whole.map((_, index) => index + 1);
  const passing = counts.findLast((count) => known.passes(first(count))) ?? 0;
  const failing = counts.find((count) => count > passing && known.fails(first(count)));
  if (failing === undefined) return { kind: 'land', attempts: first(passing) };
  if (failing - passing > 1) {
    return { kind: 'judge', attempts: first(Math.ceil((passing + failing) / 2)), retries: 0 };
  }
  const attempt = whole[failing - 1] ?? '';
  const trial = known.of(first(failing));
  const failed = trial?.failed ?? [];
  const retries = 1 + flakyRetries - (trial?.tries ?? 0);
  const alone = [attempt];
  if (passing === 0) {
    return retries > 0
      ? { kind: 'judge', attempts: alone, retries: retries - 1 }
      : { kind: 'blame', blamed: { attempt, failed, with: null } };
  }
  if (known.of(alone) === undefined) return { kind: 'judge', attempts: alone, retries: 0 };
  if (known.fails(alone)) return { kind: 'blame', blamed: { attempt, failed, with: null } };
  // It passes alone: either a check is flaky, or it fails because of one of those before it.
  if (retries > 0) return { kind: 'judge', attempts: first(failing), retries: retries - 1 };
  return partnerOf(known, { before: first(passing), attempt, failed });
}

/** Finds the first of those before it with which it fails. */
function partnerOf(
  known: Known,
  { before, attempt, failed }: Omit<Blamed, 'with'> & { readonly before: readonly AttemptKey[] },
): GateStep {
  const onto = (count: number): readonly AttemptKey[] => [...before.slice(0, count), attempt];
  const counts = before.map((_, index) => index + 1);
  const passing = counts.findLast((count) => known.passes(onto(count))) ?? 0;
  const failing = counts.find((count) => count > passing && known.fails(onto(count)));
  const least = failing ?? before.length;
  if (least - passing <= 1) {
    return { kind: 'blame', blamed: { attempt, failed, with: before[least - 1] ?? null } };
  }
  return { kind: 'judge', attempts: onto(Math.floor((passing + least) / 2)), retries: 0 };
}
