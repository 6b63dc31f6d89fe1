import { expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { SAMPLE_SETTINGS, samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';

const by = 'me';
const NO = { reason: 'refused', message: 'no' } as const;

/** A failure has ended the run, and with it the planner that was to replace another failed task. */
function ended(): SimulatedWorld {
  const sim = new SimulatedWorld(1);
  const replanner = samplePlanTask('plan', { kind: 'plan', expectChanges: false });
  const tasks = [
    samplePlanTask('a', { onFailure: 'abort' }),
    samplePlanTask('b', { onFailure: 'ask', priority: 'critical' }),
    samplePlanTask('c', { dependsOn: ['b'] }),
  ];
  sim.begin(sampleAddRun(tasks, { settings: { ...SAMPLE_SETTINGS, replanner } }));
  sim.planned = [samplePlanTask('d', { expectChanges: false })];

  sim.play('start SHOP-1.2#1', NO);
  sim.command({ type: 'answer', ask: 'SHOP-1?1', answer: 'replan', by });
  expect(sim.states()).toEqual(['running', 'failed', 'pending', 'ready']);
  sim.play('start SHOP-1.1#1', NO);
  expect(sim.states()).toEqual(['failed', 'failed', 'canceled', 'canceled']);
  return sim;
}

it('brings no planner back for a task that is tried again already', () => {
  const sim = ended();
  sim.command({ type: 'retry', key: 'SHOP-1.2', instruction: null, by });
  expect(sim.states()).toEqual(['failed', 'running', 'pending', 'canceled']);

  sim.command({ type: 'retry', key: 'SHOP-1', instruction: null, by });
  expect(sim.states()).toEqual(['ready', 'running', 'pending', 'canceled']);
  sim.settle();
  expect(sim.states()).toEqual(['completed', 'completed', 'completed', 'canceled']);
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
});

it('brings no planner back for a task for which there is another one', () => {
  const sim = ended();
  sim.command({ type: 'retry', key: 'SHOP-1.2', instruction: null, replan: true, by });
  expect(sim.states()).toEqual(['failed', 'failed', 'pending', 'canceled', 'running']);

  sim.command({ type: 'retry', key: 'SHOP-1', instruction: null, by });
  expect(sim.states()).toEqual(['ready', 'failed', 'pending', 'canceled', 'running']);
  sim.settle();
  const [a, b, c, ...others] = sim.states();
  expect([a, b, c]).toEqual(['completed', 'skipped', 'completed']);
  expect(others).toEqual(['canceled', 'completed', 'completed']);
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
});

it('brings nothing of a run back that needs what a person skipped', () => {
  const sim = new SimulatedWorld(1);
  sim.begin(sampleAddRun([samplePlanTask('a'), samplePlanTask('b', { dependsOn: ['a'] })]));
  sim.command({ type: 'skip', task: 'SHOP-1.1', by });
  sim.command({ type: 'cancel', run: 'SHOP-1', by });
  sim.settle();
  expect(sim.states()).toEqual(['skipped', 'canceled']);

  const retry = { type: 'retry', key: 'SHOP-1', instruction: null, by } as const;
  const answer = { ok: false, hint: 'tutti retry SHOP-1.1' };
  expect(sim.command(retry)).toMatchObject({ answers: [{ answer }] });
  expect(sim.run('SHOP-1').status.state).toBe('canceled');
});

it('brings no planner back by a skip for a task that is tried again already', () => {
  const sim = new SimulatedWorld(1);
  const replanner = samplePlanTask('plan', { kind: 'plan', expectChanges: false });
  const tasks = [
    samplePlanTask('a', { approval: true, onFailure: 'abort' }),
    samplePlanTask('b', { onFailure: 'ask' }),
  ];
  sim.begin(sampleAddRun(tasks, { settings: { ...SAMPLE_SETTINGS, replanner } }));
  sim.play('start SHOP-1.2#1', NO);
  sim.command({ type: 'answer', ask: 'SHOP-1?2', answer: 'replan', by });
  sim.command({ type: 'answer', ask: 'SHOP-1?1', answer: 'reject', by });
  sim.settle();
  expect(sim.states()).toEqual(['failed', 'failed', 'canceled']);

  sim.command({ type: 'retry', key: 'SHOP-1', instruction: null, by });
  expect(sim.states()).toEqual(['waiting', 'running', 'canceled']);
  sim.commands(
    { type: 'answer', ask: 'SHOP-1?3', answer: 'reject', by },
    { type: 'skip', task: 'SHOP-1.1', by },
  );
  expect(sim.states()).toEqual(['skipped', 'running', 'canceled']);
});

it('goes on without what has ended a run, and what depends on it', () => {
  const sim = new SimulatedWorld(1);
  const tasks = [
    samplePlanTask('a', { onFailure: 'abort', priority: 'critical' }),
    samplePlanTask('b', { dependsOn: ['a'] }),
    samplePlanTask('c'),
  ];
  sim.begin(sampleAddRun(tasks));
  sim.play('start SHOP-1.1#1', NO);
  sim.settle();
  expect(sim.states()).toEqual(['failed', 'canceled', 'canceled']);
  expect(sim.run('SHOP-1').status.state).toBe('failed');

  const skip = { type: 'skip', task: 'SHOP-1.1', by } as const;
  const other = { ...skip, task: 'SHOP-1.3' } as const;
  expect(sim.command(other)).toMatchObject({
    answers: [{ answer: { ok: false, message: 'SHOP-1 has failed already' } }],
  });
  sim.command(skip);
  sim.settle();
  expect(sim.states()).toEqual(['skipped', 'skipped', 'completed']);
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'partial' });
  expect(sim.command(skip)).toMatchObject({ answers: [{ answer: { ok: false } }] });
});

it('leaves another failure as it is when one is left out', () => {
  const sim = new SimulatedWorld(2);
  sim.begin(sampleAddRun([samplePlanTask('a'), samplePlanTask('b'), samplePlanTask('c')]));
  sim.play('start SHOP-1.1#1', NO);
  sim.settle();
  sim.command({ type: 'retry', key: 'SHOP-1.2', instruction: null, by });
  sim.play('start SHOP-1.2#2', NO);
  sim.settle();
  expect(sim.states()).toEqual(['failed', 'failed', 'canceled']);
  sim.command({ type: 'skip', task: 'SHOP-1.1', by });
  sim.settle();
  expect(sim.states()).toEqual(['skipped', 'failed', 'completed']);
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'failed' });
  sim.command({ type: 'skip', task: 'SHOP-1.2', by });
  sim.settle();
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'partial' });
});

it('goes on to plan without the research that has failed, but not without a plan', () => {
  const sim = new SimulatedWorld(1);
  const planner = samplePlanTask('plan', { kind: 'plan', onFailure: 'abort' });
  sim.begin(sampleAddRun([], { source: 'model', plan: null, planner }));
  sim.play('start SHOP-1.1#1', NO);
  sim.settle();
  expect(sim.run('SHOP-1').status.state).toBe('failed');
  const said = sim.command({ type: 'skip', task: 'SHOP-1.1', by }).answers[0]?.answer;
  expect(said).toMatchObject({ ok: false, hint: 'tutti retry SHOP-1' });
});
