// What happens to a finished run: diff, merge, recover, cleanup; and setting a project up.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { describe, expect, test, vi } from 'vitest';

import { cutPower } from '../cut-power.ts';
import { command, plan, program, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const CHECK = { checks: [{ name: 'no-bad', run: 'test ! -e bad || test ! -e b.txt' }] };

/** A project with a run that is completed: it adds b.txt, changes a.txt, removes gone.txt. */
async function finished(
  config: Readonly<Record<string, object>> = CHECK,
  before?: (made: Project) => void,
): Promise<Project> {
  const made = project({ config });
  made.write('a.txt', 'one\ntwo\nthree\n');
  made.write('gone.txt', 'gone\n');
  made.git('add', '.');
  made.git('commit', '-q', '-m', 'Files');
  before?.(made);
  const line = 'echo b > b.txt; sed -i s/two/TWO/ a.txt; rm gone.txt';
  const input = plan(command('a', line));
  const { code, stderr } = await made.tutti(['run', '--plan', '-', '--yes'], { input });
  expect(code, stderr).toBe(0);
  return made;
}

function save(made: Project, path: string, text: string): void {
  made.write(path, text);
  made.git('add', path);
  made.git('commit', '-q', '-m', path);
}

function head({ git }: Project): string {
  return git('rev-parse', 'main');
}

describe('merge', () => {
  test('moves the branch and its checkout; hooks do not run; a second time says so', async () => {
    const made = await finished();
    const { dir, git, tutti } = made;
    for (const hook of [
      'post-checkout',
      'post-merge',
      'reference-transaction',
      'post-index-change',
    ]) {
      writeFileSync(join(dir, '.git/hooks', hook), `#!/bin/sh\ntouch '${dir}/../ran-${hook}'\n`);
      chmodSync(join(dir, '.git/hooks', hook), 0o755);
    }
    made.write('other.txt', 'mine'); // untracked, elsewhere
    const { code, stdout } = await tutti(['merge', 'shop-1']);
    expect(code).toBe(0);
    expect(stdout).toContain('SHOP-1 is in main');
    expect(readdirSync(join(dir, '..')).filter((name) => name.startsWith('ran-'))).toEqual([]);
    expect(git('-c', 'core.hooksPath=/dev/null', 'status', '--porcelain')).toBe('?? other.txt');
    expect(readFileSync(join(dir, 'a.txt'), 'utf8')).toBe('one\nTWO\nthree\n');
    expect(existsSync(join(dir, '.git/tutti/merge.json'))).toBe(false);
    const again = await tutti(['merge', 'SHOP-1']);
    expect([again.code, again.stdout.trim()]).toEqual([0, 'SHOP-1 is already merged into main']);
  });

  test('with --no-ff makes a commit of the same tree', async () => {
    const made = await finished();
    expect((await made.tutti(['merge', 'SHOP-1', '--no-ff'])).code).toBe(0);
    expect(made.git('log', '-1', '--format=%s %P').split(' ')).toHaveLength(6);
    expect(made.git('diff', 'main', 'main^2')).toBe('');
    expect(made.git('status', '--porcelain')).toBe('');
  });

  test('refuses before anything moves when an edit would be lost', async () => {
    const made = await finished();
    const before = head(made);
    const traps: readonly (() => void)[] = [
      () => made.write('a.txt', 'my edit\n'),
      () => made.write('b.txt', 'untracked\n'),
      () => (made.write('.git/info/exclude', 'b.txt\n'), made.write('b.txt', 'ignored\n')),
      () => (made.write('a.txt', 'staged\n'), made.git('add', 'a.txt')),
      () => made.write('.git/index.lock', ''),
    ];
    for (const trap of traps) {
      trap();
      const { code, stderr } = await made.tutti(['merge', 'SHOP-1', '--yes']);
      expect([code, stderr]).toEqual([1, expect.stringContaining('nothing was merged')]);
      expect(head(made)).toBe(before);
      rmSync(join(made.dir, '.git/index.lock'), { force: true });
      made.git('reset', '-q', '--hard');
      rmSync(join(made.dir, 'b.txt'), { force: true });
    }
    expect((await made.tutti(['merge', 'SHOP-1'])).code).toBe(0);
  });

  test('lets every work tree follow, or none', async () => {
    const made = await finished();
    const linked = join(made.dir, '../linked');
    made.git('worktree', 'add', '-q', '--force', linked, 'main');
    writeFileSync(join(linked, 'a.txt'), 'edit in the linked one\n');
    const before = head(made);
    const refused = await made.tutti(['merge', 'SHOP-1']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(linked)]);
    expect([head(made), existsSync(join(made.dir, 'b.txt'))]).toEqual([before, false]);
    execFileSync('git', ['checkout', '-q', 'a.txt'], { cwd: linked });
    // From the linked one, which is the same project.
    expect((await made.tutti(['merge', 'SHOP-1'], { cwd: linked })).code).toBe(0);
    for (const cwd of [made.dir, linked]) {
      expect(execFileSync('git', ['status', '--porcelain'], { cwd, encoding: 'utf8' })).toBe('');
      expect(existsSync(join(cwd, 'b.txt'))).toBe(true);
    }
  });

  test('passes over linked work trees that were deleted', async () => {
    const made = await finished();
    for (const name of ['gone', 'empty']) {
      const linked = join(made.dir, '..', name);
      made.git('worktree', 'add', '-q', '--force', linked, 'main');
      rmSync(linked, { recursive: true });
    }
    mkdirSync(join(made.dir, '../empty'));
    for (const args of [['trust'], ['merge', 'SHOP-1']]) {
      const { code, stderr } = await made.tutti(args);
      expect(code, stderr).toBe(0);
    }
    expect(existsSync(join(made.dir, 'b.txt'))).toBe(true);
  });

  test('applies the person’s line ends and filters', async () => {
    const made = await finished(CHECK, (one) => {
      save(one, '.gitattributes', 'b.txt filter=shout\n');
    });
    made.git('config', 'core.autocrlf', 'true');
    made.git('config', 'filter.shout.smudge', 'tr a-z A-Z');
    made.git('config', 'filter.shout.clean', 'tr A-Z a-z');
    // What stands in .git/config was perhaps not written by them: `--yes` is no answer.
    const before = head(made);
    const refused = await made.tutti(['merge', 'SHOP-1', '--yes']);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining('.git/config: filter.shout.smudge = tr a-z A-Z'),
    ]);
    expect(head(made)).toBe(before);
    expect((await made.tutti(['trust', '--show'])).stdout).toContain('filter.shout.clean');
    expect((await made.tutti(['trust'])).stdout).toContain('✓ trusted: .git/config: filter.shout');
    expect((await made.tutti(['merge', 'SHOP-1'])).code).toBe(0);
    expect(readFileSync(join(made.dir, 'a.txt'), 'utf8')).toBe('one\r\nTWO\r\nthree\r\n');
    expect(readFileSync(join(made.dir, 'b.txt'), 'utf8')).toMatch(/^B\r?\n$/u);
    expect(made.git('status', '--porcelain')).toBe('');
  });

  test('runs filters of the person’s own configuration, and no others, unasked', async () => {
    const made = await finished(CHECK, (one) => {
      save(one, '.gitattributes', 'b.txt filter=shout\n');
    });
    const mine = made.write('../gitconfig', '[filter "shout"]\n\tsmudge = tr a-z A-Z\n');
    made.git('config', 'filter.shout.smudge', 'tr a-z A-Z');
    const env = { GIT_CONFIG_GLOBAL: mine };
    made.git('config', 'filter.shout.clean', 'touch ../ran; cat');
    const refused = await made.tutti(['merge', 'SHOP-1', '--yes'], { env });
    expect([refused.code, refused.stderr]).toEqual([4, expect.not.stringContaining('smudge')]);
    expect(existsSync(join(made.dir, '../ran'))).toBe(false);
    made.git('config', '--unset', 'filter.shout.clean');
    expect((await made.tutti(['merge', 'SHOP-1'], { env })).code).toBe(0);
    expect(readFileSync(join(made.dir, 'b.txt'), 'utf8')).toBe('B\n');
  });

  test('a base that moved asks, then checks the merged tree', async () => {
    const made = await finished();
    save(made, 'theirs.txt', 'x\n');
    const before = head(made);
    const asked = await made.tutti(['merge', 'SHOP-1']);
    expect([asked.code, asked.stderr]).toEqual([3, expect.stringContaining('main has moved')]);
    expect(head(made)).toBe(before);
    const { code, stdout } = await made.tutti(['merge', 'SHOP-1', '--yes', '--json']);
    expect(code).toBe(0);
    const { merge }: { merge: { kind: string; checks: { ok: boolean }[] } } = JSON.parse(stdout);
    expect([merge.kind, merge.checks.map(({ ok }) => ok)]).toEqual(['merge', [true]]);
    expect(made.git('rev-parse', 'main^1')).toBe(before);
    expect(made.git('ls-tree', '--name-only', 'main').split('\n')).toEqual([
      'README.md',
      'a.txt',
      'b.txt',
      'theirs.txt',
    ]);
    expect(made.git('status', '--porcelain')).toBe('');
  });

  test('a base that moved is checked with what proved the tasks, again where that comes and goes', async () => {
    const made = project();
    const journal = join(made.dir, '../journal');
    const flaky = `[ ! -e moved ] || { echo x >> '${journal}'; [ $(wc -l < '${journal}') -gt 1 ]; }`;
    const task = command('a', 'echo a > a.txt', { checks: [flaky, 'test ! -e bad'] });
    const ran = await made.tutti(['run', '--plan', '-', '--yes'], { input: plan(task) });
    expect(ran.code, ran.stderr).toBe(0);
    save(made, 'moved', 'x\n');
    const before = head(made);
    save(made, 'bad', 'x\n');
    const refused = await made.tutti(['merge', 'SHOP-1', '--yes']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('"a-2"')]);
    rmSync(journal);
    made.git('reset', '-q', '--hard', before);
    const asked = await made.tutti(['merge', 'SHOP-1']);
    expect([asked.code, asked.stderr]).toEqual([3, expect.not.stringContaining('no check')]);
    const { code, stderr } = await made.tutti(['merge', 'SHOP-1', '--yes']);
    expect(code, stderr).toBe(0);
    expect(readFileSync(journal, 'utf8')).toBe('x\nx\n');
  });

  test('its checks keep their place, whoever begins or cleans up meanwhile', async () => {
    const made = project();
    const [started, go] = ['started', 'go'].map((name) => join(made.dir, '..', name));
    const waits = `[ ! -e moved ] || { touch '${started}'; until [ -e '${go}' ]; do sleep 0.1; done; }`;
    const line = `${waits}; [ -e "$PWD/a.txt" ]`;
    const input = plan(command('a', 'echo a > a.txt', { checks: [line] }));
    expect((await made.tutti(['run', '--plan', '-', '--yes'], { input })).code).toBe(0);
    save(made, 'moved', 'x\n');
    const merge = made.start(['merge', 'SHOP-1', '--yes']);
    await vi.waitUntil(() => existsSync(started ?? ''), { timeout: 60_000 });
    const other = { input: plan(command('b', 'echo b > b.txt', { checks: ['true'] })) };
    expect((await made.tutti(['run', '--plan', '-', '--yes'], other)).code).toBe(0);
    expect((await made.tutti(['cleanup', '--yes'])).code).toBe(0);
    writeFileSync(go ?? '', '');
    const { code, stderr } = await merge.ended;
    expect(code, stderr).toBe(0);
  }, 90_000);

  test('a gate that fails and a conflict move nothing and say what it is', async () => {
    const made = await finished();
    save(made, 'bad', 'x\n');
    let before = head(made);
    const gate = await made.tutti(['merge', 'SHOP-1', '--yes']);
    expect([gate.code, gate.stderr]).toEqual([1, expect.stringContaining('no-bad')]);
    expect(head(made)).toBe(before);
    save(made, 'a.txt', 'one\nzwei\nthree\n');
    before = head(made);
    const conflict = await made.tutti(['merge', 'SHOP-1', '--yes', '--json']);
    expect([conflict.code, conflict.stdout]).toEqual([1, expect.stringContaining('a.txt')]);
    expect(head(made)).toBe(before);
    expect(existsSync(join(made.dir, '.git/tutti/merge.json'))).toBe(false);
    expect(made.git('status', '--porcelain')).toBe('');
  });

  test('two at once merge once, and a base that is gone is named with where it was', async () => {
    const made = await finished();
    const before = head(made);
    const both = await Promise.all(
      [1, 2].map(() => made.tutti(['merge', 'SHOP-1', '--no-ff', '--yes'])),
    );
    expect(both.map(({ code }) => code)).toContain(0);
    // Whoever comes too late is told so; whoever comes after the end has nothing to do.
    for (const { code, stdout, stderr } of both) {
      if (code === 0) expect(stdout).toContain('SHOP-1 is');
      else
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/under way|being merged|moved by somebody/u),
        ]);
    }
    expect(made.git('rev-list', '--count', '--first-parent', `${before}..main`)).toBe('1');
    expect(made.git('status', '--porcelain')).toBe('');
    made.git('checkout', '-q', '-b', 'elsewhere');
    made.git('branch', '-qD', 'main');
    const gone = await made.tutti(['merge', 'SHOP-1', '--yes']);
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('git branch main ')]);
    expect(made.git('for-each-ref', 'refs/heads/main')).toBe('');
  });

  test('what is unproven, partial or not finished is said', async () => {
    const made = await finished({});
    const unproven = await made.tutti(['merge', 'SHOP-1']);
    expect([unproven.code, unproven.stderr]).toEqual([3, expect.stringContaining('SHOP-1.1')]);
    const input = plan(command('a', 'echo c > c.txt'));
    await made.tutti(['run', '--plan', '-'], { input });
    const waits = await made.tutti(['merge', 'SHOP-2', '--yes']);
    expect(waits.code).not.toBe(0);
    expect((await made.tutti(['merge', 'SHOP-9'])).code).toBe(2);
    expect((await made.tutti(['merge', '../../etc'])).code).toBe(2);
  });

  test('a kill at any moment is finished by the next merge', async () => {
    const many =
      'i=0; while [ $i -lt 200 ]; do seq $i 2000 > f$i.txt; i=$((i+1)); done; rm gone.txt';
    const made = project({ config: { checks: [{ name: 'yes', run: 'true' }] } });
    save(made, 'gone.txt', 'gone\n');
    save(made, 'f7.txt', 'seven\n');
    await made.tutti(['run', '--plan', '-', '--yes'], { input: plan(command('a', many)) });
    const before = head(made);
    expect((await made.tutti(['merge', 'SHOP-1'])).code).toBe(0);
    const after = head(made);
    const inGit = (path: string): boolean => existsSync(join(made.dir, '.git', path));
    const moments: readonly (() => boolean)[] = [
      () => readdirSync(join(made.dir, '.git/tutti')).some((name) => name.startsWith('index-')),
      () => inGit('tutti/merge.json'),
      () => inGit('refs/heads/main.lock'),
      () => inGit('index.lock'),
      () => existsSync(join(made.dir, 'f0.txt')),
      () => existsSync(join(made.dir, 'f150.txt')),
      () => existsSync(join(made.dir, 'f99.txt')),
    ];
    const last = moments.at(-1);
    let half = 0;
    for (const moment of moments) {
      made.git('reset', '-q', '--hard', before);
      // The whole group, git too: as when the power goes.
      const { child, ended } = made.start(['merge', 'SHOP-1'], { group: true });
      while (child.exitCode === null && !moment()) await setImmediate();
      if (child.exitCode === null && child.pid !== undefined) cutPower(child.pid);
      await ended;
      if (inGit('tutti/merge.json')) half += 1;
      // A lock on a ref is git's own; git itself would wait for a person too.
      for (const lock of ['refs/heads/main.lock', 'HEAD.lock']) {
        rmSync(join(made.dir, '.git', lock), { force: true });
      }
      if (moment === last && inGit('tutti/merge.json')) {
        const { stderr } = await made.tutti(['resume']);
        expect(stderr).toContain('merge of SHOP-1');
        expect(inGit('tutti/merge.json')).toBe(false);
      }
      const { code, stderr } = await made.tutti(['merge', 'SHOP-1']);
      expect([code, stderr.includes('bug')], stderr).toEqual([0, false]);
      expect(head(made)).toBe(after);
      expect(made.git('status', '--porcelain')).toBe('');
      expect(readdirSync(join(made.dir, '.git')).filter((name) => /index\./u.test(name))).toEqual(
        [],
      );
      expect(existsSync(join(made.dir, '.git/tutti/merge.json'))).toBe(false);
    }
    expect(half).toBeGreaterThan(2);
  }, 60_000);
});

