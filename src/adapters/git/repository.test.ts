import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Repository } from '../../ports/repository.ts';
import { git } from './git.ts';
import { openRepository } from './open.ts';

// The person: an own home with a configuration that would do harm wherever it counted.
let dir: string;
let root: string;
const AT = 1_700_000_000_000;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti git ')));
  root = join(dir, 'a project');
  mkdirSync(join(dir, 'home'));
  process.env['HOME'] = join(dir, 'home');
  delete process.env['XDG_CONFIG_HOME'];
  process.env['GIT_CONFIG_NOSYSTEM'] = '1';
  writeFileSync(
    join(dir, 'home', '.gitconfig'),
    '[user]\n\tname = Ann Person\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n',
  );
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function run(...args: string[]): string {
  return runIn(root, ...args);
}

function runIn(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trim();
}

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

function save(message: string): string {
  run('add', '-A');
  run('commit', '-qm', message);
  return run('rev-parse', 'HEAD');
}

function start(...options: string[]): string {
  runIn(dir, 'init', '-q', ...options, root);
  write('a.txt', 'one\ntwo\nthree\n');
  write('dir/b.txt', 'b\n');
  return save('Start');
}

async function opened(at: string = root): Promise<Repository> {
  const result = await openRepository(at);
  if (!result.ok) throw new Error(result.message);
  return result.repository;
}

// Every file below a folder but what is ours or only grows: objects and our own folder.
function fingerprint(top: string): string {
  const hash = createHash('sha256');
  const visit = (path: string, name: string): void => {
    const stat = lstatSync(path);
    hash.update(`${name}\0${stat.mode}\0`);
    if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
    else if (stat.isFile()) hash.update(readFileSync(path));
    else if (stat.isDirectory()) {
      for (const child of readdirSync(path).toSorted()) {
        const below = `${name}/${child}`;
        if (!/^\/\.git\/(objects|tutti|refs\/tutti|logs\/refs\/tutti)$/.test(below)) {
          visit(join(path, child), below);
        }
      }
    }
  };
  visit(top, '');
  return hash.digest('hex');
}

function trap(canary: string): void {
  const script = join(dir, 'trap.sh');
  writeFileSync(script, `#!/bin/sh\ntouch '${canary}'\ncat\n`);
  chmodSync(script, 0o755);
  mkdirSync(join(root, '.git/hooks'), { recursive: true });
  for (const hook of [
    'post-checkout',
    'reference-transaction',
    'pre-commit',
    'post-index-change',
  ]) {
    writeFileSync(join(root, '.git/hooks', hook), `#!/bin/sh\ntouch '${canary}'\n`);
    chmodSync(join(root, '.git/hooks', hook), 0o755);
  }
  const command = `"${script}"`;
  for (const key of [
    'core.fsmonitor',
    'diff.external',
    'filter.x.clean',
    'filter.x.smudge',
    'diff.x.textconv',
    'diff.x.command',
    'merge.x.driver',
    'gpg.program',
    'core.pager',
    'core.editor',
  ]) {
    run('config', key, command);
  }
  run('config', 'log.showSignature', 'true');
}

function onBranch(name: string, from: string, change: () => void): string {
  run('checkout', '-q', '-B', name, from);
  change();
  return save(name);
}

function ahead(): { from: string; to: string } {
  const from = start();
  run('checkout', '-q', '-b', 'next');
  write('a.txt', 'ONE\ntwo\nthree\n');
  write('added/c.txt', 'c\n');
  rmSync(join(root, 'dir/b.txt'));
  const to = save('Next');
  run('checkout', '-q', 'main');
  return { from, to };
}

