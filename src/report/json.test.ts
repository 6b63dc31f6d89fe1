import { describe, expect, it } from 'vitest';

import {
  SAMPLE_START,
  sampleDiamond,
  samplePlanTask,
  sampleRun,
  sampleTask,
} from '../../test/sample-run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import { becauseOf } from './because.ts';
import { askJson, attemptJson, planTaskJson, runJson, verdictJson } from './json.ts';
import { reportJson } from './report.ts';
import { stagesJson } from './stages.ts';
import { summarize } from './summarize.ts';
import { taskJson } from './task-json.ts';
import { criticalPath } from './timeline.ts';

const now = SAMPLE_START + 100_000;

describe('the sample run in JSON', () => {
  const run = sampleDiamond();

  it('is a run', () => {
    expect(runJson(summarize(run))).toMatchInlineSnapshot(`
      {
        "base": {
          "branch": "main",
          "commit": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "landed": [],
          "update": null,
        },
        "baseCommit": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "branch": "SHOP-1/add-user-authentication",
        "budget": {
          "left": {
            "tokens": null,
            "usd": null,
          },
          "tokens": null,
          "usd": null,
        },
        "costUsd": 0.35,
        "createdAt": "2026-01-02T03:04:05.000Z",
        "failure": null,
        "finishedAt": null,
        "goal": "Add user authentication",
        "headCommit": "cccccccccccccccccccccccccccccccccccccccc",
        "id": "SHOP-1",
        "key": "SHOP-1",
        "openAsks": 1,
        "orchestrate": true,
        "outcome": null,
        "paused": null,
        "priority": "high",
        "pullRequest": null,
        "reasons": [
          "a goal is planned",
        ],
        "stage": "implementation",
        "state": "running",
        "tasks": {
          "canceled": 0,
          "completed": 1,
          "failed": 1,
          "pending": 1,
          "ready": 0,
          "running": 1,
          "skipped": 1,
          "total": 6,
          "waiting": 1,
        },
        "title": "Add user authentication",
        "tokens": {
          "cached": 500,
          "input": 12000,
          "output": 3000,
        },
        "type": "feature",
        "workedSecs": 0,
      }
    `);
  });

  it('reads paused while the flag is on, and not when it is over', () => {
    const paused = { by: 'person', reason: 'lunch' } as const;
    expect(runJson(summarize({ ...run, paused })).state).toBe('paused');
    const status = { state: 'completed', outcome: 'partial', finishedAt: now } as const;
    expect(runJson(summarize({ ...run, paused, status }))).toMatchObject({
      state: 'completed',
      outcome: 'partial',
      finishedAt: '2026-01-02T03:05:45.000Z',
      stage: null,
    });
  });

  it('has amounts without the noise of adding', () => {
    expect(runJson({ ...summarize(run), costUsd: 0.1 + 0.2 }).costUsd).toBe(0.3);
  });

  it('has tasks', () => {
    expect(taskJson(run.tasks[0]!, run, now)).toMatchInlineSnapshot(`
      {
        "agent": "backend-developer",
        "attempts": 1,
        "because": null,
        "branch": null,
        "commit": "1a2b3c4000000000000000000000000000000000",
        "dependsOn": [],
        "failure": null,
        "finishedAt": "2026-01-02T03:05:05.000Z",
        "id": "SHOP-1.1",
        "key": "SHOP-1.1",
        "kind": "work",
        "phase": null,
        "planId": "t1",
        "proof": "proven",
        "runtime": "claude",
        "stage": "implementation",
        "startedAt": "2026-01-02T03:04:15.000Z",
        "state": "completed",
        "supersededBy": null,
        "title": "Create the OAuth configuration",
      }
    `);
    expect(taskJson(run.tasks[3]!, run, now).because).toEqual({
      reason: 'dependency',
      task: 'SHOP-1.2',
      until: null,
      text: null,
    });
    expect(taskJson(run.tasks[4]!, run, now).failure).toEqual({
      reason: 'check_failed',
      message: 'tests: 2 of 9 failed',
    });
  });

  it('has attempts', () => {
    expect(attemptJson(run.tasks[0]!.attempts[0]!)).toMatchInlineSnapshot(`
      {
        "agent": "backend-developer",
        "blockedOn": null,
        "commit": "1a2b3c4000000000000000000000000000000000",
        "costUsd": 0.25,
        "failure": null,
        "finishedAt": "2026-01-02T03:04:55.000Z",
        "keptRef": "refs/tutti/kept/SHOP-1.1/1",
        "key": "SHOP-1.1#1",
        "number": 1,
        "outcome": "succeeded",
        "runtime": "claude",
        "sessionId": "session-1",
        "startedAt": "2026-01-02T03:04:15.000Z",
        "state": "ended",
        "task": "SHOP-1.1",
        "tokens": {
          "cached": 500,
          "input": 12000,
          "output": 3000,
        },
        "worker": null,
      }
    `);
    expect(attemptJson(run.tasks[1]!.attempts[0]!)).toMatchObject({
      state: 'running',
      outcome: null,
      finishedAt: null,
      commit: null,
    });
  });

  it('has asks, stages and plan tasks', () => {
    expect(askJson(run.asks[0]!)).toMatchInlineSnapshot(`
      {
        "choices": [
          "8080",
          "9090",
        ],
        "createdAt": "2026-01-02T03:04:45.000Z",
        "key": "SHOP-1?1",
        "kind": "question",
        "question": "Which port should the form talk to?",
        "run": "SHOP-1",
        "task": "SHOP-1.3",
      }
    `);
    expect(stagesJson(run)).toMatchInlineSnapshot(`
      [
        {
          "finishedAt": null,
          "name": "implementation",
          "startedAt": "2026-01-02T03:04:15.000Z",
          "state": "running",
          "tasks": [
            "SHOP-1.1",
            "SHOP-1.2",
            "SHOP-1.3",
            "SHOP-1.4",
            "SHOP-1.5",
            "SHOP-1.6",
          ],
        },
      ]
    `);
    expect(planTaskJson(samplePlanTask('a'))).toMatchObject({ id: 'a', timeout: 1800 });
  });
});

