// What a check has counted, from what it printed and from the reports that it wrote. It is told apart by
// its form, so nothing has to be configured; what fits none is no count at all.

import type { TestCounts } from '../model/verdict.ts';
import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import { readCoverage, readCoverageFile } from './read-coverage.ts';
import { readGo } from './read-go.ts';
import { readJunit } from './read-junit.ts';
import { readSummaries } from './read-summaries.ts';
import { readTap } from './read-tap.ts';
import { Tally } from './tally.ts';

/** What was counted; `null` = nobody knows. */
export interface Results {
  readonly tests: TestCounts | null;
  readonly coverage: number | null;
}

/** A longer line sums nothing up; cut, it costs no pattern more than a moment. */
const LONGEST_LINE = 2000;
/** What is longer is not read: whoever reads it keeps everybody else waiting. */
const MOST_LINES = 100_000;
/** What pnpm and turbo put in front of each line of a package. */
const PACKAGE_PREFIX = /^[\w@./-]+[ :][\w:-]*test[\w:-]*: /u;

/**
 * Reads what a check has printed.
 *
 * @param printed - All of it.
 * @returns What it counts: the sum over all tools that have summed up.
 */
export function readPrinted(printed: string): Results {
  const all = sanitizeTerminal(printed).split('\n', MOST_LINES + 1);
  if (all.length > MOST_LINES) return { tests: null, coverage: null };
  const lines = all.map((line) =>
    line.slice(0, LONGEST_LINE).trimEnd().replace(PACKAGE_PREFIX, ''),
  );
  const tally = new Tally();
  for (const read of [readTap, readSummaries, readGo]) tally.include(read(lines));
  const tests = tally.result() ?? readJest(printed);
  return { tests, coverage: readCoverage(lines) };
}

/**
 * Reads a report that a check wrote: JUnit's XML, TAP, the JSON of jest, vitest or go, what a tool has
 * printed, or the coverage by lcov, Cobertura or JaCoCo.
 *
 * @param text - The file.
 * @returns What it counts.
 */
export function readReport(text: string): Results {
  const whole = text.replace(/^\uFEFF/u, '');
  if (/^\s*</u.test(whole)) return { tests: readJunit(whole), coverage: readCoverageFile(whole) };
  const coverage = readCoverageFile(whole);
  return coverage === null ? readPrinted(whole) : { tests: null, coverage };
}

/** The JSON that jest and vitest write, alone or after some words. */
function readJest(text: string): TestCounts | null {
  // Before this key stand numbers only.
  const at = text.indexOf('"numTotalTests"');
  const start = at < 0 ? -1 : text.lastIndexOf('{', at);
  if (start < 0) return null;
  const value = parseJson(text.slice(start, text.lastIndexOf('}') + 1));
  return isRecord(value) ? ofJest(value) : null;
}

function ofJest(value: Readonly<Record<string, unknown>>): TestCounts {
  const tally = new Tally();
  const add = (end: 'passed' | 'failed' | 'skipped', key: string): void => {
    const count = value[key];
    tally.add(end, typeof count === 'number' ? count : 0);
  };
  add('passed', 'numPassedTests');
  add('failed', 'numFailedTests');
  add('skipped', 'numPendingTests');
  add('skipped', 'numTodoTests');
  for (const file of recordsIn(value['testResults'])) {
    for (const { status, fullName } of recordsIn(file['assertionResults'])) {
      if (typeof fullName !== 'string') continue;
      if (status === 'failed') tally.name('failed', fullName);
      else if (status !== 'passed') tally.name('skipped', fullName);
    }
  }
  return tally.result() ?? { passed: 0, failed: 0, skipped: 0, failedNames: [], skippedNames: [] };
}

function recordsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((one: unknown) => isRecord(one)) : [];
}
