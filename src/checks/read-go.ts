// What `go test -v` and `go test -json` print: a line for each test. Without either, go counts packages.

import type { TestCounts } from '../model/verdict.ts';
import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';
import { Tally } from './tally.ts';
import type { TestEnd } from './tally.ts';

const ENDS: Readonly<Record<string, TestEnd>> = {
  pass: 'passed',
  fail: 'failed',
  skip: 'skipped',
};

/**
 * Reads go's tests, subtests and those they belong to alike.
 *
 * @param lines - What was printed.
 * @returns What it counts; `null` = tests are not told one by one.
 */
export function readGo(lines: readonly string[]): TestCounts | null {
  const tally = new Tally();
  // Without -v only those that fail have a line.
  const verbose = lines.some((line) => line.startsWith('=== RUN '));
  for (const line of lines) {
    const [end, name] = (verbose ? ofLine(line) : null) ?? ofJson(line) ?? [];
    if (end === undefined) continue;
    tally.add(end, 1);
    tally.name(end, name);
  }
  return tally.result();
}

function ofLine(line: string): readonly [TestEnd, string] | null {
  const [, word = '', name = ''] = /^ *--- (PASS|FAIL|SKIP): ([^ ]+) \(/u.exec(line) ?? [];
  const end = ENDS[word.toLowerCase()];
  return end === undefined ? null : [end, name];
}

function ofJson(line: string): readonly [TestEnd, string] | null {
  if (!line.startsWith('{') || !line.includes('"Action":"') || !line.includes('"Test":"')) {
    return null;
  }
  const event = parseJson(line);
  if (!isRecord(event)) return null;
  const { Action: action, Test: test, Package: of } = event;
  if (typeof action !== 'string' || typeof test !== 'string') return null;
  const end = Object.hasOwn(ENDS, action) ? ENDS[action] : undefined;
  const name = typeof of === 'string' ? `${of} ${test}` : test;
  return end === undefined ? null : [end, name];
}
