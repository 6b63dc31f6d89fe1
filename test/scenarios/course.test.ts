// The report of runs that are known to the second: what is drawn, what the length came from, and why
// each attempt started when it did.

import { describe, expect, it } from 'vitest';

import { fold } from '../../src/app/fold.ts';
import type { Event } from '../../src/model/event.ts';
import type { Run } from '../../src/model/run.ts';
import type { LoggedEvent } from '../../src/model/summary.ts';
import { renderReport, reportJson } from '../../src/report/report.ts';
import type { ReportInput } from '../../src/report/report.ts';
import { SAMPLE_SETTINGS, SAMPLE_START, samplePlanTask } from '../sample-run.ts';

/** A run that is written down as it goes: at a second, what happened. */
function written(
  slots: number,
  tasks: readonly (readonly [title: string, dependsOn: readonly number[], locks?: string])[],
  happened: readonly (readonly [second: number, ...events: Event[]])[],
): ReportInput {
  const specs = tasks.map(([title, dependsOn, lock], index) =>
    samplePlanTask(`t${index + 1}`, {
      title,
      dependsOn: dependsOn.map((one) => `t${one}`),
      locks: lock === undefined ? [] : [lock],
    }),
  );
  const created = {
    type: 'run-created',
    number: 1,
    goal: 'Add a login',
    title: 'Add a login',
    kind: 'task',
    priority: 'medium',
    source: 'file',
    preapproved: true,
    reasons: [],
    settings: { ...SAMPLE_SETTINGS, maxParallel: slots, maxConcurrent: slots },
    baseBranch: 'main',
    baseCommit: 'b'.repeat(40),
    branch: 'SHOP-1/add-a-login',
  } as const;
  const plan = { revision: 1, state: 'draft', by: 'file', tasks: specs, warnings: [] } as const;
  const all: (readonly [number, ...Event[]])[] = [
    [
      0,
      created,
      { type: 'plan-drafted', plan: { ...plan, createdAt: SAMPLE_START } },
      { type: 'plan-approved', revision: 1, by: 'beforehand' },
      { type: 'run-started' },
      ...specs.map((spec, index): Event => ({
        type: 'task-added',
        task: `SHOP-1.${index + 1}`,
        stage: 'implementation',
        spec,
        dependsOn: (tasks[index]?.[1] ?? []).map((one) => `SHOP-1.${one}`),
      })),
    ],
    ...happened,
  ];
  const events = all.flatMap(([second, ...some]) =>
    some.map((event) => ({ run: 'SHOP-1', at: SAMPLE_START + second * 1000, hash: '', event })),
  );
  const log: LoggedEvent[] = events.map((event, index) => Object.assign(event, { seq: index + 1 }));
  const folded = fold(log);
  if (folded.run === null) throw new Error(folded.message);
  const run: Run = folded.run;
  return { run, events: log, verdicts: [], now: log.at(-1)?.at ?? 0 };
}

const ready = (task: number): Event => ({ type: 'task-ready', task: `SHOP-1.${task}` });
const leased = (attempt: string, fence: number = 1): Event => ({
  type: 'attempt-leased',
  attempt: `SHOP-1.${attempt}`,
  agent: 'backend-developer',
  runtime: 'claude',
  fence,
  mark: 'm',
});
const started = (attempt: string): Event => ({
  type: 'attempt-started',
  attempt: `SHOP-1.${attempt}`,
  process: null,
});
const change = { commit: 'c'.repeat(40), tree: 'd'.repeat(40), base: 'b'.repeat(40), files: ['a'] };
const handed = (attempt: string): Event => ({
  type: 'attempt-handed-in',
  attempt: `SHOP-1.${attempt}`,
  change,
  report: { status: 'done', summary: '', question: null, followUps: [] },
  keptRef: null,
  costUsd: 0,
  tokens: { input: 0, output: 0, cached: 0 },
});
const verified = (task: number): Event => ({
  type: 'task-verified',
  task: `SHOP-1.${task}`,
  verdicts: [],
});
const completed = (task: number): Event[] => [
  {
    type: 'attempt-ended',
    attempt: `SHOP-1.${task}#${LAST.get(task) ?? 1}`,
    outcome: { kind: 'succeeded' },
  },
  {
    type: 'task-completed',
    task: `SHOP-1.${task}`,
    proof: 'unproven',
    commit: change.commit,
    tree: change.tree,
  },
];
const LAST = new Map<number, number>();
const publishing = (task: number): Event => ({
  type: 'task-publishing',
  task: `SHOP-1.${task}`,
  verdicts: [],
  publication: { ref: 'r', old: 'o', new: change.commit, tree: change.tree, proof: 'unproven' },
});
const failed = (attempt: string): Event => ({
  type: 'attempt-ended',
  attempt: `SHOP-1.${attempt}`,
  outcome: { kind: 'failed', failure: { reason: 'provider', message: 'overloaded' } },
});
const retried = (task: number, second: number): Event => ({
  type: 'task-retried',
  task: `SHOP-1.${task}`,
  notBefore: SAMPLE_START + second * 1000,
  counts: 'failure',
});

