// How far a run has come: the bar, and the numbers beside it.

import type { Style } from '../util/style.ts';
import type { TaskCounts } from './json-shapes.ts';

/**
 * Draws a bar: done, failed or left out, and still open.
 *
 * @param counts - The tasks by state.
 * @param width - Its columns.
 * @param style - How it is emphasised.
 * @returns The bar, exactly so wide.
 */
export function progressBar(counts: TaskCounts, width: number, style: Style): string {
  const part = (count: number): number =>
    counts.total === 0 ? 0 : Math.floor((count * width) / counts.total);
  const lost = counts.failed + counts.skipped + counts.canceled;
  // A run that is not done never looks full; a single loss is never invisible.
  const red = Math.max(part(lost), lost > 0 ? 1 : 0);
  const green = Math.min(part(counts.completed), width - red);
  const open = Math.max(0, width - green - red);
  return style.green('█'.repeat(green)) + style.red('▒'.repeat(red)) + style.dim('░'.repeat(open));
}

const OTHERS = ['running', 'waiting', 'failed', 'skipped', 'canceled'] as const;

/**
 * Says in words how far a run has come.
 *
 * @param counts - The tasks by state.
 * @returns Such as `5/9 done, 2 running, 1 failed`.
 */
export function progressText(counts: TaskCounts): string {
  if (counts.total === 0) return 'no tasks yet';
  const others = OTHERS.filter((state) => counts[state] > 0).map(
    (state) => `${counts[state]} ${state}`,
  );
  return [`${counts.completed}/${counts.total} done`, ...others].join(', ');
}
