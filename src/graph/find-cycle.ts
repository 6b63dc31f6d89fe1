// Finds a circle in a graph, so that it can be named. Depth first, with a stack of its own: a plan
// may be a chain of ten thousand tasks.

import type { Graph } from './graph.ts';

/**
 * Finds one cycle, in time linear in nodes and edges.
 *
 * @param graph - What each node waits for.
 * @returns The path of one cycle, its first node repeated at the end, or `null` when there is none.
 */
export function findCycle<Id>(graph: Graph<Id>): readonly Id[] | null {
  const left = new Set<Id>();
  for (const start of graph.keys()) {
    const cycle = left.has(start) ? null : cycleFrom(graph, start, left);
    if (cycle !== null) return cycle;
  }
  return null;
}

function cycleFrom<Id>(graph: Graph<Id>, start: Id, left: Set<Id>): readonly Id[] | null {
  const path: { id: Id; rest: Iterator<Id> }[] = [];
  const onPath = new Set<Id>();
  const enter = (id: Id): void => {
    onPath.add(id);
    path.push({ id, rest: (graph.get(id) ?? []).values() });
  };
  enter(start);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.rest.next();
    if (next.done === true) {
      left.add(top.id);
      onPath.delete(top.id);
      path.pop();
    } else if (onPath.has(next.value)) {
      const ids = path.map(({ id }) => id);
      return [...ids.slice(ids.indexOf(next.value)), next.value];
    } else if (!left.has(next.value)) {
      enter(next.value);
    }
  }
  return null;
}
