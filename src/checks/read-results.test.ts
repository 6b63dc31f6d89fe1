import { describe, expect, it } from 'vitest';

import { readPrinted, readReport } from './read-results.ts';

type Counts = readonly [passed: number, failed: number, skipped: number] | null;

function counts(text: string): Counts {
  const { tests } = readPrinted(text);
  return tests === null ? null : [tests.passed, tests.failed, tests.skipped];
}

describe('what is printed', () => {
  it.each<[string, string, Counts]>([
    [
      'TAP',
      'TAP version 13\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP slow\nok 4 d # TODO\n1..4',
      [1, 1, 2],
    ],
    ['a plan of nothing', '1..0 # SKIP no database', null],
    ['ok lines without a plan', 'ok 1 - a\nok 2 - b', null],
    ['indented subtests of TAP', '1..1\n    ok 1 - x\n    1..1\nok 1 - a', [1, 0, 0]],
    [
      "node's TAP",
      'ok 1 - one\n# tests 7\n# suites 1\n# pass 2\n# fail 2\n# cancelled 1\n# skipped 1\n# todo 1\n# duration_ms 3',
      [2, 3, 2],
    ],
    [
      "node's spec",
      'ℹ tests 7\nℹ suites 1\nℹ pass 2\nℹ fail 2\nℹ cancelled 0\nℹ skipped 2\nℹ todo 1',
      [2, 2, 3],
    ],
    ['tape', '# tests 3\n# pass  2\n# fail  1', [2, 1, 0]],
    ['jest', 'Tests:       1 failed, 1 skipped, 2 todo, 3 passed, 7 total', [3, 1, 3]],
    [
      'vitest',
      ' Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 5 passed | 2 skipped | 1 todo (9)',
      [5, 1, 3],
    ],
    [
      'vitest in colours',
      '\u001B[2m      Tests \u001B[22m \u001B[1m\u001B[32m4 passed\u001B[39m\u001B[22m\u001B[90m (4)\u001B[39m',
      [4, 0, 0],
    ],
    ['mocha', '  3 passing (5ms)\n  1 pending\n  2 failing', [3, 2, 1]],
    [
      'bun',
      ' 3 pass\n 1 skip\n 1 fail\n 9 expect() calls\nRan 5 tests across 2 files. [8ms]',
      [3, 1, 1],
    ],
    ['deno', 'FAILED | 3 passed (2 steps) | 1 failed | 2 ignored (4ms)', [3, 1, 2]],
    [
      'pytest',
      '==== 1 failed, 2 passed, 1 skipped, 1 xfailed, 3 warnings in 0.12s ====',
      [2, 1, 2],
    ],
    ['pytest -q', '2 passed, 1 deselected in 61.20s (0:01:01)', [2, 0, 1]],
    ['pytest without tests', 'no tests ran in 0.01s', null],
    [
      'unittest',
      'Ran 9 tests in 0.010s\n\nFAILED (failures=1, errors=2, skipped=3, expected failures=1)',
      [2, 3, 4],
    ],
    ['unittest, all fine', 'Ran 2 tests in 0.010s\n\nOK', [2, 0, 0]],
    [
      'cargo, several binaries',
      'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0s\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out',
      [4, 1, 1],
    ],
    [
      'nextest',
      '     Summary [   0.2s] 5 tests run: 4 passed (1 slow), 1 failed, 2 skipped',
      [4, 1, 2],
    ],
    [
      'go -v',
      '=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    --- SKIP: TestB/x (0.00s)\n--- FAIL: TestC (0.00s)\nFAIL',
      [1, 1, 1],
    ],
    ['go, packages only', '--- FAIL: TestC (0.00s)\nok  \texample.org/a\t0.2s', null],
    [
      'go -json',
      '{"Action":"run","Package":"p","Test":"TestA"}\n{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}\n{"Action":"skip","Package":"p","Test":"TestB"}\n{"Action":"pass","Package":"p"}',
      [1, 0, 1],
    ],
    [
      'Maven, the total only',
      '[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in A\n[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1',
      [2, 2, 1],
    ],
    ['Gradle', '5 tests completed, 1 failed, 2 skipped', [2, 1, 2]],
    ['RSpec', '5 examples, 1 failure, 1 pending', [3, 1, 1]],
    ['minitest', '5 runs, 9 assertions, 1 failures, 0 errors, 1 skips', [3, 1, 1]],
    ['PHPUnit', 'OK (5 tests, 9 assertions)', [5, 0, 0]],
    ['PHPUnit, failing', 'Tests: 5, Assertions: 9, Failures: 1, Skipped: 2.', [2, 1, 2]],
    ['dotnet', 'Passed!  - Failed:     0, Passed:     5, Skipped:     1, Total:     6', [5, 0, 1]],
    [
      'packages one after the other',
      'a test: # tests 2\na test: # pass 2\nb/c test: # tests 1\nb/c test: # pass 1',
      [3, 0, 0],
    ],
    ['two tools', '# tests 2\n# pass 2\nTests:       3 passed, 3 total', [5, 0, 0]],
    ['nothing that counts', 'compiled\ntests are great\n5 passed\nok', null],
    ['nothing', '', null],
    ['a number beyond all reason', `${'9'.repeat(400)} passed in 1s`, null],
  ])('%s', (_, text, expected) => {
    expect(counts(text)).toEqual(expected);
  });

  it('names what failed and what was skipped, a bounded number of them', () => {
    const spec =
      '✖ bad # name (0.2ms)\n﹣ slow (0.1ms) # SKIP\n✔ later (0.1ms) # TODO\nℹ tests 3\nℹ fail 1';
    expect(readPrinted(spec).tests).toMatchObject({
      failedNames: ['bad # name'],
      skippedNames: ['slow', 'later'],
    });
    const cargo = `test a::b ... FAILED\ntest a::c ... ignored\ntest x ... ignored, slow\ntest result: FAILED. 0 passed; 1 failed; 1 ignored; 0 measured`;
    expect(readPrinted(cargo).tests).toMatchObject({
      failedNames: ['a::b'],
      skippedNames: ['a::c', 'x'],
    });
    const many = Array.from({ length: 900 }, (_, at) => `not ok ${at} - ${'x'.repeat(900)}${at}`);
    const { tests } = readPrinted(`1..900\n${many.join('\n')}`);
    expect(tests?.failed).toBe(900);
    expect(tests?.failedNames.length).toBeLessThanOrEqual(50);
    expect(tests?.failedNames[0]?.length).toBeLessThanOrEqual(200);
  });

  it.each([
    ['lines', 'a\n'.repeat(2_000_000)],
    ['one line', '✖ '.repeat(2_000_000)],
    ['brackets', '{'.repeat(4_000_000)],
    ['escapes', '\u001B]0;'.repeat(1_000_000)],
    ['numbers', '1 failed, '.repeat(400_000)],
    ['blanks', `${' '.repeat(4_000_000)}x`],
  ])('is done at once with millions of %s', (_, text) => {
    expect(readPrinted(text).tests).toBeNull();
  });
});

