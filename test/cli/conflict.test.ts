// A conflict whose coordinator is killed on every rung of its ladder: the next one climbs on.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { stringify } from 'yaml';

import { command, plan, project } from './tutti.ts';

const BOTH = 'one\nby first\nby slow\ntwo\n';
const print = (who: string): string => `printf 'one\\nby ${who}\\ntwo\\n' > line`;
const done = { answer: { status: 'done', summary: 'put together' } };
const write = (content: string): object => ({ write: { path: 'line', content } });

test.each([
  ['its own agent is to try again', 'SHOP-1.2#2 started'],
  ['its own agent has lost lines', 'SHOP-1.2#2 failed'],
  ['another task resolves it', 'SHOP-1.3#1 started'],
  ['that one has handed in', 'SHOP-1.3#1 handed in'],
])('is resolved after a kill when %s', async (_, moment) => {
  const at = project({});
  at.write('line', 'one\nold\ntwo\n');
  at.git('add', 'line');
  at.git('commit', '-qm', 'Start');
  const until = `until git --git-dir=${at.dir}/.git show refs/tutti/runs/SHOP-1/head:line 2>/dev/null | grep -q first; do sleep 0.02; done`;
  const tasks = {
    first: [write('one\nby first\ntwo\n')],
    slow: {
      attempts: [
        [{ run: until }, write('one\nby slow\ntwo\n')],
        [write('one\nby slow\ntwo\n'), done],
      ],
    },
    'resolve-slow': [write(BOTH), done],
  };
  at.write('../script.json', JSON.stringify({ tasks }));
  at.write(
    '../plan.yaml',
    stringify({
      goal: 'Both',
      tasks: [
        { id: 'first', title: 'First', files: ['a'] },
        { id: 'slow', title: 'Slow', files: ['b'] },
      ],
    }),
  );
  const args = ['run', '--plan', '../plan.yaml', '--yes'];
  const run = at.start(args, { group: true });
  await run.until(moment);
  process.kill(-(run.child.pid ?? 0), 'SIGKILL');
  await run.ended;
  expect((await at.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect((await at.json(['show', 'SHOP-1'])).document).toMatchObject({
    run: { state: 'completed', outcome: 'full' },
    tasks: [
      { state: 'completed' },
      { state: 'skipped', supersededBy: 'SHOP-1.3' },
      { state: 'completed', kind: 'resolve' },
    ],
  });
  expect(at.git('show', 'refs/tutti/runs/SHOP-1/head:line').trimEnd()).toBe(BOTH.trimEnd());
});

test('is resolved in an editor', async () => {
  const at = project({});
  at.write('line', 'one\nold\ntwo\n');
  at.git('add', 'line');
  at.git('commit', '-qm', 'Start');
  const head = `git --git-dir=${at.dir}/.git show refs/tutti/runs/SHOP-1/head:line`;
  const waits = `until ${head} 2>/dev/null | grep -q first; do sleep 0.02; done`;
  const tasks = plan(
    command('first', print('first')),
    command('slow', `${print('slow')}; ${waits}`),
  );
  const asked = await at.tutti(['run', '--plan', '-', '--yes'], { input: tasks });
  expect([asked.code, asked.stderr]).toEqual([3, expect.stringContaining('SHOP-1?1 asks')]);
  const { document } = await at.json(['resolve', 'SHOP-1']);
  expect(document).toMatchObject({
    resolve: {
      ask: 'SHOP-1?1',
      task: 'SHOP-1.2',
      state: 'laid_out',
      dir: expect.any(String),
      files: [{ path: 'line', hunks: [{ line: 2, branch: 'by first', change: 'by slow' }] }],
    },
  });
  const { dir }: { dir: string } = JSON.parse(JSON.stringify(document['resolve']));
  const file = join(dir, 'line');
  expect(readFileSync(file, 'utf8')).toContain('<<<<<<<');
  expect((await at.tutti(['resolve', 'SHOP-1', '--done'])).code).toBe(1);
  writeFileSync(file, 'one\nby slow\ntwo\n');
  const lost = await at.tutti(['answer', 'SHOP-1.2', 'done']);
  expect([lost.code, lost.stderr]).toEqual([3, expect.stringContaining('by first')]);
  writeFileSync(file, BOTH);
  expect((await at.tutti(['answer', 'SHOP-1.2', 'done'])).code).toBe(0);
  expect((await at.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(at.git('show', 'refs/tutti/runs/SHOP-1/head:line')).toBe(BOTH.trimEnd());
  expect((await at.tutti(['resolve', 'SHOP-1'])).code).toBe(2);
  expect((await at.tutti(['verify', 'SHOP-1'])).code).toBe(0);
});
