// Stories: runs, limits, and what an adversary does to whoever carries them out. Plain data, so that
// one can be written to a file and played again.

import * as fc from 'fast-check';

import type { AddRun } from '../../src/model/command.ts';
import { FAILURE_REASONS } from '../../src/model/failure.ts';
import type { PlanSource } from '../../src/model/plan-source.ts';
import type { FailureStrategy, PlanTask, Priority } from '../../src/model/plan.ts';
import { NO_RUNTIME_SETTINGS } from '../../src/model/settings.ts';
import type { RunSettings } from '../../src/model/settings.ts';
import { NO_STAGES } from '../../src/model/stage.ts';
import type { StageSettings } from '../../src/model/stage.ts';
import { SAMPLE_SETTINGS, samplePlanTask } from '../sample-run.ts';
import type { Outcome } from './outside.ts';

/** What the adversary can do. */
const ACTS = [
  /** Something that is being done goes on: whatever comes first, so reports are late and mixed. */
  'go-on',
  'command',
  /** Two commands are heard together. */
  'batch',
  'time',
  /** The wall clock is set, forwards or backwards. */
  'clock',
  /** The coordinator dies. */
  'crash',
  /** It is stopped past its lease, another takes over. */
  'suspend',
  /** One that was taken over wakes and does a step. */
  'wake',
  /** A report comes twice. */
  'late',
  'drain',
  /** The disk is full where a run works. */
  'full',
  /** The disk is full where the store is, at the next write. */
  'no-space',
  /** The base branch of all runs goes on. */
  'base-moves',
  /** A person commits to the branch of a run. */
  'commits',
  'commits',
  /** They check it out, or do something else with it. */
  'branch',
  /** Somebody looks where the branches are. */
  'poll',
] as const;

/** What a person does. */
export const VERBS = [
  'cancel',
  'pause',
  'pause-now',
  'resume',
  'resume',
  'skip',
  'kill',
  'undo',
  'retry',
  'replan',
  'retry-run',
  'retry-run',
  'answer',
  'answer',
  'answer',
  'approve',
  'approve',
  'reject',
  'reject-with-reason',
  'revise',
  /** Says something about the plan, or judges what its planner has proposed. */
  'discuss',
  'discuss',
  'stage',
  'stage',
  'offer',
  'merged',
] as const;

/** One thing that happens. */
export interface Step {
  readonly act: (typeof ACTS)[number];
  readonly pick: number;
  readonly outcome: Outcome;
  readonly verb: (typeof VERBS)[number];
  readonly choice: number;
}

/** What is told. */
export interface Story {
  readonly slots: number;
  readonly runs: readonly AddRun[];
  readonly steps: readonly Step[];
  /** The merge queue is slow: what waits for it comes together. */
  readonly patient?: boolean;
  /** What is done at the first try does not go together with that of others. */
  readonly quarrels?: boolean;
  /** What a person takes out of what is finished: one of its changes; 0 = nothing. */
  readonly regrets?: number;
  /** How it goes on when nothing is done to anybody any more; in the end all goes well. */
  readonly after?: readonly Outcome[];
}

/** An item of a list, most often the first one, to which it shrinks. */
const rarely = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.nat(others.length * 3 + 3).map((at) => others[at - 1] ?? usual);

const anyTasks: fc.Arbitrary<readonly PlanTask[]> = fc
  .array(
    fc.record({
      dependsOn: fc.array(fc.nat(11), { maxLength: 3 }),
      onFailure: fc.constantFrom('retry', 'abort', 'skip', 'ask', 'replan'),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      approval: rarely(false, true),
      expectChanges: fc.boolean(),
      fallback: fc.constantFrom(null, { agent: 'other', runtime: 'other' }),
      priority: fc.constantFrom('critical', 'medium', 'low'),
      checks: fc.constantFrom([], ['true']),
      runtime: rarely(null, 'other', 'command'),
      locks: rarely<readonly string[]>([], ['database'], ['port', 'database']),
      files: rarely<readonly string[]>([], ['src/**'], ['src/a.ts'], ['docs/**']),
      workspace: rarely<PlanTask['workspace']>('clone', 'none'),
      requires: rarely<readonly string[]>([], ['python']),
      usd: rarely<number | null>(null, 0.3, 1),
    }),
    { minLength: 1, maxLength: 12, size: 'max' },
  )
  .map((tasks) =>
    tasks.map(({ dependsOn, usd, ...more }, index) =>
      samplePlanTask(`t${index}`, {
        ...more,
        estimate: { minutes: null, usd },
        dependsOn: [...new Set(dependsOn.filter((at) => at < index).map((at) => `t${at}`))],
      }),
    ),
  );

