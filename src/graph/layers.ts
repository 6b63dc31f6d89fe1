import type { Graph } from './graph.ts';

/**
 * Sorts the nodes of a graph into layers: a node comes right after the last of those it waits for.
 * Nodes on a cycle, and whatever waits for them, are in no layer.
 *
 * @param graph - What each node waits for.
 * @returns The layers, each in the order of the graph; joined they are a topological order.
 */
export function layers<Id>(graph: Graph<Id>): readonly (readonly Id[])[] {
  const missing = new Map<Id, number>();
  const dependents = new Map<Id, Id[]>();
  for (const [id, dependencies] of graph) {
    const own = dependencies.filter((dependency) => graph.has(dependency));
    missing.set(id, own.length);
    for (const dependency of own) {
      const known = dependents.get(dependency);
      if (known === undefined) dependents.set(dependency, [id]);
      else known.push(id);
    }
  }
  const order = new Map([...graph.keys()].map((id, index) => [id, index]));
  const found: Id[][] = [];
  let layer = [...graph.keys()].filter((id) => missing.get(id) === 0);
  while (layer.length > 0) {
    found.push(layer);
    const next: Id[] = [];
    for (const id of layer) {
      for (const dependent of dependents.get(id) ?? []) {
        const count = (missing.get(dependent) ?? 0) - 1;
        missing.set(dependent, count);
        if (count === 0) next.push(dependent);
      }
    }
    layer = next.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  }
  return found;
}
