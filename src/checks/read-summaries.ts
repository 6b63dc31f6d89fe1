// The lines by which test tools sum up what they have run. Each is of one tool, so that what several
// tools print one after the other adds up.

import type { TestCounts } from '../model/verdict.ts';
import { Tally } from './tally.ts';
import type { TestEnd } from './tally.ts';

/** A line that counts: what each of its groups is. */
interface Counting {
  readonly line: RegExp;
  readonly groups: readonly TestEnd[];
}

const COUNTING: readonly Counting[] = [
  // cargo test, one for each binary
  {
    line: /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured/u,
    groups: ['passed', 'failed', 'skipped', 'passed'],
  },
  // cargo nextest
  {
    line: /^ *Summary \[[^\]]*\] +\d+(?:\/\d+)? tests? run: (\d+) passed(?: \([^)]*\))?(?:, (\d+) failed)?(?:, (\d+) timed out)?, (\d+) skipped/u,
    groups: ['passed', 'failed', 'failed', 'skipped'],
  },
  // deno test
  {
    line: /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/u,
    groups: ['passed', 'failed', 'skipped'],
  },
  // dotnet test
  {
    line: /^(?:Passed|Failed)! +- Failed: +(\d+), Passed: +(\d+), Skipped: +(\d+), Total:/u,
    groups: ['failed', 'passed', 'skipped'],
  },
  // mocha
  { line: /^ +(\d+) passing \(/u, groups: ['passed'] },
  { line: /^ +(\d+) pending$/u, groups: ['skipped'] },
  { line: /^ +(\d+) failing$/u, groups: ['failed'] },
];

/** A line that counts all tests, and beside them those that did not pass. */
const TOTALS: readonly Counting[] = [
  // Maven, one for each module; what is counted class by class ends with the time
  {
    line: /^(?:\[\w+\] )?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)$/u,
    groups: ['passed', 'failed', 'failed', 'skipped'],
  },
  // Gradle
  {
    line: /^(\d+) tests? completed(?:, (\d+) failed)?(?:, (\d+) skipped)?$/u,
    groups: ['passed', 'failed', 'skipped'],
  },
  // RSpec
  {
    line: /^(\d+) examples?, (\d+) failures?(?:, (\d+) pending)?/u,
    groups: ['passed', 'failed', 'skipped'],
  },
  // minitest
  {
    line: /^(\d+) (?:runs|tests), \d+ assertions, (\d+) failures, (\d+) errors, (\d+) skips/u,
    groups: ['passed', 'failed', 'failed', 'skipped'],
  },
  // PHPUnit
  { line: /^OK \((\d+) tests?, \d+ assertions?\)$/u, groups: ['passed'] },
  {
    line: /^Tests: (\d+), Assertions: \d+(?:, Errors: (\d+))?(?:, Failures: (\d+))?(?:, Skipped: (\d+))?/u,
    groups: ['passed', 'failed', 'failed', 'skipped'],
  },
];

const WORDS: Readonly<Record<string, TestEnd>> = {
  passed: 'passed',
  xpassed: 'passed',
  failed: 'failed',
  error: 'failed',
  errors: 'failed',
  skipped: 'skipped',
  todo: 'skipped',
  // Run or not, whether they fail is of no account.
  xfailed: 'skipped',
  'expected fail': 'skipped',
  deselected: 'skipped',
};

/** Lines that are a list of numbers with words. */
const LISTS: readonly RegExp[] = [
  // jest
  /^Tests: +((?:\d+ \w+, )*\d+ total)$/u,
  // vitest
  /^ *Tests +(\d+ [\w ]+?(?: \| \d+ [\w ]+?)*) \(\d+\)$/u,
  // pytest
  /^(?:=+ )?((?:\d+ \w+, )*\d+ \w+) in \d[\d.]*s(?: \([\d:]+\))?(?: =+)?$/u,
];

