import { expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { SAMPLE_SETTINGS, samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';

const by = 'me';
const NO = { reason: 'refused', message: 'no' } as const;

it('brings no planner back for a task that is tried again already', () => {
  const sim = new SimulatedWorld(1);
  const replanner = samplePlanTask('plan', { kind: 'plan', expectChanges: false });
  const tasks = [
    samplePlanTask('a', { onFailure: 'abort' }),
    samplePlanTask('b', { onFailure: 'ask', priority: 'critical' }),
    samplePlanTask('c', { dependsOn: ['b'] }),
  ];
  sim.begin(sampleAddRun(tasks, { settings: { ...SAMPLE_SETTINGS, replanner } }));

  sim.play('start SHOP-1.2#1', NO);
  sim.command({ type: 'answer', ask: 'SHOP-1?1', answer: 'replan', by });
  expect(sim.states()).toEqual(['running', 'failed', 'pending', 'ready']);
  // The planner is ended with the run, and what it was to replace is tried again itself.
  sim.play('start SHOP-1.1#1', NO);
  expect(sim.states()).toEqual(['failed', 'failed', 'canceled', 'canceled']);
  sim.command({ type: 'retry', key: 'SHOP-1.2', instruction: null, by });
  expect(sim.states()).toEqual(['failed', 'running', 'pending', 'canceled']);

  sim.command({ type: 'retry', key: 'SHOP-1', instruction: null, by });
  expect(sim.states()).toEqual(['ready', 'running', 'pending', 'canceled']);
  sim.settle();
  expect(sim.states()).toEqual(['completed', 'completed', 'completed', 'canceled']);
  expect(sim.run('SHOP-1').status).toMatchObject({ state: 'completed', outcome: 'full' });
});
