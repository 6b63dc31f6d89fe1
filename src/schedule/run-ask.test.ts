// A run that paused by itself and asks whether it should go on, and what every answer does.

import { beforeEach, expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';
import type { Answer } from '../model/command.ts';

const run = 'SHOP-1';
const ask = 'SHOP-1?1';
const by = 'me';

let sim: SimulatedWorld;

beforeEach(() => {
  sim = new SimulatedWorld(4);
  sim.begin(sampleAddRun([samplePlanTask('a'), samplePlanTask('b', { dependsOn: ['a'] })]));
  sim.hear({ type: 'no-room', run, message: 'no space left' });
});

const answer = (said: string): Answer | undefined =>
  sim.command({ type: 'answer', ask, answer: said, by }).answers[0]?.answer;

it('asks once, of the run, and starts nothing meanwhile', () => {
  sim.hear({ type: 'no-room', run, message: 'again' });
  expect(sim.run(run).asks).toMatchObject([
    {
      task: null,
      kind: 'full_disk',
      question: 'the disk is full: no space left. Go on?',
      choices: ['continue', 'abort'],
      status: { state: 'open' },
    },
  ]);
  sim.play('start SHOP-1.1#1');
  sim.settle();
  expect(sim.states()).toEqual(['completed', 'ready']);
});

it.each(['the answer', 'a resume'])('goes on by %s', (how) => {
  sim.play('start SHOP-1.1#1');
  if (how === 'a resume') sim.command({ type: 'resume', run, by });
  else expect(answer('continue')).toMatchObject({ ok: true });
  expect(sim.run(run)).toMatchObject({
    paused: null,
    asks: [{ status: { state: 'answered', answer: 'continue', by } }],
  });
  sim.settle();
  expect(sim.run(run).status.state).toBe('completed');
  expect(answer('abort')).toMatchObject({ ok: false });
});

it('ends the run by `abort`, its work kept', () => {
  expect(answer('abort')).toMatchObject({ ok: true });
  sim.settle();
  expect(sim.run(run)).toMatchObject({ status: { state: 'canceled' }, paused: null });
});

it('takes no other answer', () => {
  expect(answer('perhaps')).toMatchObject({ ok: false });
  expect(sim.run(run).paused).not.toBeNull();
});

it('asks no more when the run is over without an answer', () => {
  sim.command({ type: 'skip', task: 'SHOP-1.2', by });
  sim.settle();
  expect(sim.run(run)).toMatchObject({
    status: { state: 'completed', outcome: 'partial' },
    asks: [{ status: { state: 'withdrawn' } }],
  });
});