/** Lines that name a test that failed or was skipped. */
const NAMES: readonly (readonly [end: TestEnd, line: RegExp])[] = [
  ['failed', /^test (.+) \.\.\. FAILED$/u],
  ['skipped', /^test (.+) \.\.\. ignored/u],
  ['failed', /^(?:FAILED|ERROR) ([^ ]+::.+?)(?: - .*)?$/u],
  ['skipped', /^SKIPPED \[\d+\] (.+)$/u],
  ['skipped', /^XFAIL ([^ ]+)/u],
  ['skipped', /^([^ ]+::.+?) (?:SKIPPED|XFAIL)\b/u],
  ['failed', /^ {2}● (.+ › .+)$/u],
  ['skipped', /^ +○ skipped (.+)$/u],
  ['skipped', /^ +✎ todo (.+)$/u],
  ['failed', /^ FAIL {2}(.+ > .+)$/u],
  ['skipped', /^ +[↓□] (.+?)(?: \d+ms)?$/u],
  ['failed', /^\(fail\) (.+?)(?: \[[\d.]+ms\])?$/u],
  ['skipped', /^\((?:skip|todo)\) (.+)$/u],
];

/**
 * Reads the lines by which cargo, deno, dotnet, Gradle, jest, Maven, minitest, mocha, PHPUnit, pytest,
 * RSpec, vitest, bun and unittest sum up.
 *
 * @param lines - What was printed.
 * @returns What they count together; `null` = no such line is there.
 */
export function readSummaries(lines: readonly string[]): TestCounts | null {
  const tally = new Tally();
  for (const line of lines) {
    readCounting(tally, line);
    readTotal(tally, line);
    readList(tally, line);
  }
  tally.include(readBun(lines));
  tally.include(readUnittest(lines));
  const found = tally.result();
  if (found === null) return null;
  for (const line of lines) {
    const named = NAMES.map(([end, pattern]) => [end, pattern.exec(line)?.[1]] as const);
    for (const [end, name] of named) tally.name(end, name);
  }
  return tally.result();
}

function readCounting(tally: Tally, line: string): void {
  for (const { line: pattern, groups } of COUNTING) {
    const match = pattern.exec(line);
    if (match === null) continue;
    for (const [index, end] of groups.entries()) tally.add(end, match[index + 1]);
  }
}

function readTotal(tally: Tally, line: string): void {
  for (const { line: pattern, groups } of TOTALS) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const [total = 0, ...others] = groups.map((_, index) => Number(match[index + 1] ?? 0));
    tally.add('passed', total - others.reduce((sum, count) => sum + count, 0));
    for (const [index, count] of others.entries()) tally.add(groups[index + 1] ?? 'passed', count);
  }
}

function readList(tally: Tally, line: string): void {
  for (const pattern of LISTS) {
    for (const part of pattern.exec(line)?.[1]?.split(/, | \| /u) ?? []) {
      const [, count, word = ''] = /^(\d+) (.+)$/u.exec(part) ?? [];
      const end = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
      if (end !== undefined) tally.add(end, count);
    }
  }
}

/** `3 pass`, `1 fail` are lines that anything could print: they count before bun's last line only. */
function readBun(lines: readonly string[]): TestCounts | null {
  const tally = new Tally();
  const ends = { pass: 'passed', fail: 'failed', skip: 'skipped', todo: 'skipped' } as const;
  for (const [index, line] of lines.entries()) {
    if (!/^Ran \d+ tests? across \d+ files?\./u.test(line)) continue;
    for (const before of lines.slice(Math.max(0, index - 8), index)) {
      const [, count, word] = /^ *(\d+) (pass|fail|skip|todo)$/u.exec(before) ?? [];
      if (word === 'pass' || word === 'fail' || word === 'skip' || word === 'todo') {
        tally.add(ends[word], count);
      }
    }
  }
  return tally.result();
}

/** Python's own: the number of tests, and a line or two later what did not pass. */
function readUnittest(lines: readonly string[]): TestCounts | null {
  const tally = new Tally();
  for (const [index, line] of lines.entries()) {
    const ran = /^Ran (\d+) tests? in [\d.]+s$/u.exec(line)?.[1];
    if (ran === undefined) continue;
    const end =
      lines.slice(index + 1, index + 4).find((one) => /^(?:OK|FAILED)\b/u.test(one)) ?? '';
    const of = (word: string): number =>
      Number(new RegExp(`[( ]${word}=(\\d+)`, 'u').exec(end)?.[1] ?? 0);
    const failed = of('failures') + of('errors') + of('unexpected successes');
    const skipped = of('skipped') + of('expected failures');
    tally.add('failed', failed);
    tally.add('skipped', skipped);
    tally.add('passed', Number(ran) - failed - skipped);
  }
  return tally.result();
}
