// Results of dependencies that are too long for a prompt: a model without tools shortens them, and
// whatever goes wrong with that, they are cut.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import { startScriptedModel } from '../../src/testing/index.ts';
import type { ScriptStep } from '../../src/testing/index.ts';
import { textsOf } from '../hostile/injection/checks.ts';
import { injections, outside } from '../hostile/injection/skeleton.ts';
import { makeRig, states, taskOf } from './rig.ts';
import type { Rig, RigOptions } from './rig.ts';

const ORDERS = injections()
  .filter(({ text, gen, parts }) => gen === undefined && parts === undefined && text.length < 400)
  .flatMap((each) => textsOf(each, 'k7f3q9x2m4d8b6z1'))
  .join('\n')
  .slice(0, 4000);
const LONG = 'It made a module. '.repeat(60_000);
const CUT = '[cut: the rest was left out]';

const PLAN = [
  { id: 'up', title: 'Go before', expect_changes: false },
  { id: 'down', title: 'Go after', depends_on: ['up'], timeout: 10 },
];

function rigWith(summary: readonly ScriptStep[] | null, more: RigOptions['config'] = {}): Rig {
  return makeRig({
    script: {
      tasks: {
        up: [{ answer: { status: 'done', summary: `${ORDERS}\n${LONG}` } }],
        down: [
          { usage: { input: 10, output: 10, costUsd: 0.5 } },
          { write: { path: 'done', content: 'x' } },
          { say: 'went on' },
        ],
      },
      ...(summary !== null && { summary }),
    },
    config: { checks: [], orchestration: { dependency_context_budget: 6_000 }, ...more },
  });
}

function told(rig: Rig, run: Run, file = 'prompt.md'): string {
  const { key } = taskOf(run, 'down');
  return readFileSync(join(rig.dir, '.tutti/runs', run.key, 'tasks', key, file), 'utf8');
}

describe('results that are too long', () => {
  it('are shortened by a model that is asked in a place of its own, and paid for', async () => {
    const rig = rigWith([
      { usage: { input: 100, output: 20, costUsd: 0.25 } },
      { answer: { summary: `SHOP-1.1 made the module.\n${ORDERS.slice(0, 3000)}` } },
    ]);
    const run = await rig.run(PLAN);
    expect(states(run)).toEqual({ up: 'completed', down: 'completed' });
    const prompt = told(rig, run);
    expect(prompt).toContain('SHOP-1.1 (shortened)\nSHOP-1.1 made the module.');
    expect(prompt).not.toContain(CUT);
    expect(outside(prompt)).toContain('a model made the block below');
    expect(outside(prompt)).not.toMatch(/INJ|made the module/u);
    const [attempt] = taskOf(run, 'down').attempts;
    expect(attempt?.costUsd).toBeCloseTo(0.75);
    expect(attempt?.tokens).toMatchObject({ input: 110, output: 30 });
    // It has left nothing: no folder, no session that anybody could go on with.
    const left = readdirSync(join(rig.dir, '../state'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('summary'))).toEqual([]);
    expect(attempt?.sessionId).not.toBeNull();
    expect(told(rig, run, 'summary.log')).not.toContain(attempt?.sessionId);
    expect(told(rig, run, 'output.log')).toContain(attempt?.sessionId);
  });

  it.each<[string, readonly ScriptStep[] | null]>([
    ['fails', [{ fail: { message: 'no' } }]],
    ['crashes', [{ exit: 7 }]],
    ['hangs', [{ hang: true }]],
    ['says it in words only', [{ say: 'All is well.' }]],
    ['answers something else', [{ answer: { summary: ['All is well.'] } }]],
    ['answers more', [{ answer: { summary: 'All is well.', status: 'done' } }]],
    ['answers nothing', [{ answer: { summary: ' \u200b ' } }]],
    ['answers 1 MB', [{ answer: { summary: `All is well. ${'x'.repeat(1 << 20)}` } }]],
    [
      'uses a tool',
      [{ write: { path: 'a', content: 'b' } }, { answer: { summary: 'All is well.' } }],
    ],
    ['is not there', null],
  ])(
    'are cut where the model %s',
    async (_what, summary) => {
      const rig = rigWith(summary);
      const run = await rig.run(PLAN);
      expect(states(run)).toEqual({ up: 'completed', down: 'completed' });
      expect(taskOf(run, 'down').attempts).toHaveLength(1);
      const prompt = told(rig, run);
      expect(prompt).toContain(CUT);
      expect(prompt).not.toContain('All is well.');
      expect(outside(prompt)).toContain('Their agents wrote the block below');
      expect(outside(prompt)).not.toContain('INJ');
    },
    60_000,
  );

  it('are cut where what is set aside does not cover asking', async () => {
    const rig = rigWith([{ answer: { summary: 'All is well.' } }], { budget: { tokens: 10_000 } });
    const run = await rig.run(PLAN);
    const prompt = told(rig, run);
    expect(prompt).toContain(CUT);
    expect(prompt).not.toContain('All is well.');
  });

  it('are shortened by a model API that is offered no tool but that for its answer', async () => {
    const model = await startScriptedModel({
      plays: {
        plays: [
          { when: '# Shorten this', moves: [{ answer: { summary: 'The module is a.js.' } }] },
          {
            when: 'Go after',
            moves: [
              { write: { path: 'done', content: 'x' } },
              { answer: { status: 'done', summary: 'went on' } },
            ],
          },
        ],
      },
    });
    onTestFinished(() => model.close());
    const rig = rigWith(null, {
      sandbox: { mode: 'off' },
      runtimes: {
        api: {
          provider: 'anthropic',
          base_url: `${model.url}/v1`,
          model: 'claude-opus-4-8',
          env: { ANTHROPIC_API_KEY: 'none' },
        },
      },
    });
    const [up, down] = PLAN;
    const run = await rig.run([{ ...up }, { ...down, runtime: 'api', timeout: 60 }]);
    expect(states(run), JSON.stringify(run.tasks.map(({ status }) => status))).toEqual({
      up: 'completed',
      down: 'completed',
    });
    const asked = model.requests.filter(({ prompt }) => prompt.includes('# Shorten this'));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.tools).toEqual(['answer']);
    expect(asked[0]?.prompt).toMatch(/^<dependency-results [A-Za-z0-9]{12,}>$/mu);
    expect(outside(asked[0]?.prompt ?? '')).not.toContain('INJ');
    expect(told(rig, run)).toContain('The module is a.js.');
    const more = model.requests.filter(({ tools }) => tools.length > 1);
    expect(more.every(({ body }) => !body.includes('# Shorten this'))).toBe(true);
  });
});