describe('opening', () => {
  it('finds the main work tree from a folder below and from a linked work tree', async () => {
    start();
    run('worktree', 'add', '-q', join(dir, 'linked tree'), '-b', 'other');
    for (const at of [root, join(root, 'dir'), join(dir, 'linked tree')]) {
      const repository = await opened(at);
      expect(repository.root).toBe(root);
      expect(repository.commonDir).toBe(join(root, '.git'));
      expect(await repository.currentBranch()).toBe('main');
    }
  });

  it('finds the main work tree of a separate git directory and of a submodule', async () => {
    const id = start('--separate-git-dir', join(dir, 'apart.git'));
    expect(await opened()).toMatchObject({ root, commonDir: join(dir, 'apart.git') });
    const outer = join(dir, 'outer');
    runIn(dir, 'init', '-q', outer);
    runIn(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', root, 'sub');
    const sub = await opened(join(outer, 'sub'));
    expect(sub.root).toBe(join(outer, 'sub'));
    expect(await sub.resolve('HEAD')).toBe(id);
  });

  it('refuses by name what it cannot work with', async () => {
    expect(await openRepository(join(dir, 'nowhere'))).toMatchObject({
      problem: 'not_a_repository',
    });
    expect(await openRepository(dir)).toMatchObject({ problem: 'not_a_repository' });
    runIn(dir, 'init', '-q', root);
    expect(await openRepository(root)).toMatchObject({ problem: 'no_commit' });
    runIn(dir, 'init', '-q', '--bare', 'bare');
    expect(await openRepository(join(dir, 'bare'))).toMatchObject({ problem: 'bare' });
  });

  it('says when git is missing or too old', async () => {
    start();
    const path = process.env['PATH'] ?? '';
    try {
      process.env['PATH'] = join(dir, 'bin');
      expect(await openRepository(root)).toMatchObject({ problem: 'git_missing' });
      mkdirSync(join(dir, 'bin'));
      writeFileSync(join(dir, 'bin/git'), '#!/bin/sh\necho git version 2.37.9\n');
      chmodSync(join(dir, 'bin/git'), 0o755);
      expect(await openRepository(root)).toMatchObject({
        problem: 'git_too_old',
        message: 'git version 2.37.9 is too old',
      });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('ignores variables of a git that started it', async () => {
    start();
    process.env['GIT_DIR'] = '/nonexistent';
    process.env['GIT_INDEX_FILE'] = '/nonexistent/index';
    try {
      expect((await opened()).root).toBe(root);
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_INDEX_FILE'];
    }
  });
});

describe('the person’s checkout', () => {
  it('is byte for byte the same after everything, and nothing of theirs is run', async () => {
    start();
    write('.gitattributes', '* filter=x diff=x merge=x\n');
    const base = save('Attributes');
    run('checkout', '-q', '-b', 'side');
    write('a.txt', 'one\ntwo\nTHREE\n');
    const side = save('Side');
    run('checkout', '-q', 'main');
    write('a.txt', 'ONE\ntwo\nthree\n');
    const main = save('Main');
    write('dir/b.txt', 'edited\n');
    write('untracked', 'u');
    const canary = join(dir, 'canary');
    trap(canary);
    const before = fingerprint(root);

    const repository = await opened();
    await repository.setEpoch(1);
    const merged = await repository.merge(base, main, side);
    if (merged.kind !== 'merged') throw new Error(merged.messages);
    expect(await repository.readFile(merged.tree, 'a.txt', 100)).toBe('ONE\ntwo\nTHREE\n');
    const spec = { tree: merged.tree, parents: [main, side], message: 'Merge', at: AT };
    const commit = await repository.commit(spec);
    await repository.move([{ ref: 'refs/tutti/x', old: null, new: commit }], 1);
    expect(await repository.diff(base, main)).toContain('+ONE');
    expect(await repository.log(base, commit)).toHaveLength(3);
    expect(await repository.isDirty()).toBe(true);
    expect(await repository.isIgnored('a.txt')).toBe(false);
    await repository.deleteRefs([{ ref: 'refs/tutti/x', old: commit }]);
    expect(await repository.refs('refs/tutti/')).toEqual([]);

    expect(existsSync(canary)).toBe(false);
    // Only here the person's own filters may run, to compare edits as they themselves would.
    expect(await repository.checkoutsAllow('main', main, commit)).toMatchObject({ ok: true });
    expect(fingerprint(root)).toBe(before);
    expect(run('fsck', '--strict')).not.toContain('error');
  });

  it('is dirty by edits, staged edits and untracked files, not by ignored ones', async () => {
    start();
    write('.gitignore', '*.log\n');
    save('Ignore');
    write('x.log', '');
    writeFileSync(join(root, '.git/info/exclude'), 'private\n');
    write('private', '');
    const repository = await opened();
    expect(await repository.isDirty()).toBe(false);
    expect(await repository.isIgnored('x.log')).toBe(true);
    expect(await repository.isIgnored('private')).toBe(true);
    expect(await repository.isIgnored('a.txt')).toBe(false);
    write('new', '');
    expect(await repository.isDirty()).toBe(true);
    run('add', 'new');
    expect(await repository.isDirty()).toBe(true);
    save('New');
    expect(await repository.isDirty()).toBe(false);
    run('update-index', '--split-index');
    expect(await repository.isDirty()).toBe(false);
    write('a.txt', 'other');
    expect(await repository.isDirty()).toBe(true);
  });
});

describe('commits and looks', () => {
  it('makes the same commit of the same spec, by the person', async () => {
    const base = start();
    const repository = await opened();
    const tree = await repository.treeOf(base);
    const spec = { tree, parents: [base], message: '-m "quoted"\n\nTask: SHOP-1.1\n', at: AT };
    const id = await repository.commit(spec);
    expect(await repository.commit(spec)).toBe(id);
    expect(run('show', '-s', '--format=%an <%ae> %cI|%B', id)).toBe(
      'Ann Person <ann@example.org> 2023-11-14T22:13:20+00:00|-m "quoted"\n\nTask: SHOP-1.1',
    );
    expect(await repository.isAncestor(base, id)).toBe(true);
    expect(await repository.isAncestor(id, base)).toBe(false);
    expect(await repository.isAncestor(id, id)).toBe(true);
  });

  it('has an identity of its own where the person has none, or one that git refuses', async () => {
    const base = start();
    for (const config of ['', '[user]\n\tname = "<>,."\n\temail = ""\n']) {
      writeFileSync(join(dir, 'home', '.gitconfig'), config);
      const repository = await opened();
      const tree = await repository.treeOf(base);
      const id = await repository.commit({ tree, parents: [], message: 'x', at: AT });
      expect(run('show', '-s', '--format=%an <%ae>', id)).toBe('tutti <tutti@localhost>');
    }
  });

  it('resolves revisions, never options', async () => {
    const base = start();
    const repository = await opened();
    expect(await repository.resolve('main')).toBe(base);
    expect(await repository.resolve('HEAD~0')).toBe(base);
    for (const revision of [
      'nothing',
      '',
      '--git-dir',
      '-h',
      'main\nmain',
      'main:a.txt',
      '0'.repeat(40),
    ]) {
      expect(await repository.resolve(revision)).toBeNull();
    }
    run('checkout', '-q', '--detach');
    expect(await repository.currentBranch()).toBeNull();
  });

  it('tells what was done lately, whatever commits and files are called', async () => {
    start();
    write('a.txt', '2');
    save('Second\n\nwith a body');
    write('new\nline', 'x');
    write('b', 'x');
    const id = save('-subject \u0001 x');
    const repository = await opened();
    const recent = await repository.recent(id, 2);
    expect(recent.map(({ subject }) => subject)).toEqual(['-subject \u0001 x', 'Second']);
    expect(recent.map(({ files }) => files.toSorted())).toEqual([['b', 'new\nline'], ['a.txt']]);
    expect(await repository.recent('0'.repeat(40), 5)).toEqual([]);
  });

  it('lists and reads odd names', async () => {
    start();
    const names = ['new\nline', '"quoted"', '-dash', ':(top)x', 'tab\tname', 'dir/ü', ' '];
    for (const name of names) write(name, name);
    symlinkSync('a.txt', join(root, 'link'));
    const id = save('Odd');
    const repository = await opened();
    const all = await repository.listFiles(id, 100);
    expect(all).toEqual(expect.arrayContaining(names));
    expect(await repository.listFiles(id, 2)).toHaveLength(2);
    for (const name of names) expect(await repository.readFile(id, name, 100)).toBe(name);
    expect(await repository.readFile(id, 'a.txt', 3)).toBeNull();
    expect(await repository.readFile(id, 'link', 100)).toBeNull();
    expect(await repository.readFile(id, 'dir', 100)).toBeNull();
    expect(await repository.readFile(id, '../a.txt', 100).catch(() => null)).toBeNull();
    const base = await repository.resolve('HEAD~1');
    const changed = await repository.changedFiles(base ?? '', id);
    expect(changed.map(({ path }) => path)).toEqual(expect.arrayContaining(names));
    expect(new Set(changed.map(({ status }) => status))).toEqual(new Set(['added']));
  });

  it('works in a SHA-256 repository', async () => {
    const base = start('--object-format=sha256');
    write('a.txt', 'ONE\ntwo\nthree\n');
    const next = save('Next');
    const repository = await opened();
    expect(base).toHaveLength(64);
    await repository.setEpoch(7);
    const move = { ref: 'refs/heads/x', old: null, new: next };
    expect(await repository.move([move], 7)).toEqual({ kind: 'moved' });
    expect(await repository.merge(base, next, base)).toEqual({
      kind: 'merged',
      tree: await repository.treeOf(next),
    });
  });

  it('works in a shallow clone', async () => {
    start();
    write('a.txt', 'x');
    const id = save('Second');
    runIn(dir, 'clone', '-q', '--depth=1', `file://${root}`, 'shallow');
    const repository = await opened(join(dir, 'shallow'));
    const commit = { tree: await repository.treeOf(id), parents: [id], message: 'x', at: AT };
    const next = await repository.commit(commit);
    expect(await repository.isAncestor(id, next)).toBe(true);
    expect(await repository.log(id, next)).toHaveLength(1);
  });
});

describe('merging', () => {
  it('reports conflicts once a file, sorted, with messages', async () => {
    const base = start();
    write('z', '1\n');
    const start2 = save('More');
    const ours = onBranch('ours', start2, () => {
      write('z', 'ours\n');
      write('a.txt', 'ours\n');
      rmSync(join(root, 'dir/b.txt'));
    });
    const theirs = onBranch('theirs', start2, () => {
      write('z', 'theirs\n');
      write('a.txt', 'theirs\n');
      write('dir/b.txt', 'theirs\n');
    });
    const repository = await opened();
    const result = await repository.merge(start2, ours, theirs);
    if (result.kind !== 'conflict') throw new Error('merged');
    expect(result.files).toEqual(['a.txt', 'dir/b.txt', 'z']);
    expect(result.messages).toContain('CONFLICT (content): Merge conflict in a.txt');
    expect(result.messages).toContain(`deleted in ${ours} and modified in ${theirs}`);
    // A base that git would not find: messages still name the real commits.
    const other = await repository.merge(base, ours, theirs);
    if (other.kind !== 'conflict') throw new Error('merged');
    expect(other.files).toContain('z');
    await expect(repository.merge(base, ours, '1'.repeat(40))).rejects.toThrow(/git \S+ failed/);
  });

  it('names the folder that one side has split and the other has added to', async () => {
    start();
    for (const name of ['1', '2']) write(`old/${name}`, `${name.repeat(50)}\n`);
    const base = save('Two');
    const ours = onBranch('ours', base, () => {
      for (const name of ['1', '2']) {
        write(`new${name}/${name}`, `${name.repeat(50)}\n`);
        rmSync(join(root, 'old', name));
      }
    });
    const theirs = onBranch('theirs', base, () => write('old/3', '3\n'));
    const repository = await opened();
    const merged = await repository.merge(base, ours, theirs);
    expect(merged).toMatchObject({ kind: 'conflict', files: ['old'] });
  });

  it('follows renames', async () => {
    const base = start();
    const ours = onBranch('ours', base, () => run('mv', 'a.txt', 'moved.txt'));
    const theirs = onBranch('theirs', base, () => write('a.txt', 'one\ntwo\nthree\nfour\n'));
    const repository = await opened();
    const result = await repository.merge(base, ours, theirs);
    if (result.kind !== 'merged') throw new Error(result.messages);
    expect(await repository.listFiles(result.tree, 9)).toEqual(['dir/b.txt', 'moved.txt']);
    expect(await repository.readFile(result.tree, 'moved.txt', 99)).toContain('four');
  });

  it('takes the base it is given: a revert', async () => {
    const base = start();
    const bad = onBranch('work', base, () => write('a.txt', 'bad\ntwo\nthree\n'));
    const good = onBranch('work', bad, () => write('dir/b.txt', 'good\n'));
    const repository = await opened();
    const result = await repository.merge(bad, good, base);
    if (result.kind !== 'merged') throw new Error(result.messages);
    expect(await repository.readFile(result.tree, 'a.txt', 99)).toBe('one\ntwo\nthree\n');
    expect(await repository.readFile(result.tree, 'dir/b.txt', 99)).toBe('good\n');
  });

  it('goes by the attributes committed in ours, in folders too', async () => {
    start();
    write('.gitattributes', 'list merge=union\n');
    write('sub/.gitattributes', 'list merge=binary\n');
    write('list', 'a\n');
    write('sub/list', 'a\n');
    const base = save('Attributes');
    const ours = onBranch('ours', base, () => {
      write('list', 'a\nours\n');
      write('sub/list', 'ours\n');
    });
    const theirs = onBranch('theirs', base, () => {
      write('list', 'a\ntheirs\n');
      write('sub/list', 'theirs\n');
    });
    const result = await (await opened()).merge(base, ours, theirs);
    if (result.kind !== 'conflict') throw new Error('merged');
    expect(result.files).toEqual(['sub/list']);
    expect(result.messages).toContain('Cannot merge binary files');
  });
});

describe('moving refs', () => {
  it('moves all or none, and says what is elsewhere', async () => {
    const base = start();
    write('a.txt', 'x');
    const next = save('Next');
    const repository = await opened();
    const a = { ref: 'refs/heads/run/a', old: null, new: base };
    const b = { ref: 'refs/tutti/runs/1/head', old: null, new: base };
    expect(await repository.move([a, b], null)).toEqual({ kind: 'moved' });
    expect(await repository.move([a], null)).toEqual({ kind: 'elsewhere', at: base });
    const forward = { ...a, old: base, new: next };
    const wrong = { ...b, old: next, new: next };
    expect(await repository.move([forward, wrong], null)).toEqual({ kind: 'elsewhere', at: base });
    expect(await repository.resolve('refs/heads/run/a')).toBe(base);
    expect(await repository.refs('refs/tutti/runs/')).toEqual([{ name: b.ref, commit: base }]);
    expect(await repository.refs('refs/heads/ru')).toEqual([{ name: a.ref, commit: base }]);
    await repository.deleteRefs([
      { ref: a.ref, old: base },
      { ref: b.ref, old: next },
      { ref: 'refs/heads/never', old: next },
    ]);
    expect(await repository.resolve(a.ref)).toBeNull();
    expect(await repository.resolve(b.ref)).toBe(base);
    const hostile = { ref: 'refs/heads/x\ndelete refs/heads/main', old: null, new: base };
    await expect(repository.move([hostile], null)).rejects.toThrow(TypeError);
  });

  it('is refused once another epoch was announced, and epochs only rise', async () => {
    const base = start();
    const repository = await opened();
    const move = { ref: 'refs/heads/x', old: null, new: base };
    expect(await repository.move([move], 1)).toEqual({ kind: 'superseded' });
    await repository.setEpoch(1);
    await repository.setEpoch(2);
    expect(await repository.move([move], 1)).toEqual({ kind: 'superseded' });
    await repository.setEpoch(1);
    expect(await repository.move([move], 2)).toEqual({ kind: 'moved' });
    expect(run('cat-file', 'blob', 'refs/tutti/epoch')).toBe('epoch 2');
  });

  it('lets one of two movers win, and none after a takeover', async () => {
    const base = start();
    write('a.txt', 'x');
    const next = save('Next');
    const [one, two] = await Promise.all([opened(), opened()]);
    await one.setEpoch(1);
    const move = { ref: 'refs/heads/x', old: null };
    const results = await Promise.all([
      one.move([{ ...move, new: base }], 1),
      two.move([{ ...move, new: next }], 1),
      one.move([{ ...move, new: base }], 1),
      two.move([{ ...move, new: next }], 1),
    ]);
    expect(results.filter(({ kind }) => kind === 'moved')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'elsewhere')).toHaveLength(3);
    const at = (await one.resolve('refs/heads/x')) ?? '';
    const [, late] = await Promise.all([
      two.setEpoch(2),
      one.move([{ ref: 'refs/heads/x', old: at, new: at }], 1),
    ]);
    expect(['moved', 'superseded']).toContain(late.kind);
    expect(await one.move([{ ref: 'refs/heads/x', old: at, new: next }], 1)).toEqual({
      kind: 'superseded',
    });
  });

  it('leaves a sound repository when it is killed between objects and refs', async () => {
    const base = start();
    const repository = await opened();
    await repository.setEpoch(1);
    // A transaction that has its locks and gets no further.
    const child = spawn('git', ['update-ref', '--stdin'], { cwd: root });
    const prepared = new Promise((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('prepare: ok')) resolve(true);
      });
    });
    child.stdin.write(`start\ncreate refs/heads/half ${base}\nprepare\n`);
    await prepared;
    const dead = new Promise((resolve) => {
      child.on('close', resolve);
    });
    child.kill('SIGKILL');
    await dead;
    expect(await repository.resolve('refs/heads/half')).toBeNull();
    expect(await repository.move([{ ref: 'refs/heads/x', old: null, new: base }], 1)).toEqual({
      kind: 'moved',
    });
    expect(run('fsck', '--strict')).not.toContain('error');
  });
});

