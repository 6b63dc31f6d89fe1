// Little stories of runs: what follows from what, without anybody interfering. Whoever interferes
// is in command.test.ts.

import { describe, expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';
import type { AddRun } from '../model/command.ts';
import type { FailureReason } from '../model/failure.ts';
import type { PlanTask } from '../model/plan.ts';
import { decide } from './decide.ts';
import { effectsOf } from './effects.ts';

const a = (more: Partial<PlanTask> = {}): PlanTask => samplePlanTask('a', more);
const b = (more: Partial<PlanTask> = {}): PlanTask => samplePlanTask('b', more);
const c = (more: Partial<PlanTask> = {}): PlanTask => samplePlanTask('c', more);

const files = (path: string): Partial<PlanTask> => ({ files: [path] });

function story(tasks: readonly PlanTask[], more: Partial<AddRun> = {}, slots = 4): SimulatedWorld {
  const sim = new SimulatedWorld(slots);
  sim.begin(sampleAddRun(tasks, more));
  return sim;
}

const settings = (more: Partial<AddRun['settings']>): Partial<AddRun> => ({
  settings: { ...sampleAddRun([]).settings, ...more },
});

const failed = (reason: FailureReason): { reason: FailureReason; message: string } => ({
  reason,
  message: 'no',
});

const answer = (sim: SimulatedWorld, said: string, ask = 'SHOP-1?1'): unknown =>
  sim.command({ type: 'answer', ask, answer: said, by: 'me' }).answers[0]?.answer;

const approve = { type: 'approve-plan', run: 'SHOP-1', by: 'me' } as const;

describe('a plan', () => {
  it('waits for approval, begins, and ends with what was published', () => {
    const sim = story([a(), b({ dependsOn: ['a'] })], { preapproved: false });
    expect(sim.run('SHOP-1').status.state).toBe('awaiting_approval');
    expect(sim.doings).toEqual([]);
    sim.command(approve);
    sim.play('start SHOP-1.1#1');
    expect(sim.doings).toEqual(['integrate SHOP-1.1#1']);
    sim.settle();
    expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(sim.refs.get('SHOP-1')).toBe(sim.run('SHOP-1').head);
    expect(sim.finished).toEqual(['SHOP-1']);
  });

  it.each([
    ['direct', { source: 'direct', preapproved: false }],
    ['preapproved', { preapproved: true }],
    ['unconfirmed', { preapproved: false, ...settings({ confirm: false }) }],
  ] as const)('that is %s begins at once', (_, more) => {
    expect(story([a()], more).doings).toEqual(['start SHOP-1.1#1']);
  });

  it('is made by a planner, approved and carried out', () => {
    const planner = samplePlanTask('plan', { kind: 'plan' });
    const sim = new SimulatedWorld();
    sim.planned = [a(), b({ dependsOn: ['a'] })];
    sim.begin(sampleAddRun([], { source: 'model', plan: null, planner, preapproved: false }));
    expect(sim.run('SHOP-1').status.state).toBe('planning');
    sim.play('start SHOP-1.1#1');
    expect(sim.run('SHOP-1').status.state).toBe('awaiting_approval');
    sim.command(approve);
    expect(sim.task('SHOP-1.3').dependsOn).toEqual(['SHOP-1.2']);
    sim.settle();
    expect(sim.run('SHOP-1').status.state).toBe('completed');
  });

  it('is planned again when planning failed and is retried', () => {
    const planner = samplePlanTask('plan', { kind: 'plan' });
    const sim = new SimulatedWorld();
    sim.planned = [a()];
    sim.begin(sampleAddRun([], { source: 'model', plan: null, planner }));
    sim.play('start SHOP-1.1#1', failed('auth'));
    expect(sim.run('SHOP-1').status.state).toBe('failed');
    sim.command({ type: 'retry', key: 'SHOP-1', instruction: null, by: 'me' });
    expect(sim.run('SHOP-1').status.state).toBe('planning');
    sim.settle();
    expect(sim.states()).toEqual(['completed', 'completed']);
  });

  it('runs as a diamond: both sides at once, the end after both', () => {
    const d = samplePlanTask('d', { dependsOn: ['b', 'c'] });
    const sim = story([a(), b({ dependsOn: ['a'] }), c({ dependsOn: ['a'] }), d]);
    sim.play('start SHOP-1.1#1');
    sim.play('integrate SHOP-1.1#1');
    sim.play('publish SHOP-1.1#1');
    expect(sim.doings).toEqual(['start SHOP-1.2#1', 'start SHOP-1.3#1']);
    sim.play('start SHOP-1.2#1');
    sim.play('start SHOP-1.3#1');
    expect(sim.doings).toEqual(['integrate SHOP-1.2#1']);
    sim.settle();
    expect(sim.states()).toEqual(Array.from({ length: 4 }, () => 'completed'));
  });
});

describe('a task that fails', () => {
  it('is retried at once, then ends the run: siblings are stopped, the rest is canceled', () => {
    const sim = story([a({ maxAttempts: 2 }), b(), c({ dependsOn: ['b'] })]);
    sim.play('start SHOP-1.1#1', 'badly');
    sim.play('start SHOP-1.1#2', 'badly');
    expect(sim.run('SHOP-1').status.state).toBe('running');
    sim.play('start SHOP-1.2#1');
    expect(sim.states()).toEqual(['failed', 'canceled', 'canceled']);
    expect(sim.run('SHOP-1').status).toMatchObject({
      state: 'failed',
      failure: { reason: 'agent_error' },
    });
  });

  it('waits longer and longer where time may heal it', () => {
    const sim = story([a()]);
    for (const [attempt, ms] of [
      ['SHOP-1.1#1', 2000],
      ['SHOP-1.1#2', 4000],
    ] as const) {
      sim.play(`start ${attempt}`, failed('provider'));
      expect(sim.timers).toEqual([sim.now + ms]);
      sim.pass(ms - 1);
      expect(sim.doings).toEqual([]);
      sim.pass(1);
    }
    expect(sim.doings).toEqual(['start SHOP-1.1#3']);
  });

  it('waits for a quota as announced, longer each time, and is not counted', () => {
    const sim = story([a({ maxAttempts: 1 })], settings({ maxSameFailures: 2 }));
    const retryAt = sim.now + 5000;
    for (const wait of [60_000, 120_000, 240_000]) {
      const { length } = sim.task('SHOP-1.1').attempts;
      sim.play(`start SHOP-1.1#${length}`, { reason: 'quota', message: '', retryAt });
      expect(sim.timers).toEqual([sim.now + wait]);
      sim.pass(wait);
    }
    const late = { reason: 'rate_limited', message: '', retryAt: sim.now + 1e12 } as const;
    sim.play('start SHOP-1.1#4', late);
    expect(sim.timers).toEqual([sim.now + 7 * 24 * 3_600_000]);
    expect(sim.task('SHOP-1.1').failures).toBe(0);
    expect(sim.run('SHOP-1').paused).toBeNull();
  });

  it('counts the third worker lost in a row', () => {
    const sim = story([a({ maxAttempts: 2 })]);
    for (const number of [1, 2, 3]) {
      sim.crash();
      sim.play(`recover SHOP-1.1#${number}`);
      sim.pass(300_000);
    }
    expect(sim.task('SHOP-1.1')).toMatchObject({ failures: 1, lost: 0 });
    expect(sim.doings).toEqual(['start SHOP-1.1#4']);
  });

  it('does not trip the breaker when many workers are lost at once', () => {
    const tasks = Array.from({ length: 8 }, (_, index) => samplePlanTask(`t${index}`));
    const sim = story(tasks, settings({ maxConcurrent: 8 }), 8);
    sim.crash();
    sim.settle();
    expect(sim.run('SHOP-1').status.state).toBe('completed');
  });

  it('pauses the run after the same failure so many times in a row', () => {
    const sim = story([a(), b()], settings({ maxSameFailures: 2 }));
    sim.play('start SHOP-1.1#1', failed('timeout'));
    sim.play('start SHOP-1.2#1', failed('timeout'));
    expect(sim.run('SHOP-1').paused).toMatchObject({ by: 'breaker' });
    sim.command({ type: 'resume', run: 'SHOP-1', by: 'me' });
    sim.settle();
    expect(sim.run('SHOP-1').status.state).toBe('completed');
  });

  it('is skipped with its dependents, and the run goes on without them', () => {
    const sim = story([a({ onFailure: 'skip' }), b({ dependsOn: ['a'] }), c()]);
    sim.play('start SHOP-1.1#1', 'badly');
    expect(sim.task('SHOP-1.2').status).toEqual({
      state: 'skipped',
      because: { reason: 'skipped_dependency', task: 'SHOP-1.1' },
    });
    sim.settle();
    expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'partial' });
  });

  it('aborts without a second try', () => {
    const sim = story([a({ onFailure: 'abort' })]);
    sim.play('start SHOP-1.1#1', 'badly');
    expect(sim.run('SHOP-1').status.state).toBe('failed');
  });

  it.each([
    ['retry', 'ready', null],
    ['Skip', 'skipped', null],
    ['abort', 'failed', null],
    ['use the other API', 'ready', 'use the other API'],
  ])('asks, and the answer is %s', (said, state, instruction) => {
    const sim = story([a({ onFailure: 'ask' }), b()], {}, 1);
    sim.play('start SHOP-1.1#1', 'badly');
    expect(sim.states()).toEqual(['waiting', 'running']);
    expect(answer(sim, said)).toMatchObject({ ok: true });
    expect(sim.task('SHOP-1.1')).toMatchObject({ status: { state }, instruction });
    sim.settle();
  });

  it('falls back to another agent when its own tries are used up', () => {
    const sim = story([a({ maxAttempts: 1, fallback: { agent: 'other', runtime: 'claude' } })]);
    sim.play('start SHOP-1.1#1', 'badly');
    sim.play('start SHOP-1.1#2', 'badly');
    const { attempts } = sim.task('SHOP-1.1');
    expect(attempts.map(({ agent, runtime }) => [agent, runtime])).toEqual([
      ['backend-developer', 'fake'],
      ['other', 'claude'],
    ]);
    expect(sim.run('SHOP-1').status.state).toBe('failed');
  });

  it('that conflicts is tried on the new base, given to a task that resolves it, then asked about', () => {
    const sim = story([a(), b({ dependsOn: ['a'] })]);
    const fitted = (attempt: string): void => {
      sim.play(`start ${attempt}`);
      sim.play(`verify ${attempt}`);
      sim.play(`integrate ${attempt}`, 'conflict');
    };
    sim.play('start SHOP-1.1#1');
    sim.play('integrate SHOP-1.1#1', 'conflict');
    expect(sim.task('SHOP-1.1')).toMatchObject({ failures: 0, conflicts: 1 });
    fitted('SHOP-1.1#2');
    expect(sim.task('SHOP-1.1').status).toMatchObject({
      state: 'skipped',
      because: { reason: 'superseded', task: 'SHOP-1.3' },
    });
    expect(sim.task('SHOP-1.3').spec).toMatchObject({
      kind: 'resolve',
      agent: 'resolver',
      resolves: 'SHOP-1.1',
    });
    expect(sim.task('SHOP-1.2').dependsOn).toEqual(['SHOP-1.3']);
    sim.play('start SHOP-1.3#1');
    sim.play('verify SHOP-1.3#1', 'conflict');
    fitted('SHOP-1.3#2');
    expect(sim.run('SHOP-1').asks[0]).toMatchObject({ kind: 'conflict', task: 'SHOP-1.3' });
    answer(sim, 'retry');
    sim.settle();
    expect(sim.states()).toEqual(['skipped', 'completed', 'completed']);
    expect(sim.run('SHOP-1').status).toMatchObject({ outcome: 'full' });
  });

  it('that conflicts with whoever is at work lets others go first, but waits for nobody', () => {
    const sim = story([a(files('a/**')), b(files('b/**')), c(files('c/**'))], {}, 1);
    const run = sim.run('SHOP-1');
    expect(sim.doings).toEqual(['start SHOP-1.1#1']);
    const startsOf = (touched: readonly string[], now: number, slots = 2): string[] => {
      const desk = { ...sim.world.desk, slots, touched: new Map([['SHOP-1.1', touched]]) };
      const { events } = decide({ ...sim.world, desk }, [{ type: 'tick' }], now);
      return events.flatMap(({ event }) => ('attempt' in event ? [event.attempt] : []));
    };
    expect(startsOf(['a/x'], run.createdAt)).toEqual(['SHOP-1.2#1']);
    expect(startsOf(['b/x[1]'], run.createdAt)).toEqual(['SHOP-1.3#1']);
    expect(startsOf(['b/x', 'c/y'], run.createdAt)).toEqual(['SHOP-1.2#1']);
    expect(startsOf(['b/x'], run.createdAt, 3)).toEqual(['SHOP-1.3#1', 'SHOP-1.2#1']);
    expect(startsOf(['b/x'], run.createdAt + 11 * 60_000)).toEqual(['SHOP-1.2#1']);
  });

  it('that goes on from what it made counts as writing that', () => {
    const d = samplePlanTask('d', files('d/**'));
    const sim = story([a(files('x/**')), b({ checks: ['true'] }), c(files('c/**')), d], {}, 2);
    sim.play('start SHOP-1.2#1');
    sim.play('verify SHOP-1.2#1', 'badly');
    expect(sim.states()).toEqual(['running', 'ready', 'running', 'ready']);
    const startsOf = (file: string): string[] => {
      const touched = new Map([['SHOP-1.1', [file]]]);
      const desk = { ...sim.world.desk, slots: 3, touched };
      const { events } = decide(
        { ...sim.world, desk },
        [{ type: 'tick' }],
        sim.run('SHOP-1').createdAt,
      );
      return events.flatMap(({ event }) => ('attempt' in event ? [event.attempt] : []));
    };
    expect([startsOf('z.ts'), startsOf('a.ts')]).toEqual([['SHOP-1.2#2'], ['SHOP-1.4#1']]);
  });

  it('that changed nothing failed, unless nothing was expected', () => {
    const sim = story([a({ maxAttempts: 1 }), b({ expectChanges: false })]);
    sim.play('start SHOP-1.2#1');
    expect(sim.task('SHOP-1.2').status).toMatchObject({ state: 'completed', proof: null });
    sim.play('start SHOP-1.1#1', 'without-change');
    expect(sim.run('SHOP-1').status).toMatchObject({ failure: { reason: 'no_change' } });
  });

  it('in its checks, or in the gate, is tried again', () => {
    const sim = story([a({ checks: ['true'] })]);
    sim.play('start SHOP-1.1#1');
    sim.play('verify SHOP-1.1#1', 'badly');
    // What it makes passes by itself, but not on the branch.
    sim.play('start SHOP-1.1#2', 'conflict');
    sim.play('verify SHOP-1.1#2');
    sim.play('integrate SHOP-1.1#2');
    expect(sim.task('SHOP-1.1').failures).toBe(2);
    expect(sim.run('SHOP-1').queue).toEqual([]);
    sim.settle();
    expect(sim.task('SHOP-1.1').status).toMatchObject({ state: 'completed', proof: 'proven' });
  });
});

