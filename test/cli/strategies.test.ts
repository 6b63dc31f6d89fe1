// What follows when a task fails, by its strategy, as a person or a script sees it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const run = ['run', '--plan', 'plan.yaml', '--yes'];
/** Fails until somebody makes the file that lies beside the project. */
const untilMended = (file = 'mended'): string => `test -e "$HOME/${file}" && echo ok > $TUTTI_TASK`;
const agent = (id: string, more: object = {}): object => ({
  id,
  title: `Do ${id}`,
  agent: 'general-purpose',
  ...more,
});

async function states({ json }: Project, key = 'SHOP-1'): Promise<Record<string, string>> {
  const { document } = await json(['show', key]);
  const tasks: readonly { planId: string; state: string }[] = JSON.parse(
    JSON.stringify(document['tasks']),
  );
  return Object.fromEntries(tasks.map(({ planId, state }) => [planId, state]));
}

async function attemptsOf({ json }: Project, task: string): Promise<Record<string, unknown>[]> {
  const { document } = await json(['show', task, '--attempts']);
  const attempts: Record<string, unknown>[] = JSON.parse(JSON.stringify(document['attempts']));
  return attempts;
}

test('ask: an instruction reaches the next prompt, which then does it', async () => {
  const shop = project({
    script: {
      tasks: {
        a: [
          { write: { path: 'a', content: 'v2' }, if_prompt: 'use the v2 endpoint' },
          { fail: { reason: 'agent_error', message: 'no idea' }, unless_prompt: 'v2 endpoint' },
        ],
      },
    },
  });
  const { tutti, json, write, git } = shop;
  write('plan.yaml', plan(agent('a', { on_failure: 'ask' }), command('b', 'echo > b')));
  expect((await tutti(run)).code).toBe(3);
  const { document } = await json(['asks']);
  expect(document['asks']).toMatchObject([
    { key: 'SHOP-1?1', task: 'SHOP-1.1', kind: 'failure', question: 'no idea' },
  ]);
  const wrong = await tutti(['answer', 'SHOP-1.1', '']);
  expect(wrong.code).toBe(2);
  expect((await tutti(['answer', 'SHOP-1.1', 'use the v2 endpoint'])).code).toBe(0);
  expect((await tutti(['answer', 'SHOP-1?1', 'retry'])).stderr).toContain('answered already');
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(git('show', 'SHOP-1/try-it:a')).toBe('v2');
  const prompt = readFileSync(
    join(shop.dir, '.tutti/runs/SHOP-1/tasks/SHOP-1.1/prompt.md'),
    'utf8',
  );
  expect(prompt).toContain('use the v2 endpoint');
});

test('retry: the fallback goes on after the last attempt, and its name is in the attempts', async () => {
  const shop = project({
    script: {
      tasks: {
        a: { attempts: [[{ fail: {} }], [{ fail: {} }], [{ write: { path: 'a', content: '' } }]] },
      },
    },
  });
  shop.write('plan.yaml', plan(agent('a', { max_attempts: 2, fallback: { agent: 'tech-lead' } })));
  expect((await shop.tutti(run)).code).toBe(0);
  expect(await attemptsOf(shop, 'SHOP-1.1')).toMatchObject([
    { agent: 'general-purpose', outcome: 'failed' },
    { agent: 'general-purpose', outcome: 'failed' },
    { agent: 'tech-lead', outcome: 'succeeded' },
  ]);
});

test('retry: what no further try heals goes to the fallback at once, else the run stops', async () => {
  const shop = project({
    script: {
      tasks: {
        '*': {
          attempts: [[{ fail: { reason: 'refused' } }], [{ write: { path: 'a', content: '' } }]],
        },
      },
    },
  });
  shop.write('plan.yaml', plan(agent('a', { fallback: { agent: 'tech-lead' } })));
  expect((await shop.tutti(run)).code).toBe(0);
  expect(await attemptsOf(shop, 'SHOP-1.1')).toMatchObject([
    { agent: 'general-purpose', failure: { reason: 'refused' } },
    { agent: 'tech-lead', outcome: 'succeeded' },
  ]);
  shop.write('plan.yaml', plan(agent('a')));
  expect((await shop.tutti(run)).code).toBe(1);
  expect(await attemptsOf(shop, 'SHOP-2.1')).toHaveLength(1);
});

