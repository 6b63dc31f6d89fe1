// A run whose agents are model APIs, as a person starts it: over each of the four, from a plan to the
// branch.

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { startScriptedModel } from '../../src/testing/index.ts';
import type { ScriptedModel } from '../../src/testing/index.ts';
import { found, foundCut, skipped } from '../sandbox.ts';
import { plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

// Neither its look nor the variable's name says what it is.
const KEY = 'a-word-0123456789-nobody-knows';
const TASK = { id: 'greet', title: 'Write the greeting' };

let model: ScriptedModel;
beforeAll(async () => {
  const moves = [
    { write: { path: 'greeting.txt', content: 'hello\n' } },
    { run: 'env; cat greeting.txt' },
    { answer: { status: 'done', summary: 'It greets now.' } },
  ];
  model = await startScriptedModel({ plays: { plays: [{ when: TASK.title, moves }] } });
});
afterAll(() => model.close());

function projectWith(
  provider: string,
  path: string,
  name: string,
  sandbox: object = { mode: 'off' },
): Project {
  const base_url = `${model.url}/${path}`;
  const mine = { protocol: 'api', provider, base_url, key_env: 'MODEL_PASS_WORD', model: name };
  return project({
    config: {
      checks: [{ name: 'greets', run: 'grep -q hello greeting.txt' }],
      prices: { qwen3: { input: 1, output: 1 } },
      sandbox,
      runtimes: { default: 'mine', mine },
    },
  });
}

it.each([
  ['anthropic', 'v1', 'claude-opus-4-8'],
  ['openai', 'v1', 'gpt-5'],
  ['openai-compatible', 'v1', 'qwen3'],
  ['google', 'v1beta', 'gemini-2.5-flash'],
])('a model of %s writes a file that is checked and merged', async (provider, path, name) => {
  const shop = projectWith(provider, path, name);
  shop.write('plan.yaml', plan(TASK));
  const call = ['run', '--plan', 'plan.yaml', '--yes', '--json'];
  const { code, stdout, stderr } = await shop.tutti(call, { env: { MODEL_PASS_WORD: KEY } });
  expect(code, stdout + stderr).toBe(0);
  const { run }: { run: { branch: string; costUsd: number } } = JSON.parse(stdout);
  expect(shop.git('show', `${run.branch}:greeting.txt`)).toBe('hello');
  expect(run.costUsd).toBeGreaterThan(0);
  const { document } = await shop.json(['show', 'SHOP-1.1']);
  expect(document).toMatchObject({
    task: { state: 'completed', proof: 'proven', runtime: 'mine' },
    attempts: [{ outcome: 'succeeded', runtime: 'mine', costUsd: run.costUsd }],
  });
  const result = join(shop.dir, '.tutti/runs/SHOP-1/tasks/SHOP-1.1/result.md');
  expect(readFileSync(result, 'utf8')).toBe('It greets now.\n');
  // Neither what is kept nor what the model was told of the environment holds the key.
  expect(spawnSync('grep', ['-rlF', KEY, dirname(shop.dir)], { encoding: 'utf8' }).stdout).toBe('');
  expect(model.requests.at(-1)?.body).toContain('TUTTI_ATTEMPT');
  expect(model.requests.at(-1)?.body).not.toContain(KEY);
});

it('a model API without a key is said before anything is asked of it', async () => {
  const shop = projectWith('anthropic', 'v1', 'claude-opus-4-8');
  const asked = model.requests.length;
  const { stdout } = await shop.tutti(['runtimes', '--json']);
  const { runtimes }: { runtimes: { id: string }[] } = JSON.parse(stdout);
  expect(runtimes.find(({ id }) => id === 'mine')).toMatchObject({
    found: true,
    loggedIn: false,
    hint: expect.stringContaining('MODEL_PASS_WORD'),
  });
  expect(runtimes.find(({ id }) => id === 'api')).toMatchObject({
    found: false,
    hint: expect.stringContaining('runtimes.api.provider'),
  });
  shop.write('plan.yaml', plan({ ...TASK, on_failure: 'abort' }));
  const run = await shop.tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('there is no key for anthropic: set MODEL_PASS_WORD');
  expect(model.requests.length).toBe(asked);
});

it('plans a goal, and stops where the budget of the run ends', async () => {
  const title = 'Do one thing for ever';
  const description = 'Over and over.';
  const agent = 'backend-developer';
  const tasks = [{ id: 'one', title, description, agent, depends_on: [] }];
  const planner = await startScriptedModel({
    plays: {
      plays: [
        { when: title, moves: [{ loop: 'echo again' }] },
        { moves: [{ answer: { goal: 'Everything', tasks } }] },
      ],
    },
  });
  onTestFinished(() => planner.close());
  const base_url = `${planner.url}/v1`;
  const mine = { protocol: 'api', provider: 'openai', base_url, key_env: 'MY_KEY', model: 'm' };
  const shop = project({
    config: {
      budget: { usd: 5 },
      // Two dollars for a thousand tokens.
      prices: { m: { input: 2_000, output: 2_000 } },
      sandbox: { mode: 'off' },
      runtimes: { default: 'mine', mine },
    },
  });
  const call = ['run', 'Build everything there is', '--planner', 'model', '--yes', '--json'];
  const { code, stdout, stderr } = await shop.tutti(call, { env: { MY_KEY: KEY } });
  expect(code, stdout + stderr).toBe(3);
  const { document } = await shop.json(['show', 'SHOP-1']);
  expect(document['tasks']).toMatchObject([
    { kind: 'plan', state: 'completed' },
    { title, state: 'waiting', because: { reason: 'budget' } },
  ]);
  const spent = Number(document['run']?.['costUsd']);
  expect(spent).toBeGreaterThanOrEqual(4);
  expect(spent).toBeLessThan(8);
});

it('takes the key from a command, and keeps it out of everything', async () => {
  const base_url = `${model.url}/v1`;
  const vault = `cat "$HOME/vault"`;
  const api = { provider: 'anthropic', base_url, key_command: vault, model: 'm' };
  const config = { sandbox: { mode: 'off' }, runtimes: { default: 'api', api } };
  const shop = project({ config });
  shop.write('plan.yaml', plan(TASK));
  const call = ['run', '--plan', 'plan.yaml', '--yes'];
  const without = await shop.tutti(call);
  expect(without.code).toBe(1);
  expect(without.stderr).toContain('key_command gave no key (exit 1)');
  const path = shop.write('../vault', `${KEY}\nthe second line\n`);
  const run = await shop.tutti(call);
  expect(run.code, run.stderr).toBe(0);
  rmSync(path);
  expect(spawnSync('grep', ['-rlF', KEY, dirname(shop.dir)], { encoding: 'utf8' }).stdout).toBe('');
});

describe.skipIf(!found.works || !foundCut.works)(`in the sandbox${skipped}`, () => {
  it.each(['full', 'loopback', 'none'])('it works with the network %s', async (network) => {
    const shop = projectWith('anthropic', 'v1', 'claude-opus-4-8', { mode: 'on', network });
    shop.write('plan.yaml', plan(TASK));
    const call = ['run', '--plan', 'plan.yaml', '--yes', '--json'];
    const env = { MODEL_PASS_WORD: KEY, TUTTI_SANDBOX: 'on' };
    const { code, stdout, stderr } = await shop.tutti(call, { env });
    expect(code, stdout + stderr).toBe(0);
    const { run }: { run: { branch: string } } = JSON.parse(stdout);
    expect(shop.git('show', `${run.branch}:greeting.txt`)).toBe('hello');
    // What the command saw of the disk: its own home, not the person's.
    expect(model.requests.at(-1)?.results[1]).toMatchObject({ failed: false });
    expect(model.requests.at(-1)?.body).not.toContain(`HOME=${shop.env['HOME'] ?? ''}\\n`);
  });
});