describe('why a task is not going on', () => {
  const ready = sampleTask(1, { state: 'ready', notBefore: 0 });
  const run = sampleRun([ready]);
  const reason = (more: Partial<typeof run>, task = ready): unknown =>
    becauseOf(task, { ...run, ...more }, now);

  it.each([
    ['a slot', {}, ready, { reason: 'slot' }],
    [
      'a pause',
      { paused: { by: 'person', reason: 'lunch' } },
      ready,
      { reason: 'paused', text: 'lunch' },
    ],
    [
      'a full disk',
      { paused: { by: 'full_disk', reason: 'no space' } },
      ready,
      { reason: 'full_disk', text: 'no space' },
    ],
    ['a cancel', { status: { state: 'canceling' } }, ready, { reason: 'canceled' }],
    [
      'a backoff',
      {},
      sampleTask(1, { state: 'ready', notBefore: now + 5000 }),
      { reason: 'backoff', until: now + 5000 },
    ],
    [
      'a backoff that nobody has ended yet',
      {},
      sampleTask(1, { state: 'ready', notBefore: now }),
      { reason: 'backoff', until: now },
    ],
    [
      'an approval',
      {},
      { ...ready, spec: samplePlanTask('a', { approval: true }) },
      { reason: 'approval' },
    ],
    [
      'an ask that is gone',
      {},
      sampleTask(1, { state: 'waiting', ask: 'SHOP-1?9' }),
      { reason: 'ask' },
    ],
    [
      'a newer plan',
      {},
      sampleTask(1, { state: 'canceled', because: { reason: 'superseded' } }),
      { reason: 'superseded' },
    ],
    [
      'nothing: it runs',
      {},
      sampleTask(1, { state: 'running', phase: 'verify', publication: null }),
      null,
    ],
  ] as const)('%s', (_, more, task, expected) => expect(reason(more, task)).toEqual(expected));
});

describe('the report in JSON', () => {
  const run = sampleDiamond();
  const verdict = {
    kind: 'check' as const,
    name: 'tests',
    ok: false,
    command: 'npm test',
    exitCode: 1,
    tree: null,
    durationMs: 5,
    summary: '',
    findings: [{ severity: 'major' as const, message: 'slow' }],
  };
  const row = { run: 'SHOP-1', task: 'SHOP-1.1', attempt: null, at: now, verdict };
  const events: LoggedEvent[] = [
    {
      run: 'SHOP-1',
      at: now,
      seq: 1,
      hash: '',
      event: { type: 'task-ready', task: 'SHOP-1.1' },
    },
    {
      run: 'SHOP-1',
      at: now,
      seq: 2,
      hash: '',
      event: { type: 'attempt-started', attempt: 'SHOP-1.1#1', process: null },
    },
    {
      run: 'SHOP-1',
      at: now,
      seq: 3,
      hash: '',
      event: { type: 'run-paused', pause: { by: 'person', reason: '' } },
    },
  ];

  it('has everything the contract names', () => {
    const report = reportJson({ run, events, verdicts: [row], now });
    expect(Object.keys(report)).toEqual([
      'run',
      'tasks',
      'attempts',
      'evidence',
      'timeline',
      'criticalPath',
      'criticalAttempts',
      'starts',
      'slots',
      'cost',
      'openFindings',
      'summary',
      'facts',
      'asked',
      'done',
      'stages',
      'reviews',
    ]);
    expect(report.timeline.map(({ task, event }) => [task, event])).toEqual([
      ['SHOP-1.1', 'task-ready'],
      ['SHOP-1.1', 'attempt-started'],
      [null, 'run-paused'],
    ]);
    expect(report.cost.byAgent).toEqual({
      'backend-developer': {
        usd: 0.35,
        tokens: { input: 12_000, output: 3000, cached: 500 },
        attempts: 2,
      },
    });
    expect(verdictJson(row)).toMatchObject({ task: 'SHOP-1.1', kind: 'check', exitCode: 1 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('forgets findings that a later verdict of the same check settled', () => {
    const open = (...rows: (typeof row)[]): number =>
      reportJson({ run, events, verdicts: rows, now }).openFindings.length;
    const settled = { ...row, verdict: { ...verdict, ok: true, findings: [] } };
    const other = { ...settled, verdict: { ...settled.verdict, name: 'lint' } };
    expect([open(row), open(row, settled), open(row, other)]).toEqual([1, 0, 1]);
  });

  it('walks back through what ended last', () => {
    const done = { state: 'completed', proof: null, commit: null, tree: null } as const;
    const at = (
      number: number,
      finishedAt: number,
      ...on: string[]
    ): ReturnType<typeof sampleTask> => sampleTask(number, done, { finishedAt, dependsOn: on });
    const path = criticalPath(
      sampleRun([
        at(1, 10),
        at(2, 20, 'SHOP-1.1'),
        at(3, 30, 'SHOP-1.1'),
        at(4, 40, 'SHOP-1.2', 'SHOP-1.3'),
        at(5, 35),
        sampleTask(6, { state: 'skipped', because: { reason: 'canceled' } }, { finishedAt: 99 }),
      ]),
    );
    expect(path).toEqual(['SHOP-1.1', 'SHOP-1.3', 'SHOP-1.4']);
    expect(criticalPath(sampleRun([]))).toEqual([]);
  });
});
