// Which tasks of a run differ from those of an earlier moment. There are thousands, of which an event
// changes one: what was changed since a common beginning is remembered beside the lists, so that they
// need not be compared. Nothing depends on it but time.

import type { Run } from '../model/run.ts';

type Tasks = Run['tasks'];

/** What was changed since a beginning; whoever has the same beginning can be compared by it. */
interface Lineage {
  readonly beginning: object;
  readonly changed: readonly number[];
}

/** So many changes are remembered; then comparing once costs less than carrying them along. */
const MOST = 100;

const lineages = new WeakMap<Tasks, Lineage>();

/**
 * Remembers that one task was replaced or added.
 *
 * @param before - The tasks before that.
 * @param after - The tasks after it.
 * @param index - Where they differ.
 */
export function noteChange(before: Tasks, after: Tasks, index: number): void {
  let own = lineages.get(before);
  if (own === undefined || own.changed.length >= MOST) {
    own = { beginning: {}, changed: [] };
    lineages.set(before, own);
  }
  lineages.set(after, { beginning: own.beginning, changed: [...own.changed, index] });
}

/**
 * Lists the places where tasks differ.
 *
 * @param before - The tasks of a run at one moment.
 * @param after - The tasks at another; there may be more.
 * @returns Indices, going up.
 */
export function changedSince(before: Tasks, after: Tasks): readonly number[] {
  const [from, to] = [lineages.get(before), lineages.get(after)];
  if (from === undefined || from.beginning !== to?.beginning) return compared(before, after);
  const changed = new Set([...from.changed, ...to.changed]);
  return [...changed]
    .filter((index) => index < after.length && before[index] !== after[index])
    .toSorted((a, b) => a - b);
}

/**
 * Tells whether everybody waits for the same tasks as before.
 *
 * @param before - The tasks of a run at one moment.
 * @param after - The tasks at another.
 * @returns Whether none was added, and none waits for others now.
 */
export function waitsAsBefore(before: Tasks, after: Tasks): boolean {
  return (
    before.length === after.length &&
    changedSince(before, after).every(
      (index) => before[index]?.dependsOn === after[index]?.dependsOn,
    )
  );
}

function compared(before: Tasks, after: Tasks): readonly number[] {
  const changed: number[] = [];
  for (let index = 0; index < after.length; index += 1) {
    if (after[index] !== before[index]) changed.push(index);
  }
  return changed;
}
