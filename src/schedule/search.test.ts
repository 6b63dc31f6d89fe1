import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { remainingPaths, searchOrder } from './search.ts';
import type { Ordering } from './search.ts';

/** The greedy schedule by the plainest means: at every moment, the best ready nodes. */
function makespan(
  { durations, dependencies, classes, slots }: Ordering,
  rank: readonly number[],
): number {
  const ends = new Map<number, number>();
  let now = 0;
  while (ends.size < durations.length) {
    const busy = [...ends.values()].filter((end) => end > now).length;
    const ready = durations
      .map((_, node) => node)
      .filter(
        (node) =>
          !ends.has(node) &&
          (dependencies[node] ?? []).every((one) => (ends.get(one) ?? Infinity) <= now),
      )
      .toSorted(
        (a, b) => (classes[b] ?? 0) - (classes[a] ?? 0) || (rank[b] ?? 0) - (rank[a] ?? 0) || a - b,
      );
    for (const node of ready.slice(0, slots - busy)) ends.set(node, now + (durations[node] ?? 0));
    now = Math.min(
      ...[...ends.values()].filter((end) => end > now),
      ...(ends.size < durations.length ? [] : [now]),
    );
    if (!Number.isFinite(now)) throw new Error('stuck');
  }
  return Math.max(0, ...ends.values());
}

const anyOrdering = fc
  .array(
    fc.record({
      duration: fc.integer({ min: 1, max: 20 }),
      before: fc.array(fc.nat(30), { maxLength: 3 }),
      urgent: fc.boolean(),
    }),
    { maxLength: 24 },
  )
  .chain((nodes) =>
    fc.integer({ min: 1, max: 5 }).map((slots): Ordering => ({
      durations: nodes.map(({ duration }) => duration),
      dependencies: nodes.map(({ before }, node) => [
        ...new Set(before.filter((one) => one < node)),
      ]),
      classes: nodes.map(({ urgent }) => Number(urgent)),
      slots,
    })),
  );

describe('searchOrder', () => {
  it('is never longer than the order of the longest remaining path', () => {
    fc.assert(
      fc.property(anyOrdering, (ordering) => {
        const found = makespan(ordering, searchOrder(ordering, 5000));
        expect(found).toBeLessThanOrEqual(makespan(ordering, remainingPaths(ordering)));
      }),
      { numRuns: 200 },
    );
  });

  it('finds the best order where the longest path misses it', () => {
    // The longest first puts 6 + 4 + 4 beside 5 + 5.
    const ordering: Ordering = {
      durations: [5, 5, 4, 4, 6],
      dependencies: [[], [], [], [], []],
      classes: [0, 0, 0, 0, 0],
      slots: 2,
    };
    expect(makespan(ordering, remainingPaths(ordering))).toBe(14);
    expect(makespan(ordering, searchOrder(ordering))).toBe(13);
  });

  it('gives the same order every time, within its steps', () => {
    const durations = Array.from({ length: 2000 }, (_, node) => 1 + ((node * 7919) % 97));
    const ordering: Ordering = {
      durations,
      dependencies: durations.map((_, node) =>
        node < 10 ? [] : [node - 10, Math.floor(node / 2)],
      ),
      classes: durations.map(() => 0),
      slots: 7,
    };
    expect(searchOrder(ordering)).toEqual(searchOrder(ordering));
    expect(searchOrder(ordering, 0)).toEqual(remainingPaths(ordering));
  });

  it('copes with nothing, and with work that takes no time', () => {
    expect(searchOrder({ durations: [], dependencies: [], classes: [], slots: 3 })).toEqual([]);
    const still = { durations: [0, 0], dependencies: [[], [0]], classes: [0, 0], slots: 1 };
    expect(searchOrder(still)).toEqual([0, 0]);
  });
});
