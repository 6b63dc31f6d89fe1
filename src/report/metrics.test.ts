import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FAILURE_REASONS } from '../model/failure.ts';
import type { Moment, OutcomeAttempt, OutcomeRun, OutcomeTask } from '../model/outcome.ts';
import { PLAIN } from '../util/style.ts';
import { utilisation } from './demand.ts';
import { renderMetrics } from './metrics-text.ts';
import { metricsOf } from './metrics.ts';
import { stageMetrics, stageRemarks } from './stage-worth.ts';
import { firstTry, planShape, unionMs } from './tries.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 2);

/** From one minute to another. */
const attempt = (from: number, to: number, more: Partial<OutcomeAttempt> = {}): OutcomeAttempt => ({
  agent: 'backend-developer',
  runtime: 'claude',
  outcome: 'succeeded',
  reason: null,
  startedAt: START + from * MINUTE,
  finishedAt: START + to * MINUTE,
  usd: 0.1,
  tokens: { input: 100, output: 10, cached: 1 },
  changed: true,
  ...more,
});
const failed = (from: number, to: number, reason: OutcomeAttempt['reason']): OutcomeAttempt =>
  attempt(from, to, { outcome: 'failed', reason });
const task = (
  key: string,
  attempts: readonly OutcomeAttempt[],
  more: Partial<OutcomeTask> = {},
): OutcomeTask => ({
  key,
  kind: 'work',
  stage: 'implementation',
  title: `Do ${key}`,
  agent: 'backend-developer',
  fixes: false,
  state: 'completed',
  integrated: true,
  dependsOn: [],
  finishedAt: attempts.at(-1)?.finishedAt ?? START,
  attempts,
  reviews: [],
  ...more,
});
const run = (tasks: readonly OutcomeTask[], more: Partial<OutcomeRun> = {}): OutcomeRun => ({
  key: 'SHOP-1',
  type: 'feature',
  source: 'model',
  goal: 'Add a login',
  state: 'completed',
  partial: false,
  createdAt: START,
  finishedAt: START + 60 * MINUTE,
  mergedAt: null,
  offerMergedAt: null,
  slots: 2,
  tasks,
  moments: [],
  ...more,
});

/** Two tasks beside each other, ten minutes each; one fails its checks first, one meets a conflict. */
const SAMPLE = run([
  task('SHOP-1.1', [failed(0, 10, 'check_failed'), attempt(10, 20)]),
  task('SHOP-1.2', [failed(0, 10, 'conflict'), attempt(10, 20, { agent: 'qa-engineer', usd: 1 })]),
  task('SHOP-1.3', [failed(20, 25, 'quota'), attempt(25, 30)], { dependsOn: ['SHOP-1.1'] }),
  task('SHOP-1.4', [attempt(30, 34, { changed: false })], {
    kind: 'review',
    stage: 'review',
    integrated: false,
    reviews: [
      { at: START + 34 * MINUTE, ok: false, findings: 2 },
      { at: START + 35 * MINUTE, ok: true, findings: 0 },
    ],
  }),
]);

