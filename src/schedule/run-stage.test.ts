// A plan that takes the place of the live one, met at awkward moments.

import { expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { SAMPLE_SETTINGS, samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';
import { IMPLEMENTATION, NO_STAGES, PLANNING } from '../model/stage.ts';
import type { Stage } from '../model/stage.ts';

const by = 'me';

function stage(name: string, dependsOn: readonly string[], kind: Stage['kind']): Stage {
  return {
    name,
    kind,
    enabled: true,
    agents: ['planner'],
    timeoutSecs: 600,
    actions: [],
    dependsOn,
    outputPath: null,
    outputToContext: false,
  };
}

/** A run of one task, which is at work. */
function atWork(): SimulatedWorld {
  const sim = new SimulatedWorld(2);
  const replanner = samplePlanTask('plan', { kind: 'plan', expectChanges: false });
  const list = [stage(PLANNING, [], 'plan'), stage(IMPLEMENTATION, [PLANNING], 'work')];
  const settings = { ...SAMPLE_SETTINGS, replanner, stages: { ...NO_STAGES, list } };
  sim.begin(sampleAddRun([samplePlanTask('old')], { settings }));
  sim.planned = [samplePlanTask('new')];
  return sim;
}

function goOn(sim: SimulatedWorld, what: string): void {
  const doing = sim.doing[sim.doings.indexOf(what)];
  if (doing === undefined) throw new RangeError(`${what} is not among ${sim.doings.join(', ')}`);
  sim.goOn(doing, 'well');
}

it('ends what was being stopped for a pause when another plan has taken its place', () => {
  const sim = atWork();
  goOn(sim, 'start SHOP-1.1#1');
  sim.command({ type: 'pause', run: 'SHOP-1', now: true, by });
  // It takes its time.
  sim.command({ type: 'resume', run: 'SHOP-1', by });
  sim.command({ type: 'run-stage', run: 'SHOP-1', stage: PLANNING, by });
  sim.play('start SHOP-1.2#1');
  expect(sim.states()).toEqual(['running', 'completed', 'running']);

  sim.settle();
  expect(sim.states()).toEqual(['canceled', 'completed', 'completed']);
  expect(sim.task('SHOP-1.1').status).toMatchObject({ because: { reason: 'superseded' } });
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
});

it('lets one planner draft at a time, so that a person approves what they were asked about', () => {
  const sim = new SimulatedWorld(2);
  const replanner = samplePlanTask('plan', { kind: 'plan', expectChanges: false });
  const list = [stage(PLANNING, [], 'plan'), stage(IMPLEMENTATION, [PLANNING], 'work')];
  const settings = { ...SAMPLE_SETTINGS, replanner, stages: { ...NO_STAGES, list } };
  const old = samplePlanTask('old', { onFailure: 'replan', maxAttempts: 1 });
  sim.begin({ ...sampleAddRun([old], { settings }), preapproved: false });
  sim.command({ type: 'approve-plan', run: 'SHOP-1', by });
  sim.planned = [samplePlanTask('new')];
  sim.command({ type: 'run-stage', run: 'SHOP-1', stage: PLANNING, by });
  sim.play('start SHOP-1.1#1', 'badly');
  sim.play('start SHOP-1.2#1');
  expect(sim.states()).toEqual(['failed', 'waiting', 'ready']);
  expect(sim.doing).toEqual([]);
  // Nobody would hear the reason.
  const reason = 'too small';
  const refused = sim.command({ type: 'reject-plan', run: 'SHOP-1', revision: 2, by, reason });
  expect(refused.answers[0]?.answer).toMatchObject({
    ok: false,
    hint: expect.stringContaining('tutti stage SHOP-1'),
  });

  sim.command({ type: 'answer', ask: 'SHOP-1?1', answer: 'approve', by });
  sim.settle();
  expect(sim.states()).toEqual(['skipped', 'completed', 'canceled', 'completed']);
  expect(sim.run('SHOP-1').plans.map(({ state }) => state)).toEqual(['superseded', 'approved']);
});

/** A run whose plan a model makes and a person approves. */
function toApprove(): SimulatedWorld {
  const sim = new SimulatedWorld(2);
  const replanner = samplePlanTask('plan', { kind: 'plan', expectChanges: false, maxAttempts: 1 });
  const list = [stage(PLANNING, [], 'plan'), stage(IMPLEMENTATION, [PLANNING], 'work')];
  const settings = { ...SAMPLE_SETTINGS, replanner, stages: { ...NO_STAGES, list } };
  sim.begin({ ...sampleAddRun([samplePlanTask('old')], { settings }), preapproved: false });
  return sim;
}

it('begins a plan that was canceled before its time with a retry, and with nothing else', () => {
  const sim = toApprove();
  sim.command({ type: 'pause', run: 'SHOP-1', now: true, by });
  sim.command({ type: 'approve-plan', run: 'SHOP-1', by });
  sim.command({ type: 'cancel', run: 'SHOP-1', by });
  sim.settle();
  expect(sim.run('SHOP-1').status.state).toBe('canceled');
  expect(sim.states()).toEqual([]);

  const refused = sim.command({ type: 'run-stage', run: 'SHOP-1', stage: PLANNING, by });
  expect(refused.answers[0]?.answer).toMatchObject({ ok: false, hint: 'tutti retry SHOP-1' });
  sim.command({ type: 'retry', key: 'SHOP-1', instruction: null, by });
  sim.settle();
  expect(sim.states()).toEqual(['completed']);
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
});

it('gives a draft back when planning it again comes to nothing, or is skipped', () => {
  const sim = toApprove();
  sim.command({ type: 'run-stage', run: 'SHOP-1', stage: PLANNING, by });
  sim.play('start SHOP-1.1#1', 'badly');
  expect(sim.run('SHOP-1').status.state).toBe('awaiting_approval');
  sim.command({ type: 'run-stage', run: 'SHOP-1', stage: PLANNING, by });
  sim.command({ type: 'skip', task: 'SHOP-1.2', by });
  sim.settle();
  expect(sim.run('SHOP-1').status.state).toBe('awaiting_approval');

  sim.command({ type: 'approve-plan', run: 'SHOP-1', by });
  sim.settle();
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
});
