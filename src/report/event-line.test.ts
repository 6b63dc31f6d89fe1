import { expect, it } from 'vitest';

import {
  SAMPLE_SETTINGS,
  SAMPLE_START,
  sampleDiamond,
  samplePlanTask,
} from '../../test/sample-run.ts';
import { NO_USAGE } from '../model/attempt.ts';
import type { Event, EventType } from '../model/event.ts';
import type { Verdict } from '../model/verdict.ts';
import { eventLine } from './event-line.ts';

const task = 'SHOP-1.3';
const attempt = 'SHOP-1.3#1';
const by = 'ann';
const failure = { reason: 'timeout', message: 'longer than 30 minutes\n\u001B[31mstack' } as const;
const check: Verdict = {
  kind: 'check',
  name: 'tests',
  ok: false,
  command: 'npm test',
  exitCode: 1,
  tree: null,
  durationMs: 1,
  summary: '',
  findings: [],
};
const change = { commit: 'a', tree: 'b', base: 'c', files: ['x.ts', 'y.ts'] };
const report = { status: 'done', summary: 'Did it.', question: null, followUps: [] } as const;

// Of every event one: the type keeps this table whole.
const EVENTS: { readonly [T in EventType]: Extract<Event, { type: T }> } = {
  'run-created': {
    type: 'run-created',
    number: 1,
    goal: 'g',
    title: 'Add a login',
    kind: 'task',
    priority: 'high',
    source: 'rules',
    preapproved: false,
    reasons: [],
    settings: SAMPLE_SETTINGS,
    baseBranch: 'main',
    baseCommit: 'b',
    branch: 'x',
  },
  'planning-started': { type: 'planning-started' },
  'run-detected': {
    type: 'run-detected',
    source: 'direct',
    stages: SAMPLE_SETTINGS.stages,
    reasons: ['complexity low'],
  },
  'plan-drafted': {
    type: 'plan-drafted',
    plan: {
      revision: 2,
      state: 'draft',
      by: 'rules',
      tasks: [samplePlanTask('a')],
      warnings: [],
      createdAt: 0,
    },
  },
  'plan-approved': { type: 'plan-approved', revision: 2, by },
  'plan-rejected': { type: 'plan-rejected', revision: 2, by },
  'plan-discussed': {
    type: 'plan-discussed',
    message: {
      number: 1,
      revision: 1,
      from: 'person',
      by,
      kind: 'said',
      text: 'Why two?',
      proposal: null,
      at: 1,
    },
  },
  'run-started': { type: 'run-started' },
  'run-paused': {
    type: 'run-paused',
    pause: { by: 'breaker', reason: 'the same failure 5 times' },
  },
  'run-resumed': { type: 'run-resumed', by },
  'run-worked': { type: 'run-worked', ms: 60_000 },
  'budget-raised': { type: 'budget-raised', usd: 5, tokens: 200_000, by },
  'run-merged': { type: 'run-merged', into: 'main', by },
  'pull-request-seen': {
    type: 'pull-request-seen',
    offeredAs: { number: 7, url: 'https://forge.test/o/r/pull/7', state: 'open', mergedAt: null },
  },
  'run-completed': { type: 'run-completed', outcome: 'partial' },
  'run-failed': { type: 'run-failed', failure },
  'cancel-requested': { type: 'cancel-requested', by },
  'run-canceled': { type: 'run-canceled' },
  'run-reopened': { type: 'run-reopened', by },
  'task-added': {
    type: 'task-added',
    task,
    stage: 'implementation',
    spec: samplePlanTask('a'),
    dependsOn: [],
  },
  'task-ready': { type: 'task-ready', task },
  'task-due': { type: 'task-due', task },
  'task-retried': { type: 'task-retried', task, notBefore: SAMPLE_START + 4000, counts: 'failure' },
  'task-waiting': { type: 'task-waiting', task, ask: 'SHOP-1?1', counts: 'nothing' },
  'task-unblocked': { type: 'task-unblocked', task, instruction: null, approved: true },
  'task-resumed': { type: 'task-resumed', task },
  'task-verified': { type: 'task-verified', task, verdicts: [{ ...check, ok: true }] },
  'task-checked': { type: 'task-checked', task, verdicts: [{ ...check, ok: true }] },
  'task-reviewed': {
    type: 'task-reviewed',
    task: 'SHOP-1.3',
    review: {
      verdict: 'request_changes',
      summary: 'Not yet.',
      findings: [{ severity: 'blocking', message: 'It loses the last line.' }],
      commit: 'c',
    },
    verdicts: [{ ...check, kind: 'review', command: null, exitCode: null, name: 'code-reviewer' }],
  },
  'task-refuted': {
    type: 'task-refuted',
    task,
    verdicts: [check, { ...check, name: 'lint', exitCode: null }],
  },
  'batch-judged': {
    type: 'batch-judged',
    task,
    attempts: ['SHOP-1.2#1', 'SHOP-1.3#1'],
    tries: 1,
    verdicts: [],
    failed: [{ ...check, ok: false }],
  },
  'task-withheld': { type: 'task-withheld', task },
  'task-publishing': {
    type: 'task-publishing',
    task,
    publication: { ref: 'r', old: 'o', new: 'n', tree: 't', proof: 'proven' },
    verdicts: [],
  },
  'task-completed': {
    type: 'task-completed',
    task,
    proof: 'unproven',
    commit: '1a2b3c4d5e6f',
    tree: 't',
  },
  'task-failed': { type: 'task-failed', task, failure, aborts: true },
  'task-set-back': { type: 'task-set-back', task },
  'undo-started': {
    type: 'undo-started',
    task,
    failure: { reason: 'undone', message: 'ann has taken its change out of SHOP-1/login' },
    mark: 'm',
  },
  'undo-publishing': {
    type: 'undo-publishing',
    task,
    publication: { ref: 'r', old: 'o', new: 'n', tree: 't', proof: 'proven' },
    verdicts: [],
  },
  'undo-refused': {
    type: 'undo-refused',
    task,
    message: 'what it changed was changed again since, in a.ts',
    verdicts: [],
  },
  'task-undone': {
    type: 'task-undone',
    task,
    failure: { reason: 'undone', message: 'ann has taken its change out of SHOP-1/login' },
    aborts: false,
    commit: '1a2b3c4d5e6f',
  },
  'task-tolerated': { type: 'task-tolerated', task: 'SHOP-1.2' },
  'task-rewired': { type: 'task-rewired', task: 'SHOP-1.3', dependsOn: ['SHOP-1.5', 'SHOP-1.6'] },
  'task-skipped': {
    type: 'task-skipped',
    task,
    because: { reason: 'skipped_dependency', task: 'SHOP-1.2' },
  },
  'task-canceled': { type: 'task-canceled', task, because: { reason: 'superseded' } },
  'task-reopened': { type: 'task-reopened', task, instruction: null },
  'update-started': {
    type: 'update-started',
    kind: 'branch',
    commit: '1a2b3c4d5e6f',
    mark: 'm',
    kept: true,
  },
  'update-publishing': {
    type: 'update-publishing',
    mark: 'm',
    publication: { ref: 'r', old: 'o', new: 'n', tree: 't', proof: 'proven' },
    evidence: [],
  },
  'update-refused': {
    type: 'update-refused',
    kind: 'base',
    commit: '1a2b3c4d5e6f',
    mark: 'm',
    ask: 'SHOP-1?1',
    message: 'it conflicts',
    evidence: [],
  },
  'update-dropped': { type: 'update-dropped', mark: 'm', why: 'left_out' },
  'run-updated': {
    type: 'run-updated',
    kind: 'base',
    commit: '1a2b3c4d5e6f',
    head: '2b3c4d5e6f1a',
    proof: 'unproven',
  },
  'attempt-leased': {
    type: 'attempt-leased',
    attempt,
    agent: 'backend-developer',
    runtime: 'claude',
    fence: 1,
    mark: 'm',
  },
  'attempt-started': { type: 'attempt-started', attempt, process: null },
  'attempt-session': { type: 'attempt-session', attempt, sessionId: 's' },
  'attempt-spent': { type: 'attempt-spent', attempt, costUsd: 0.2, tokens: null },
  'attempt-blocked': { type: 'attempt-blocked', attempt, ask: 'SHOP-1?1' },
  'attempt-unblocked': { type: 'attempt-unblocked', attempt },
  'attempt-stopping': {
    type: 'attempt-stopping',
    attempt,
    as: { kind: 'canceled', why: 'interrupted' },
  },
  'attempt-handed-in': {
    type: 'attempt-handed-in',
    attempt,
    change,
    report,
    keptRef: null,
    costUsd: 0.4,
    tokens: NO_USAGE,
  },
  'summary-asked': { type: 'summary-asked', attempt, usd: 0.1, tokens: null },
  'summary-told': { type: 'summary-told', attempt, text: 'All is well.', costUsd: 0, tokens: null },
  'attempt-ended': { type: 'attempt-ended', attempt, outcome: { kind: 'failed', failure } },
  'ask-opened': { type: 'ask-opened', ask: sampleDiamond().asks[0]! },
  'ask-answered': { type: 'ask-answered', ask: 'SHOP-1?1', answer: '8080', by },
  'ask-withdrawn': { type: 'ask-withdrawn', ask: 'SHOP-1?1' },
};