describe('metrics', () => {
  it('are what one computes by hand', () => {
    const found = metricsOf({ runs: [SAMPLE], since: null, now: START + 2 * DAY });
    expect(found).toMatchObject({
      from: START,
      days: 2,
      runs: { finished: 1, completed: 1, partial: 0, failed: 0, perDay: 0.5, perWeek: 3.5 },
      tasks: { completed: 4, failed: 0, perDay: 2, perWeek: 14 },
      // Neither the conflict nor the quota was the agent's doing.
      firstTry: { of: 4, count: 3, share: 0.75 },
      reviews: { of: 2, count: 1, share: 0.5 },
      // Three were merged, one could not be at first.
      conflicts: { changes: 4, conflicts: 1, per100: 25 },
      // 10+10 beside 10+10, then 5, 5 and 4: 54 minutes of attempts in 34.
      speedUp: { sequentialMs: 54 * MINUTE, wallMs: 34 * MINUTE, ratio: 1.588 },
      cost: { usd: 1.6, tokens: { input: 700, output: 70, cached: 7 } },
      byKind: { work: { tasks: 3, attempts: 6 }, review: { tasks: 1, attempts: 1 } },
      byShape: {
        graph: { runs: 1, tasks: 4, failed: { of: 1, count: 0, share: 0 }, meanUsd: 1.6 },
      },
    });
    expect(found.byAgent['qa-engineer']).toEqual({
      attempts: 1,
      tasks: 1,
      firstTry: { of: 1, count: 1, share: 1 },
      usd: 1,
      tokens: { input: 100, output: 10, cached: 1 },
      medianMs: 10 * MINUTE,
    });
    expect(Object.keys(found.byAgent)).toEqual(['qa-engineer', 'backend-developer']);
  });

  it('tell how long it took until a result was merged', () => {
    const after = (minutes: number): number => START + minutes * MINUTE;
    const runs = [
      run([], { mergedAt: after(30) }),
      run([], { mergedAt: after(50), offerMergedAt: after(70) }),
      SAMPLE,
    ];
    expect(metricsOf({ runs, since: null, now: START + DAY })).toMatchObject({
      toMerge: { count: 2, medianMs: 40 * MINUTE, longestMs: 50 * MINUTE },
      toMergedPullRequest: { count: 1, medianMs: 70 * MINUTE },
    });
  });

  it('count only what ended in the time that is looked at', () => {
    const since = START + 15 * MINUTE;
    const found = metricsOf({ runs: [SAMPLE], since, now: START + DAY });
    expect(found).toMatchObject({ from: since, days: 1, firstTry: { of: 3, count: 3 } });
    expect(found.speedUp.sequentialMs).toBe((10 + 10 + 5 + 5 + 4) * MINUTE);
    const later = metricsOf({ runs: [SAMPLE], since: START + DAY, now: START + 2 * DAY });
    expect(later).toMatchObject({ runs: { finished: 0 }, tasks: { completed: 0 }, byAgent: {} });
  });

  it('of nothing are no zeros', () => {
    expect(metricsOf({ runs: [], since: null, now: START })).toMatchObject({
      from: null,
      days: 1,
      firstTry: { of: 0, share: null },
      reviews: { share: null },
      utilisation: { share: null },
      conflicts: { per100: null },
      speedUp: { ratio: null },
    });
  });

  it('are finite numbers or null, whatever happened', () => {
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 5 }), fc.nat({ max: 400 }), (runs, now) => {
        const found = metricsOf({ runs, since: null, now: START + now * MINUTE });
        for (const value of numbersIn(found)) expect(Number.isFinite(value)).toBe(true);
        for (const value of sharesIn(found)) expect(value >= 0 && value <= 1).toBe(true);
        expect(found.speedUp.ratio ?? 1).toBeGreaterThanOrEqual(0.999);
        const text = renderMetrics(found, { width: 80, style: PLAIN });
        expect(text).not.toMatch(/NaN|undefined|Infinity/u);
      }),
    );
  });
});

describe('stages', () => {
  const research = task('SHOP-1.5', [attempt(0, 4)], { kind: 'research', stage: 'research' });
  const good = task('SHOP-1.6', [attempt(4, 9)]);
  const bad = task('SHOP-1.7', [failed(4, 9, 'check_failed')], { integrated: false });
  const fix = task('SHOP-1.8', [attempt(40, 44)], { stage: 'implementation', fixes: true });
  const runs = [
    ...[1, 2, 3].map(() => run([research, good])),
    ...[1, 2, 3].map(() => run([bad])),
    SAMPLE,
    run([good, fix], { source: 'direct' }),
  ];

  it('tell what they took, what they found, and how the work did with and without', () => {
    const found = stageMetrics(runs);
    expect(found['research']).toEqual({
      runs: 3,
      medianMs: 4 * MINUTE,
      medianUsd: 0.1,
      found: { of: 0, count: 0, share: null },
      fixes: 0,
      firstTryWith: { of: 3, count: 3, share: 1 },
      firstTryWithout: { of: 6, count: 2, share: 0.333 },
    });
    expect(found['review']).toMatchObject({ runs: 1, found: { of: 2, count: 1, share: 0.5 } });
  });

  it('are remarked on where at least three runs had them', () => {
    expect(stageRemarks(stageMetrics(runs))).toEqual([
      'history of the stage research: 3 of 3 first-try passes with it, 2 of 6 without, 4m 00s and $0.10 a run',
    ]);
    const reviewed = run([...SAMPLE.tasks, fix]);
    expect(stageRemarks(stageMetrics([SAMPLE, reviewed, reviewed]))).toEqual([
      'history of the stage review: 3 of 6 reviews found something that held, 2 fixes got onto the branch, 4m 00s and $0.10 a run',
    ]);
  });
});

const anyAttempt: fc.Arbitrary<OutcomeAttempt> = fc
  .record({
    from: fc.nat({ max: 300 }),
    length: fc.integer({ min: -5, max: 90 }),
    reason: fc.option(fc.constantFrom(...FAILURE_REASONS)),
    over: fc.boolean(),
    usd: fc.double({ min: 0, max: 9, noNaN: true }),
    agent: fc.constantFrom('a', 'b', '__proto__'),
  })
  .map(({ from, length, reason, over, usd, agent }) =>
    attempt(from, from + length, {
      agent,
      usd,
      reason,
      outcome: over ? (reason === null ? 'succeeded' : 'failed') : null,
      finishedAt: over ? START + (from + length) * MINUTE : null,
    }),
  );
