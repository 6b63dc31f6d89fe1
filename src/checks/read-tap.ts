// The Test Anything Protocol, and what node's own reporters print.

import type { TestCounts } from '../model/verdict.ts';
import { Tally } from './tally.ts';
import type { TestEnd } from './tally.ts';

const SUMMARY = /^[ℹ#] (pass|fail|cancelled|skipped|todo) +(\d+)$/u;
const ENDS: Readonly<Partial<Record<string, TestEnd>>> = {
  pass: 'passed',
  fail: 'failed',
  cancelled: 'failed',
  skipped: 'skipped',
  todo: 'skipped',
};
const TAP_LINE = /^ *(not )?ok\b(?: +\d+)?(?: -)?(?: (.*))?$/u;
const DIRECTIVE = /^(.*?) ?# *(skip|todo)\b/iu;

/**
 * Reads TAP, and the `spec` reporter of node.
 *
 * @param lines - What was printed.
 * @returns What it counts; `null` = it is neither.
 */
export function readTap(lines: readonly string[]): TestCounts | null {
  const tally = new Tally();
  if (lines.some((line) => /^[ℹ#] tests +\d+$/u.test(line))) {
    for (const line of lines) {
      const [, word, count] = SUMMARY.exec(line) ?? [];
      const end = ENDS[word ?? ''];
      if (end !== undefined) tally.add(end, count);
      nameOf(tally, line);
    }
    return tally.result();
  }
  // The plan is what makes it TAP; it stands before or after the tests.
  if (!lines.some((line) => /^1\.\.\d+\b/u.test(line))) return null;
  for (const line of lines) countLine(tally, line);
  return tally.result();
}

/** What is indented belongs to a test that has a line of its own. */
function countLine(tally: Tally, line: string): void {
  const match = /^[no]/u.test(line) ? TAP_LINE.exec(line) : null;
  if (match === null) return;
  const [, not, said = ''] = match;
  const left = DIRECTIVE.exec(said);
  const end = left !== null ? 'skipped' : not === undefined ? 'passed' : 'failed';
  tally.add(end, 1);
  tally.name(end, left?.[1] ?? said);
}

function nameOf(tally: Tally, line: string): void {
  const tap = TAP_LINE.exec(line);
  if (tap !== null) {
    const [, not, said = ''] = tap;
    const left = DIRECTIVE.exec(said);
    if (left !== null) tally.name('skipped', left[1]);
    else if (not !== undefined) tally.name('failed', said);
    return;
  }
  tally.name('failed', /^ *✖ (.+) \([\d.]+ms\)$/u.exec(line)?.[1]);
  tally.name('skipped', /^ *[﹣✔✖] (.+) \([\d.]+ms\) # (?:SKIP|TODO)\b/u.exec(line)?.[1]);
}