/** Limits are the same for all runs of a story, as they are in a project. */
const anyLimits: fc.Arbitrary<Partial<RunSettings>> = fc
  .record({
    maxParallel: rarely<number | null>(null, 1, 2),
    startsPerMinute: rarely<number | null>(null, 1, 3),
    agent: rarely<number | null>(null, 1),
    spaces: rarely(100, 1, 3),
    overlap: rarely<RunSettings['overlap']>('serialize', 'warn'),
    subagents: rarely(0, 1, 2),
    defaultRuntime: rarely(SAMPLE_SETTINGS.defaultRuntime, 'other'),
    usd: rarely<number | null>(null, 2, 5),
    tokens: rarely<number | null>(null, 150_000, 400_000),
    hard: rarely(true, false),
  })
  .map(({ maxParallel, startsPerMinute, agent, spaces, overlap, subagents, ...more }) => ({
    budget: { usd: more.usd, tokens: more.tokens, hard: more.hard },
    defaultRuntime: more.defaultRuntime,
    runtimes: { other: { ...NO_RUNTIME_SETTINGS, maxParallel, startsPerMinute } },
    agentLimits: agent === null ? {} : { 'backend-developer': agent },
    workspace: { ...SAMPLE_SETTINGS.workspace, max: spaces },
    overlap,
    subagents: ['one', 'two'].slice(0, subagents).map((id) => ({
      id,
      specialization: id,
      maxConcurrent: 1,
      capabilities: ['python'],
    })),
  }));

/** How the result of a run is reviewed. */
interface Review {
  readonly rounds: number;
  readonly requirePassing: boolean;
  /** Whether there is a stage of the project's own between the work and its review. */
  readonly custom?: true;
}

function stagesOf({ rounds, requirePassing, custom }: Review): StageSettings {
  const stage = {
    enabled: true,
    timeoutSecs: 600,
    actions: [],
    outputPath: null,
    outputToContext: false,
  };
  return {
    list: [
      {
        ...stage,
        name: 'research',
        kind: 'research',
        agents: ['one'],
        actions: ['a', 'b'].map((name) => ({ name, does: { kind: 'prompt', text: 'look' } })),
        dependsOn: [],
      },
      { ...stage, name: 'planning', kind: 'plan', agents: ['one'], dependsOn: ['research'] },
      {
        ...stage,
        name: 'implementation',
        kind: 'work',
        agents: [],
        dependsOn: ['planning'],
      },
      {
        ...stage,
        name: 'audit',
        kind: 'custom',
        enabled: custom === true,
        agents: ['one'],
        actions: [
          { name: 'think', does: { kind: 'prompt', text: 'look' } },
          { name: 'count', does: { kind: 'command', run: 'wc' } },
        ],
        dependsOn: ['implementation'],
      },
      {
        ...stage,
        name: 'review',
        kind: 'review',
        agents: ['one', 'two'],
        dependsOn: ['audit'],
      },
    ],
    runtimes: {},
    runTests: true,
    requirePassing,
    maxReviewRounds: rounds,
  };
}

const anyRun: fc.Arbitrary<AddRun> = fc
  .record({
    tasks: anyTasks,
    source: fc.constantFrom('file', 'direct', 'model', 'file'),
    preapproved: fc.boolean(),
    maxConcurrent: fc.integer({ min: 1, max: 4 }),
    checks: fc.boolean(),
    strategy: fc.constantFrom('retry', 'ask', 'abort'),
    priority: fc.constantFrom('medium', 'high'),
    integrate: rarely<RunSettings['integrate']>(
      { batch: 8, flakyRetries: 1, baseUpdates: 'when_idle' },
      { batch: 1, flakyRetries: 0, baseUpdates: 'at_end' },
      { batch: 3, flakyRetries: 2, baseUpdates: 'never' },
    ),
    review: fc.constantFrom<Review | null>(
      null,
      null,
      null,
      null,
      { rounds: 1, requirePassing: true },
      { rounds: 0, requirePassing: true },
      { rounds: 1, requirePassing: false },
      { rounds: 1, requirePassing: true, custom: true },
    ),
    detection: rarely(false, true),
  })
  .map((any) => (any.detection && any.source === 'model' ? detected(runOf(any)) : runOf(any)));

interface AnyRun {
  readonly integrate: RunSettings['integrate'];
  readonly tasks: readonly PlanTask[];
  readonly source: PlanSource;
  readonly preapproved: boolean;
  readonly maxConcurrent: number;
  readonly checks: boolean;
  readonly strategy: FailureStrategy;
  readonly priority: Priority;
  readonly review: Review | null;
}

function runOf({ tasks, source, preapproved, maxConcurrent, checks, ...more }: AnyRun): AddRun {
  return {
    type: 'add-run',
    projectKey: 'SHOP',
    goal: 'goal',
    title: 'title',
    kind: 'task',
    priority: more.priority,
    source,
    reasons: [],
    settings: {
      ...SAMPLE_SETTINGS,
      replanner: samplePlanTask('plan', { kind: 'plan', maxAttempts: 2, expectChanges: false }),
      maxConcurrent,
      integrate: more.integrate,
      checks: checks ? SAMPLE_SETTINGS.checks : [],
      stages: more.review === null ? NO_STAGES : stagesOf(more.review),
    },
    baseBranch: 'main',
    baseCommit: 'base',
    plan: source === 'model' ? null : { by: 'file', tasks, warnings: [] },
    planner:
      source === 'model'
        ? samplePlanTask('plan', { kind: 'plan', onFailure: more.strategy })
        : null,
    preapproved,
    above: 0,
  };
}

