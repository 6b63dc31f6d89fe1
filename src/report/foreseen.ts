// Conflicts that are ahead, in words.

import type { Foreseen } from '../model/foreseen.ts';
import { plural } from '../util/amount.ts';
import { oneLine } from '../util/terminal-text.ts';
import { fit } from './view.ts';
import type { View } from './view.ts';

const MOST_FILES = 5;

/**
 * Says who would conflict with whom, and where.
 *
 * @param one - The conflict.
 * @returns A sentence without its full stop.
 */
export function foreseenText({ a, b, files, kind }: Foreseen): string {
  const named = files.slice(0, MOST_FILES).map((file) => oneLine(file));
  const more = files.length > MOST_FILES ? ` and ${files.length - MOST_FILES} more` : '';
  const where = `${named.join(', ')}${more}`;
  if (kind === 'change') return `${taskPart(a)} and ${taskPart(b)} would conflict in ${where}`;
  if (kind === 'head') return `${taskPart(b)} would conflict with the run's branch in ${where}`;
  return `the run's branch would conflict with ${oneLine(b)} in ${where}`;
}

/**
 * Shows the first of them, a line each.
 *
 * @param seen - The conflicts.
 * @param most - How many lines at most.
 * @param view - Where it is shown.
 * @returns The lines; none where nothing is ahead.
 */
export function foreseenLines(
  seen: readonly Foreseen[],
  most: number,
  { width, style }: View,
): string[] {
  if (seen.length === 0 || most < 1) return [];
  const shown = seen.length > most ? seen.slice(0, most - 1) : seen;
  const lines = shown.map((one) => foreseenText(one));
  if (shown.length < seen.length) {
    const more = plural(
      seen.length - shown.length,
      shown.length > 0 ? 'more conflict' : 'conflict',
    );
    lines.push(`${more} ahead: tutti conflicts`);
  }
  return lines.map((line) => style.yellow(fit(`! ${line}`, width)));
}

/** Of an attempt its task: which try it is says nothing here. */
function taskPart(key: string): string {
  return key.replace(/#\d+$/u, '');
}
