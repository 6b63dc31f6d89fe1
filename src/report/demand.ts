// How many slots were in use while work waited for one.

import type { Moment, OutcomeRun } from '../model/outcome.ts';

/** The use of the slots while there was more to do. */
export interface Utilisation {
  /** Milliseconds in which a task was ready while at least one attempt was at work. */
  readonly waitingMs: number;
  /** Slots in use, added up over that time, in milliseconds. */
  readonly usedMs: number;
  /** Of the slots there were in that time, from 0 to 1; `null` where nothing waited. */
  readonly share: number | null;
}

interface Edge {
  readonly at: number;
  /** How many more attempts are at work from then on. */
  readonly busy: number;
  /** How many more tasks wait. */
  readonly waiting: number;
  /** The slots there are; 0 = as before. */
  readonly slots: number;
}

/**
 * Measures how many slots were in use while work waited, over all runs together, for they share them.
 * A moment in which no attempt is at work does not count: nobody may have been there to start one.
 *
 * @param runs - The runs, with their moments.
 * @param since - What was before this moment does not count, epoch milliseconds.
 * @returns The use.
 */
export function utilisation(runs: readonly OutcomeRun[], since: number): Utilisation {
  const edges = runs
    .flatMap(({ moments, slots }) => {
      const reading = new Reading(slots);
      for (const moment of moments) reading.read(moment);
      return reading.edges;
    })
    .toSorted((a, b) => a.at - b.at);
  let [busy, waiting, slots, last] = [0, 0, 1, since];
  let [waitingMs, usedMs, thereMs] = [0, 0, 0];
  for (const edge of edges) {
    const ms = edge.at - last;
    if (ms > 0) {
      if (busy > 0 && waiting > 0) {
        waitingMs += ms;
        usedMs += Math.min(busy, slots) * ms;
        thereMs += slots * ms;
      }
      last = edge.at;
    }
    busy += edge.busy;
    waiting += edge.waiting;
    if (edge.slots > 0) slots = edge.slots;
  }
  return { waitingMs, usedMs, share: thereMs === 0 ? null : usedMs / thereMs };
}

/** What a task does: `held` = it would wait for a slot, were its run not paused. */
type Doing = 'busy' | 'waiting' | 'held' | 'neither';

/** Reads the edges of one run. */
class Reading {
  readonly edges: Edge[] = [];
  readonly #slots: number;
  readonly #tasks = new Map<string, { readonly doing: Doing; readonly from: number }>();
  #isPaused = false;

  constructor(slots: number) {
    this.#slots = slots;
  }

  read(moment: Moment): void {
    const { at, task, type, notBefore } = moment;
    if (task === null) {
      this.#pause(at, type === 'run-paused');
      return;
    }
    const doing = DOING[type] ?? 'neither';
    // A task that is tried again waits for time first.
    const from = Math.max(at, notBefore ?? at);
    this.#move(task, from, doing === 'waiting' && this.#isPaused ? 'held' : doing);
  }

  #pause(at: number, paused: boolean): void {
    this.#isPaused = paused;
    const [from, to]: readonly [Doing, Doing] = paused ? ['waiting', 'held'] : ['held', 'waiting'];
    for (const [task, { doing }] of this.#tasks) if (doing === from) this.#move(task, at, to);
  }

  #move(task: string, at: number, to: Doing): void {
    const before = this.#tasks.get(task);
    // It may have been ended while it waited for its time: it never began to wait for a slot.
    const from = Math.max(at, before?.from ?? at);
    this.#tasks.set(task, { doing: to, from });
    const more = (doing: Doing): number =>
      Number(to === doing) - Number((before?.doing ?? 'neither') === doing);
    const [busy, waiting] = [more('busy'), more('waiting')];
    if (busy !== 0 || waiting !== 0)
      this.edges.push({ at: from, busy, waiting, slots: this.#slots });
  }
}

const DOING: Readonly<Partial<Record<string, Doing>>> = {
  'task-ready': 'waiting',
  'task-retried': 'waiting',
  'task-unblocked': 'waiting',
  'attempt-leased': 'busy',
};