/** The same run, when a model says first how much work it is. */
function detected(run: AddRun): AddRun {
  const { planner, settings } = run;
  const way = { reasons: ['so'], stages: settings.stages };
  return {
    ...run,
    planner: samplePlanTask('detection', { kind: 'plan', expectChanges: false, estimates: true }),
    settings: {
      ...settings,
      stages: NO_STAGES,
      detection: {
        least: 'medium',
        byRules: { complexity: 'low', reasons: [] },
        repository: '',
        direct: {
          ...way,
          source: 'direct',
          plan: { by: 'direct', tasks: [samplePlanTask('all')], warnings: [] },
          planner: null,
        },
        planned: { ...way, source: 'model', plan: null, planner },
      },
    },
  };
}

const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('well' as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Outcome>(
      'badly',
      'badly',
      'without-change',
      'question',
      'leave',
      'conflict',
      'elsewhere',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...FAILURE_REASONS).map((reason) => ({ reason, message: 'no' })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Outcome>(
      { reason: 'quota', message: '', retryAt: 5_000_000 },
      { reason: 'quota', message: '', retryAt: Number.NaN },
      { reason: 'rate_limited', message: '', retryAt: Number.POSITIVE_INFINITY },
    ),
  },
);

/** Steps with people who talk so much, about these things. */
const anySteps = (talk: number, verbs: readonly Step['verb'][]): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      act: fc.oneof(
        { weight: 22, arbitrary: fc.constant('go-on' as const) },
        { weight: talk, arbitrary: fc.constant('command' as const) },
        { weight: 7, arbitrary: fc.constantFrom(...ACTS.slice(2)) },
      ),
      pick: fc.nat(1000),
      outcome: anyOutcome,
      verb: fc.constantFrom(...verbs),
      choice: fc.nat(7),
    }),
    { maxLength: 80, size: 'max' },
  );

const LONGEST_AFTER = { maxLength: 60, size: 'max' } as const;

/**
 * Mostly well, for what comes after a long time of work has to be reached; or with much that keeps
 * itself and others from the branch.
 */
const anyAfter: fc.Arbitrary<readonly Outcome[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constant('well' as const) },
        { weight: 1, arbitrary: anyOutcome },
      ),
      LONGEST_AFTER,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom('well', 'well', 'conflict', 'elsewhere'), LONGEST_AFTER),
  },
);

/**
 * Whoever talks about plans does so at length; whoever plans anew, or takes out what is done, does so
 * in the midst of the work.
 */
const ANY_STEPS: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 6, arbitrary: anySteps(4, VERBS) },
  { weight: 1, arbitrary: anySteps(14, ['discuss', 'discuss', 'revise', 'reject-with-reason']) },
  { weight: 1, arbitrary: anySteps(8, ['stage', 'pause-now', 'resume', 'answer', 'approve']) },
  { weight: 1, arbitrary: anySteps(8, ['undo', 'undo', 'retry', 'skip', 'answer', 'approve']) },
);

/** Any story. */
export const anyStory: fc.Arbitrary<Story> = fc
  .record({
    slots: fc.integer({ min: 1, max: 4 }),
    patient: fc.boolean(),
    quarrels: rarely(false, true),
    regrets: rarely(0, 1, 2, 3),
    limits: anyLimits,
    runs: fc.array(anyRun, { minLength: 1, maxLength: 2 }),
    steps: ANY_STEPS,
    after: anyAfter,
  })
  .map(({ slots, patient, quarrels, regrets, limits, runs, steps, after }) => ({
    slots,
    regrets,
    // They only meet where they wait for each other.
    patient: patient || quarrels,
    quarrels,
    after,
    runs: runs.map((run) => ({ ...run, settings: { ...run.settings, ...limits } })),
    steps,
  }));

/** Numbers that JSON does not know. */
const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['number:NaN', Number.NaN],
  ['number:Infinity', Number.POSITIVE_INFINITY],
]);

const known = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? `number:${value}` : value;

/**
 * Writes a story.
 *
 * @param story - The story.
 * @returns JSON.
 */
export function writeStory(story: Story): string {
  return `${JSON.stringify(story, known, 2)}\n`;
}

/**
 * Reads a story that was written before.
 *
 * @param text - JSON.
 * @returns The story.
 */
export function readStory(text: string): Story {
  // It comes from `writeStory`; who edits it by hand knows what it is.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text, (_, value: unknown) => NUMBERS.get(value) ?? value) as Story;
}
