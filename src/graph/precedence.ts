// Which nodes come before which, through any number of others: one bit for each pair, so that ten
// thousand nodes take some twelve megabytes and a moment.

import type { Graph } from './graph.ts';
import { layers } from './layers.ts';

/** What follows from the edges of an acyclic graph. */
export interface Precedence<Id> {
  /** Whether one node is finished before the other can start. */
  comesBefore(first: Id, second: Id): boolean;
  /** Edges that say what others imply: taking them away changes no order. */
  redundant(): readonly { readonly node: Id; readonly dependency: Id }[];
}

/**
 * Computes the order that a graph implies. Cyclic nodes come before nothing.
 *
 * @param graph - What each node waits for.
 * @returns Answers about any two nodes.
 */
export function precedence<Id>(graph: Graph<Id>): Precedence<Id> {
  const order = layers(graph).flat();
  const bit = new Map(order.map((id, index) => [id, index]));
  const words = Math.ceil(order.length / 32);
  const ancestors = new Map<Id, Uint32Array>();
  const redundant: { node: Id; dependency: Id }[] = [];
  for (const node of order) {
    const dependencies = graph.get(node) ?? [];
    const own = new Uint32Array(words);
    for (const dependency of dependencies) join(own, ancestors.get(dependency));
    for (const dependency of dependencies) {
      if (has(own, bit.get(dependency))) redundant.push({ node, dependency });
    }
    for (const dependency of dependencies) set(own, bit.get(dependency));
    ancestors.set(node, own);
  }
  return {
    comesBefore: (first, second) => has(ancestors.get(second), bit.get(first)),
    redundant: () => redundant,
  };
}

function join(into: Uint32Array, from: Uint32Array | undefined): void {
  from?.forEach((word, index) => {
    into[index] = (into[index] ?? 0) | word;
  });
}

function has(bits: Uint32Array | undefined, index: number | undefined): boolean {
  if (bits === undefined || index === undefined) return false;
  return (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

function set(bits: Uint32Array, index: number | undefined): void {
  if (index !== undefined) bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}
