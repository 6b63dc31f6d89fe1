import { describe, expect, it } from 'vitest';

import {
  SAMPLE_SETTINGS,
  SAMPLE_START,
  sampleAttempt,
  sampleDiamond,
  samplePlanTask,
  sampleRun,
  sampleTask,
} from '../../test/sample-run.ts';
import type { Foreseen } from '../model/foreseen.ts';
import type { Run } from '../model/run.ts';
import type { VerdictRow } from '../model/summary.ts';
import { PLAIN } from '../util/style.ts';
import { displayWidth } from '../util/terminal-text.ts';
import { renderAsks } from './asks.ts';
import { renderGraph, renderMermaid } from './graph.ts';
import { renderLive } from './live-view.ts';
import { renderPlan } from './plan-tree.ts';
import type { PlanInput } from './plan-tree.ts';
import { renderReport } from './report.ts';
import { renderRun } from './show-run.ts';
import { renderTask } from './show-task.ts';
import { renderStages } from './stages.ts';
import { nextCommand, renderList, renderStatus } from './status.ts';
import { summarize } from './summarize.ts';

const view = { width: 90, style: PLAIN };
const now = SAMPLE_START + 100_000;
const all = { attempts: false, evidence: false };

const failed: VerdictRow = {
  run: 'SHOP-1',
  task: 'SHOP-1.1',
  attempt: 'SHOP-1.1#1',
  at: now,
  verdict: {
    kind: 'check',
    name: 'tests',
    ok: false,
    command: 'npm test',
    exitCode: 1,
    tree: 'd'.repeat(40),
    durationMs: 1200,
    summary: 'not ok 1\n2 of 9 failed',
    findings: [{ file: 'a.ts', line: 3, severity: 'blocking', message: 'wrong' }],
  },
};

function planOf(tasks: PlanInput['tasks'], more: Partial<PlanInput> = {}): PlanInput {
  return {
    run: 'SHOP-1',
    title: 'Sign in',
    revision: 1,
    by: 'rules',
    tasks,
    warnings: [],
    checks: SAMPLE_SETTINGS.checks,
    forecast: null,
    ...more,
  };
}

