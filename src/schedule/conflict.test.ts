// The ladder of a conflict, with bugs planted into it: one story that climbs every rung finds each.

import { expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';
import type { Core } from '../../test/simulated-world.ts';
import { plant } from '../../test/simulation/mutants.ts';
import { Broken } from '../../test/simulation/watch.ts';

/** Whatever is handed in conflicts, until a person is asked. */
function climb(core?: Core): SimulatedWorld {
  const sim = new SimulatedWorld(4, core === undefined ? {} : { core });
  const tasks = [samplePlanTask('a'), samplePlanTask('b', { dependsOn: ['a'] })];
  sim.begin(sampleAddRun(tasks, {}));
  for (let steps = 0; steps < 20 && sim.run('SHOP-1').asks.length === 0; steps += 1) {
    const [next = ''] = sim.doings;
    sim.play(next, next.startsWith('integrate') ? 'conflict' : 'well');
  }
  return sim;
}

it('ends with a person', () => {
  const sim = climb();
  expect(sim.run('SHOP-1').asks).toMatchObject([{ kind: 'conflict', task: 'SHOP-1.3' }]);
  expect(sim.run('SHOP-1').tasks.map(({ attempts }) => attempts.length)).toEqual([2, 0, 2]);
});

it.each([
  ['is endless', '    spec.resolves === undefined &&\n', ''],
  ['lacks a rung', 'conflicts > 0 &&', 'conflicts >= 0 &&'],
  ['forgets who waits', '  rewire(turn, task, [key]);\n', ''],
])('is found when it %s', async (bug, from, to) => {
  const core = await plant({ bug, file: 'conflict.ts', from, to, caughtBy: ['ladder'] });
  let found: unknown = null;
  try {
    climb(core);
  } catch (error) {
    found = error;
  }
  expect(found instanceof Broken && found.invariant).toBe('ladder');
});
