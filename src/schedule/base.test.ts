// What a person has committed to the branch of a run, met at awkward moments.

import { expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { SAMPLE_SETTINGS, samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';

const by = 'me';

it('does not end while a person has to say whose head it is: what they have committed comes in', () => {
  const sim = new SimulatedWorld(2, { lazy: true });
  const tasks = [samplePlanTask('a'), samplePlanTask('b', { approval: true })];
  sim.begin(sampleAddRun([...tasks], { settings: { ...SAMPLE_SETTINGS, checks: [] } }));
  for (const what of ['start', 'integrate', 'publish']) sim.play(`${what} SHOP-1.1#1`);
  sim.branches.commits('SHOP-1');
  const own = sim.branches.at('SHOP-1') ?? '';
  sim.poll();
  const next = (kind: string): string => sim.doings.find((what) => what.startsWith(kind)) ?? kind;
  sim.play(next('update'));
  sim.play(next('publish-update'), 'elsewhere');
  const ask = sim.run('SHOP-1').asks.at(-1);
  expect(ask).toMatchObject({ kind: 'base', status: { state: 'open' } });

  sim.command({ type: 'skip', task: 'SHOP-1.2', by });
  sim.settle();
  expect(sim.run('SHOP-1').status.state).toBe('running');
  sim.command({ type: 'answer', ask: ask?.key ?? '', answer: 'retry', by });
  sim.settle();
  const { status, head } = sim.run('SHOP-1');
  expect(status).toMatchObject({ state: 'completed' });
  expect(sim.branches.isAncestor(own, head)).toBe(true);
});