describe('the sample run', () => {
  const run = sampleDiamond();

  it('has a status with its question on top and one next command', () => {
    const input = { runs: [summarize(run)], asks: run.asks, live: false, now };
    expect(renderStatus(input, view)).toMatchInlineSnapshot(`
      "1 question waits for you

      ? SHOP-1?1  SHOP-1.3  question  1m 00s
          Which port should the form talk to?
          8080 | 9090 | …
          tutti answer 'SHOP-1?1' "…"

      SHOP-1  Add user authentication                                running, nobody works on it
        ████▒▒▒▒▒▒▒▒░░░░░░░░░░░░  1/6 done, 1 running, 1 waiting, 1 failed, 1 skipped
        $0.35 · 15k tokens · 1m 40s · branch SHOP-1/add-user-authentication
        with a plan: a goal is planned

      Next: tutti answer 'SHOP-1?1' "…""
    `);
  });

  it('is one line of a list', () => {
    expect(renderList([summarize(run)], { now }, view)).toMatchInlineSnapshot(
      `"SHOP-1  running  1/6  $0.35  1m 40s ago  Add user authentication"`,
    );
  });

  it('is shown with its tasks', () => {
    expect(renderRun(run, now, view)).toMatchInlineSnapshot(`
      "SHOP-1  Add user authentication  running
      ████▒▒▒▒▒▒▒▒░░░░░░░░░░░░  1/6 done, 1 running, 1 waiting, 1 failed, 1 skipped
      $0.35 · 15k tokens · 1m 40s
      branch SHOP-1/add-user-authentication from main (bbbbbbb)
      with a plan: a goal is planned

      ? SHOP-1?1  SHOP-1.3  question  1m 00s
          Which port should the form talk to?
          8080 | 9090 | …
          tutti answer 'SHOP-1?1' "…"

      ✓ .1  Create the OAuth configuration           backend-developer  proven   50s     1a2b3c4
      ● .2  Write the login API                      backend-developer  work     1m 30s
      ? .3  Build the login form                     backend-developer  waiting
            waits for an answer: Which port should the form talk to?
      · .4  Test the login end to end                backend-developer  pending
            waits for SHOP-1.2
      ✗ .5  Describe the login                       backend-developer  failed   50s
            check_failed: tests: 2 of 9 failed
      - .6  Publish the description                  backend-developer  skipped
            needs SHOP-1.5, which was not done"
    `);
  });

  it('shows a task with attempts and evidence', () => {
    const task = run.tasks[0]!;
    const text = renderTask({ task, run, verdicts: [failed], now }, all, view);
    expect(text).toMatchInlineSnapshot(`
      "SHOP-1.1  Create the OAuth configuration  proven
        agent     backend-developer (keyword "api"), claude
        checks    npm test
        commit    1a2b3c4000000000000000000000000000000000
        took      50s
        cost      $0.25

      SHOP-1.1#1  succeeded
                  backend-developer, claude · 40s · $0.25 · 15k tokens
        said      Made it.
        change    1a2b3c4 src/config.ts
        kept      refs/tutti/kept/SHOP-1.1/1
        session   session-1

      ✗ check "tests" failed (exit 1)
        SHOP-1.1#1 · npm test · tree ddddddd · 1.2s
        blocking a.ts:3: wrong
        │ not ok 1
        │ 2 of 9 failed"
    `);
  });

  it('shows a task that was not started', () => {
    const task = run.tasks[3]!;
    expect(renderTask({ task, run, verdicts: [], now }, all, view)).toMatchInlineSnapshot(`
      "SHOP-1.4  Test the login end to end  pending
        because   waits for SHOP-1.2
        agent     backend-developer (keyword "api"), claude
        after     SHOP-1.2, SHOP-1.3
        checks    npm test

      No attempts yet.

      No evidence: no check or review has judged it."
    `);
  });

  it('shows only what was asked for', () => {
    const task = run.tasks[0]!;
    const input = { task, run, verdicts: [failed], now };
    expect(renderTask(input, { attempts: true, evidence: false }, view)).not.toContain('npm test');
    expect(renderTask(input, { attempts: false, evidence: true }, view)).not.toContain('session-1');
  });

  it('has a graph', () => {
    expect(renderGraph(run, view)).toMatchInlineSnapshot(`
      "SHOP-1  Add user authentication
      ✓ .1  Create the OAuth configuration  completed
      ├─ ● .2  Write the login API  work
      └─ ? .3  Build the login form  waiting
         └─ · .4  Test the login end to end  pending  (also after .2)
      ✗ .5  Describe the login  failed
      └─ - .6  Publish the description  skipped"
    `);
    expect(renderMermaid(run)).toContain('t3["SHOP-1.3 Build the login form"]:::waiting');
    expect(renderMermaid(run)).toContain('t2 --> t4');
  });

  it('has stages', () => {
    expect(renderStages(run, now)).toMatchInlineSnapshot(
      `"implementation  running    6 tasks    1m 30s"`,
    );
  });

  it('is alive on a terminal', () => {
    const lastAction = new Map([['SHOP-1.2', 'edits src/login.ts']]);
    const lines = renderLive(
      { run, lastAction, startedAt: SAMPLE_START, now },
      { ...view, height: 24 },
    );
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "? SHOP-1?1 Which port should the form talk to?  tutti answer 'SHOP-1?1' "…"
      SHOP-1 Add user authentication
      ✓ SHOP-1.1  Create the OAuth configu…  backend-developer      50s
      ● SHOP-1.2  Write the login API        backend-developer   1m 30s  edits src/login.ts
      ? SHOP-1.3  Build the login form       backend-developer           waits for an answer: W…
      · SHOP-1.4  Test the login end to end  backend-developer           waits for SHOP-1.2
      ✗ SHOP-1.5  Describe the login         backend-developer      50s  check_failed: tests: 2…
      - SHOP-1.6  Publish the description    backend-developer           needs SHOP-1.5, which…
      ████▒▒▒▒▒▒▒▒░░░░░░░░░░░░  1/6 done · $0.35 · 1m 40s · 1 running, 1 waiting, 1 failed, 1 s…"
    `);
  });

  it('warns of conflicts on a terminal, as long as nobody of them is over', () => {
    const [done, live] = run.tasks.map(({ attempts }) => attempts.at(-1)?.key ?? '');
    const seen = [done, live].map((b = ''): Foreseen => ({
      a: run.key,
      b,
      files: ['a'],
      kind: 'head',
    }));
    const foreseen = new Map([[run.key, seen]]);
    const input = { run, lastAction: new Map<string, string>(), startedAt: now, now, foreseen };
    const lines = renderLive(input, { ...view, height: 24 });
    expect(lines.filter((line) => line.startsWith('!'))).toEqual([
      "! SHOP-1.2 would conflict with the run's branch in a",
    ]);
    expect(renderLive(input, { ...view, height: 5 }).join('')).not.toContain('!');
  });

  it('has a report', () => {
    expect(renderReport({ run, events: [], verdicts: [failed], now })).toMatchInlineSnapshot(`
      "# SHOP-1: Add user authentication

      The run is under way: 1 of 6 tasks done (1 proven, 0 unproven), 1 failed, 1 skipped. It took 1m 40s, $0.35 and 15k tokens. 1 finding still open.

      Branch \`SHOP-1/add-user-authentication\` at ccccccc, from \`main\` at bbbbbbb.

      ## Tasks

      | task | title | agent | state | attempts | time | commit | note |
      | --- | --- | --- | --- | --- | --- | --- | --- |
      | SHOP-1.1 | Create the OAuth configuration | backend-developer | proven | 1 | 50s | 1a2b3c4 |  |
      | SHOP-1.2 | Write the login API | backend-developer | work | 1 | 1m 30s |  |  |
      | SHOP-1.3 | Build the login form | backend-developer | waiting | 0 |  |  | waits for an answer: Which port should the form talk to? |
      | SHOP-1.4 | Test the login end to end | backend-developer | pending | 0 |  |  | waits for SHOP-1.2 |
      | SHOP-1.5 | Describe the login | backend-developer | failed | 0 | 50s |  | check\\_failed: tests: 2 of 9 failed |
      | SHOP-1.6 | Publish the description | backend-developer | skipped | 0 |  |  | needs SHOP-1.5, which was not done |

      ## What was done

      - SHOP-1.1 Create the OAuth configuration (backend-developer on claude, 1a2b3c4): Made it. Changed \`src/config.ts\`.

      ## Evidence

      | of | verdict | command | tree | time |
      | --- | --- | --- | --- | --- |
      | SHOP-1.1#1 | check "tests" failed (exit 1) | \`npm test\` | ddddddd | 1.2s |

      ## Open findings

      - blocking, SHOP-1.1, tests \`a.ts:3\`: wrong

      ## Critical path

      SHOP-1.1

      ## Cost

      | agent | attempts | cost | tokens |
      | --- | --- | --- | --- |
      | backend-developer | 2 | $0.35 | 15k |

      | runtime | attempts | cost | tokens |
      | --- | --- | --- | --- |
      | claude | 2 | $0.35 | 15k |
      "
    `);
  });
});

