// Little stories of people who interfere: every command in every state, and what it must leave alone.

import { describe, expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';
import { NO_USAGE } from '../model/attempt.ts';
import type { AddRun, Answer, Command } from '../model/command.ts';
import type { PlanTask } from '../model/plan.ts';
import type { Input } from './input.ts';

const by = 'me';
const a = (more: Partial<PlanTask> = {}): PlanTask => samplePlanTask('a', more);
const b = (more: Partial<PlanTask> = {}): PlanTask => samplePlanTask('b', more);
const chain = [a(), b({ dependsOn: ['a'] })];

function story(tasks: readonly PlanTask[], more: Partial<AddRun> = {}, slots = 4): SimulatedWorld {
  const sim = new SimulatedWorld(slots);
  sim.begin(sampleAddRun(tasks, more));
  return sim;
}

function say(sim: SimulatedWorld, command: Command): Answer {
  const answer = sim.command(command).answers[0]?.answer;
  if (answer === undefined) throw new Error('nothing was said');
  return answer;
}

const ok = (sim: SimulatedWorld, command: Command): void =>
  expect(say(sim, command)).toMatchObject({ ok: true });
const no = (sim: SimulatedWorld, command: Command): void =>
  expect(say(sim, command)).toMatchObject({ ok: false });

const run = 'SHOP-1';
const cancel = { type: 'cancel', run, by } as const;
const pause = { type: 'pause', run, now: false, by } as const;
const pauseNow = { type: 'pause', run, now: true, by } as const;
const resume = { type: 'resume', run, by } as const;
const retryRun = { type: 'retry', key: run, instruction: null, by } as const;
const retry = (key: string): Command => ({ type: 'retry', key, instruction: 'so', by });
const skip = (task: string): Command => ({ type: 'skip', task, by });
const kill = (attempt: string): Command => ({ type: 'kill', attempt, by });

/** Worlds in which the first task is somewhere else. */
const PLACES: readonly (readonly [string, () => SimulatedWorld])[] = [
  ['a draft', () => story(chain, { preapproved: false })],
  [
    'approved, but paused',
    () => {
      const sim = story(chain, { preapproved: false });
      ok(sim, pause);
      ok(sim, { type: 'approve-plan', run, by });
      return sim;
    },
  ],
  ['leased', () => story(chain)],
  ['ready', () => story([samplePlanTask('z', { priority: 'critical' }), ...chain], {}, 1)],
  [
    'running',
    () => {
      const sim = story(chain);
      const [start] = sim.doing;
      if (start !== undefined) sim.goOn(start, 'well');
      return sim;
    },
  ],
  [
    'stopping',
    () => {
      const sim = story(chain);
      ok(sim, pauseNow);
      return sim;
    },
  ],
  [
    'verifying',
    () => {
      const sim = story([a({ checks: ['true'] }), b({ dependsOn: ['a'] })]);
      sim.play('start SHOP-1.1#1');
      return sim;
    },
  ],
  [
    'integrating',
    () => {
      const sim = story(chain);
      sim.play('start SHOP-1.1#1');
      return sim;
    },
  ],
  [
    'publishing',
    () => {
      const sim = story(chain);
      sim.play('start SHOP-1.1#1');
      sim.play('integrate SHOP-1.1#1');
      return sim;
    },
  ],
  [
    'waiting',
    () => {
      const sim = story(chain);
      sim.play('start SHOP-1.1#1', 'question');
      return sim;
    },
  ],
];

describe.each(PLACES)('while the first task is %s', (place, begin) => {
  it('a cancel ends the run, and only a published change stays', () => {
    const sim = begin();
    ok(sim, cancel);
    sim.command(cancel);
    sim.settle();
    expect(sim.run(run).status.state).toBe('canceled');
    expect(sim.states()[0]).toBe(
      { publishing: 'completed', 'a draft': undefined, 'approved, but paused': undefined }[place] ??
        (sim.states().length === 0 ? undefined : 'canceled'),
    );
    expect(sim.alive.size).toBe(0);
    no(sim, cancel);
    no(sim, pause);
  });

  it('a coordinator that dies while it cancels is replaced', () => {
    const sim = begin();
    ok(sim, cancel);
    sim.crash([]);
    sim.command(cancel);
    sim.settle();
    expect(sim.run(run).status.state).toBe('canceled');
    expect(sim.alive.size).toBe(0);
  });

  it('a pause at once stops what works, a resume goes on', () => {
    const sim = begin();
    ok(sim, pauseNow);
    ok(sim, pauseNow);
    sim.settle();
    expect(sim.alive.size).toBe(0);
    expect(sim.run(run).paused).not.toBeNull();
    ok(sim, resume);
    ok(sim, resume);
    expect(sim.run(run).paused).toBeNull();
  });

  it('Ctrl-C leaves the run as it is, and another coordinator goes on', () => {
    const sim = begin();
    const { state } = sim.run(run).status;
    sim.hear({ type: 'drain', now: true });
    for (const doing of sim.doing) if (doing.effect.kind === 'start') sim.goOn(doing, 'well');
    expect(sim.run(run).status.state).toBe(state);
    expect(sim.alive.size).toBe(0);
    sim.crash([run]);
    sim.settle();
    expect(sim.run(run).tasks.flatMap(({ failures }) => failures)).not.toContain(1);
  });
});

describe('a skip', () => {
  const places = PLACES.filter(([place]) => !/draft|approved|ready/u.test(place));
  it.each(places)('of a task that is %s', (place, begin) => {
    const sim = begin();
    if (place === 'publishing') {
      no(sim, skip('SHOP-1.1'));
      return;
    }
    ok(sim, skip('SHOP-1.1'));
    if (place === 'stopping') ok(sim, resume);
    sim.settle();
    expect(sim.states()).toEqual(['skipped', 'skipped']);
    expect(sim.run(run).status).toMatchObject({ state: 'completed', outcome: 'partial' });
    no(sim, skip('SHOP-1.1'));
  });

  it('of a task whose turn has not come', () => {
    const sim = story(chain, {}, 1);
    ok(sim, skip('SHOP-1.2'));
    sim.settle();
    expect(sim.states()).toEqual(['completed', 'skipped']);
    no(sim, skip('SHOP-1.1'));
  });

  it('of what makes the plan is refused', () => {
    const planner = samplePlanTask('plan', { kind: 'plan' });
    const sim = story([], { source: 'model', plan: null, planner });
    expect(say(sim, skip('SHOP-1.1'))).toMatchObject({ ok: false });
  });
});

describe('a kill', () => {
  it('ends the attempt, counts, and the strategy decides what follows', () => {
    const sim = story([a({ maxAttempts: 2 })]);
    ok(sim, kill('SHOP-1.1#1'));
    no(sim, kill('SHOP-1.1#1'));
    sim.play('start SHOP-1.1#1');
    expect(sim.task('SHOP-1.1')).toMatchObject({ failures: 1, status: { state: 'running' } });
    no(sim, kill('SHOP-1.1#1'));
    ok(sim, kill('SHOP-1.1'));
    // Even what it hands in at the last moment does not count any more.
    sim.play('start SHOP-1.1#2', 'without-change');
    expect(sim.run(run).status).toMatchObject({ failure: { reason: 'killed' } });
  });

  it('that is followed by a skip is no further try', () => {
    const sim = story([a()]);
    ok(sim, kill('SHOP-1.1'));
    ok(sim, skip('SHOP-1.1'));
    sim.settle();
    expect(sim.states()).toEqual(['skipped']);
  });
});

describe('a retry', () => {
  const strategies = [
    a({ onFailure: 'abort' }),
    b({ dependsOn: ['a'] }),
    samplePlanTask('c'),
    samplePlanTask('d', { dependsOn: ['c'] }),
  ];

  it('brings back the failed one and what its abort has cut off', () => {
    const sim = story(strategies, {}, 1);
    sim.play('start SHOP-1.1#1', 'badly');
    expect(sim.states()).toEqual(['failed', 'canceled', 'canceled', 'canceled']);
    ok(sim, retry('SHOP-1.1'));
    expect(sim.task('SHOP-1.1').instruction).toBe('so');
    sim.settle();
    expect(sim.run(run).status).toMatchObject({ state: 'completed', outcome: 'full' });
  });

  it('lets go on what the abort was still stopping', () => {
    const sim = story(strategies);
    sim.play('start SHOP-1.1#1', 'badly');
    ok(sim, retry('SHOP-1.1'));
    sim.settle();
    expect(sim.run(run).status).toMatchObject({ state: 'completed', outcome: 'full' });
  });

  it('of one of two that stop the run leaves the other one failed, and the run not succeeded', () => {
    const sim = story(
      [a({ onFailure: 'abort' }), b({ onFailure: 'abort' }), samplePlanTask('c')],
      {},
      2,
    );
    const why = { reason: 'internal', message: 'no' } as const;
    const spent = { keptRef: null, costUsd: 0, tokens: NO_USAGE };
    const failed = (attempt: string): Input => ({
      type: 'report',
      report: { type: 'failed', attempt, fence: 1, failure: why, spent },
    });
    sim.hear(failed('SHOP-1.1#1'), failed('SHOP-1.2#1'));
    sim.doing = sim.doing.filter(({ effect }) => effect.kind !== 'start');
    sim.alive.clear();
    expect(sim.states()).toEqual(['failed', 'failed', 'canceled']);
    ok(sim, retry('SHOP-1.1'));
    sim.settle();
    expect(sim.states()).toEqual(['completed', 'failed', 'completed']);
    expect(sim.run(run).status).toMatchObject({ state: 'failed', failure: why });
    ok(sim, retryRun);
    sim.settle();
    expect(sim.run(run).status).toMatchObject({ state: 'completed', outcome: 'full' });
  });

  it('or a skip, while the run is winding down, lets everything else go on', () => {
    for (const command of [retry('SHOP-1.1'), skip('SHOP-1.1')]) {
      const sim = story([
        a({ onFailure: 'abort' }),
        b(),
        samplePlanTask('c', { dependsOn: ['b'] }),
      ]);
      sim.play('start SHOP-1.1#1', 'badly');
      expect(sim.states()).toEqual(['failed', 'running', 'canceled']);
      ok(sim, command);
      sim.settle();
      expect(sim.states().slice(1)).toEqual(['completed', 'completed']);
    }
  });

  it('brings back what was skipped because of it, not what was skipped for another reason', () => {
    const tasks = [
      a({ onFailure: 'skip' }),
      b({ dependsOn: ['a'] }),
      samplePlanTask('c', { dependsOn: ['b'] }),
      samplePlanTask('d'),
      samplePlanTask('e', { dependsOn: ['d'] }),
    ];
    const sim = story(tasks);
    ok(sim, skip('SHOP-1.4'));
    sim.play('start SHOP-1.1#1', 'badly');
    sim.settle();
    no(sim, retry('SHOP-1.3'));
    ok(sim, retry('SHOP-1.1'));
    sim.settle();
    expect(sim.states()).toEqual(['completed', 'completed', 'completed', 'skipped', 'skipped']);
    expect(sim.run(run).status).toMatchObject({ outcome: 'partial' });
    ok(sim, retry('SHOP-1.4'));
    sim.settle();
    expect(sim.run(run).status).toMatchObject({ outcome: 'full' });
    no(sim, retryRun);
    no(sim, retry('SHOP-1.1'));
  });

  it('of a canceled run brings back everything that was cut off', () => {
    const sim = story([a({ onFailure: 'skip' }), b(), samplePlanTask('c', { dependsOn: ['b'] })]);
    sim.play('start SHOP-1.1#1', 'badly');
    ok(sim, cancel);
    sim.settle();
    no(sim, retry('SHOP-1.3'));
    ok(sim, retryRun);
    sim.settle();
    expect(sim.run(run).status).toMatchObject({ state: 'completed', outcome: 'full' });
  });

  it('of a run that never had a task is refused', () => {
    const sim = story(chain, { preapproved: false });
    ok(sim, { type: 'reject-plan', run, by });
    expect(sim.run(run).status.state).toBe('canceled');
    no(sim, retryRun);
    no(sim, { type: 'approve-plan', run, by });
  });

  it('of a run that was paused when it ended starts at once', () => {
    const sim = story([a({ onFailure: 'abort' })]);
    ok(sim, pause);
    sim.play('start SHOP-1.1#1', 'badly');
    ok(sim, retryRun);
    expect(sim.doings).toContain('start SHOP-1.1#2');
  });
});

const revise = (from: number): Command => ({
  type: 'revise-plan',
  run,
  by,
  from,
  tasks: [a()],
  warnings: [],
});

describe('a plan', () => {
  it('is edited by one at a time, until it is approved', () => {
    const sim = story(chain, { preapproved: false });
    ok(sim, revise(1));
    no(sim, revise(1));
    ok(sim, { type: 'approve-plan', run, by });
    no(sim, { type: 'approve-plan', run, by });
    no(sim, { type: 'reject-plan', run, by });
    no(sim, revise(2));
    expect(sim.run(run).plans.map(({ state }) => state)).toEqual(['superseded', 'approved']);
    expect(sim.states()).toEqual(['running']);
  });
});

it('draining, nothing new starts and other runs are left to the next one', () => {
  const sim = story(chain);
  sim.command(sampleAddRun([a()]));
  sim.hear({ type: 'drain', now: false });
  sim.drive('SHOP-2');
  sim.settle();
  expect(sim.states()).toEqual(['completed', 'ready']);
  expect(sim.run('SHOP-2').status.state).toBe('approved');
  sim.crash(['SHOP-1', 'SHOP-2']);
  sim.settle();
  expect(sim.finished).toEqual(['SHOP-1', 'SHOP-2']);
});

it('a full disk pauses the run once', () => {
  const sim = story(chain);
  sim.hear({ type: 'no-room', run, message: 'no space left' });
  sim.hear({ type: 'no-room', run, message: 'again' });
  expect(sim.run(run).paused).toEqual({
    by: 'full_disk',
    reason: 'the disk is full: no space left',
  });
  expect(sim.hear({ type: 'no-room', run: 'SHOP-9', message: '' }).events).toEqual([]);
});

describe('a key that names nothing, or the wrong thing', () => {
  const wrong: readonly Command[] = [
    { ...cancel, run: 'SHOP-9' },
    { ...cancel, run: 'SHOP-1.1' },
    { ...resume, run: '' },
    { type: 'drive', run: 'SHOP-1?1' },
    skip('SHOP-1'),
    skip('SHOP-1.9'),
    skip('SHOP-1.0'),
    skip('__proto__'),
    kill('SHOP-1'),
    kill('SHOP-1.2#1'),
    kill('SHOP-1.1#2'),
    retry('SHOP-1.1#1'),
    { type: 'answer', ask: 'SHOP-1?1', answer: 'x', by },
    { type: 'answer', ask: 'SHOP-9?1', answer: 'x', by },
    { type: 'approve-plan', run: 'SHOP-1.1', by },
  ];

  it.each(wrong)('$type', (command) => {
    const sim = story(chain);
    const { events, answers } = sim.command(command);
    expect(events).toEqual([]);
    expect(answers).toMatchObject([{ id: expect.any(Number), answer: { ok: false } }]);
  });
});

it('gives numbers above those that refs remember', () => {
  const sim = new SimulatedWorld();
  expect(sim.begin(sampleAddRun([a()], { above: 41 }))).toBe('SHOP-42');
  expect(sim.begin(sampleAddRun([a()], { above: 7 }))).toBe('SHOP-43');
});
