import type { Path } from '../util/yaml-tree.ts';

/** One stage that must come before another, and where that was said; `null` = it is always so. */
export interface StageEdge {
  readonly from: string;
  readonly to: string;
  readonly path: Path | null;
}

/**
 * Looks for stages that wait for each other.
 *
 * @param edges - Which stage comes before which.
 * @returns The edges of one cycle; `null` when there is an order for all.
 */
export function stageCycle(edges: readonly StageEdge[]): readonly StageEdge[] | null {
  const done = new Set<string>();
  // The depth is at most the number of stages, which a person wrote by hand.
  const walk = (name: string, trail: readonly StageEdge[]): readonly StageEdge[] | null => {
    const start = trail.findIndex((edge) => edge.from === name);
    if (start !== -1) return trail.slice(start);
    if (done.has(name)) return null;
    for (const edge of edges.filter((each) => each.from === name)) {
      const cycle = walk(edge.to, [...trail, edge]);
      if (cycle !== null) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const { from } of edges) {
    const cycle = walk(from, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