describe('the plan', () => {
  it('is a tree in which a diamond is drawn once', () => {
    const plan = planOf(
      [
        samplePlanTask('config', {
          title: 'Create the OAuth configuration',
          files: ['src/auth/**'],
          checks: ['npm test -- auth'],
          estimate: { minutes: 6, usd: 0.4 },
        }),
        samplePlanTask('api', { dependsOn: ['config'] }),
        samplePlanTask('ui', { dependsOn: ['config'], approval: true }),
        samplePlanTask('tests', { dependsOn: ['api', 'ui'] }),
        samplePlanTask('docs', { command: ['sh', '-c', "echo 'a b'"] }),
      ],
      { warnings: ['api and ui may both touch src/'], forecast: '~14 min, $2.10' },
    );
    expect(renderPlan(plan, view)).toMatchInlineSnapshot(`
      "Plan 1 of SHOP-1 (Sign in), by rules: 5 tasks in 3 steps

      1. config  Create the OAuth configuration
      │  backend-developer (keyword "api") · ~6 min · $0.40
      │  files src/auth/**
      │  check npm test -- auth
      ├─ 2. api  Do api
      │     backend-developer (keyword "api")
      └─ 3. ui  Do ui
         │  backend-developer (keyword "api")
         │  asks you before it starts
         └─ 4. tests  Do tests
               backend-developer (keyword "api") · also after api
      5. docs  Do docs
         command
         runs sh -c 'echo '\\''a b'\\'''

      Order     config, docs → api, ui → tests
      Checks    tests: npm test
      Forecast  ~14 min, $2.10
      ! api and ui may both touch src/"
    `);
  });

  it('hides nothing of a command that is approved with it', () => {
    const long = `npm test ${'x'.repeat(6000)} && rm -rf ~`;
    const check = 'true\u001B[8m; evil\u001B[0m\r\u202E';
    const text = renderPlan(planOf([samplePlanTask('a', { checks: [long, check] })]), view);
    expect(text.replaceAll(/\s/gu, '')).toContain(`${'x'.repeat(6000)}&&rm-rf~`);
    expect(text).toContain(String.raw`check true\u{1b}[8m; evil\u{1b}[0m\u{d}\u{202e}`);
  });

  it('stays readable when the chain is long', () => {
    const tasks = Array.from({ length: 20 }, (_, index) =>
      samplePlanTask(`s${index}`, { dependsOn: index === 0 ? [] : [`s${index - 1}`] }),
    );
    const lines = renderPlan(planOf(tasks), { ...view, width: 80 }).split('\n');
    expect(Math.max(...lines.map((line) => displayWidth(line)))).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.includes('· after s')).length).toBeGreaterThan(5);
  });

  it('has no tasks, or a cycle that nobody refused', () => {
    expect(renderPlan(planOf([], { checks: [] }), view)).toMatchInlineSnapshot(`
      "Plan 1 of SHOP-1 (Sign in), by rules: 0 tasks in 0 steps

      Checks    none: what is done will be marked unproven"
    `);
    const cycle = [
      samplePlanTask('a', { dependsOn: ['b'] }),
      samplePlanTask('b', { dependsOn: ['a'] }),
    ];
    expect(renderPlan(planOf(cycle), view)).toContain('after b');
  });
});

