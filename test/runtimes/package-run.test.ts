// A run of plain commands on a package that nobody here wrote, proven by its own tests.

import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { fingerprint, makeProject, type Project } from './project.ts';

const node = (script: string): object => ({ runtime: 'command', command: ['node', '-e', script] });
const EDIT =
  "const fs = require('fs'); const edit = (path, change) => fs.writeFileSync(path, change(fs.readFileSync(path, 'utf8')));";

/** Each builds on what the one before wrote, and the last one's test needs both. */
const TASKS = [
  {
    id: 'stem',
    title: 'Add the stem of a path',
    ...node(
      `${EDIT} edit('index.js', (text) => text + "\\nmodule.exports.stem = function (path) { return module.exports(path).name; };\\n");`,
    ),
  },
  {
    id: 'test',
    title: 'Test the stem',
    depends_on: ['stem'],
    ...node(
      `${EDIT} if (!require('./index').stem) throw 1; edit('test.js', (text) => text + "\\nassert.equal(pathParse.stem('/a/b.txt'), 'b');\\nconsole.log('stem tested');\\n");`,
    ),
  },
  {
    id: 'doc',
    title: 'Describe the stem',
    depends_on: ['test'],
    ...node(
      `${EDIT} if (!/stem tested/.test(fs.readFileSync('test.js', 'utf8'))) throw 1; edit('README.md', (text) => text.replace('## License', '### pathParse.stem(path)\\n\\n## License')); fs.unlinkSync('test.min.js');`,
    ),
  },
];

/** Hooks that would leave a mark; that they work here is tried out first. */
function setHooks({ dir, home, git, write }: Project): () => string[] {
  const marks = join(home, 'marks');
  for (const name of [
    'reference-transaction',
    'post-checkout',
    'pre-commit',
    'post-index-change',
  ]) {
    write(`.git/hooks/${name}`, `#!/bin/sh\nmkdir -p "${marks}"\ntouch "${marks}/${name}"\n`);
    chmodSync(join(dir, '.git/hooks', name), 0o755);
  }
  git('checkout', '-q', '-b', 'elsewhere');
  git('checkout', '-q', 'main');
  git('branch', '-q', '-D', 'elsewhere');
  const seen = (): string[] => (existsSync(marks) ? readdirSync(marks).toSorted() : []);
  expect(seen()).toContain('post-checkout');
  expect(seen()).toContain('reference-transaction');
  rmSync(marks, { recursive: true });
  return seen;
}

it('puts three dependent changes on a branch and touches nothing that is its person’s', async () => {
  const project = makeProject();
  const { dir, git, write, tutti, plan } = project;
  write('README.md', '# not committed\n');
  write('staged.txt', 'staged\n');
  git('add', 'staged.txt');
  write('untracked.txt', 'untracked\n');
  const status = git('status', '--porcelain');
  const fired = setHooks(project);
  const before = fingerprint(dir);

  const ran = await tutti('run', '--plan', plan(TASKS), '--yes', '--json');
  expect(ran.code, ran.stderr).toBe(0);
  // Everything that is not the one document is on stderr.
  const { run } = ran.json();
  expect(run).toMatchObject({ state: 'completed', outcome: 'full', tasks: { completed: 3 } });

  expect(fingerprint(dir)).toEqual(before);
  expect(fired()).toEqual([]);
  expect(git('status', '--porcelain')).toBe(status);

  const log = git('log', '--reverse', '--format=%s', `main..${run.branch}`).split('\n');
  expect(log).toEqual(TASKS.map(({ title }, at) => `${run.key}.${at + 1}: ${title}`));
  const changed = git('log', '--reverse', '--format=', '--name-only', `main..${run.branch}`);
  expect(changed.split('\n')).toEqual(['index.js', 'test.js', 'README.md', 'test.min.js']);
  expect(git('rev-parse', run.branch)).toBe(run.headCommit);

  // The evidence is the package's own suite, on the very tree of the branch.
  const { evidence, tasks } = (await tutti('report', run.key, '--json')).json();
  expect(tasks.map(({ proof }) => proof)).toEqual(['proven', 'proven', 'proven']);
  const last = evidence.at(-1);
  expect(last).toMatchObject({ kind: 'check', command: 'npm test', ok: true, exitCode: 0 });
  expect(last?.tree).toBe(git('rev-parse', `${run.branch}^{tree}`));
});

it('does not let a change in that the package’s own tests refuse', async () => {
  const { git, tutti, plan } = makeProject();
  const broken = {
    id: 'break',
    title: 'Break it',
    max_attempts: 1,
    depends_on: ['stem'],
    ...node(`${EDIT} edit('index.js', (text) => text.replace('slice(0, -1)', 'slice(0, -2)'));`),
  };
  const ran = await tutti('run', '--plan', plan([TASKS[0] ?? {}, broken]), '--yes', '--json');
  expect(ran.code).toBe(1);
  const { run } = ran.json();
  expect(run.state).toBe('failed');
  const { tasks } = (await tutti('show', run.key, '--json')).json();
  expect(tasks[1]).toMatchObject({ state: 'failed', failure: { reason: 'check_failed' } });
  // What was proven before stays, and nothing else is there.
  expect(git('log', '--format=%s', `main..${run.branch}`)).toBe(`${run.key}.1: ${TASKS[0]?.title}`);
});
