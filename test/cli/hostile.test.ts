// What a repository brings in the place of files that tutti reads and folders that it writes into.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

function outsideOf({ dir }: Project): string {
  const outside = join(dir, '../outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'precious'), 'precious\n');
  return outside;
}

function save({ git }: Project): void {
  git('add', '-A');
  git('commit', '-q', '-m', 'Links');
}

test('a configuration that never ends is named, not read', async () => {
  const made = project();
  const path = join(made.dir, '.tutti/config.yaml');
  mkdirSync(join(made.dir, '.tutti'));
  for (const plant of [
    () => symlinkSync('/dev/zero', path),
    () => execFileSync('mkfifo', [path]),
  ]) {
    rmSync(path, { force: true });
    plant();
    const { code, stderr } = await made.tutti(['run', '--plan', '-', '--yes'], {
      input: plan(command('a', 'true')),
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining('it is not a file')]);
  }
});

test('nothing is written through a link in the place of .tutti', async () => {
  const made = project();
  const outside = outsideOf(made);
  const input = plan(command('a', 'echo a > a.txt'));
  for (const place of ['.tutti', '.tutti/runs']) {
    rmSync(join(made.dir, '.tutti'), { recursive: true, force: true });
    mkdirSync(join(made.dir, place, '..'), { recursive: true });
    symlinkSync(outside, join(made.dir, place));
    save(made);
    const { code, stderr } = await made.tutti(['run', '--plan', '-', '--yes'], { input });
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('is a link')]);
    expect(code).not.toBe(0);
    expect(readdirSync(outside)).toEqual(['precious']);
  }
});

test('links among the files of runs go before anything is written there', async () => {
  const made = project();
  const outside = outsideOf(made);
  const precious = join(outside, 'precious');
  const task = join(made.dir, '.tutti/runs/SHOP-1/tasks/SHOP-1.1');
  mkdirSync(task, { recursive: true });
  for (const name of ['output.log', 'report.md', 'changes.patch']) {
    symlinkSync(precious, join(task, name));
    symlinkSync(precious, join(task, `${name}.new`));
  }
  for (const name of ['.gitignore', '.gitignore.new']) {
    symlinkSync(precious, join(made.dir, '.tutti/runs', name));
  }
  symlinkSync(precious, join(made.dir, '.tutti/runs/SHOP-1/report.md.new'));
  symlinkSync(outside, join(made.dir, '.tutti/runs/SHOP-2'));
  made.git('add', '-A', '-f');
  made.git('commit', '-q', '-m', 'Links');
  for (const line of ['echo a > a.txt; echo said', 'echo b > b.txt; echo said']) {
    const input = plan(command('a', line));
    const { code, stderr } = await made.tutti(['run', '--plan', '-', '--yes'], { input });
    expect(code, stderr).toBe(0);
  }
  expect(readdirSync(outside)).toEqual(['precious']);
  expect(readFileSync(precious, 'utf8')).toBe('precious\n');
  expect(readFileSync(join(task, 'output.log'), 'utf8')).toBe('said\n');
  expect(existsSync(join(made.dir, '.tutti/runs/SHOP-2/report.md'))).toBe(true);
});

test('nothing of a nested repository is run when edits are in the way of a merge', async () => {
  const made = project({ config: { checks: [{ name: 'there', run: 'test -e README.md' }] } });
  const nested = join(made.dir, 'nested');
  execFileSync('git', ['clone', '-q', '.', 'nested'], { cwd: made.dir, env: made.env });
  save(made);
  const config = ['filter.x.clean', `touch '${made.dir}/../ran'; cat`];
  execFileSync('git', ['config', ...config], { cwd: nested, env: made.env });
  writeFileSync(join(nested, '.git/info/attributes'), '* filter=x\n');
  writeFileSync(join(nested, 'README.md'), '# Edited\n');
  const input = plan(command('a', 'echo a > a.txt'));
  const ran = await made.tutti(['run', '--plan', '-', '--yes'], { input });
  expect(ran.code, ran.stderr).toBe(0);
  made.write('a.txt', 'mine\n');
  const { code, stderr } = await made.tutti(['merge', 'SHOP-1', '--yes']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('a.txt')]);
  expect(existsSync(join(made.dir, '../ran'))).toBe(false);
  rmSync(join(made.dir, 'a.txt'));
  expect((await made.tutti(['merge', 'SHOP-1', '--yes'])).code).toBe(0);
  expect(existsSync(join(made.dir, '../ran'))).toBe(false);
});

test('nothing is written through a link in the place of .git/tutti, or in it', async () => {
  const made = project();
  const outside = outsideOf(made);
  const ours = join(made.dir, '.git/tutti');
  const plant = [
    () => symlinkSync(outside, ours),
    () => (mkdirSync(ours), symlinkSync(join(outside, 'new'), join(ours, 'tutti.db'))),
  ];
  for (const act of plant) {
    rmSync(ours, { recursive: true, force: true });
    act();
    const input = plan(command('a', 'true'));
    for (const args of [['run', '--plan', '-', '--yes'], ['status'], ['verify']]) {
      const { code, stderr } = await made.tutti(args, { input });
      expect([code, stderr]).toEqual([2, expect.stringContaining('is a link')]);
    }
    expect(readdirSync(outside)).toEqual(['precious']);
  }
});