/** What is between two headings. */
function part(text: string, title: string): string {
  const [, after = ''] = text.split(`## ${title}\n\n`);
  return after.split('\n\n## ')[0] ?? '';
}

/** A diamond on one slot: a backoff, a wait for the slot, and the phases after the work. */
function diamond(): ReportInput {
  LAST.clear();
  LAST.set(2, 2);
  return written(
    1,
    [
      ['Create the configuration', []],
      ['Write the API', [1]],
      ['Build the form', [1]],
      ['Test it end to end', [2, 3]],
    ],
    [
      [0, ready(1), leased('1#1')],
      [0, started('1#1')],
      [10, handed('1#1')],
      [14, verified(1)],
      [14, publishing(1)],
      [16, ...completed(1), ready(2), ready(3), leased('2#1')],
      [17, started('2#1')],
      [26, failed('2#1'), retried(2, 30), leased('3#1')],
      [26, started('3#1')],
      [46, handed('3#1'), leased('2#2')],
      [46, started('2#2'), verified(3), publishing(3)],
      [47, ...completed(3)],
      [66, handed('2#2')],
      [67, verified(2), publishing(2)],
      [68, ...completed(2), ready(4), leased('4#1')],
      [68, started('4#1')],
      [78, handed('4#1')],
      [79, verified(4), publishing(4)],
      [80, ...completed(4), { type: 'run-completed', outcome: 'full' }],
    ],
  );
}

describe('a diamond on one slot', () => {
  it('is drawn as wide as the terminal', () => {
    expect(part(renderReport(diamond(), 80), 'Course')).toMatchInlineSnapshot(`
      "\`\`\`text
                               │0s                     │40s             1m 20s
      * SHOP-1.1 Create the c… ██████▓▓▒▒                                          16s
      * SHOP-1.2 Write the API          ██████✗~~·········████████████▒            52s
      * SHOP-1.3 Build the fo…          ······████████████▒                        21s
      * SHOP-1.4 Test it end…                                         ███████▒     12s
      attempts at work         █████▇   ▅████████████████████████████▇▁█████▇     of 1

      █ work   ▓ verify   ▒ integrate   · ready, waits   ~ backoff   ✗ failed   * on
      the critical path
      \`\`\`"
    `);
    expect(part(renderReport(diamond(), 120), 'Course')).toMatchInlineSnapshot(`
      "\`\`\`text
                                          │0s                │20s               │40s               │1m 00s      1m 20s
      * SHOP-1.1 Create the configuration ██████████▓▓▓▒▒▒                                                                 16s
      * SHOP-1.2 Write the API                           █████████✗~~~~···············███████████████████▓▒                52s
      * SHOP-1.3 Build the form                          ··········███████████████████▒                                    21s
      * SHOP-1.4 Test it end to end                                                                       ██████████▓▒     12s
      attempts at work                    █████████▄     ▇██████████████████████████████████████████████▆ ▄█████████▁     of 1

      █ work   ▓ verify   ▒ integrate   · ready, waits   ~ backoff   ✗ failed   * on the critical path
      \`\`\`"
    `);
    for (const width of [40, 80, 120, 200]) {
      const lines = part(renderReport(diamond(), width), 'Course').split('\n').slice(1, -1);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(
        Math.max(width, 40),
      );
    }
  });

  it('tells what the length came from, and why each attempt started when it did', () => {
    const text = renderReport(diamond(), 80);
    expect(part(text, 'Slots')).toMatchInlineSnapshot(
      `"88% of 1 slot in 1m 20s, 0.9 attempts at work on the average, 1 at most. No slot stood idle while a task was ready."`,
    );
    expect(part(text, 'Why each attempt started when it did')).toMatchInlineSnapshot(`
      "- 0s: SHOP-1.1#1 with the run
      - 16s: SHOP-1.2#1 after SHOP-1.1 completed
      - 26s: SHOP-1.3#1 slot freed by SHOP-1.2#1, ready for 10s before
      - 46s: SHOP-1.2#2 slot freed by SHOP-1.3#1, ready for 16s before
      - 1m 08s: SHOP-1.4#1 after SHOP-1.2 completed"
    `);
    expect(part(text, 'Critical path')).toMatchInlineSnapshot(`
      "SHOP-1.1 → SHOP-1.2 → SHOP-1.3 → SHOP-1.4

      - 0s: SHOP-1.1#1, 16s, with the run
      - 16s: SHOP-1.2#1, 10s, after SHOP-1.1 completed
      - 26s: SHOP-1.3#1, 21s, slot freed by SHOP-1.2#1
      - 46s: SHOP-1.2#2, 22s, slot freed by SHOP-1.3#1
      - 1m 08s: SHOP-1.4#1, 12s, after SHOP-1.2 completed"
    `);
    const { criticalPath, criticalAttempts, slots } = reportJson(diamond());
    expect([criticalPath, criticalAttempts]).toEqual([
      ['SHOP-1.1', 'SHOP-1.2', 'SHOP-1.3', 'SHOP-1.4'],
      ['SHOP-1.1#1', 'SHOP-1.2#1', 'SHOP-1.3#1', 'SHOP-1.2#2', 'SHOP-1.4#1'],
    ]);
    expect(slots).toEqual({
      slots: 1,
      spanMs: 80_000,
      busyMs: 70_000,
      share: 0.875,
      meanConcurrency: 0.875,
      peakConcurrency: 1,
      idleWhileReadyMs: 0,
      idleBecause: {},
    });
  });
});

