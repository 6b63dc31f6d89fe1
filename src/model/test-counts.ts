// What a check has counted, compared with what it counted before: tests that are gone, or that are no
// longer run, make a check pass without proving anything.

import { plural } from '../util/amount.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { VerdictRow } from './summary.ts';
import type { CountedBefore, Finding, TestCounts, Verdict } from './verdict.ts';

/** So many names of failed and of skipped tests are kept. */
export const MOST_NAMES: number = 50;
/** The longest name that is kept, in UTF-16 units. */
export const LONGEST_NAME: number = 200;

const MOST_SHOWN = 10;

type Counts = Pick<TestCounts, 'passed' | 'failed' | 'skipped'>;

/**
 * Counts the tests that were there, run or not.
 *
 * @param counts - What a check has counted.
 * @returns Their number.
 */
function testTotal({ passed, failed, skipped }: Counts): number {
  return passed + failed + skipped;
}

/**
 * Says what a check has counted.
 *
 * @param verdict - Its verdict.
 * @returns Such as `40 tests passed, 2 skipped (3 more than before), 81.5% covered (−0.5)`; `null` =
 *   it has counted nothing.
 */
export function testsText({ tests, coverage, before }: Verdict): string | null {
  const parts: string[] = [];
  if (tests !== undefined) {
    const counts = [
      `${plural(tests.passed, 'test')} passed`,
      ...(tests.failed > 0 ? [`${tests.failed} failed`] : []),
      ...(tests.skipped > 0 ? [`${tests.skipped} skipped`] : []),
    ].join(', ');
    parts.push(counts + sinceText(tests, before));
  }
  if (coverage !== undefined) {
    const was = before?.coverage ?? null;
    const change = was === null ? 0 : Math.round((coverage - was) * 10) / 10;
    const since = change === 0 ? '' : ` (${change > 0 ? '+' : '−'}${Math.abs(change)})`;
    parts.push(`${Math.round(coverage * 10) / 10}% covered${since}`);
  }
  return parts.length === 0 ? null : parts.join(', ');
}

function sinceText(tests: TestCounts, before: CountedBefore | undefined): string {
  if (before === undefined) return '';
  const more = testTotal(tests) - testTotal(before);
  if (more === 0) return '';
  return ` (${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'} than before)`;
}

/** What is known of the tree that a change was made on. */
export interface Earlier {
  readonly tree: string;
  readonly tests: TestCounts;
  readonly coverage: number | null;
}

/**
 * Looks for tests that a change has taken away or made to be skipped.
 *
 * @param tests - What the check counts with the change.
 * @param earlier - What it counted without it.
 * @param severity - How bad that is.
 * @returns The finding; `null` = there is as much as before.
 */
export function lostTests(
  tests: TestCounts,
  earlier: Earlier,
  severity: Finding['severity'],
): Finding | null {
  const { tests: before } = earlier;
  const fewer = testTotal(before) - testTotal(tests);
  const skipped = tests.skipped - before.skipped;
  const known = new Set(before.skippedNames);
  // A list that was cut says nothing of what is not on it.
  const whole = before.skippedNames.length >= before.skipped;
  const names = whole ? tests.skippedNames.filter((name) => !known.has(name)) : [];
  const newly = Math.max(skipped, names.length);
  if (fewer <= 0 && newly <= 0) return null;
  const said = [
    ...(fewer > 0 ? [`${plural(fewer, 'test')} fewer than before`] : []),
    ...(newly > 0 ? [`${newly} newly skipped${namesText(names)}`] : []),
  ].join('; ');
  const was = `It was ${countsText(before)}, and is ${countsText(tests)}.`;
  return { severity, about: 'tests', message: `${said}. ${was}` };
}

function countsText({ passed, failed, skipped }: Counts): string {
  return [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(', ');
}

function namesText(names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length - MOST_SHOWN;
  const shown = names.slice(0, MOST_SHOWN).map((name) => oneLine(name));
  return `: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Collects the verdicts that miss tests which are not back since. Another task's verdict does not settle
 * it by passing: only one of the same task, or one with the tests that were gone.
 *
 * @param rows - The run's verdicts, oldest first.
 * @returns Those of them, each the last of its task and check.
 */
export function openLosses(rows: readonly VerdictRow[]): readonly VerdictRow[] {
  const open = new Map<string, VerdictRow>();
  for (const row of rows) {
    const { name, command, tests, findings } = row.verdict;
    if (tests === undefined) continue;
    const check = JSON.stringify([name, command]);
    const key = `${row.task} ${check}`;
    for (const [other, lost] of open) {
      const same = other === key;
      if (same || (other.endsWith(` ${check}`) && hasTestsBack(lost.verdict, row.verdict))) {
        open.delete(other);
      }
    }
    if (findings.some(({ about }) => about === 'tests')) open.set(key, row);
  }
  return [...open.values()];
}

/** A later verdict was made on a tree that lacked the tests, and has at least as many as there were. */
function hasTestsBack(lost: Verdict, later: Verdict): boolean {
  const { tests, before } = lost;
  if (tests === undefined || before === undefined) return false;
  if (later.tests === undefined || later.before === undefined) return false;
  const isBuiltOnIt =
    testTotal(later.before) <= testTotal(tests) && runs(later.before) <= runs(tests);
  const hasAll = testTotal(later.tests) >= testTotal(before);
  return isBuiltOnIt && hasAll && later.tests.skipped <= before.skipped;
}

function runs({ passed, failed }: Counts): number {
  return passed + failed;
}