describe('a person is asked', () => {
  it('what an agent wants to know, and the answer goes to its next attempt', () => {
    const sim = story([a()]);
    sim.play('start SHOP-1.1#1', 'question');
    expect(answer(sim, ' ')).toMatchObject({ ok: false });
    expect(answer(sim, 'x'.repeat(20_001))).toMatchObject({ ok: false });
    expect(answer(sim, 'the second')).toMatchObject({ ok: true });
    expect(sim.task('SHOP-1.1').instruction).toBe('You asked: Which?\nThe answer: the second');
    expect(sim.task('SHOP-1.1').failures).toBe(0);
    expect(answer(sim, 'the first')).toMatchObject({
      ok: false,
      message: 'SHOP-1?1 was answered already by me: the second',
    });
    expect(answer(sim, 'yes', 'SHOP-1?7')).toMatchObject({ ok: false });
  });

  it('before a task begins that needs approval', () => {
    const sim = story([a({ approval: true }), b({ approval: true })]);
    expect(sim.doings).toEqual([]);
    expect(answer(sim, 'perhaps')).toMatchObject({ ok: false });
    answer(sim, 'approve');
    sim.play('start SHOP-1.1#1', 'badly');
    expect(sim.doings).toEqual(['start SHOP-1.1#2']);
    answer(sim, 'reject', 'SHOP-1?2');
    expect(sim.task('SHOP-1.2').status).toMatchObject({ failure: { reason: 'rejected' } });
  });

  it('when somebody else moved the branch', () => {
    const sim = story([a()]);
    sim.play('start SHOP-1.1#1');
    sim.play('integrate SHOP-1.1#1');
    sim.play('publish SHOP-1.1#1', 'elsewhere');
    expect(sim.run('SHOP-1').asks[0]?.question).toContain('somebody-elses');
    expect(sim.states()).toEqual(['running']);
    sim.crash();
    expect(sim.doings).toEqual([]);
    answer(sim, 'retry');
    // The work is not done again: what was handed in is merged.
    expect(sim.doings).toEqual(['integrate SHOP-1.1#1']);
    sim.refs.set('SHOP-1', 'base');
    sim.settle();
    expect(sim.states()).toEqual(['completed']);
    expect(sim.task('SHOP-1.1').attempts).toHaveLength(1);
  });

  it('when somebody else moved the branch and nobody wants to go on', () => {
    const sim = story([a()]);
    sim.play('start SHOP-1.1#1');
    sim.play('integrate SHOP-1.1#1');
    sim.play('publish SHOP-1.1#1', 'elsewhere');
    expect(answer(sim, 'skip')).toMatchObject({ ok: false });
    answer(sim, 'abort');
    expect(sim.states()).toEqual(['canceled']);
    expect(sim.task('SHOP-1.1').attempts[0]?.status.state).toBe('ended');
  });
});