it('a folder that is gone is not taken for a git that is gone', async () => {
  await expect(git(['version'], { cwd: join(dir, 'gone') })).rejects.toMatchObject({
    code: 'ENOENT',
    message: expect.stringContaining('gone, which is not there'),
    hint: expect.stringContaining('git worktree prune'),
  });
});

describe('checkouts of a branch', () => {
  it('follow, with edits elsewhere left alone, hooks not run; twice is harmless', async () => {
    const { from, to } = ahead();
    write('other', 'mine');
    const linked = join(dir, 'linked tree');
    run('worktree', 'add', '-q', linked, '-b', 'unrelated');
    const repository = await opened();
    const canary = join(dir, 'canary');
    trap(canary);
    expect(await repository.checkedOutAt('main')).toEqual([root]);
    expect(await repository.checkedOutAt('refs/heads/unrelated')).toEqual([linked]);
    expect(await repository.checkoutsAllow('main', from, to)).toEqual({
      ok: true,
      updated: [root],
    });
    await repository.move([{ ref: 'refs/heads/main', old: from, new: to }], null);
    for (const _ of [1, 2]) {
      expect(await repository.updateCheckouts('main', from, to)).toEqual({
        ok: true,
        updated: [root],
      });
    }
    expect(existsSync(canary)).toBe(false);
    run('config', '--unset', 'core.fsmonitor');
    run('config', 'core.hooksPath', '/dev/null');
    expect(run('status', '--porcelain')).toBe('?? other');
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('ONE\ntwo\nthree\n');
  });

  it('apply the person’s own line ends', async () => {
    const { from, to } = ahead();
    run('config', 'core.autocrlf', 'true');
    const repository = await opened();
    await repository.move([{ ref: 'refs/heads/main', old: from, new: to }], null);
    expect(await repository.updateCheckouts('main', from, to)).toMatchObject({ ok: true });
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('ONE\r\ntwo\r\nthree\r\n');
  });

  it.each([
    ['an edit', 'a.txt', () => write('a.txt', 'mine\n')],
    [
      'a staged edit',
      'a.txt',
      () => {
        write('a.txt', 'mine\n');
        run('add', 'a.txt');
      },
    ],
    ['an edit of what goes', 'dir/b.txt', () => write('dir/b.txt', 'mine\n')],
    ['an untracked file', 'added/c.txt', () => write('added/c.txt', 'mine\n')],
    [
      'an ignored file',
      'added/c.txt',
      () => {
        writeFileSync(join(root, '.git/info/exclude'), 'added\n');
        write('added/c.txt', 'mine\n');
      },
    ],
  ])('are refused for %s, and nothing is touched', async (_, file, edit) => {
    const { from, to } = ahead();
    edit();
    const before = fingerprint(root);
    const repository = await opened();
    const refused = { ok: false, path: root, files: [file] };
    expect(await repository.checkoutsAllow('main', from, to)).toEqual(refused);
    expect(await repository.updateCheckouts('main', from, to)).toEqual(refused);
    expect(fingerprint(root)).toBe(before);
  });
});
