// A graph of tasks drawn as trees. A node hangs below the dependency it waits for longest (the one
// furthest from the start); its other dependencies are named beside it, so that a diamond is drawn
// once and nothing is repeated.

/** A node of the graph. */
export interface ForestNode {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** A node as it is drawn. */
export interface ForestRow {
  readonly id: string;
  /** What stands before its first line, and before each further line of it. */
  readonly first: string;
  readonly rest: string;
  /** Dependencies that the drawing does not show. */
  readonly after: readonly string[];
  /** Whether the drawing shows one of its dependencies. */
  readonly hangs: boolean;
}

/**
 * Groups nodes by how many dependencies lie between them and the start, at most.
 *
 * @param nodes - The graph; unknown dependencies are ignored.
 * @returns Ids by step, in the given order; what lies on a cycle is left out.
 */
export function stepsOf(nodes: readonly ForestNode[]): string[][] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const followers = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  const open = new Map<string, number>();
  for (const { id, dependsOn } of nodes) {
    const dependencies = new Set(dependsOn.filter((dependency) => known.has(dependency)));
    open.set(id, dependencies.size);
    for (const dependency of dependencies) followers.get(dependency)?.push(id);
  }
  const order = new Map(nodes.map(({ id }, index) => [id, index]));
  const steps: string[][] = [];
  let step = nodes.filter(({ id }) => open.get(id) === 0).map(({ id }) => id);
  while (step.length > 0) {
    steps.push(step);
    const next: string[] = [];
    for (const follower of step.flatMap((id) => followers.get(id) ?? [])) {
      const left = (open.get(follower) ?? 0) - 1;
      open.set(follower, left);
      if (left === 0) next.push(follower);
    }
    step = next.toSorted((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0));
  }
  return steps;
}

/** Where each node hangs; `shown` says whether that is really a dependency of it. */
interface Place {
  readonly parent: string | null;
  readonly depth: number;
  readonly real: string | null;
}

function placesOf(nodes: readonly ForestNode[], maxDepth: number): Map<string, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<string, Place>();
  const stepOf = new Map<string, number>();
  for (const [index, ids] of stepsOf(nodes).entries()) {
    for (const id of ids) {
      stepOf.set(id, index);
      const real =
        byId.get(id)?.dependsOn.findLast((dependency) => stepOf.get(dependency) === index - 1) ??
        null;
      const above = real === null ? undefined : places.get(real);
      if (above === undefined) places.set(id, { parent: null, depth: 0, real: null });
      // Deeper than there is room for: it stays beside what it depends on, which is then named.
      else if (above.depth >= maxDepth) places.set(id, { ...above, real: null });
      else places.set(id, { parent: real, depth: above.depth + 1, real });
    }
  }
  return places;
}

/**
 * Draws a graph as trees.
 *
 * @param nodes - The graph in the order of the plan.
 * @param maxDepth - How far branches may be indented.
 * @returns One row a node, those that depend on nothing first at each level.
 */
export function drawForest(nodes: readonly ForestNode[], maxDepth: number): ForestRow[] {
  const places = placesOf(nodes, maxDepth);
  const children = new Map<string | null, ForestNode[]>();
  for (const node of nodes) {
    const parent = places.get(node.id)?.parent ?? null;
    children.set(parent, [...(children.get(parent) ?? []), node]);
  }
  const rows: ForestRow[] = [];
  const todo = (children.get(null) ?? [])
    .map((node) => ({ node, first: '', below: '' }))
    .toReversed();
  for (let item = todo.pop(); item !== undefined; item = todo.pop()) {
    const { node, first, below } = item;
    const under = children.get(node.id) ?? [];
    const real = places.get(node.id)?.real ?? null;
    rows.push({
      id: node.id,
      first,
      rest: below + (under.length > 0 ? '│  ' : '   '),
      after: [...new Set(node.dependsOn)].filter((id) => id !== real),
      hangs: real !== null,
    });
    for (const [index, child] of under.toReversed().entries()) {
      const last = index === 0;
      todo.push({
        node: child,
        first: below + (last ? '└─ ' : '├─ '),
        below: below + (last ? '   ' : '│  '),
      });
    }
  }
  return rows;
}

/**
 * Says which dependencies a drawing does not show.
 *
 * @param row - The node as it is drawn.
 * @param name - How a dependency is called.
 * @returns Such as `also after api, ui`; empty when it shows all.
 */
export function afterText(row: ForestRow, name: (id: string) => string): string {
  if (row.after.length === 0) return '';
  return `${row.hangs ? 'also after' : 'after'} ${row.after.map((id) => name(id)).join(', ')}`;
}