const many = (count: number): PlanTask[] =>
  Array.from({ length: count }, (_, index) => samplePlanTask(`t${index}`));

describe('slots', () => {
  it.each([
    ['as many as there are', 3, {}, 3],
    ['as the run may have', 4, { maxConcurrent: 2 }, 2],
    [
      'as the runtime may have',
      4,
      {
        runtimes: {
          fake: {
            model: null,
            maxParallel: 1,
            startsPerMinute: null,
            binary: null,
            args: [],
            env: {},
          },
        },
      },
      1,
    ],
    ['none for a holder without any', 0, {}, 0],
  ])('%s', (_, slots, limits, started) => {
    expect(story(many(6), settings(limits), slots).doings).toHaveLength(started);
  });

  it('go to the urgent, then to the longest path behind', () => {
    const sim = story(
      [
        a(),
        b({ estimate: { minutes: 2, usd: null } }),
        c({ dependsOn: ['b'], estimate: { minutes: 9, usd: null } }),
        samplePlanTask('d', { priority: 'critical', estimate: { minutes: 1, usd: null } }),
      ],
      {},
      1,
    );
    sim.settle();
    const order = sim.log.flatMap(({ event }) =>
      event.type === 'attempt-leased' ? event.attempt : [],
    );
    expect(order).toEqual(['SHOP-1.4#1', 'SHOP-1.2#1', 'SHOP-1.1#1', 'SHOP-1.3#1']);
  });

  it('go to the urgent run first', () => {
    const sim = story([a(), b()], { priority: 'low' }, 1);
    sim.begin(sampleAddRun([a()], { priority: 'critical' }));
    sim.play('start SHOP-1.1#1');
    expect(sim.doings).toContain('start SHOP-2.1#1');
    sim.settle();
    expect(sim.finished).toEqual(['SHOP-2', 'SHOP-1']);
  });

  it('are not taken by what a dead coordinator left in a run that is not driven', () => {
    const sim = story(many(2), {}, 2);
    sim.crash([]);
    sim.begin(sampleAddRun(many(2)));
    sim.command({ type: 'pause', run: 'SHOP-1', now: false, by: 'me' });
    expect(sim.doings).toEqual(['start SHOP-2.1#1', 'start SHOP-2.2#1']);
  });
});

