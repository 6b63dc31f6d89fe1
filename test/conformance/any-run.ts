// Runs in any state, to see whether a store gives them back.

import * as fc from 'fast-check';

import type { Ask } from '../../src/model/ask.ts';
import type { Attempt, AttemptOutcome } from '../../src/model/attempt.ts';
import type { Failure } from '../../src/model/failure.ts';
import type { PlanMessage, PlanRevision } from '../../src/model/plan.ts';
import type { Run, RunStatus } from '../../src/model/run.ts';
import type { TaskStatus } from '../../src/model/task.ts';
import {
  SAMPLE_START,
  sampleAttempt,
  samplePlanTask,
  sampleRun,
  sampleTask,
} from '../sample-run.ts';

// NUL, a lone surrogate and what looks like the store's own marks, besides plain and odd text.
const nasty = ['', '\0', 'a\0b', '\uD800', 'json:"x"', 'json:', "'; DROP TABLE runs; --", 'null'];
const words = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 12 }));
const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const failure: fc.Arbitrary<Failure> = fc.record(
  { reason: fc.constantFrom('quota', 'internal'), message: words, retryAt: moment },
  { requiredKeys: ['reason', 'message'] },
);
const outcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('succeeded') }),
  fc.record({ kind: fc.constant('failed'), failure }),
  fc.record({ kind: fc.constant('canceled'), why: fc.constantFrom('paused', 'question') }),
);
const report = fc.record({
  status: fc.constantFrom('done', 'blocked', 'failed'),
  summary: words,
  question: maybe(words),
  followUps: fc.array(fc.record({ title: words, description: words }), { maxLength: 2 }),
});
const change = fc.record({ commit: words, tree: words, base: words, files: fc.array(words) });
const identity = maybe(fc.record({ pid: fc.nat(), startTime: words, bootId: words }));
const attemptStatus: fc.Arbitrary<Attempt['status']> = fc.oneof(
  fc.record({ state: fc.constant('leased') }),
  fc.record({ state: fc.constant('running'), process: identity }),
  fc.record({ state: fc.constant('stopping'), process: identity, as: outcome }),
  fc.record({ state: fc.constant('handed_in'), change: maybe(change), report }),
  fc.record({
    state: fc.constant('ended'),
    outcome,
    change: maybe(change),
    report: maybe(report),
    finishedAt: moment,
  }),
);
const because = fc.record(
  {
    reason: fc.constantFrom('skipped_dependency', 'canceled'),
    task: words,
    until: fc.double({ min: 0, max: 1e13, noNaN: true }).map((value) => value + 0),
    text: words,
  },
  { requiredKeys: ['reason'] },
);
const proof = fc.constantFrom('proven', 'unproven', null);
const publication = fc.record({ ref: words, old: words, new: words, tree: words, proof });
const taskStatus: fc.Arbitrary<TaskStatus> = fc.oneof(
  fc.record({ state: fc.constant('pending') }),
  fc.record({ state: fc.constant('ready'), notBefore: fc.constantFrom(0, 1.5, SAMPLE_START) }),
  fc.record({
    state: fc.constant('running'),
    phase: fc.constantFrom('work', 'verify'),
    publication: fc.constant(null),
  }),
  fc.record({
    state: fc.constant('running'),
    phase: fc.constant('integrate'),
    publication: maybe(publication),
  }),
  fc.record({ state: fc.constant('waiting'), ask: fc.constant('SHOP-1?1') }),
  fc.record({ state: fc.constant('completed'), proof, commit: maybe(words), tree: maybe(words) }),
  fc.record({ state: fc.constant('failed'), failure, aborts: fc.boolean() }),
  fc.record({ state: fc.constantFrom('skipped', 'canceled'), because }),
);
const askStatus: fc.Arbitrary<Ask['status']> = fc.oneof(
  fc.record({ state: fc.constant('open') }),
  fc.record({ state: fc.constant('answered'), answer: words, by: words, at: moment }),
  fc.record({ state: fc.constant('withdrawn'), at: moment }),
);
const runStatus: fc.Arbitrary<RunStatus> = fc.oneof(
  fc.record({
    state: fc.constantFrom(
      'queued',
      'planning',
      'awaiting_approval',
      'approved',
      'running',
      'canceling',
    ),
  }),
  fc.record({
    state: fc.constant('completed'),
    outcome: fc.constantFrom('full', 'partial'),
    finishedAt: moment,
  }),
  fc.record({ state: fc.constant('failed'), failure, finishedAt: moment }),
  fc.record({ state: fc.constant('canceled'), finishedAt: moment }),
);
const planState = fc.constantFrom('draft', 'approved', 'rejected', 'superseded');
/** A run with entities in any state, full of hostile text. */
export const anyRun: fc.Arbitrary<Run> = fc
  .record({
    status: runStatus,
    text: words,
    paused: maybe(fc.record({ by: fc.constantFrom('person', 'breaker'), reason: words })),
    tasks: fc.array(
      fc.record({
        status: taskStatus,
        instruction: maybe(words),
        startedAt: maybe(moment),
        approved: fc.boolean(),
        attempts: fc.array(
          fc.record({
            status: attemptStatus,
            sessionId: maybe(words),
            keptRef: maybe(words),
            costUsd: fc.constantFrom(0, 0.1, 1234.56789, 1e-9),
          }),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 12 },
    ),
    asks: fc.array(fc.record({ status: askStatus, task: maybe(fc.constant('SHOP-1.1')) }), {
      minLength: 1,
      maxLength: 12,
    }),
    plans: fc.array(fc.record({ state: planState, by: words }), { maxLength: 3 }),
    discussion: fc.array(fc.record({ text: words, proposes: fc.boolean() }), { maxLength: 3 }),
    env: fc.dictionary(words, words),
  })
  .map(({ status, text, paused: pause, tasks, asks, plans, discussion, env }) => {
    const base = sampleRun([]);
    const runtime = {
      model: null,
      maxParallel: null,
      startsPerMinute: null,
      binary: null,
      args: [text],
      env,
    };
    return sampleRun(
      tasks.map(({ attempts, status: at, ...task }, i) => {
        const key = `SHOP-1.${i + 1}`;
        const tried = attempts.map((attempt, j) => sampleAttempt(key, j + 1, attempt));
        return sampleTask(i + 1, at, { ...task, attempts: tried });
      }),
      {
        status,
        goal: text,
        title: text,
        queue: [text],
        paused: pause,
        sameFailures: { reason: text, count: 3 },
        worked: { ms: 1500, since: 0.5 },
        settings: { ...base.settings, runtimes: { claude: runtime } },
        asks: asks.map((ask, i) => ({
          key: `SHOP-1?${i + 1}`,
          run: 'SHOP-1',
          task: tasks.length > 0 ? ask.task : null,
          kind: 'failure',
          question: text,
          choices: [text, ''],
          freeText: i % 2 === 0,
          status: ask.status,
          createdAt: SAMPLE_START,
        })),
        plans: plans.map(({ state, by }, i): PlanRevision => ({
          revision: i + 1,
          state,
          by,
          tasks: [samplePlanTask('one', { title: text })],
          warnings: [text],
          createdAt: SAMPLE_START,
        })),
        discussion: discussion.map(({ text: said, proposes }, i): PlanMessage => ({
          number: i + 1,
          revision: 1,
          from: proposes ? 'planner' : 'person',
          by: text,
          kind: 'said',
          text: said,
          proposal: proposes
            ? { tasks: [samplePlanTask('one', { title: said })], warnings: [text] }
            : null,
          at: SAMPLE_START,
        })),
      },
    );
  });
