// Markdown of whatever agents, people and programs have said.

import { fit } from './view.ts';

/**
 * Makes foreign text one line of markdown in which nothing is markup.
 *
 * @param text - What somebody said.
 * @param width - The columns it may have.
 * @returns The line.
 */
export function plain(text: string, width: number = 200): string {
  return fit(text, width).replaceAll(/[\\`*_{}[\]<>|#~&]/gu, String.raw`\$&`);
}

/**
 * Makes a code span, which has no escapes: the fence is longer than any run of ticks in it.
 *
 * @param text - What is in it.
 * @returns The span.
 */
export function code(text: string): string {
  const shown = fit(text, 200).replaceAll('|', String.raw`\|`);
  const longest = (shown.match(/`+/gu) ?? []).reduce(
    (most, ticks) => Math.max(most, ticks.length),
    0,
  );
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? fence + shown + fence : `${fence} ${shown} ${fence}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/**
 * Makes a table.
 *
 * @param head - The names of its columns.
 * @param rows - Their cells; of too many the middle is left out.
 * @returns Its lines.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = rows.map((cells) => row(cells));
  return [row(head), row(head.map(() => '---')), ...middleCut(lines, (text) => row([text]))];
}

/**
 * Makes a section.
 *
 * @param title - Its title.
 * @param lines - What is in it; without any there is none.
 * @returns Its lines, an empty one before.
 */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
}

/** Longer lists are cut in their middle; all of it is in the JSON. */
const MOST_ROWS = 400;

/**
 * Leaves out the middle of a list that is too long.
 *
 * @param lines - The list.
 * @param between - Makes the line that says so.
 * @returns The list, or its two ends.
 */
export function middleCut(
  lines: readonly string[],
  between: (text: string) => string = (text) => `- ${text}`,
): readonly string[] {
  if (lines.length <= MOST_ROWS) return lines;
  const half = MOST_ROWS / 2;
  const more = between(`… ${lines.length - MOST_ROWS} more: --json has them`);
  return [...lines.slice(0, half), more, ...lines.slice(-half)];
}
