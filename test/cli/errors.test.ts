// What is wrong is said in three parts, with the right exit code, and never with a stack trace.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { command, emptyFolder, plan, project } from './tutti.ts';
import type { Ended } from './tutti.ts';

/** What it says of a problem, when it says it as it should: in three parts, no trace, exit 2. */
function problem({ code, stdout, stderr }: Ended): string {
  const wellSaid = /^tutti: .+\n(?:.*\n)* {2}→ .+\n$/mu.test(stderr) && !/^\s+at /mu.test(stderr);
  return wellSaid && stdout === '' && code === 2
    ? stderr
    : `badly said: ${code} ${stdout}${stderr}`;
}

test('outside a repository it says so', async () => {
  const { tutti } = project();
  const cwd = emptyFolder();
  const env = { GIT_CEILING_DIRECTORIES: cwd };
  expect(problem(await tutti(['run', 'A goal'], { cwd, env }))).toContain(
    'is not in a git repository',
  );
  expect(problem(await tutti([], { cwd, env }))).toContain('is not in a git repository');
  expect(problem(await tutti(['-C', join(cwd, 'none'), 'add', 'x']))).toContain('git repository');
});

test('an empty repository has nothing to start from', async () => {
  const { tutti, git, dir } = project();
  mkdirSync(join(dir, '../empty'));
  git('init', '-q', '-b', 'main', '../empty');
  const ended = await tutti(['run', 'A goal', '--yes'], { cwd: join(dir, '../empty') });
  expect(problem(ended)).toContain('has no commit yet');
});

test('an unknown verb or flag names the nearest one', async () => {
  const { tutti } = project();
  const verb = await tutti(['statsu']);
  expect(problem(verb)).toContain('there is no verb "statsu"');
  expect(verb.stderr).toContain('tutti status');
  const flag = await tutti(['run', 'x', '--pririty', 'high']);
  expect(problem(flag)).toContain("unknown option '--pririty'");
  expect(flag.stderr).toContain('--priority');
  expect(problem(await tutti(['run', 'x', '--priority', 'soon']))).toContain('critical, high');
  expect(problem(await tutti(['run', 'x', '--max-parallel', '0']))).toContain('whole number');
  expect(problem(await tutti(['answer']))).toContain('missing required argument');
  expect(problem(await tutti(['cancel', 'SHOP-1', 'SHOP-2']))).toContain('too many arguments');
  expect(problem(await tutti(['pause', 'SHOP-1', '--jsonl']))).toContain('--jsonl means nothing');
});

test('a wrong key changes nothing, not even by making a store', async () => {
  const { tutti, git } = project();
  for (const verb of ['pause', 'resume', 'cancel', 'retry', 'skip', 'kill', 'approve', 'reject']) {
    expect(problem(await tutti([verb, 'SHOP-99']))).toContain('there is no run SHOP-99');
  }
  expect(problem(await tutti(['answer', 'nonsense', 'yes']))).toContain('"nonsense" is no key');
  expect(problem(await tutti(['run', 'shop-3']))).toContain('is a key, not a goal');
  expect(git('status', '--porcelain', '--ignored')).toBe('');
});

test('a broken configuration is said whole, with file and line', async () => {
  const { tutti, write } = project();
  write('.tutti/config.yaml', 'orchestration:\n  max_paralel: 3\n  max_tasks: many\n');
  const ended = await tutti(['run', 'A goal', '--yes']);
  expect(problem(ended)).toContain('the configuration has 2 problems');
  expect(ended.stderr).toContain('config.yaml:2:3');
  expect(ended.stderr).toContain('max_parallel');
});

test('a plan that is wrong starts nothing', async () => {
  const { tutti, write, json } = project();
  write(
    'cycle.yaml',
    plan(command('a', 'true', { depends_on: ['b'] }), command('b', 'true', { depends_on: ['a'] })),
  );
  expect(problem(await tutti(['run', '--plan', 'cycle.yaml', '--yes']))).toContain('a → b → a');
  expect(problem(await tutti(['run', '--plan', 'none.yaml']))).toContain(
    'none.yaml cannot be read',
  );
  expect(problem(await tutti(['run', '--plan', '-'], { input: '{"tasks": 1}' }))).toContain(
    'stdin:1:',
  );
  expect(problem(await tutti(['run', '--plan', '-'], { input: '\u0000\u0001' }))).toContain(
    'the plan has',
  );
  write('huge.yaml', 'x'.repeat(9_000_000));
  expect(problem(await tutti(['run', '--plan', 'huge.yaml']))).toContain(
    'huge.yaml has 9000000 bytes',
  );
  const { document } = await json(['list']);
  expect(document).toEqual({ runs: [] });
});

