// A small run in the middle of its life, for tests that show or store one.

import type { Attempt } from '../src/model/attempt.ts';
import { NO_USAGE } from '../src/model/attempt.ts';
import { startingFrom } from '../src/model/base.ts';
import { NO_AMOUNTS, NO_BUDGET } from '../src/model/budget.ts';
import type { PlanTask } from '../src/model/plan.ts';
import type { Run } from '../src/model/run.ts';
import type { RunSettings } from '../src/model/settings.ts';
import { NO_STAGES } from '../src/model/stage.ts';
import type { Task, TaskStatus } from '../src/model/task.ts';

/** When the sample run was made, epoch milliseconds. */
export const SAMPLE_START: number = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Settings with every default. */
export const SAMPLE_SETTINGS: RunSettings = {
  checks: [{ name: 'tests', run: 'npm test', timeoutSecs: 600 }],
  maxParallel: 4,
  maxConcurrent: 4,
  agentLimits: {},
  overlap: 'serialize',
  subagents: [],
  maxAttempts: 3,
  maxSameFailures: 5,
  maxTasks: 20,
  maxReplans: 2,
  replanner: null,
  failureStrategy: 'retry',
  backoff: { initialSecs: 2, factor: 2, maxSecs: 120 },
  taskTimeoutSecs: 1800,
  idleTimeoutSecs: 600,
  runTimeoutSecs: 14_400,
  confirm: true,
  defaultRuntime: 'claude',
  runtimes: {},
  workspace: { mode: 'clone', dir: null, max: 10, setup: [], copy: [], warm: [], env: [] },
  outputLimitBytes: 67_108_864,
  limits: { memoryMb: null, processes: 512, diskMb: 4096 },
  dependencyContextBudget: 16_384,
  fullPermissions: false,
  branchPrefix: '',
  priority: 'medium',
  budget: NO_BUDGET,
  prices: {},
  stages: NO_STAGES,
  integrate: { batch: 8, flakyRetries: 1 },
};

/**
 * Makes a task of a plan with every default.
 *
 * @param id - Its id.
 * @param more - What is different about it.
 * @returns The task.
 */
export function samplePlanTask(id: string, more: Partial<PlanTask> = {}): PlanTask {
  return {
    id,
    title: `Do ${id}`,
    description: '',
    kind: 'work',
    agent: 'backend-developer',
    agentReason: 'keyword "api"',
    runtime: null,
    requires: [],
    dependsOn: [],
    files: [],
    acceptance: [],
    checks: [],
    onFailure: 'retry',
    fallback: null,
    maxAttempts: 3,
    timeoutSecs: 1800,
    idleTimeoutSecs: 600,
    priority: 'medium',
    locks: [],
    approval: false,
    estimate: { minutes: null, usd: null },
    command: null,
    workspace: 'clone',
    expectChanges: true,
    ...more,
  };
}

/**
 * Makes an attempt.
 *
 * @param task - The task's key.
 * @param number - Its number.
 * @param more - What is different about it.
 * @returns An attempt that is running.
 */
export function sampleAttempt(task: string, number: number, more: Partial<Attempt> = {}): Attempt {
  return {
    key: `${task}#${number}`,
    task,
    number,
    agent: 'backend-developer',
    runtime: 'claude',
    worker: null,
    fence: 1,
    mark: 'mark',
    status: { state: 'running', process: null },
    startedAt: SAMPLE_START + 10_000,
    sessionId: null,
    keptRef: null,
    costUsd: 0,
    tokens: NO_USAGE,
    reserved: NO_AMOUNTS,
    ...more,
  };
}

/**
 * Makes a task of the run `SHOP-1`.
 *
 * @param number - Its number.
 * @param status - Where it stands.
 * @param more - What is different about it; `dependsOn` are keys.
 * @returns The task.
 */
export function sampleTask(number: number, status: TaskStatus, more: Partial<Task> = {}): Task {
  const over = ['completed', 'failed', 'skipped', 'canceled'].includes(status.state);
  return {
    key: `SHOP-1.${number}`,
    run: 'SHOP-1',
    number,
    stage: 'implementation',
    spec: samplePlanTask(`t${number}`),
    dependsOn: [],
    status,
    attempts: [],
    failures: 0,
    conflicts: 0,
    lost: 0,
    approved: false,
    instruction: null,
    takenBack: null,
    createdAt: SAMPLE_START,
    startedAt: status.state === 'pending' ? null : SAMPLE_START + 10_000,
    finishedAt: over ? SAMPLE_START + 60_000 : null,
    ...more,
  };
}