const why = (input: ReportInput): (readonly string[])[] =>
  reportJson(input).starts.map(({ attempt, reason, text }) => [attempt, reason, text]);

describe('what an attempt waited for', () => {
  it('is a lock, a backoff, a pause, a person, another coordinator or another run', () => {
    LAST.clear();
    const ask = {
      key: 'SHOP-1?1',
      run: 'SHOP-1',
      task: 'SHOP-1.4',
      kind: 'approval',
      question: 'Start it?',
      choices: ['approve', 'reject'],
      freeText: false,
      status: { state: 'open' },
      createdAt: SAMPLE_START,
    } as const;
    const input = written(
      4,
      [
        ['One', [], 'database'],
        ['Two', [], 'database'],
        ['Three', []],
        ['Four', []],
        ['Five', []],
      ],
      [
        [
          0,
          ...[1, 2, 3, 4, 5].map((task) => ready(task)),
          { type: 'ask-opened', ask },
          { type: 'task-waiting', task: 'SHOP-1.4', ask: ask.key, counts: 'nothing' },
          leased('1#1'),
          leased('3#1'),
        ],
        [1, started('1#1'), started('3#1')],
        [5, failed('3#1'), retried(3, 9)],
        [9, leased('3#2')],
        [10, handed('1#1'), ...completed(1), leased('2#1')],
        [
          20,
          { type: 'ask-answered', ask: ask.key, answer: 'approve', by: 'ada' },
          { type: 'task-unblocked', task: 'SHOP-1.4', instruction: null, approved: true },
          leased('4#1'),
        ],
        [30, started('2#1'), failed('2#1'), retried(2, 30)],
        [31, { type: 'run-paused', pause: { by: 'person', reason: 'by ada' } }],
        [40, { type: 'run-resumed', by: 'ada' }, leased('2#2')],
        [50, leased('5#1', 2)],
      ],
    );
    expect(why(input)).toEqual([
      ['SHOP-1.1#1', 'run', 'with the run'],
      ['SHOP-1.3#1', 'run', 'with the run'],
      ['SHOP-1.3#2', 'backoff', 'backoff after SHOP-1.3#1 over'],
      ['SHOP-1.2#1', 'lock', 'lock database freed by SHOP-1.1#1'],
      ['SHOP-1.4#1', 'approval', 'approved by ada'],
      ['SHOP-1.2#2', 'paused', 'resumed by ada'],
      ['SHOP-1.5#1', 'taken_over', 'tutti went on'],
    ]);
    const { slots } = reportJson(input);
    expect(slots.idleBecause).toEqual({ lock: 10_000, paused: 10_000, taken_over: 50_000 });
  });
});

const moment = (second: number, ...events: (Event | Event[])[]): readonly [number, ...Event[]] => [
  second,
  ...events.flat(),
];

describe('a huge run', () => {
  it('is condensed', () => {
    LAST.clear();
    const count = 3000;
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const input = written(
      10,
      numbers.map((number) => [`Task ${number}`, []]),
      [
        [0, ...numbers.map((number) => ready(number))],
        ...numbers.map((number) =>
          moment(
            number,
            leased(`${number}#1`),
            started(`${number}#1`),
            handed(`${number}#1`),
            verified(number),
            publishing(number),
            completed(number),
          ),
        ),
      ],
    );
    const text = renderReport(input, 80);
    expect(part(text, 'Course')).toContain('… and 2940 more');
    expect(part(text, 'Course').split('\n').length).toBeLessThan(70);
    expect(part(text, 'Why each attempt started when it did')).toContain(
      '… 2600 more: --json has them',
    );
    expect(part(text, 'Timeline').split('\n').length).toBeLessThan(410);
  });
});
