import type { Path } from '../util/yaml-tree.ts';
import type { OrchestrationConfig } from './config.ts';

/** One stage that must come before another, and where that was said; `null` = it is always so. */
export interface StageEdge {
  readonly from: string;
  readonly to: string;
  readonly path: Path | null;
}

/** The stages that come with tutti, in their order. */
export const BUILT_IN_STAGES: readonly string[] = [
  'research',
  'planning',
  'implementation',
  'review',
];

/**
 * Lists which stage comes before which. One of the person's own that says only what it comes before
 * comes after what usually precedes that, and one that says nothing stands before the review.
 *
 * @param orchestration - The section.
 * @returns The edges; names in them may be unknown.
 */
export function stageEdges(orchestration: OrchestrationConfig): readonly StageEdge[] {
  const { stages, custom_stages: custom } = orchestration;
  const edges: StageEdge[] = BUILT_IN_STAGES.slice(1).map((to, index) => ({
    from: BUILT_IN_STAGES[index] ?? to,
    to,
    path: null,
  }));
  for (const [name, stage] of Object.entries(stages)) {
    for (const [index, from] of stage.depends_on.entries()) {
      edges.push({ from, to: name, path: ['orchestration', 'stages', name, 'depends_on', index] });
    }
  }
  for (const [name, { after, before }] of Object.entries(custom)) {
    if (BUILT_IN_STAGES.includes(name)) continue;
    const path: Path = ['orchestration', 'custom_stages', name];
    const to = before ?? (after === null ? 'review' : null);
    const from = after ?? BUILT_IN_STAGES[BUILT_IN_STAGES.indexOf(to ?? '') - 1];
    if (from !== undefined) {
      edges.push({ from, to: name, path: after === null ? null : [...path, 'after'] });
    }
    if (to !== null) {
      edges.push({ from: name, to, path: before === null ? null : [...path, 'before'] });
    }
  }
  return edges;
}

/**
 * Puts stages into an order in which each comes after those it waits for.
 *
 * @param names - The stages, as they should be ordered where nothing forbids it.
 * @param edges - Which comes before which; without a cycle.
 * @returns The names, ordered.
 */
export function inStageOrder(
  names: readonly string[],
  edges: readonly StageEdge[],
): readonly string[] {
  const ordered: string[] = [];
  // The depth is at most the number of stages.
  const place = (name: string): void => {
    if (ordered.includes(name) || !names.includes(name)) return;
    for (const { from, to } of edges) if (to === name) place(from);
    ordered.push(name);
  };
  for (const name of names) place(name);
  return ordered;
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