describe('asks', () => {
  it('are shown with the command that answers', () => {
    const [ask] = sampleDiamond().asks;
    const approval = { ...ask!, key: 'SHOP-1?2', kind: 'approval' as const, freeText: false };
    expect(renderAsks([ask!, approval], now, view)).toMatchInlineSnapshot(`
      "2 questions wait for you

      ? SHOP-1?1  SHOP-1.3  question  1m 00s
          Which port should the form talk to?
          8080 | 9090 | …
          tutti answer 'SHOP-1?1' "…"

      ? SHOP-1?2  SHOP-1.3  approval  1m 00s
          Which port should the form talk to?
          8080 | 9090
          tutti approve SHOP-1.3"
    `);
    expect(renderAsks([], now, view)).toBe('Nothing waits for you.');
  });
});

describe('the next command', () => {
  const next = (more: Partial<Run>, live = true): string =>
    nextCommand({ runs: [summarize(sampleRun([], more))], asks: [], live, now });

  it.each([
    [
      'a plan to approve',
      { status: { state: 'awaiting_approval' } },
      true,
      'tutti plan show SHOP-1',
    ],
    ['a pause', { paused: { by: 'person', reason: 'lunch' } }, true, 'tutti resume SHOP-1'],
    ['nobody working on it', {}, false, 'tutti resume SHOP-1'],
    ['work in progress', {}, true, 'tutti logs SHOP-1 -f'],
    [
      'a finished run',
      { status: { state: 'completed', outcome: 'full', finishedAt: now } },
      false,
      'tutti diff SHOP-1',
    ],
    [
      'a canceled run',
      { status: { state: 'canceled', finishedAt: now } },
      false,
      'tutti show SHOP-1',
    ],
  ] as const)('after %s', (_, more, live, command) => expect(next(more, live)).toBe(command));

  it('of nothing at all starts something', () => {
    const text = renderStatus({ runs: [], asks: [], live: false, now }, view);
    expect(text).toBe('Nothing is going on.\n\nNext: tutti run "what you want done"');
  });
});

