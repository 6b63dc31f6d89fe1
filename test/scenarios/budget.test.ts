// What a run may cost: agents that say what they use, and a ceiling that is in their way.

import { describe, expect, it } from 'vitest';

import { chargedOf } from '../../src/model/budget.ts';
import type { Run } from '../../src/model/run.ts';
import { becauseOf } from '../../src/report/because.ts';
import { runJson } from '../../src/report/json.ts';
import { renderRun } from '../../src/report/show-run.ts';
import { summarize } from '../../src/report/summarize.ts';
import type { Script } from '../../src/testing/index.ts';
import { PLAIN } from '../../src/util/style.ts';
import { makeRig, states, taskOf } from './rig.ts';
import type { Rig } from './rig.ts';

type Steps = Extract<NonNullable<Script['default']>, readonly unknown[]>;

function costing(usd: number, ...then: Steps): Steps {
  return [{ usage: { input: 1000, output: 100, cached: 0, costUsd: usd } }, ...then];
}

function answer(rig: Rig, said: string): Promise<void> {
  return rig.send({ type: 'answer', ask: 'SHOP-1?1', answer: said, by: 'ann' });
}

function failures(run: Run): readonly (string | undefined)[] {
  return run.tasks
    .flatMap(({ attempts }) => attempts)
    .map(({ status }) =>
      status.state === 'ended' && status.outcome.kind === 'failed'
        ? status.outcome.failure.reason
        : undefined,
    );
}

describe('the budget of a run', () => {
  it('asks when what is left starts nothing, and goes on when it is raised', async () => {
    const rig = makeRig({
      config: { budget: { usd: 1 } },
      script: {
        tasks: {
          a: costing(0.8, { write: { path: 'a', content: 'a' } }),
          b: costing(0.4, { write: { path: 'b', content: 'b' } }),
        },
      },
    });
    const waiting = await rig.run([
      { id: 'a', title: 'A' },
      { id: 'b', title: 'B', depends_on: ['a'] },
    ]);
    expect(states(waiting)).toEqual({ a: 'completed', b: 'waiting' });
    expect(waiting.asks).toMatchObject([{ kind: 'budget', choices: ['raise', 'skip', 'abort'] }]);
    expect(waiting.asks[0]?.question).toContain('$0.20');
    expect(becauseOf(taskOf(waiting, 'b'), waiting, 0)?.reason).toBe('budget');
    expect(runJson(summarize(waiting)).budget).toEqual({
      usd: 1,
      tokens: null,
      left: { usd: 0.2, tokens: null },
    });
    expect(renderRun(waiting, Date.now(), { width: 100, style: PLAIN })).toContain(
      '$0.80 of $1.00',
    );
    await answer(rig, 'raise');
    const run = await rig.resume(waiting.key);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.ceiling).toEqual({ usd: 2, tokens: null });
    expect(chargedOf(run).usd).toBe(1.2);
  });

  it('stops what is running at a hard ceiling; it costs none of its attempts', async () => {
    const hang = costing(0.7, { hang: true });
    const rig = makeRig({
      config: { budget: { usd: 1, hard: true } },
      script: {
        tasks: {
          a: { attempts: [hang, costing(0.1, { write: { path: 'a', content: 'a' } })] },
          b: { attempts: [hang, costing(0.1, { write: { path: 'b', content: 'b' } })] },
        },
      },
    });
    const waiting = await rig.run([
      { id: 'a', title: 'A', max_attempts: 1 },
      { id: 'b', title: 'B', max_attempts: 1 },
    ]);
    expect(failures(waiting)).toEqual(['budget', 'budget']);
    expect(states(waiting)).toEqual({ a: 'waiting', b: 'waiting' });
    expect(chargedOf(waiting).usd).toBe(1.4);
    await answer(rig, '+5 usd');
    const run = await rig.resume(waiting.key);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
  });

  it('starts no two that it covers only one at a time', async () => {
    const rig = makeRig({
      config: { budget: { usd: 0.9 } },
      script: {
        tasks: {
          a: costing(0.3, { write: { path: 'a', content: 'a' } }),
          b: costing(0.3, { write: { path: 'b', content: 'b' } }),
        },
      },
    });
    const run = await rig.run([
      { id: 'a', title: 'A' },
      { id: 'b', title: 'B' },
    ]);
    expect(run.status.state).toBe('completed');
    expect(run.asks).toEqual([]);
    const order = rig.events
      .map(({ event }) => event.type)
      .filter((type) => type === 'attempt-leased' || type === 'attempt-handed-in');
    expect(order).toEqual([
      'attempt-leased',
      'attempt-handed-in',
      'attempt-leased',
      'attempt-handed-in',
    ]);
  });

  it('charges what was seen last when an agent dies', async () => {
    const rig = makeRig({
      config: { budget: { usd: 5 } },
      script: { tasks: { a: costing(0.4, { exit: 9 }) } },
    });
    const run = await rig.run([{ id: 'a', title: 'A', max_attempts: 1 }]);
    expect(taskOf(run, 'a').attempts[0]).toMatchObject({
      costUsd: 0.4,
      reserved: { usd: null, tokens: null },
    });
    expect(chargedOf(run)).toEqual({ usd: 0.4, tokens: 1100 });
  });

  it('lets what is running finish at a soft ceiling', async () => {
    const rig = makeRig({
      config: { budget: { usd: 1, hard: false } },
      script: { tasks: { a: costing(3, { write: { path: 'a', content: 'a' } }) } },
    });
    const run = await rig.run([{ id: 'a', title: 'A' }]);
    expect(run.status.state).toBe('completed');
    expect(chargedOf(run).usd).toBe(3);
  });
});