test('skip goes on without the task and what needs it; a retry brings exactly those back', async () => {
  const shop = project();
  shop.write(
    'plan.yaml',
    plan(
      command('a', untilMended(), { on_failure: 'skip' }),
      command('b', 'echo > b', { depends_on: ['a'] }),
      command('c', 'echo > c', { depends_on: ['b'] }),
      command('d', untilMended('other'), { on_failure: 'skip' }),
      command('e', 'echo > e', { depends_on: ['d'] }),
    ),
  );
  const first = await shop.tutti(run);
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('completed in part');
  expect(await states(shop)).toEqual({
    a: 'failed',
    b: 'skipped',
    c: 'skipped',
    d: 'failed',
    e: 'skipped',
  });
  shop.write('../mended', '');
  const said = await shop.tutti(['retry', 'SHOP-1.1']);
  expect(said.stdout).toContain('SHOP-1.1, SHOP-1.2, SHOP-1.3 will be tried again');
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(await states(shop)).toEqual({
    a: 'completed',
    b: 'completed',
    c: 'completed',
    d: 'failed',
    e: 'skipped',
  });
});

test('abort stops the run and keeps the work; a retry brings back what it cut off', async () => {
  const shop = project();
  shop.write(
    'plan.yaml',
    plan(
      command('a', `while ! test -e $HOME/b; do :; done; ${untilMended()}`, {
        on_failure: 'abort',
      }),
      command('b', 'echo b > b; touch $HOME/b; test -e $HOME/mended || exec tail -f /dev/null'),
      command('c', 'echo > c', { depends_on: ['a'] }),
    ),
  );
  expect((await shop.tutti(run)).code).toBe(1);
  expect(await states(shop)).toEqual({ a: 'failed', b: 'canceled', c: 'canceled' });
  expect(await attemptsOf(shop, 'SHOP-1.2')).toMatchObject([
    { outcome: 'canceled', keptRef: 'refs/tutti/kept/SHOP-1.2/1' },
  ]);
  const { document } = await shop.json(['show', 'SHOP-1.3']);
  expect(document['task']?.['because']).toMatchObject({ reason: 'canceled', task: 'SHOP-1.1' });
  shop.write('../mended', '');
  expect((await shop.tutti(['retry', 'SHOP-1.1'])).code).toBe(0);
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(await states(shop)).toEqual({ a: 'completed', b: 'completed', c: 'completed' });
});

test('the breaker pauses the run and asks; answered or resumed, it goes on', async () => {
  const shop = project({ config: { orchestration: { max_same_failures: 2 } } });
  shop.write('plan.yaml', plan(command('a', untilMended(), { max_attempts: 9 })));
  expect((await shop.tutti(run)).code).toBe(3);
  const { document } = await shop.json(['asks']);
  expect(document['asks']).toMatchObject([
    { task: null, kind: 'breaker', choices: ['continue', 'abort'] },
  ]);
  const shown = await shop.json(['show', 'SHOP-1']);
  expect(shown.document['run']).toMatchObject({ state: 'paused', paused: { by: 'breaker' } });
  // Nothing healed: the same again.
  expect((await shop.tutti(['answer', 'SHOP-1', 'resume'])).code).toBe(0);
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(3);
  shop.write('../mended', '');
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect((await shop.json(['asks'])).document['asks']).toEqual([]);
});

test('the breaker, answered with abort, ends the run', async () => {
  const shop = project({ config: { orchestration: { max_same_failures: 2 } } });
  shop.write('plan.yaml', plan(command('a', 'exit 1', { max_attempts: 9 })));
  expect((await shop.tutti(run)).code).toBe(3);
  expect((await shop.tutti(['answer', 'SHOP-1', 'abort'])).code).toBe(0);
  expect((await shop.json(['show', 'SHOP-1'])).document['run']).toMatchObject({
    state: 'canceled',
  });
});