test('a goal that is too long or empty is refused', async () => {
  const { tutti } = project();
  expect(problem(await tutti(['run', 'x'.repeat(100_000)]))).toContain(
    'the goal has 100000 characters',
  );
  expect(problem(await tutti(['run', '   ']))).toContain('there is no goal');
});

test('a runtime that is not there is named before anything starts', async () => {
  const { tutti } = project();
  const env = { PATH: `/usr/bin:/bin` };
  const ended = await tutti(
    ['run', 'Add a page', '--runtime', 'claude', '--planner', 'model', '--yes'],
    { env },
  );
  expect(problem(ended)).toContain('the runtime "claude" is not installed');
  expect(problem(await tutti(['run', 'Add a page', '--runtime', 'nope', '--yes']))).toContain(
    'nope',
  );
  const commands = ['--runtime', 'command', '--planner', 'model', '--orchestrate', '--yes'];
  expect(problem(await tutti(['run', 'Add a page', ...commands]))).toContain('cannot plan');
});

// A file in the way stands for every place that cannot be written: it stops root as well.
test('a folder that cannot be written is no riddle', async () => {
  const { tutti, write } = project();
  write('.git/tutti', '');
  const ended = await tutti(['add', 'A goal']);
  expect(problem(ended)).toContain('cannot write into');
  expect(ended.code).toBe(2);
});

test('with --json the problem is the one document on stdout, its words are on stderr', async () => {
  const { tutti } = project();
  for (const args of [
    ['cancel', 'SHOP-9'],
    ['canel', 'SHOP-9'],
    ['cancel', 'SHOP-9', '--bad'],
  ]) {
    const { code, stdout, stderr } = await tutti([...args, '--json']);
    const document: { error: Record<string, string> } = JSON.parse(stdout);
    expect(Object.keys(document)).toEqual(['error']);
    expect(Object.keys(document.error)).toEqual(['code', 'message', 'hint']);
    expect(stderr).toContain(document.error['message']);
    expect(code).toBe(2);
  }
});

test('help is complete: every verb has a description and examples', async () => {
  const { tutti } = project();
  const { stdout, code } = await tutti(['help']);
  expect(code).toBe(0);
  const groups = ['Ask for work:', 'Plan:', 'Watch:', 'Steer:'];
  const places = groups.map((group) => stdout.indexOf(group));
  expect(places.every((place, index) => place > (places[index - 1] ?? 0))).toBe(true);
  for (const verb of ['run', 'add', 'plan edit', 'resume', 'answer', 'approve']) {
    const words = verb.split(' ');
    const help = await tutti([...words, '--help']);
    expect(help.stdout).toMatch(/Examples:\n {2}\$ tutti /u);
    expect(help.stdout).toContain(`Usage: tutti ${verb} `);
    expect(await tutti(['help', ...words])).toEqual(help);
  }
  const unknown = problem(await tutti(['help', 'plan', 'eat']));
  expect(unknown).toContain('there is no verb "plan eat"');
});

test.each([['help'], ['--version'], ['run', '--help'], ['status']])(
  'that nobody reads the answer of %s is no error',
  async (...args) => {
    const { start } = project();
    const { child, ended } = start(args);
    child.stdout?.destroy();
    expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
  },
);

test('a run whose runtime is gone is left as it is', { timeout: 60_000 }, async () => {
  const { tutti, json } = project({
    config: { runtimes: { mine: { binary: '/nowhere/agent' }, default: 'mine' } },
  });
  expect((await tutti(['add', 'Rename a thing', '--no-orchestrate'])).code).toBe(0);
  for (const args of [['resume', 'SHOP-1'], ['run']]) {
    const ended = await tutti(args);
    expect(problem(ended)).toContain('the runtime "mine" is not installed');
  }
  expect((await json(['show', 'SHOP-1'])).document['run']).toMatchObject({ state: 'approved' });
  expect((await tutti(['pause', 'SHOP-1'])).code).toBe(0);
  const paused = (await json(['show', 'SHOP-1'])).document['run'];
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(2);
  expect((await json(['show', 'SHOP-1'])).document['run']).toEqual(paused);
});

test(
  'a run that is over stays so where its stage cannot run again',
  { timeout: 60_000 },
  async () => {
    const { tutti, json } = project({
      config: {
        runtimes: { mine: { binary: '/nowhere/agent' }, default: 'mine' },
        orchestration: { stages: { review: {} } },
      },
    });
    const input = plan(command('a', 'echo a > a.txt'));
    const ended = await tutti(['run', '--plan', '-', '--yes', '--skip-stages', 'review'], {
      input,
    });
    const before = (await json(['show', 'SHOP-1'])).document;
    expect(before['run'], ended.stderr).toMatchObject({ state: 'completed' });
    expect(problem(await tutti(['stage', 'SHOP-1', 'review']))).toContain(
      'the runtime "mine" is not installed',
    );
    expect((await json(['show', 'SHOP-1'])).document).toEqual(before);
  },
);