describe('diff and recover', () => {
  test('a patch that applies, per run, task and attempt', async () => {
    const made = await finished();
    const texts = await Promise.all(
      ['SHOP-1', 'SHOP-1.1', 'shop-1.1#1'].map(
        async (key) => (await made.tutti(['diff', key])).stdout,
      ),
    );
    expect(new Set(texts).size).toBe(1);
    made.write('../patch', texts[0] ?? '');
    made.git('apply', '--check', '../patch');
    const { stdout } = await made.tutti(['diff', 'SHOP-1', '--stat']);
    expect(stdout).toContain('3 files, +2 -2');
  });

  test('into a folder without .git, or onto a new branch; never over anything', async () => {
    const made = await finished();
    const to = join(made.dir, '../deep/er/saved');
    expect((await made.tutti(['recover', 'SHOP-1', '--to', to])).code).toBe(0);
    expect(readdirSync(to).toSorted()).toEqual(['README.md', 'a.txt', 'b.txt']);
    mkdirSync(join(made.dir, 'sub'));
    const inside = await made.tutti(['recover', 'SHOP-1.1#1', '--to', 'x'], {
      cwd: join(made.dir, 'sub'),
    });
    expect([inside.code, existsSync(join(made.dir, 'sub/x/b.txt'))]).toEqual([0, true]);
    for (const bad of [
      to,
      join(made.dir, 'a.txt'),
      '/proc/nowhere',
      join(made.dir, 'a.txt/below'),
    ]) {
      expect((await made.tutti(['recover', 'SHOP-1', '--to', bad])).code, bad).toBe(2);
    }
    expect((await made.tutti(['recover', 'SHOP-1.1', '--branch', 'saved/x'])).code).toBe(0);
    expect(made.git('show', 'saved/x:b.txt')).toBe('b');
    for (const bad of ['saved/x', 'saved', 'main/x', 'a..b', '-x', 'HEAD', 'a b', '']) {
      expect((await made.tutti(['recover', 'SHOP-1.1', `--branch=${bad}`])).code, bad).toBe(2);
    }
    expect((await made.tutti(['recover', 'SHOP-1.1'])).code).toBe(2);
    expect(made.git('status', '--porcelain', '-uno')).toBe('');
  });
});

