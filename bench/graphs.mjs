// The graphs that tasks are run in.

/** @typedef {{ id: string, after: string[] }} Node */

/** How wide the layers of a layered graph are. */
const LAYER = 50;

/**
 * Makes a graph.
 *
 * @param {string} shape `layered`: each task waits for three of the layer before; `chain`: for the
 *   one before; `wide`: for none.
 * @param {number} tasks
 * @returns {Node[]}
 */
export function graphOf(shape, tasks) {
  const after = AFTER[shape];
  if (after === undefined) {
    throw new RangeError(`--shape is one of ${Object.keys(AFTER).join(', ')}`);
  }
  return Array.from({ length: tasks }, (_, index) => ({
    id: `t${index}`,
    after: after(index).map((other) => `t${other}`),
  }));
}

/** @type {Record<string, (index: number) => number[]>} */
const AFTER = {
  layered: (index) => {
    const first = Math.floor(index / LAYER) * LAYER - LAYER;
    if (first < 0) return [];
    const at = index % LAYER;
    return [0, 7, 19].map((step) => first + ((at + step) % LAYER)).toSorted((a, b) => a - b);
  },
  chain: (index) => (index === 0 ? [] : [index - 1]),
  wide: () => [],
};