const anyMoment: fc.Arbitrary<Moment> = fc.record({
  at: fc.nat({ max: 300 }).map((minute) => START + minute * MINUTE),
  type: fc.constantFrom('task-ready', 'task-retried', 'attempt-leased', 'attempt-ended'),
  task: fc.constantFrom('SHOP-1.1', 'SHOP-1.2'),
  notBefore: fc.option(fc.nat({ max: 300 }).map((minute) => START + minute * MINUTE)),
});
const anyRun: fc.Arbitrary<OutcomeRun> = fc
  .record({
    tasks: fc.array(fc.array(anyAttempt, { maxLength: 4 }), { maxLength: 5 }),
    moments: fc.array(anyMoment, { maxLength: 20 }),
    state: fc.constantFrom('completed', 'failed', 'running', 'canceled'),
    slots: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ tasks, moments, state, slots }) =>
    run(
      tasks.map((attempts, at) =>
        task(`SHOP-1.${at}`, attempts, { dependsOn: at > 1 ? ['SHOP-1.0'] : [] }),
      ),
      { moments, state, slots, finishedAt: state === 'running' ? null : START },
    ),
  );

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function sharesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]: [string, unknown]) =>
    name === 'share' && typeof inside === 'number' ? [inside] : sharesIn(inside),
  );
}

const moment = (
  minute: number,
  type: string,
  of: string | null,
  until: number | null = null,
): Moment => ({
  at: START + minute * MINUTE,
  type,
  task: of,
  notBefore: until === null ? null : START + until * MINUTE,
});
const useOf = (moments: readonly Moment[], slots: number = 2): ReturnType<typeof utilisation> =>
  utilisation([run([], { moments, slots })], START);
const firstOf = (...attempts: OutcomeAttempt[]): string | undefined =>
  firstTry({ attempts })?.outcome ?? undefined;

describe('utilisation', () => {
  it('counts the slots in use while a task was ready', () => {
    const moments = [
      moment(0, 'task-ready', 'a'),
      moment(0, 'task-ready', 'b'),
      moment(0, 'attempt-leased', 'a'),
      moment(10, 'attempt-leased', 'b'), // b waited ten minutes beside one of two slots
      moment(20, 'attempt-handed-in', 'a'),
      moment(30, 'attempt-ended', 'b'),
    ];
    expect(useOf(moments)).toEqual({ waitingMs: 10 * MINUTE, usedMs: 10 * MINUTE, share: 0.5 });
    expect(useOf(moments, 1).share).toBe(1);
  });

  it('does not count a wait for time, a pause, nor a time when nobody was there', () => {
    const backoff = [
      moment(0, 'attempt-leased', 'a'),
      moment(0, 'task-retried', 'b', 8),
      moment(9, 'task-canceled', 'b'),
      moment(10, 'attempt-ended', 'a'),
    ];
    expect(useOf(backoff).waitingMs).toBe(MINUTE);
    const paused = [
      moment(0, 'attempt-leased', 'a'),
      moment(0, 'task-ready', 'b'),
      moment(2, 'run-paused', null),
      moment(3, 'task-ready', 'c'),
      moment(6, 'run-resumed', null),
      moment(7, 'attempt-ended', 'a'),
      moment(500, 'attempt-leased', 'b'),
    ];
    expect(useOf(paused).waitingMs).toBe(3 * MINUTE);
    const early = [
      moment(0, 'attempt-leased', 'a'),
      moment(0, 'task-retried', 'b', 8),
      moment(2, 'task-canceled', 'b'),
    ];
    expect(useOf([...early, moment(20, 'attempt-ended', 'a')]).waitingMs).toBe(0);
  });
});

describe('tries', () => {
  it('are judged by the first attempt that says something about the work', () => {
    expect(firstOf(failed(0, 1, 'worker_lost'), attempt(1, 2))).toBe('succeeded');
    expect(firstOf(failed(0, 1, 'no_change'), attempt(1, 2))).toBe('failed');
    expect(firstOf(attempt(0, 1, { outcome: 'canceled' }))).toBeUndefined();
    expect(firstOf()).toBeUndefined();
  });

  it('know the shape of a plan by its work alone', () => {
    const shape = (...tasks: (readonly [key: string, ...after: string[]])[]): string | null =>
      planShape({ tasks: tasks.map(([key, ...dependsOn]) => task(key, [], { dependsOn })) });
    expect(shape()).toBeNull();
    expect(shape(['a', 'research'])).toBe('single');
    expect(shape(['a', 'research'], ['b', 'research'])).toBe('parallel');
    expect(shape(['a'], ['b', 'a'], ['c', 'b', 'a'])).toBe('chain');
    expect(shape(['a'], ['b', 'a'], ['c', 'a'])).toBe('graph');
    const review = task('r', [], { kind: 'review', dependsOn: ['a', 'b'] });
    expect(planShape({ tasks: [task('a', []), task('b', []), review] })).toBe('parallel');
  });

  it('add up spans, what overlaps once', () => {
    expect(unionMs([])).toBe(0);
    expect(
      unionMs([
        [5, 9],
        [0, 3],
        [2, 4],
        [3, 3],
      ]),
    ).toBe(8);
  });
});
