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

it('takes what a person made of it, and asks again at once where that does not fit', () => {
  const sim = climb();
  const ask = (): string => sim.run('SHOP-1').asks.at(-1)?.key ?? '';
  const byHand = { commit: 'e'.repeat(40), base: sim.run('SHOP-1').head };
  const answer = (): unknown =>
    sim.command({ type: 'answer', ask: ask(), answer: 'done', by: 'ann', byHand }).answers;
  answer();
  const brought = sim.run('SHOP-1').tasks.at(-1);
  expect(brought?.spec).toMatchObject({
    kind: 'resolve',
    agent: 'person',
    resolves: 'SHOP-1.1',
    byHand,
    maxAttempts: 1,
  });
  // What waited for the first of them waits for the last.
  expect(sim.run('SHOP-1').tasks[1]?.dependsOn).toEqual([brought?.key]);
  const first = ask();
  for (let steps = 0; steps < 9 && ask() === first; steps += 1) {
    const [next = ''] = sim.doings;
    sim.play(next, next.startsWith('integrate') ? 'conflict' : 'well');
  }
  expect(sim.run('SHOP-1').asks.at(-1)).toMatchObject({ kind: 'conflict', task: brought?.key });
  expect(sim.run('SHOP-1').tasks.at(-1)?.attempts).toHaveLength(1);
  answer();
  for (let steps = 0; steps < 40 && sim.doings.length > 0; steps += 1) {
    sim.play(sim.doings[0] ?? '', 'well');
  }
  expect(sim.run('SHOP-1').status.state).toBe('completed');
});

it.each([
  ['is endless', ' && spec.resolves === undefined', ''],
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
