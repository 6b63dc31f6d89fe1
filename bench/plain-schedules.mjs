// The plainest schedules there are, to compare with: whoever is ready first goes first, and level by
// level with a barrier in between.

/** @typedef {{ durations: readonly number[], edges: readonly (readonly number[])[], slots: number }} Graph */

/**
 * Who is ready first goes first; of those ready at once, the one that comes first in the plan.
 *
 * @param {Graph} graph
 * @returns {number} When the last task ends.
 */
export function firstComeFirstServed(graph) {
  return inTurn(graph);
}

/**
 * No task of a level starts before the level before it is over.
 *
 * @param {Graph} graph
 * @returns {number} When the last task ends.
 */
export function levelByLevel(graph) {
  const levels = levelsOf(graph);
  let total = 0;
  for (let level = 0; level <= Math.max(...levels); level += 1) {
    const durations = graph.durations.filter((_, node) => levels[node] === level);
    total += inTurn({ ...graph, durations, edges: [] });
  }
  return total;
}

/**
 * The least that any schedule takes: the longest path, or all work evenly on all slots.
 *
 * @param {Graph} graph
 * @returns {number}
 */
export function lowerBound(graph) {
  const work = graph.durations.reduce((sum, duration) => sum + duration, 0);
  return Math.max(work / graph.slots, inTurn({ ...graph, slots: graph.durations.length }));
}

/** @param {Graph} graph */
function levelsOf({ durations, edges }) {
  const levels = durations.map(() => 0);
  for (let changed = true; changed;) {
    changed = false;
    for (const [from = 0, to = 0] of edges) {
      const least = (levels[from] ?? 0) + 1;
      if ((levels[to] ?? 0) >= least) continue;
      levels[to] = least;
      changed = true;
    }
  }
  return levels;
}

/** @param {Graph} graph */
function inTurn(graph) {
  const { durations, slots } = graph;
  const { missing, after } = waitsOf(graph);
  const ready = durations.map((_, node) => node).filter((node) => missing[node] === 0);
  /** @type {{ end: number, node: number }[]} */
  let running = [];
  let now = 0;
  while (ready.length > 0 || running.length > 0) {
    for (const node of ready.splice(0, slots - running.length)) {
      running.push({ end: now + (durations[node] ?? 0), node });
    }
    now = Math.min(...running.map(({ end }) => end));
    const ended = running.filter(({ end }) => end <= now).map(({ node }) => node);
    running = running.filter(({ end }) => end > now);
    for (const next of ended.toSorted((a, b) => a - b).flatMap((node) => after[node] ?? [])) {
      missing[next] = (missing[next] ?? 0) - 1;
      if (missing[next] === 0) ready.push(next);
    }
  }
  return now;
}

/** @param {Graph} graph */
function waitsOf({ durations, edges }) {
  const missing = durations.map(() => 0);
  /** @type {number[][]} */
  const after = durations.map(() => []);
  for (const [from = 0, to = 0] of edges) {
    missing[to] = (missing[to] ?? 0) + 1;
    after[from]?.push(to);
  }
  return { missing, after };
}
