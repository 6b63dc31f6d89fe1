import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { criticalPath, remainingWeights } from './critical-path.ts';
import { findCycle } from './find-cycle.ts';
import { layers } from './layers.ts';
import { precedence } from './precedence.ts';

const graphOf = (edges: Record<string, string[]>): Map<string, string[]> =>
  new Map(Object.entries(edges));

/** Any graph over a few nodes, circles and loops included. */
const anyGraph = fc
  .array(fc.array(fc.nat({ max: 9 }), { maxLength: 4 }), { maxLength: 10 })
  .map((lists) => new Map(lists.map((list, id) => [id, list.filter((x) => x < lists.length)])));
/** Any graph whose nodes wait for lower ones only. */
const acyclicGraph = fc
  .array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { maxLength: 12 })
  .map((lists) => new Map(lists.map((list, id) => [id, [...new Set(list.filter((x) => x < id))]])));

const heavy = (id: number): number => (id * 7) % 5;
const CHAIN = new Map(
  Array.from({ length: 10_000 }, (_, id) => [id, id === 0 ? [] : [id - 1]] as const),
);

describe('findCycle', () => {
  it('names the path of a cycle', () => {
    expect(findCycle(graphOf({ x: ['a'], a: ['b'], b: ['c'], c: ['a'] }))).toEqual([
      'a',
      'b',
      'c',
      'a',
    ]);
    expect(findCycle(graphOf({ a: ['a'] }))).toEqual(['a', 'a']);
    expect(findCycle(graphOf({ a: ['b'], b: [], c: ['a', 'b'] }))).toBeNull();
    expect(findCycle(new Map())).toBeNull();
  });

  it('finds a cycle exactly where the layers leave a node out, and a true one', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const cycle = findCycle(graph);
        expect(cycle === null).toBe(layers(graph).flat().length === graph.size);
        if (cycle === null) return;
        expect(cycle.at(0)).toBe(cycle.at(-1));
        expect(new Set(cycle).size).toBe(cycle.length - 1);
        for (const [index, id] of cycle.slice(0, -1).entries()) {
          expect(graph.get(id)).toContain(cycle[index + 1]);
        }
      }),
    );
  });

  it('copes with a chain and a circle of ten thousand', () => {
    expect(findCycle(CHAIN)).toBeNull();
    expect(findCycle(new Map([...CHAIN, [0, [9_999]]]))).toHaveLength(10_001);
  });
});

describe('layers', () => {
  it('puts a node right after the last of its dependencies', () => {
    const graph = graphOf({ d: ['b', 'c'], b: ['a'], c: [], a: [], e: ['elsewhere'] });
    expect(layers(graph)).toEqual([['c', 'a', 'e'], ['b'], ['d']]);
  });

  it('is a topological order', () => {
    fc.assert(
      fc.property(acyclicGraph, (graph) => {
        const order = layers(graph).flat();
        expect(order).toHaveLength(graph.size);
        for (const [id, dependencies] of graph) {
          for (const dependency of dependencies) {
            expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(id));
          }
        }
      }),
    );
  });
});

describe('criticalPath', () => {
  const weights: Record<string, number> = { a: 1, b: 5, c: 2, d: 1 };
  const graph = graphOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
  const weight = (id: string): number => weights[id] ?? 0;

  it('takes the heaviest chain', () => {
    expect(criticalPath(graph, weight)).toEqual(['a', 'b', 'd']);
    expect(Object.fromEntries(remainingWeights(graph, weight))).toEqual({ a: 7, b: 6, c: 3, d: 1 });
    expect(criticalPath(new Map<string, string[]>(), () => 1)).toEqual([]);
  });

  it('is as long as the longest remaining weight', () => {
    fc.assert(
      fc.property(acyclicGraph, (any) => {
        const path = criticalPath(any, heavy);
        const length = path.reduce((sum, id) => sum + heavy(id), 0);
        expect(length).toBe(Math.max(0, ...remainingWeights(any, heavy).values()));
        for (const [index, id] of path.slice(1).entries()) {
          expect(any.get(id)).toContain(path[index]);
        }
      }),
    );
  });

  it('copes with a chain of ten thousand', () => {
    expect(criticalPath(CHAIN, () => 1)).toHaveLength(10_000);
    expect(remainingWeights(CHAIN, () => 1).get(0)).toBe(10_000);
  });
});

describe('precedence', () => {
  it('knows what comes before what, and which edges say nothing new', () => {
    const order = precedence(graphOf({ a: [], b: ['a'], c: ['b', 'a'], d: [] }));
    expect(order.comesBefore('a', 'c')).toBe(true);
    expect(order.comesBefore('c', 'a')).toBe(false);
    expect(order.comesBefore('a', 'd')).toBe(false);
    expect(order.redundant()).toEqual([{ node: 'c', dependency: 'a' }]);
  });

  it('keeps the order when redundant edges go', () => {
    fc.assert(
      fc.property(acyclicGraph, (graph) => {
        const before = precedence(graph);
        const redundant = before.redundant();
        const reduced = new Map(
          [...graph].map(([id, dependencies]) => [
            id,
            dependencies.filter(
              (d) => !redundant.some(({ node, dependency }) => node === id && dependency === d),
            ),
          ]),
        );
        const after = precedence(reduced);
        expect(after.redundant()).toEqual([]);
        for (const a of graph.keys()) {
          for (const b of graph.keys()) {
            expect(after.comesBefore(a, b)).toBe(before.comesBefore(a, b));
          }
        }
      }),
    );
  });

  it('copes with a chain of ten thousand', () => {
    expect(precedence(CHAIN).comesBefore(0, 9_999)).toBe(true);
  });
});
