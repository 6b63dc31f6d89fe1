// What checks count: real projects of node's test runner, and stand-ins that print what others do.

import { describe, expect, test } from 'vitest';

import { showReport } from '../../src/app/report.ts';
import { showKey } from '../../src/app/show.ts';
import type { PartialConfig } from '../../src/config/config.ts';
import type { Run } from '../../src/model/run.ts';
import type { VerdictRow } from '../../src/model/summary.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { pullRequestBody } from '../../src/report/pull-request.ts';
import { openFindings } from '../../src/report/report.ts';
import { PLAIN } from '../../src/util/style.ts';
import type { Rig } from './rig.ts';
import { makeRig, states, taskOf, value } from './rig.ts';

const suite = (...lines: readonly string[]): string =>
  `const { test } = require('node:test');\n${lines.map((line) => `${line}\n`).join('')}`;
const good = (name: string): string => `test('${name}', () => {});`;
const skip = (name: string): string => `test.skip('${name}', () => {});`;

const NODE = { name: 'tests', run: 'node --test', timeout: 60 };
const FILES = { 'test/a.test.js': suite(good('one'), good('two'), good('three')) };
const VIEW = { width: 120, style: PLAIN };

type Checks = NonNullable<PartialConfig['checks']>;

/** A project whose tasks write files. */
function rigOf(
  writes: Readonly<Record<string, Readonly<Record<string, string>>>>,
  { files = FILES, checks = [NODE] }: { files?: Record<string, string>; checks?: Checks } = {},
): Rig {
  const tasks = Object.fromEntries(
    Object.entries(writes).map(([id, contents]) => [
      id,
      Object.entries(contents).map(([path, content]) => ({ write: { path, content } })),
    ]),
  );
  return makeRig({ files, script: { tasks }, config: { checks } });
}

const task = (id: string, more: object = {}): object => ({ id, title: `Do ${id}`, ...more });

async function rowsOf(rig: Rig, run: Run): Promise<readonly VerdictRow[]> {
  const store = await rig.app.look();
  if (!store.ok || store.value === null) throw new Error('no store');
  return store.value.verdicts(run.key);
}

async function verdictsOf(rig: Rig, run: Run): Promise<readonly Verdict[]> {
  return (await rowsOf(rig, run)).map(({ verdict }) => verdict);
}

describe('a project of node', () => {
  test('says how many tests have run, and what has changed', async () => {
    const rig = rigOf({ a: { 'test/b.test.js': suite(good('four'), skip('five')) } });
    const run = await rig.run([task('a')]);
    expect(states(run)).toEqual({ a: 'completed' });
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict?.tests).toEqual({
      passed: 4,
      failed: 0,
      skipped: 1,
      failedNames: [],
      skippedNames: ['five'],
    });
    expect(verdict?.before).toMatchObject({ passed: 3, failed: 0, skipped: 0, coverage: null });
  });

  test('does not hide that tests were deleted', async () => {
    const rig = rigOf({ a: { 'test/a.test.js': suite(good('one'), skip('two')) } });
    const run = await rig.run([task('a')]);
    expect(states(run)).toEqual({ a: 'completed' });
    const rows = await rowsOf(rig, run);
    const message =
      '1 test fewer than before; 1 newly skipped: two. It was 3 passed, and is 1 passed, 1 skipped.';
    expect(openFindings(rows)).toEqual([
      { task: taskOf(run, 'a').key, by: 'tests', severity: 'major', about: 'tests', message },
    ]);
    const shown = value(
      await showKey(rig.app, taskOf(run, 'a').key, {
        evidence: true,
        stages: false,
        attempts: false,
        diff: false,
      }),
    );
    expect(shown.text(VIEW)).toContain('1 newly skipped: two');
    const report = value(await showReport(rig.app, run.key));
    expect(report.text(VIEW)).toContain('1 test passed, 1 skipped (1 fewer than before)');
    expect(report.text(VIEW)).toContain('1 finding still open');
    const body = pullRequestBody({ run, events: [], verdicts: rows, now: 0 });
    expect(body).toContain('(1 test passed, 1 skipped (1 fewer than before))');
    expect(body).toContain('1 newly skipped: two');
  });
});

const printed = (percent: number): string => `Tests: 1 passed, 1 total\nLines : ${percent}% (\n`;
const junit = (...ends: readonly string[]): string =>
  `<testsuite>${ends.map((end, at) => `<testcase name="t${at}">${end}</testcase>`).join('')}</testsuite>`;

/** A check that prints what another tool prints: a file of the project. */
const FAKE = { name: 'fake', run: 'cat printed.txt', timeout: 60 };

