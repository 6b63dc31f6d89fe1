// What an attempt leaves that is no part of its change: files too large for git, folders that programs
// fill, links that lead elsewhere, and no room to keep anything.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { makeDisk } from '../crash/fill.ts';
import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const run = ['run', '--plan', '-', '--yes'];
const ORCHESTRATION = { max_attempts: 1, default_failure_strategy: 'skip' };
const MB = 1_000_000;

function shop(workspace: object, ignored: string): Project {
  const made = project({ config: { workspace, orchestration: ORCHESTRATION } });
  made.write('.gitignore', `${ignored}\n.tutti/\n`);
  made.git('add', '.');
  made.git('commit', '-qm', 'Ignore');
  return made;
}

async function recovered(made: Project, key: string): Promise<{ to: string; said: string }> {
  const to = join(made.dir, '..', `saved-${key.replace('#', '-')}`);
  const { code, stdout, stderr } = await made.tutti(['recover', key, '--to', to]);
  expect(code, stderr).toBe(0);
  return { to, said: stdout };
}

function refused(text: RegExp): object {
  return { failure: { reason: 'invalid_output', message: expect.stringMatching(text) } };
}

test('files too large for git are refused by name, become no object, and come back', async () => {
  const made = shop({ max_file_mb: 1 }, 'x');
  writeFileSync(join(made.dir, 'asset.bin'), Buffer.alloc(3 * MB));
  made.git('add', '.');
  made.git('commit', '-qm', 'An asset that was there before');
  const large = `head -c ${2 * MB} /dev/urandom > 'big one.bin'; echo small > small.txt`;
  const input = plan(
    command('done', large),
    command('failed', `${large}; exit 1`),
    command('alone', `head -c ${2 * MB} /dev/urandom > new.bin; echo more >> asset.bin`),
    command('within', 'echo fine > fine.txt; rm asset.bin'),
  );
  expect((await made.tutti(run, { input })).code).toBe(0);
  const { document } = await made.json(['show', 'SHOP-1', '--attempts']);
  expect(document['attempts']).toMatchObject([
    refused(/too large.*max_file_mb: 1.*: big one\.bin \(1\.9 MiB\)[^]*recover 'SHOP-1\.1#1'/u),
    { failure: { reason: 'agent_error' } },
    refused(/new\.bin.*asset\.bin|asset\.bin.*new\.bin/u),
    { failure: null },
  ]);
  const objects = made.git('rev-list', '--all', '--objects');
  expect(objects).not.toMatch(/big one\.bin|new\.bin/u);
  expect(objects).toContain('small.txt');
  const loose = made.git('count-objects', '-v');
  expect(Number(/^size: (\d+)/mu.exec(loose)?.[1])).toBeLessThan(1500);
  for (const key of ['SHOP-1.1', 'SHOP-1.2']) {
    const { to } = await recovered(made, key);
    expect(statSync(join(to, 'big one.bin')).size).toBe(2 * MB);
    expect(readFileSync(join(to, 'small.txt'), 'utf8')).toBe('small\n');
  }
  const { to } = await recovered(made, 'SHOP-1.3');
  expect([join(to, 'new.bin'), join(to, 'asset.bin')].map((path) => statSync(path).size)).toEqual([
    2 * MB,
    3 * MB + 5,
  ]);
});

test('of folders that programs fill only what is new in them is kept, or their names', async () => {
  const made = shop({ copy: ['vendor'] }, 'vendor/\nmade/\nout/');
  mkdirSync(join(made.dir, 'vendor'));
  for (let at = 0; at < 2500; at += 1) writeFileSync(join(made.dir, 'vendor', `${at}.js`), '');
  const line = `mkdir made out out/closed; i=0; while [ $i -lt 2100 ]; do : > made/$i; i=$((i+1)); done
echo patched > vendor/7.js; echo result > out/result.txt; echo c > out/closed/c.txt; chmod 0 out/closed
exit 1`;
  expect((await made.tutti(run, { input: plan(command('a', line)) })).code).toBe(0);
  const { to, said } = await recovered(made, 'SHOP-1.1');
  expect(said).toContain('not kept: made: more than 2000 files');
  expect(said).not.toContain('vendor');
  expect(readFileSync(join(to, 'vendor/7.js'), 'utf8')).toBe('patched\n');
  expect(existsSync(join(to, 'vendor/8.js'))).toBe(false);
  expect(readFileSync(join(to, 'out/result.txt'), 'utf8')).toBe('result\n');
  expect(readFileSync(join(to, 'out/closed/c.txt'), 'utf8')).toBe('c\n');
  const shown = await made.tutti(['show', 'SHOP-1.1', '--attempts']);
  expect(shown.stdout).toMatch(/not kept +made: more than 2000 files/u);
});

test('nothing is moved out of a folder that an agent has put a link to in its place', async () => {
  const made = shop({ copy: ['conf/secret.env'] }, 'conf/');
  made.write('conf/secret.env', 'A=1\n');
  const outside = join(made.dir, '../mine');
  mkdirSync(outside);
  const line = `rm -rf conf; ln -s '${outside}' conf; echo later > '${outside}/secret.env'; exit 1`;
  await made.tutti(run, { input: plan(command('a', line)) });
  expect(readFileSync(join(outside, 'secret.env'), 'utf8')).toBe('later\n');
});

// Needs the right to mount.
const disk = makeDisk(8);

test.runIf(disk !== null)(
  'without room to keep it nothing is removed, and later all is kept',
  async () => {
    onTestFinished(() => disk?.remove());
    const path = disk?.path ?? '';
    const made = shop({}, 'out/');
    const env = { TUTTI_HOME: path };
    const line = `echo new > new.txt; mkdir out; echo o > out/o.txt
test -e '${made.dir}/../again' || head -c ${30 * MB} /dev/zero > out/large.bin; exit 1`;
    const first = await made.tutti(run, { input: plan(command('a', line)), env });
    expect(first.code, first.stderr).toBe(3);
    expect(first.stderr).toContain('the disk is full');
    writeFileSync(join(made.dir, '../again'), '');
    execFileSync('mount', ['-o', 'remount,size=60m', path]);
    await made.tutti(['answer', 'SHOP-1', 'continue'], { env });
    const second = await made.tutti(['resume', 'SHOP-1', '--yes'], { env });
    expect(second.code, second.stderr).toBe(0);
    const to = join(made.dir, '../saved');
    const third = await made.tutti(['recover', 'SHOP-1.1#1', '--to', to], { env });
    expect(third.code, third.stderr).toBe(0);
    expect(readFileSync(join(to, 'new.txt'), 'utf8')).toBe('new\n');
    expect(readFileSync(join(to, 'out/o.txt'), 'utf8')).toBe('o\n');
    expect(statSync(join(to, 'out/large.bin')).size).toBeGreaterThan(4 * MB);
  },
);