describe('init and doctor', () => {
  test('writes once, for the main work tree, from anywhere in it', async () => {
    const made = project();
    save(made, 'package.json', '{"scripts":{"test":"node --test"}}');
    mkdirSync(join(made.dir, 'deep/er'), { recursive: true });
    const linked = join(made.dir, '../linked');
    made.git('worktree', 'add', '-q', '-b', 'side', linked);
    const path = join(made.dir, '.tutti/config.yaml');
    expect((await made.tutti(['init'], { cwd: linked })).code).toBe(0);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('npm test');
    made.write('.tutti/config.yaml', '# mine\n');
    expect((await made.tutti(['init'], { cwd: join(made.dir, 'deep/er') })).code).toBe(2);
    expect((await made.tutti(['init', '--force'])).code).toBe(3);
    expect(readFileSync(path, 'utf8')).toBe('# mine\n');
    expect((await made.tutti(['init', '--force', '--yes'])).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(join(made.dir, '.tutti'))).toEqual(['config.yaml']);
  });

  test('says what it cannot read, and writes through no link', async () => {
    const made = project();
    save(made, 'package.json', '{"scripts": ');
    const { code, stderr } = await made.tutti(['init']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('cannot be read')]);
    rmSync(join(made.dir, '.tutti'), { recursive: true });
    mkdirSync(join(made.dir, '../outside'));
    symlinkSync('../outside', join(made.dir, '.tutti'));
    expect((await made.tutti(['init'])).code).toBe(2);
    expect(readdirSync(join(made.dir, '../outside'))).toEqual([]);
    rmSync(join(made.dir, '.tutti'));
    mkdirSync(join(made.dir, '.tutti'));
    // A link at the name that a process could have used by its number, which one can guess.
    const guess = 'ln -s ../../outside/x ".tutti/config.yaml.$$.new"; exec "$@"';
    const init = [process.execPath, program, 'init'];
    execFileSync('sh', ['-c', guess, 'sh', ...init], { cwd: made.dir, env: made.env });
    expect(readdirSync(join(made.dir, '../outside'))).toEqual([]);
    expect(readFileSync(join(made.dir, '.tutti/config.yaml'), 'utf8')).toContain('checks');
  });

  test('doctor names what is wrong and mends what is ours', async () => {
    const made = await finished();
    made.write('.tutti/config.yaml', 'checks: 7\n');
    const bad = await made.tutti(['doctor']);
    expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('config.yaml:1:')]);
    rmSync(join(made.dir, '.tutti/config.yaml'));
    writeFileSync(join(made.dir, '.tutti/runs/.gitignore'), '');
    const { code, stdout } = await made.tutti(['doctor', '--fix', '--json']);
    const { doctor }: { doctor: { ok: boolean; fixed: string[] } } = JSON.parse(stdout);
    expect([code, doctor.ok, doctor.fixed]).toEqual([0, true, ['git ignores .tutti/runs']]);
    expect(readFileSync(join(made.dir, '.tutti/runs/.gitignore'), 'utf8')).toBe('*\n');
  });
});