/**
 * Makes a run with these tasks.
 *
 * @param tasks - Its tasks, in the order of their numbers.
 * @param more - What is different about it.
 * @returns A run that is running.
 */
export function sampleRun(tasks: readonly Task[], more: Partial<Run> = {}): Run {
  return {
    key: 'SHOP-1',
    number: 1,
    goal: 'Add user authentication',
    title: 'Add user authentication',
    type: 'feature',
    priority: 'high',
    source: 'rules',
    preapproved: false,
    reasons: ['a goal is planned'],
    settings: SAMPLE_SETTINGS,
    ceiling: NO_AMOUNTS,
    baseBranch: 'main',
    baseCommit: 'b'.repeat(40),
    branch: 'SHOP-1/add-user-authentication',
    head: 'c'.repeat(40),
    status: { state: 'running' },
    paused: null,
    plans: [],
    discussion: [],
    tasks,
    asks: [],
    queue: [],
    trials: [],
    sameFailures: { reason: '', count: 0 },
    worked: { ms: 0, since: 0 },
    offeredAs: null,
    undo: null,
    base: startingFrom('b'.repeat(40)),
    createdAt: SAMPLE_START,
    ...more,
  };
}

const titled = (number: number, title: string): Pick<Task, 'spec'> => ({
  spec: samplePlanTask(`t${number}`, { title }),
});

const change = {
  commit: '1a2b3c4'.padEnd(40, '0'),
  tree: 'd'.repeat(40),
  base: 'b'.repeat(40),
  files: ['src/config.ts'],
};

const done = sampleAttempt('SHOP-1.1', 1, {
  status: {
    state: 'ended',
    outcome: { kind: 'succeeded' },
    change,
    report: { status: 'done', summary: 'Made it.', question: null, followUps: [] },
    finishedAt: SAMPLE_START + 50_000,
  },
  costUsd: 0.25,
  tokens: { input: 12_000, output: 3000, cached: 500 },
  sessionId: 'session-1',
  keptRef: 'refs/tutti/kept/SHOP-1.1/1',
});

/**
 * Makes the sample: one task in every state, a diamond and an open question.
 *
 * @returns The run.
 */
export function sampleDiamond(): Run {
  return sampleRun(
    [
      sampleTask(
        1,
        { state: 'completed', proof: 'proven', commit: change.commit, tree: change.tree },
        { attempts: [done], ...titled(1, 'Create the OAuth configuration') },
      ),
      sampleTask(
        2,
        { state: 'running', phase: 'work', publication: null },
        {
          dependsOn: ['SHOP-1.1'],
          attempts: [sampleAttempt('SHOP-1.2', 1, { costUsd: 0.1 })],
          ...titled(2, 'Write the login API'),
        },
      ),
      sampleTask(
        3,
        { state: 'waiting', ask: 'SHOP-1?1' },
        { dependsOn: ['SHOP-1.1'], ...titled(3, 'Build the login form') },
      ),
      sampleTask(
        4,
        { state: 'pending' },
        { dependsOn: ['SHOP-1.2', 'SHOP-1.3'], ...titled(4, 'Test the login end to end') },
      ),
      sampleTask(
        5,
        {
          state: 'failed',
          failure: { reason: 'check_failed', message: 'tests: 2 of 9 failed' },
          aborts: false,
        },
        { ...titled(5, 'Describe the login') },
      ),
      sampleTask(
        6,
        { state: 'skipped', because: { reason: 'skipped_dependency', task: 'SHOP-1.5' } },
        { dependsOn: ['SHOP-1.5'], ...titled(6, 'Publish the description') },
      ),
    ],
    {
      asks: [
        {
          key: 'SHOP-1?1',
          run: 'SHOP-1',
          task: 'SHOP-1.3',
          kind: 'question',
          question: 'Which port should the form talk to?',
          choices: ['8080', '9090'],
          freeText: true,
          status: { state: 'open' },
          createdAt: SAMPLE_START + 40_000,
        },
      ],
    },
  );
}