describe('a report', () => {
  it('that comes late, twice or of nothing changes nothing', () => {
    const sim = story([a(), b()]);
    sim.crash();
    sim.settle();
    const seen = sim.reports;
    expect(seen.length).toBeGreaterThan(8);
    for (const report of seen) {
      expect(decide(sim.world, [{ type: 'report', report }], sim.now).events).toEqual([]);
    }
    for (const attempt of ['SHOP-1.1#9', 'SHOP-1.9#1', 'SHOP-9.1#1', 'nonsense']) {
      const report = { type: 'published', attempt, fence: 2 } as const;
      expect(decide(sim.world, [{ type: 'report', report }], sim.now).events).toEqual([]);
    }
  });

  it('under another fence, or said again in any order, changes nothing at any moment', () => {
    const tasks = [a(), b({ dependsOn: ['a'] })];
    const whole = story(tasks);
    whole.settle();
    const sim = story(tasks);
    const changes = (reports: typeof sim.reports): unknown =>
      decide(
        sim.world,
        reports.map((report) => ({ type: 'report', report })),
        sim.now,
      ).events;
    let moments = 0;
    for (let [next] = sim.doings; next !== undefined; [next] = sim.doings) {
      moments += 1;
      for (const report of whole.reports) {
        expect(changes([{ ...report, fence: report.fence - 1 }])).toEqual([]);
        expect(changes([{ ...report, fence: report.fence + 1 }])).toEqual([]);
      }
      expect(changes(sim.reports)).toEqual([]);
      expect(changes(sim.reports.toReversed())).toEqual([]);
      sim.play(next);
    }
    expect(moments).toBeGreaterThan(5);
    expect(sim.run('SHOP-1').status.state).toBe('completed');
  });

  it('of an attempt that never said it was started is taken', () => {
    const sim = story([a({ expectChanges: false })]);
    sim.doing = [];
    sim.report({
      type: 'handed-in',
      attempt: 'SHOP-1.1#1',
      fence: 1,
      change: null,
      report: { status: 'done', summary: '', question: null, followUps: [] },
      spent: { keptRef: null, costUsd: 1, tokens: { input: 1, output: 1, cached: 0 } },
    });
    expect(sim.states()).toEqual(['completed']);
  });
});

it('has nothing to do for a finished run that is driven', () => {
  const sim = story([a()]);
  sim.settle();
  const { effects, events, answers } = sim.drive('SHOP-1');
  expect([effects, events]).toEqual([[], []]);
  expect(answers).toMatchObject([{ answer: { ok: true } }]);
  expect(effectsOf(null, sim.world, sim.now)).toEqual([]);
});
