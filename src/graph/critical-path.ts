import type { Graph } from './graph.ts';
import { layers } from './layers.ts';

/**
 * Computes for every node how much lies ahead from its start on: its own weight and that of the
 * heaviest chain of nodes that wait for it. Linear in nodes and edges; cyclic nodes are left out.
 *
 * @param graph - What each node waits for.
 * @param weight - How much a node takes; not negative.
 * @returns The remaining weight by node.
 */
export function remainingWeights<Id>(
  graph: Graph<Id>,
  weight: (id: Id) => number,
): ReadonlyMap<Id, number> {
  const remaining = new Map<Id, number>();
  const after = new Map<Id, number>();
  for (const id of layers(graph).flat().toReversed()) {
    const total = weight(id) + (after.get(id) ?? 0);
    remaining.set(id, total);
    for (const dependency of graph.get(id) ?? []) {
      after.set(dependency, Math.max(after.get(dependency) ?? 0, total));
    }
  }
  return remaining;
}

/**
 * Finds the chain of nodes that no number of workers can shorten.
 *
 * @param graph - What each node waits for.
 * @param weight - How much a node takes; not negative.
 * @returns The chain from its first node to its last; empty for an empty graph.
 */
export function criticalPath<Id>(graph: Graph<Id>, weight: (id: Id) => number): readonly Id[] {
  const before = new Map<Id, { total: number; via: Id | null }>();
  let last: { id: Id; total: number } | null = null;
  for (const id of layers(graph).flat()) {
    let via: Id | null = null;
    let most = 0;
    for (const dependency of graph.get(id) ?? []) {
      const total = before.get(dependency)?.total;
      if (total !== undefined && (via === null || total > most)) [via, most] = [dependency, total];
    }
    const total = most + weight(id);
    before.set(id, { total, via });
    if (last === null || total > last.total) last = { id, total };
  }
  const path: Id[] = [];
  for (let id = last?.id ?? null; id !== null; id = before.get(id)?.via ?? null) path.push(id);
  return path.toReversed();
}
