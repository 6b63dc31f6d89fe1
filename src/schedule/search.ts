// A bounded search for a better order than the longest remaining path alone. Every candidate is an
// order of the tasks; the greedy schedule it gives on the slots is its worth, so what is found is
// never worse than the order it starts from. Two moves make candidates:
//
// - justification: the schedule is pushed to the right (the same graph backwards) and back to the
//   left, which closes gaps (Valls, Ballestín, Quintanilla: Justification and RCPSP, 2005);
// - noise: the best order so far, or the longest remaining path, with every value off by a little.
//
// It ends at the lower bound, which no order can beat, or when its steps are used up. The noise is
// seeded: the same graph always gives the same order.

import TinyQueue from 'tinyqueue';

/** A graph to be put in order, by the index of each node. */
export interface Ordering {
  /** How long each node takes; not negative. */
  readonly durations: readonly number[];
  /** The nodes that each one waits for. */
  readonly dependencies: readonly (readonly number[])[];
  /** Nodes of a higher class go before all of a lower one. */
  readonly classes: readonly number[];
  /** How many nodes are worked on at once; at least 1. */
  readonly slots: number;
}

/** How many nodes may be placed, over all candidates: a fraction of a second. */
const STEPS = 100_000;
/** How far noise moves a value, as a share of the largest one. */
const NOISE = [0.02, 0.08, 0.3] as const;
/** Sums of fractions are never exact. */
const CLOSE_ENOUGH = 1 + 1e-9;

/**
 * Computes for every node how long it and the longest chain behind it take.
 *
 * @param ordering - The graph, free of cycles.
 * @returns By node.
 */
export function remainingPaths({ durations, dependencies }: Ordering): readonly number[] {
  const result = [...durations];
  const open = reversed(dependencies).map(({ length }) => length);
  const stack = open.flatMap((count, node) => (count === 0 ? [node] : []));
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const before of dependencies[node] ?? []) {
      const length = (result[node] ?? 0) + (durations[before] ?? 0);
      result[before] = Math.max(result[before] ?? 0, length);
      open[before] = (open[before] ?? 0) - 1;
      if (open[before] === 0) stack.push(before);
    }
  }
  return result;
}

function reversed(edges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const result: number[][] = edges.map(() => []);
  for (const [node, others] of edges.entries()) {
    for (const other of others) result[other]?.push(node);
  }
  return result;
}

/**
 * Ranks the nodes so that the greedy schedule that follows the ranks is short.
 *
 * @param ordering - The graph, free of cycles.
 * @param steps - How many nodes may be placed in all.
 * @returns For each node its rank; the higher one goes first within its class.
 */
export function searchOrder(ordering: Ordering, steps: number = STEPS): readonly number[] {
  const forwards = new Greedy(ordering, ordering.dependencies);
  const backwards = new Greedy(ordering, forwards.dependents);
  const start = remainingPaths(ordering);
  const bound = lowerBound(ordering, start);
  const span = Math.max(0, ...start);
  const random = generator(start.length);
  let best: Found = { rank: start, makespan: forwards.run(start) };
  let left = steps - start.length;
  for (let round = 0; best.makespan > bound * CLOSE_ENOUGH && left > 0; round += 1) {
    const noise = span * (NOISE[round % NOISE.length] ?? 0);
    const candidate =
      round === 0 ? start : shaken(round % 2 === 0 ? best.rank : start, noise, random);
    const found = justified(forwards, backwards, candidate);
    left -= found.placed;
    if (found.makespan < best.makespan) best = found;
  }
  return best.rank;
}

/** Pushes a schedule to and fro while that makes it shorter. */
function justified(forwards: Greedy, backwards: Greedy, candidate: readonly number[]): Justified {
  let best: Found = { rank: candidate, makespan: forwards.run(candidate) };
  let placed = candidate.length;
  for (;;) {
    backwards.run([...forwards.ends]);
    const rank = [...backwards.ends];
    const makespan = forwards.run(rank);
    placed += 2 * candidate.length;
    if (makespan >= best.makespan) return { ...best, placed };
    best = { rank, makespan };
  }
}

/** An order and how long its greedy schedule is. */
interface Found {
  readonly rank: readonly number[];
  readonly makespan: number;
}

interface Justified extends Found {
  /** How many nodes were placed to find it. */
  readonly placed: number;
}

function lowerBound({ durations, slots }: Ordering, remaining: readonly number[]): number {
  const work = durations.reduce((sum, duration) => sum + duration, 0);
  return Math.max(work / slots, ...remaining);
}

function shaken(rank: readonly number[], by: number, random: () => number): readonly number[] {
  return rank.map((value) => value + (random() - 0.5) * by);
}

/** Numbers from 0 to 1, always the same ones (mulberry32, public domain). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Greedy schedules of one graph: whenever a slot is free, the ready node of the highest rank. */
class Greedy {
  readonly dependents: readonly (readonly number[])[];
  /** When each node ended in the latest schedule. */
  readonly ends: number[];
  readonly #dependencies: readonly (readonly number[])[];
  readonly #ordering: Ordering;

  constructor(ordering: Ordering, dependencies: readonly (readonly number[])[]) {
    this.dependents = reversed(dependencies);
    this.ends = dependencies.map(() => 0);
    this.#dependencies = dependencies;
    this.#ordering = ordering;
  }

  /** Schedules the nodes by their ranks and returns when the last one ends. */
  run(rank: readonly number[]): number {
    const { classes, durations, slots } = this.#ordering;
    const { ends } = this;
    const missing = this.#dependencies.map(({ length }) => length);
    const free = missing.flatMap((count, node) => (count === 0 ? [node] : []));
    const ready = new TinyQueue(free, byDescending(classes, rank));
    const running = new TinyQueue<number>([], (a, b) => (ends[a] ?? 0) - (ends[b] ?? 0));
    let now = 0;
    for (;;) {
      while (running.length < slots) {
        const node = ready.pop();
        if (node === undefined) break;
        ends[node] = now + (durations[node] ?? 0);
        running.push(node);
      }
      const first = running.peek();
      if (first === undefined) return now;
      now = ends[first] ?? now;
      // What ends at the same moment is over before any of its slots is given away.
      while ((ends[running.peek() ?? -1] ?? Number.POSITIVE_INFINITY) <= now) {
        for (const next of this.dependents[running.pop() ?? -1] ?? []) {
          missing[next] = (missing[next] ?? 0) - 1;
          if (missing[next] === 0) ready.push(next);
        }
      }
    }
  }
}

/** Nodes of a higher class first, then those of a higher rank; else in the order of the plan. */
function byDescending(
  classes: readonly number[],
  rank: readonly number[],
): (a: number, b: number) => number {
  return (a, b) =>
    (classes[b] ?? 0) - (classes[a] ?? 0) || (rank[b] ?? 0) - (rank[a] ?? 0) || a - b;
}
