// What waits for a task that another one replaces, when some of it does not wait any more.

import { expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';

const by = 'me';

it('leaves alone who was finished before the change was taken out and done again', () => {
  const sim = new SimulatedWorld(1);
  const tasks = [
    samplePlanTask('a'),
    samplePlanTask('b', { dependsOn: ['a'] }),
    samplePlanTask('c', { approval: true }),
  ];
  sim.begin(sampleAddRun(tasks));
  sim.settle();
  expect(sim.states()).toEqual(['completed', 'completed', 'waiting']);
  sim.command({ type: 'undo', task: 'SHOP-1.1', by });
  sim.settle();
  sim.command({ type: 'retry', key: 'SHOP-1.1', instruction: null, by });
  sim.play('start SHOP-1.1#2');
  sim.play('integrate SHOP-1.1#2', 'conflict');
  sim.play('start SHOP-1.1#3');
  sim.play('verify SHOP-1.1#3', 'conflict');
  expect(sim.states()).toEqual(['skipped', 'completed', 'waiting', 'running']);
});