describe('coverage', () => {
  it.each<[string, string, number | null]>([
    ['node', 'ℹ all files | 91.50 |   100.00 |   71.43 |', 91.5],
    ['istanbul', 'All files |   80.1 |   70 |   60 |   82.35 | ', 82.35],
    ['its summary', 'Lines        : 82.35% ( 14/17 )', 82.35],
    ['pytest-cov', 'TOTAL                       20      5    75%', 75],
    ['pytest-cov with branches', 'TOTAL    20    5    4    1    71.25%', 71.25],
    ['go, one package', 'ok  \tp\t0.1s\tcoverage: 45.2% of statements', 45.2],
    [
      'go, two packages',
      'ok  \tp\t0.1s\tcoverage: 45.2% of statements\nok  \tq\t0.1s\tcoverage: 5.2% of statements',
      null,
    ],
    ['go tool cover', 'total:\t(statements)\t81.2%', 81.2],
    ['two that differ', 'Lines : 82.35% (\nLines : 12% (', null],
    ['more than all', 'Lines : 820% (', null],
  ])('%s', (_, text, expected) => {
    expect(readPrinted(text).coverage).toBe(expected);
  });

  it.each<[string, string, number | null]>([
    [
      'lcov',
      'TN:\nSF:a.js\nLF:10\nLH:8\nend_of_record\nSF:b.js\nLF:10\nLH:10\nend_of_record\n',
      90,
    ],
    ['Cobertura', '<?xml version="1.0"?><coverage line-rate="0.85" version="1">', 85],
    [
      'JaCoCo',
      '<report name="a"><counter type="LINE" missed="9" covered="1"/><counter type="LINE" missed="1" covered="3"/></report>',
      75,
    ],
    ['an empty one', 'SF:a.js\nLF:0\nLH:0\n', null],
  ])('from a file of %s', (_, text, expected) => {
    expect(readReport(text)).toEqual({ tests: null, coverage: expected });
  });
});

describe('reports', () => {
  it('reads JUnit, comments, CDATA and entities among it', () => {
    const text = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>
      <testsuites><testsuite name="s" tests="99">
        <testcase classname="a.B" name="fine"/>
        <testcase classname="a.B" name="&lt;bad&gt; &amp; &#x41;&a;"><failure message="1 > 0"><![CDATA[<testcase name="no"/>]]></failure></testcase>
        <!-- <testcase name="none"/> -->
        <testcase name='later'><skipped/></testcase>
        <testcase name="worse"><error/></testcase>
      </testsuite></testsuites>`;
    expect(readReport(text).tests).toEqual({
      passed: 1,
      failed: 2,
      skipped: 1,
      failedNames: ['a.B <bad> & A&a;', 'worse'],
      skippedNames: ['later'],
    });
  });

  it('reads the JSON of jest and vitest', () => {
    const results = {
      numFailedTests: 1,
      numPassedTests: 2,
      numPendingTests: 1,
      numTodoTests: 1,
      numTotalTests: 5,
      testResults: [
        {
          assertionResults: [
            { status: 'failed', fullName: 'it breaks' },
            { status: 'pending', fullName: 'it waits' },
          ],
        },
      ],
    };
    const expected = {
      passed: 2,
      failed: 1,
      skipped: 2,
      failedNames: ['it breaks'],
      skippedNames: ['it waits'],
    };
    expect(readReport(JSON.stringify(results)).tests).toEqual(expected);
    expect(readReport(`> jest --json\n${JSON.stringify(results, null, 2)}\n`).tests).toEqual(
      expected,
    );
  });

  it.each([
    ['comments', '<testsuites>' + '<!--'.repeat(1_000_000)],
    ['quotes', `<testsuites>${'<a "'.repeat(1_000_000)}`],
    ['coverage', '<coverage '.repeat(400_000)],
    ['tags', `<testsuites>${'<a>'.repeat(1_000_000)}`],
    ['entities', `<testsuites><testcase name="${'&#x41;'.repeat(1000)}"/>`],
    ['malformed JSON', '{"numTotalTests":'.repeat(100_000)],
  ])('is done with hostile %s', (_, text) => {
    expect(readReport(text).coverage).toBeNull();
  });
});