const line = (event: Event): string | null => eventLine({ run: 'SHOP-1', at: SAMPLE_START, event });

it('has words for every event, or nothing where others say it', () => {
  const lines = Object.values(EVENTS).map((event) => `${event.type}: ${line(event) ?? '-'}`);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "run-created: SHOP-1 created: Add a login
    planning-started: SHOP-1 is being planned
    run-detected: SHOP-1 goes on without a plan: complexity low
    plan-drafted: SHOP-1 plan 2 proposed by rules: 1 task
    plan-approved: SHOP-1 plan 2 approved by ann
    plan-rejected: SHOP-1 plan 2 rejected by ann
    plan-discussed: SHOP-1 ann says: Why two?
    run-started: SHOP-1 started
    run-paused: SHOP-1 paused: the same failure 5 times
    run-resumed: SHOP-1 resumed by ann
    run-worked: -
    budget-raised: SHOP-1 budget raised by ann: $5.00 and 200k tokens more
    run-merged: SHOP-1 merged into main by ann
    pull-request-seen: SHOP-1 pull request https://forge.test/o/r/pull/7 open
    run-completed: SHOP-1 completed in part: some tasks were skipped
    run-failed: SHOP-1 failed: timeout: longer than 30 minutes stack
    cancel-requested: SHOP-1 is being canceled by ann
    run-canceled: SHOP-1 canceled
    run-reopened: SHOP-1 re-opened by ann
    task-added: -
    task-ready: SHOP-1.3 ready
    task-due: -
    task-retried: SHOP-1.3 tries again in 4s
    task-waiting: -
    task-unblocked: -
    task-resumed: SHOP-1.3 goes on to the branch
    task-verified: SHOP-1.3 check "tests" passed
    task-checked: SHOP-1.3 check "tests" passed
    task-reviewed: SHOP-1.3 review "code-reviewer" asks for changes: 1 finding to fix
    task-refuted: SHOP-1.3 check "tests" failed (exit 1), check "lint" failed (it did not end by itself)
    batch-judged: -
    task-withheld: SHOP-1.3 has to wait: the branch is not where it should be
    task-publishing: -
    task-completed: SHOP-1.3 integrated as 1a2b3c4 (unproven)
    task-failed: SHOP-1.3 failed for good: timeout: longer than 30 minutes stack
    task-set-back: SHOP-1.3 waits: what it builds on is being taken out
    undo-started: SHOP-1.3 is being taken out: ann has taken its change out of SHOP-1/login
    undo-publishing: -
    undo-refused: SHOP-1.3 stays in: what it changed was changed again since, in a.ts
    task-undone: SHOP-1.3 undone as 1a2b3c4: ann has taken its change out of SHOP-1/login
    task-tolerated: SHOP-1.2 stays failed, but stops the run no more
    task-rewired: SHOP-1.3 waits for SHOP-1.5, SHOP-1.6 now
    task-skipped: SHOP-1.3 skipped: needs SHOP-1.2, which was not done
    task-canceled: SHOP-1.3 canceled: replaced by a newer plan
    task-reopened: SHOP-1.3 re-opened
    update-started: SHOP-1 keeps, whatever its checks say, what was committed to its branch (1a2b3c4)
    update-publishing: -
    update-refused: -
    update-dropped: SHOP-1 goes on without newer commits of its base
    run-updated: SHOP-1 has its base at 1a2b3c4 now, as 2b3c4d5 (unproven)
    attempt-leased: SHOP-1.3#1 started (backend-developer, claude)
    attempt-started: -
    attempt-session: -
    attempt-spent: -
    attempt-blocked: -
    attempt-unblocked: SHOP-1.3#1 goes on
    attempt-stopping: SHOP-1.3#1 stopping (interrupted)
    attempt-handed-in: SHOP-1.3#1 handed in 2 changed files for $0.40: Did it.
    summary-asked: -
    summary-told: SHOP-1 summed up by a model
    attempt-ended: SHOP-1.3#1 failed: timeout: longer than 30 minutes stack
    ask-opened: SHOP-1?1 asks, about SHOP-1.3: Which port should the form talk to? (8080 | 9090); tutti answer 'SHOP-1?1' "…"
    ask-answered: SHOP-1?1 answered by ann: 8080
    ask-withdrawn: SHOP-1?1 withdrawn"
  `);
});

it('says of what was interrupted that it will be tried again', () => {
  const retried = { type: 'task-retried', task: 'SHOP-1.3', notBefore: 0 } as const;
  expect(line({ ...retried, counts: 'nothing' })).toBe('SHOP-1.3 will be tried again');
  expect(line({ ...retried, counts: 'failure' })).toBe('SHOP-1.3 tries again');
});

it('says that a plan was approved before it was there', () => {
  const approved = { type: 'plan-approved', revision: 1, by: 'beforehand' } as const;
  expect(line(approved)).toBe('SHOP-1 plan 1 approved beforehand');
});

it('says nothing twice', () => {
  expect(line({ type: 'task-verified', task, verdicts: [] })).toBeNull();
  expect(line({ type: 'attempt-ended', attempt, outcome: { kind: 'succeeded' } })).toBeNull();
  const told = { kind: 'failed', failure: { reason: 'check_failed', message: 'x' } } as const;
  expect(line({ type: 'attempt-ended', attempt, outcome: told })).toBeNull();
});

it('stays one short line whatever is said', () => {
  const message = `\u001B[2J${'x'.repeat(10_000)}\n\u202Ey`;
  const text = line({ type: 'run-failed', failure: { reason: 'internal', message } }) ?? '';
  expect(text.length).toBeLessThan(200);
  expect(text).not.toMatch(/[\p{Control}\u202E]/u);
});