describe('what other tools print', () => {
  test.each([
    [
      'pytest',
      '== 4 passed in 0.1s ==\n',
      '== 2 passed, 1 skipped in 0.1s ==\n',
      '1 test fewer than before; 1 newly skipped',
    ],
    [
      'cargo',
      'test result: ok. 9 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n',
      'test a::b ... ignored\ntest result: ok. 8 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n',
      '1 newly skipped: a::b',
    ],
    [
      'jest, with coverage',
      'Tests:       5 passed, 5 total\nLines        : 90.5% ( 9/10 )\n',
      'Tests:       2 skipped, 2 passed, 4 total\nLines        : 80% ( 8/10 )\n',
      '1 test fewer than before; 2 newly skipped',
    ],
  ])('%s', async (_, before, after, expected) => {
    const rig = rigOf(
      { a: { 'printed.txt': after } },
      { files: { 'printed.txt': before }, checks: [FAKE] },
    );
    const run = await rig.run([task('a')]);
    expect(states(run)).toEqual({ a: 'completed' });
    const [finding, ...others] = openFindings(await rowsOf(rig, run));
    expect(finding?.message).toContain(expected);
    expect(others).toEqual([]);
  });

  test('the coverage is in the verdict, its difference in the report', async () => {
    const rig = rigOf(
      { a: { 'printed.txt': printed(80) } },
      { files: { 'printed.txt': printed(90.5) }, checks: [FAKE] },
    );
    const run = await rig.run([task('a')]);
    expect(await verdictsOf(rig, run)).toMatchObject([
      { coverage: 80, before: { coverage: 90.5 } },
    ]);
    const report = value(await showReport(rig.app, run.key));
    expect(report.text(VIEW)).toContain('80% covered (−10.5)');
    expect(openFindings(await rowsOf(rig, run))).toEqual([]);
  });

  test('a check that counts nothing has no finding, whatever it counted before', async () => {
    const rig = rigOf(
      { a: { 'printed.txt': 'fine\n' } },
      { files: { 'printed.txt': '5 passed in 1s\n' }, checks: [FAKE] },
    );
    const run = await rig.run([task('a')]);
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict).not.toHaveProperty('tests');
    expect(verdict).not.toHaveProperty('before');
    expect(verdict?.findings).toEqual([]);
  });
});

describe('tests that are gone', () => {
  const fewer = { 'test/a.test.js': suite(good('one')) };

  test('fail a check that is not to have fewer, and the agent hears why', async () => {
    const rig = makeRig({
      files: FILES,
      script: {
        tasks: {
          a: {
            attempts: [
              [{ write: { path: 'test/a.test.js', content: fewer['test/a.test.js'] } }],
              [
                {
                  write: { path: 'test/a.test.js', content: `${FILES['test/a.test.js']}// kept\n` },
                },
              ],
            ],
          },
        },
      },
      config: { checks: [{ ...NODE, fewer_tests: 'fail' }] },
    });
    const run = await rig.run([task('a')]);
    expect(states(run)).toEqual({ a: 'completed' });
    const [first] = taskOf(run, 'a').attempts;
    expect(first?.status).toMatchObject({
      outcome: {
        kind: 'failed',
        failure: {
          reason: 'check_failed',
          message: expect.stringContaining('passed, which does not count: 2 tests fewer'),
        },
      },
    });
    expect(openFindings(await rowsOf(rig, run))).toEqual([]);
  });

  test('are nobody’s business where that is configured', async () => {
    const rig = rigOf({ a: fewer }, { checks: [{ ...NODE, fewer_tests: 'ignore' }] });
    const run = await rig.run([task('a')]);
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict).toMatchObject({ ok: true, findings: [], tests: { passed: 1 } });
  });

  test('stay a finding when a later task passes, until they are back', async () => {
    const more = { 'test/b.test.js': suite(good('four')) };
    const rig = rigOf({ a: fewer, b: more, c: FILES });
    const run = await rig.run([task('a'), task('b', { depends_on: ['a'] })]);
    expect(states(run)).toEqual({ a: 'completed', b: 'completed' });
    expect(openFindings(await rowsOf(rig, run))).toMatchObject([
      { task: taskOf(run, 'a').key, message: expect.stringContaining('2 tests fewer') },
    ]);
    const other = rigOf({ a: fewer, c: FILES });
    const mended = await other.run([task('a'), task('c', { depends_on: ['a'] })]);
    expect(openFindings(await rowsOf(other, mended))).toEqual([]);
  });

  test('are not blamed on whoever started before they went', async () => {
    const more = { 'other.txt': 'x\n' };
    const rig = rigOf({ a: fewer, b: more });
    const run = await rig.run([task('a'), task('b')]);
    expect(states(run)).toEqual({ a: 'completed', b: 'completed' });
    const blamed = openFindings(await rowsOf(rig, run)).map((finding) => finding.task);
    expect(blamed).toEqual([taskOf(run, 'a').key]);
  });
});

test('a report that the check writes counts more than what it prints', async () => {
  const run = 'mkdir -p out && cp in.xml out/junit.xml && echo 9 passed in 1s';
  const check = { name: 'ci', run, timeout: 60, report: 'out/junit.xml' };
  const rig = rigOf(
    { a: { 'in.xml': junit('', '<skipped/>') } },
    { files: { 'in.xml': junit('', '', '') }, checks: [check] },
  );
  const done = await rig.run([task('a')]);
  expect(await verdictsOf(rig, done)).toMatchObject([
    { ok: true, tests: { passed: 1, skipped: 1, skippedNames: ['t1'] }, before: { passed: 3 } },
  ]);
});