describe('whatever agents call things', () => {
  const HOSTILE = [
    '\u001B[2J\u001B]0;owned\u0007title',
    '\u202Egnp.exe\u2066',
    'x'.repeat(10_000),
    '日本語'.repeat(100),
    '👩‍👩‍👧'.repeat(60),
    `z${'\u0301'.repeat(5000)}`,
    'a\r\nb\n\nc',
    '| `code` | <script> [x](y)',
    '',
  ];
  const ended = {
    kind: 'failed' as const,
    failure: { reason: 'agent_error' as const, message: '' },
  };
  const run = sampleRun(
    HOSTILE.map((title, index) =>
      sampleTask(
        index + 1,
        { state: 'failed', failure: { reason: 'agent_error', message: title }, aborts: true },
        {
          spec: samplePlanTask(title, {
            title,
            agent: title,
            agentReason: title,
            files: [title],
            description: title,
          }),
          attempts: [
            sampleAttempt(`SHOP-1.${index + 1}`, 1, {
              agent: title,
              status: {
                state: 'ended',
                outcome: { ...ended, failure: { reason: 'agent_error', message: title } },
                change: null,
                report: { status: 'failed', summary: title, question: null, followUps: [] },
                finishedAt: now,
              },
            }),
          ],
        },
      ),
    ),
    {
      title: HOSTILE.join('\n'),
      goal: HOSTILE.join(' '),
      paused: { by: 'person', reason: HOSTILE.join('') },
      asks: HOSTILE.map((question, index) => ({
        ...sampleDiamond().asks[0]!,
        key: `SHOP-1?${index + 1}`,
        question,
        choices: [question],
      })),
    },
  );
  const verdict = { ...failed.verdict, name: HOSTILE[2]!, summary: HOSTILE.join('\n') };
  const verdicts = [{ ...failed, verdict }];
  const tasks = run.tasks.map(({ spec }) => spec);

  it.each([60, 80, 120])('the terminal obeys nobody, at %i columns', (width) => {
    const narrow = { width, style: PLAIN };
    const texts = [
      renderStatus({ runs: [summarize(run)], asks: run.asks, live: true, now }, narrow),
      renderList([summarize(run)], { now }, narrow),
      renderRun(run, now, narrow),
      ...run.tasks.map((task) =>
        renderTask({ task, run, verdicts, now }, { attempts: true, evidence: true }, narrow),
      ),
      renderGraph(run, narrow),
      renderPlan(planOf(tasks, { warnings: HOSTILE, forecast: HOSTILE[0]! }), narrow),
      renderLive(
        { run, lastAction: new Map(), startedAt: now, now },
        { ...narrow, height: 20 },
      ).join('\n'),
    ];
    for (const text of texts) {
      expect(text).not.toMatch(/[^\P{Control}\n]|[\u202A-\u202E\u2066-\u2069]/u);
    }
    for (const text of texts) {
      const widest = Math.max(...text.split('\n').map((line) => displayWidth(line)));
      expect(widest).toBeLessThanOrEqual(width);
    }
  });

  it('markdown has no markup of theirs', () => {
    const text = renderReport({ run, events: [], verdicts, now });
    expect(text).toContain(String.raw`\| \`code\` \| \<script\> \[x\](y)`);
    const rows = text.split('\n').filter((line) => /^\| SHOP-1\.\d+ /u.test(line));
    expect(rows).toHaveLength(HOSTILE.length);
    expect(renderMermaid(run)).not.toContain('<script>');
  });
});

const chain = (count: number): Run =>
  sampleRun(
    Array.from({ length: count }, (_, index) =>
      sampleTask(
        index + 1,
        index < 700
          ? { state: 'completed', proof: 'unproven', commit: null, tree: null }
          : { state: 'pending' },
        { dependsOn: index === 0 ? [] : [`SHOP-1.${index}`] },
      ),
    ),
  );

describe('sizes', () => {
  it.each([0, 1, 1000])('draws %i tasks', (count) => {
    const run = chain(count);
    expect(renderGraph(run, view).split('\n')).toHaveLength(
      Math.max(1, count + (count > 0 ? 1 : 0)),
    );
    expect(renderRun(run, now, view)).toContain(count === 0 ? 'no tasks yet' : '.1');
    expect(renderReport({ run, events: [], verdicts: [], now })).toContain('# SHOP-1');
  });

  it.each([1, 2, 3, 10, 50])('a live view of 1,000 tasks keeps to %i lines', (height) => {
    const lines = renderLive(
      { run: chain(1000), lastAction: new Map(), startedAt: now, now },
      { ...view, width: 40, height },
    );
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(Math.max(...lines.map((line) => displayWidth(line)))).toBeLessThanOrEqual(40);
    expect(lines.at(-1)).toContain('700/1000');
  });

  it('folds what is finished first', () => {
    const lines = renderLive(
      { run: chain(703), lastAction: new Map(), startedAt: now, now },
      { ...view, height: 8 },
    );
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "SHOP-1 Add user authentication
      ✓ SHOP-1.1    Do t1                     backend-developer      50s
      ✓ SHOP-1.2    Do t2                     backend-developer      50s
      · SHOP-1.701  Do t701                   backend-developer           waits for a free slot
      · SHOP-1.702  Do t702                   backend-developer           waits for SHOP-1.701
      · SHOP-1.703  Do t703                   backend-developer           waits for SHOP-1.702
      … and 698 completed
      ███████████████████████░  700/703 done · $0.00 · 0s"
    `);
  });
});
