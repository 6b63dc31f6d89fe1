// The refs of a run.

import type { RunKey } from './key.ts';

/** Below it stand the heads of the runs: see `headRef`. */
export const RUNS = 'refs/tutti/runs/';

/**
 * The ref that is the head of a run, whatever its branch does.
 *
 * @param run - The run's key.
 * @returns The full ref name.
 */
export function headRef(run: RunKey): string {
  return `${RUNS}${run}/head`;
}

/** Below it stand the branches that could not follow their runs: see `behindRef`. */
export const BEHIND = 'refs/tutti/behind/';

/**
 * The ref that remembers where a run's branch stands while it has to stay behind its head.
 *
 * @param run - The run's key.
 * @returns The full ref name.
 */
export function behindRef(run: RunKey): string {
  return `${BEHIND}${run}/branch`;
}
