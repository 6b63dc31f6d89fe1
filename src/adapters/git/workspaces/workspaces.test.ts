import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import type { Change } from '../../../model/attempt.ts';
import type { WorkspaceSettings } from '../../../model/settings.ts';
import type { Repository } from '../../../ports/repository.ts';
import type { SetUp, Workspace, Workspaces, WorkspaceSpec } from '../../../ports/workspace.ts';
import { openRepository } from '../open.ts';
import { createWorkspaces } from './workspaces.ts';

const AT = 1_700_000_000_000;
const PLAIN: WorkspaceSettings = {
  mode: 'clone',
  dir: null,
  max: 10,
  setup: [],
  copy: [],
  warm: [],
  env: [],
};

// Linux has one; elsewhere there is mostly no second disk to be had.
const OTHER_DISK = '/dev/shm';
const isThere = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;

let dir: string;
let root: string;
let base: string;
let repository: Repository;
let workspaces: Workspaces;

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti work ')));
  root = join(dir, 'a project');
  mkdirSync(join(dir, 'home'));
  process.env['HOME'] = join(dir, 'home');
  delete process.env['XDG_CONFIG_HOME'];
  process.env['GIT_CONFIG_NOSYSTEM'] = '1';
  writeFileSync(
    join(dir, 'home/.gitconfig'),
    '[user]\n\tname = Ann \\"A\\" Person\n\temail = ann@example.org\n[init]\n\tdefaultBranch = main\n',
  );
  await start();
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function start(...options: string[]): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  git(dir, 'init', '-q', ...options, root);
  put(root, 'a.txt', 'one\n');
  put(root, 'dir/b.txt', 'b\n');
  put(root, 'gone.txt', 'gone\n');
  put(root, '.gitignore', '*.log\n.env\nnode_modules\n');
  base = save();
  await reopen();
}

async function reopen(): Promise<void> {
  const opened = await openRepository(root);
  if (!opened.ok) throw new Error(opened.message);
  repository = opened.repository;
  workspaces = createWorkspaces(repository, join(dir, 'state'));
}

function save(): string {
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'Save');
  return git(root, 'rev-parse', 'HEAD');
}

function git(cwd: string, ...args: string[]): string {
  const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio }).trim();
}

function put(top: string, path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), text);
}

const shell: SetUp = (command, cwd) => {
  execFileSync('/bin/sh', ['-c', command], { cwd });
  return Promise.resolve(null);
};

const may = (): Promise<boolean> => Promise.resolve(true);

async function make(
  change: Partial<WorkspaceSpec> = {},
  setUp: SetUp = shell,
  mayTouch = may,
): Promise<Workspace> {
  const spec: WorkspaceSpec = {
    name: 'SHOP-1.1',
    mode: 'clone',
    commit: base,
    branch: 'SHOP-1.1/do-it',
    settings: PLAIN,
    ...change,
  };
  const prepared = await workspaces.prepare(spec, setUp, mayTouch);
  if (!prepared.ok) throw new Error(prepared.message);
  return prepared.workspace;
}

async function collect(workspace: Workspace): Promise<Change> {
  const collected = await workspace.collect('Work', AT);
  if (collected.kind !== 'change') throw new Error(JSON.stringify(collected));
  return collected.change;
}

function tree(commit: string): string[] {
  const args = ['ls-tree', '-r', '-z', '--name-only', commit];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
}

/** What an agent does comes later than what made its workspace, by the clock of the disk too. */
async function ready(): Promise<Workspace> {
  const workspace = await make();
  const { mtimeMs } = statSync(join(dirname(workspace.path), 'workspace.json'));
  const probe = join(dir, 'probe');
  do writeFileSync(probe, '');
  while (statSync(probe).ctimeMs <= mtimeMs);
  return workspace;
}

// Root may read everything: as root the act is done by somebody who owns the files but is not root.
async function asSomebody(act: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) {
    await act();
    return;
  }
  execFileSync('chown', ['-R', '65534', dir]);
  process.seteuid?.(65534);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a fresh workspace', () => {
  it('is a clean clone on its branch, without remote or hooks, that shares objects', async () => {
    const { path } = await make();
    expect(git(path, 'status', '--porcelain', '--branch')).toBe('## SHOP-1.1/do-it');
    expect(git(path, 'rev-parse', 'HEAD')).toBe(base);
    expect(git(path, 'remote')).toBe('');
    expect(git(path, 'config', 'core.hooksPath')).toBe('/dev/null');
    expect(git(path, 'config', 'user.name')).toBe('Ann "A" Person');
    expect(git(path, 'count-objects')).toMatch(/^0 objects/);
    put(path, 'a.txt', 'two\n');
    git(path, 'commit', '-qam', 'By the agent');
    expect(git(path, 'log', '--format=%s')).toBe('By the agent\nSave');
    expect(git(path, 'fsck', '--strict')).not.toContain('error');
  });

  it('has line ends by the committed attributes and no filter of anybody', async () => {
    put(root, '.gitattributes', '*.bat text eol=crlf\n*.bin filter=x\n');
    put(root, 'x.bat', 'a\nb\n');
    put(root, 'x.bin', 'bin');
    base = save();
    git(dir, 'config', '--global', 'filter.x.smudge', `touch '${dir}/canary'; cat`);
    git(dir, 'config', '--global', 'core.autocrlf', 'true');
    const workspace = await make();
    expect(readFileSync(join(workspace.path, 'x.bat'), 'utf8')).toBe('a\r\nb\r\n');
    expect(readFileSync(join(workspace.path, 'a.txt'), 'utf8')).toBe('one\n');
    appendFileSync(join(workspace.path, 'x.bat'), 'c\r\n');
    put(workspace.path, 'x.bin', 'other');
    const { commit, files } = await collect(workspace);
    expect(files).toEqual(['x.bat', 'x.bin']);
    expect(git(root, 'cat-file', 'blob', `${commit}:x.bat`)).toBe('a\nb\nc');
    expect(existsSync(join(dir, 'canary'))).toBe(false);
  });

  it('can be made of a tree that no commit has', async () => {
    const workspace = await make({ commit: git(root, 'rev-parse', 'HEAD^{tree}') });
    expect(readFileSync(join(workspace.path, 'dir/b.txt'), 'utf8')).toBe('b\n');
    expect(await workspace.collect('x', AT)).toMatchObject({ kind: 'invalid' });
  });

  it('works in a SHA-256 repository', async () => {
    await start('--object-format=sha256');
    const workspace = await make();
    put(workspace.path, 'new', 'x');
    expect(git(workspace.path, 'status', '--porcelain')).toBe('?? new');
    expect((await collect(workspace)).commit).toHaveLength(64);
  });

  it('is refused with a message, and leaves nothing', async () => {
    const odd: [Partial<WorkspaceSpec>, RegExp][] = [
      [{ name: '../x' }, /name/],
      [{ name: '' }, /name/],
      [{ branch: 'a/../../../config' }, /branch/],
      [{ branch: '-x' }, /branch/],
      [{ mode: 'none' }, /without a workspace/],
      [{ commit: '1'.repeat(40) }, /cannot make/],
      [{ settings: { ...PLAIN, copy: ['../secret'] } }, /not a path inside/],
      [{ settings: { ...PLAIN, copy: ['/etc/passwd'] } }, /not a path inside/],
      [{ settings: { ...PLAIN, copy: ['x/.git/config'] } }, /not a path inside/],
      [{ settings: { ...PLAIN, setup: ['npm ci'] } }, /set-up failed: npm ci: exit 1/],
    ];
    for (const [change, message] of odd) {
      await expect(make(change, () => Promise.resolve('exit 1'))).rejects.toThrow(message);
    }
    expect(await workspaces.list()).toEqual([]);
    await workspaces.rest();
    await workspaces.emptyTrash();
    expect(readdirSync(join(dir, 'state/trash'))).toEqual([]);
  });

  it('can be made twenty times at once', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `W-${at}`);
    const made = await Promise.all(names.map((name) => make({ name })));
    const commits = await Promise.all(
      made.map(async (workspace, at) => {
        put(workspace.path, 'mine', String(at));
        return (await collect(workspace)).commit;
      }),
    );
    expect(new Set(commits).size).toBe(20);
    expect(await workspaces.list()).toHaveLength(20);
    await Promise.all(made.map((workspace) => workspace.remove()));
    expect(await workspaces.list()).toEqual([]);
    expect(git(root, 'fsck', '--strict')).not.toContain('error');
  });
});

describe('a linked work tree', () => {
  it('is detached, is taken like a clone, and leaves nothing in the repository', async () => {
    const config = readFileSync(join(root, '.git/config'), 'utf8');
    put(root, '.git/hooks/post-checkout', `#!/bin/sh\ntouch '${dir}/canary'\n`);
    chmodSync(join(root, '.git/hooks/post-checkout'), 0o755);
    const workspace = await make({ mode: 'worktree' });
    const { path } = workspace;
    expect(git(path, 'status', '--porcelain', '--branch')).toBe('## HEAD (no branch)');
    expect(git(path, 'rev-parse', 'HEAD')).toBe(base);
    const listed = git(root, 'worktree', 'list', '--porcelain');
    expect(listed).toContain(`worktree ${path}\nHEAD ${base}\ndetached\nlocked tutti works here`);
    git(root, 'worktree', 'prune', '--expire=now');
    put(path, 'a.txt', 'two\n');
    put(path, 'new', 'x');
    // What the agent makes of its git directory is of no account.
    writeFileSync(join(path, '.git'), 'gitdir: /nowhere\n');
    const found = await workspaces.find('SHOP-1.1');
    const { commit } = await collect(found ?? workspace);
    expect(git(root, 'log', '--format=%P', '-1', commit)).toBe(base);
    expect(git(root, 'cat-file', 'blob', `${commit}:new`)).toBe('x');
    await workspace.remove();
    expect(git(root, 'worktree', 'list', '--porcelain')).not.toContain(path);
    expect(readdirSync(join(root, '.git/worktrees'))).toEqual([]);
    expect(readFileSync(join(root, '.git/config'), 'utf8')).toBe(config);
    expect(git(root, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    expect(existsSync(join(dir, 'canary'))).toBe(false);
  });

  it('is made anew over what a kill left, and never over one of somebody else', async () => {
    const killed = await make({ mode: 'worktree' });
    rmSync(join(dir, 'state/workspaces/SHOP-1.1/workspace.json'));
    const again = await make({ mode: 'worktree' });
    expect(again.path).toBe(killed.path);
    expect(git(again.path, 'status', '--porcelain')).toBe('');
    rmSync(join(dir, 'state/workspaces/SHOP-1.1/workspace.json'));
    const half = await workspaces.find('SHOP-1.1');
    await half?.remove();
    expect(readdirSync(join(root, '.git/worktrees'))).toEqual([]);

    git(root, 'worktree', 'add', '-q', '--detach', join(dir, 'tutti-SHOP-1.1'));
    const spec = { name: 'SHOP-1.1', mode: 'worktree', commit: base, branch: 'x' } as const;
    const refused = await workspaces.prepare({ ...spec, settings: PLAIN }, shell, may);
    expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('EEXIST') });
    expect(git(join(dir, 'tutti-SHOP-1.1'), 'status', '--porcelain')).toBe('');
  });
});

describe('set-up', () => {
  it('keeps what it wrote with a secret in it out of changes and objects, and leaves it be', async () => {
    const known = 'a-registry-login-81f2';
    workspaces = createWorkspaces(repository, join(dir, 'state'), () => [known]);
    const setup = [
      `echo "token=${known}" > .npmrc; echo "${known}" >> a.txt; echo fine > fine.txt`,
    ];
    const workspace = await make({ settings: { ...PLAIN, setup } });
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    put(workspace.path, 'new.txt', 'new');
    const collected = await workspace.collect('Work', AT);
    expect(collected).toMatchObject({
      kind: 'change',
      secrets: [],
      change: { files: ['new.txt'] },
    });
    expect(readFileSync(join(workspace.path, '.npmrc'), 'utf8')).toContain(known);
    const ids = git(root, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)');
    for (const id of ids.split('\n')) expect(git(root, 'cat-file', '-p', id)).not.toContain(known);
    // What the agent brings is told as ever.
    put(workspace.path, 'leak.txt', known);
    expect(await workspace.collect('Work', AT)).toMatchObject({
      secrets: [expect.stringContaining('leak.txt:1 holds')],
    });
  });

  it('leaves what the start has as it is when it is moved, and nothing else', async () => {
    const [old, fresh] = ['a-long-known-löck-81f2', 'another-known-login-77'];
    workspaces = createWorkspaces(repository, join(dir, 'state'), () => [old, fresh]);
    put(root, 'test/key.pem', `key ${old}\n`);
    put(root, 'test/stays.txt', fresh);
    base = save();
    const workspace = await make();
    mkdirSync(join(workspace.path, 'fixtures'));
    const [from, to] = ['test/key.pem', 'fixtures/key.pem'];
    renameSync(join(workspace.path, from), join(workspace.path, to));
    const moved = await workspace.collect('Work', AT);
    expect(moved).toMatchObject({ secrets: [], change: { files: [to, from] } });
    appendFileSync(join(workspace.path, to), fresh);
    expect(await workspace.collect('Work', AT)).toMatchObject({
      secrets: [expect.stringContaining(`${to}:2 holds`)],
    });
    expect(readFileSync(join(workspace.path, to), 'utf8')).toBe(`key ${old}\n[redacted]`);
  });

  it('copies files and folders, confined, and they are no part of the change', async () => {
    put(root, '.env', 'SECRET=1');
    put(root, 'local/settings', 'mine');
    put(root, 'a.txt', 'edited by the person\n');
    put(root, 'node_modules/x/index.js', 'x');
    symlinkSync('x', join(root, 'node_modules/link'));
    const settings = {
      ...PLAIN,
      copy: ['.env', './local/', 'a.txt', 'missing'],
      warm: ['node_modules'],
    };
    const workspace = await make({ settings });
    const { path } = workspace;
    expect(readFileSync(join(path, '.env'), 'utf8')).toBe('SECRET=1');
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toContain('person');
    expect(lstatSync(join(path, 'node_modules/link')).isSymbolicLink()).toBe(true);
    const file = 'node_modules/x/index.js';
    expect(statSync(join(path, file)).ino).not.toBe(statSync(join(root, file)).ino);
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    put(path, 'local/settings', 'changed');
    put(path, 'missing', 'by the agent');
    const { commit, files } = await collect(workspace);
    expect(files).toEqual(['missing']);
    expect(git(root, 'cat-file', 'blob', `${commit}:a.txt`)).toBe('one');
    const objects = git(root, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)');
    const secret = git(root, 'hash-object', '.env');
    expect(objects).not.toContain(secret);
  });

  it('never follows a link out when it copies', async () => {
    mkdirSync(join(dir, 'outside'));
    put(dir, 'outside/secret', 's');
    symlinkSync(join(dir, 'outside'), join(root, 'linked'));
    base = save();
    await expect(make({ settings: { ...PLAIN, copy: ['linked/secret'] } })).rejects.toThrow(
      /leads out/,
    );
    unlinkSync(join(root, 'linked'));
    put(root, 'linked/secret', 'other');
    await expect(make({ settings: { ...PLAIN, copy: ['linked/secret'] } })).rejects.toThrow(
      /link or a file/,
    );
    expect(readFileSync(join(dir, 'outside/secret'), 'utf8')).toBe('s');
  });

  it('is no part of the change: only what came after is', async () => {
    const settings = {
      ...PLAIN,
      setup: ['echo generated > gen.txt; echo set-up >> a.txt; rm gone.txt', 'echo 2 > gen2.txt'],
    };
    const workspace = await make({ settings });
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    put(workspace.path, 'dir/b.txt', 'agent\n');
    put(workspace.path, 'gen2.txt', 'agent\n');
    const { commit, files } = await collect(workspace);
    expect(files).toEqual(['dir/b.txt', 'gen2.txt']);
    expect(tree(commit)).toEqual(['.gitignore', 'a.txt', 'dir/b.txt', 'gen2.txt', 'gone.txt']);
    expect(git(root, 'cat-file', 'blob', `${commit}:a.txt`)).toBe('one');
    // Putting back what set-up did makes no change against the base.
    put(workspace.path, 'dir/b.txt', 'b\n');
    put(workspace.path, 'gen2.txt', '2\n');
    put(workspace.path, 'a.txt', 'one\n');
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
  });
});

describe('collecting', () => {
  it('takes every kind of change, once and again alike, on disk', async () => {
    const workspace = await make();
    const { path } = workspace;
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    const odd = ['new\nline', '"quoted"', '-dash', ':(top)x', '--pathspec-from-file=x', 'ü', ' '];
    for (const name of odd) put(path, name, name);
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff, 0xfe])]), 'bytes');
    renameSync(join(path, 'dir/b.txt'), join(path, 'moved.txt'));
    unlinkSync(join(path, 'gone.txt'));
    chmodSync(join(path, 'a.txt'), 0o755);
    symlinkSync('/etc/passwd', join(path, 'link'));
    mkdirSync(join(path, 'empty'));
    put(path, 'x.log', 'ignored');
    const change = await collect(workspace);
    expect(change.base).toBe(base);
    expect(change.files).toEqual(
      expect.arrayContaining([...odd, 'a.txt', 'moved.txt', '\uFFFD\uFFFD']),
    );
    expect(tree(change.commit)).toEqual(
      expect.arrayContaining([...odd, 'a.txt', 'link', 'moved.txt', '.gitignore']),
    );
    expect(tree(change.commit)).toHaveLength(odd.length + 5);
    expect(git(root, 'ls-tree', change.commit, 'a.txt', 'link')).toMatch(/^100755.*\n120000/);
    expect(git(root, 'show', '-s', '--format=%P %s %an', change.commit)).toBe(
      `${base} Work Ann "A" Person`,
    );
    expect(await collect(workspace)).toEqual(change);
    expect(await collect((await workspaces.find('SHOP-1.1')) ?? workspace)).toEqual(change);
    expect(git(root, 'fsck', '--strict')).not.toContain('error');
  });

  it('notices an edit of the same size at the same time', async () => {
    const workspace = await make();
    put(workspace.path, 'a.txt', 'two\n');
    expect((await collect(workspace)).files).toEqual(['a.txt']);
    expect(git(workspace.path, 'status', '--porcelain')).toBe('M a.txt');
  });

  it('counts only the work tree, whatever became of its git directory', async () => {
    const canary = join(dir, 'canary');
    const touch = `touch '${canary}'; cat`;
    const acts: ((path: string) => void)[] = [
      (path) => rmSync(join(path, '.git'), { recursive: true }),
      (path) => {
        renameSync(join(path, '.git'), join(dir, 'stolen'));
        symlinkSync(join(dir, 'stolen'), join(path, '.git'));
      },
      (path) => {
        rmSync(join(path, '.git'), { recursive: true });
        writeFileSync(join(path, '.git'), `gitdir: ${root}/.git\n`);
      },
      (path) => {
        git(path, 'checkout', '-q', '-b', 'elsewhere');
        git(path, 'commit', '-q', '--allow-empty', '-m', 'x');
        writeFileSync(join(path, '.git/index.lock'), '');
        writeFileSync(join(path, '.git/info/exclude'), '*\n');
        writeFileSync(join(path, '.git/objects/info/alternates'), '/nonexistent\n');
      },
      (path) => {
        const config = [
          `[core]\n\tfsmonitor = "${touch}"\n\tworktree = ${dir}/home\n\thooksPath = ${dir}/hooks`,
          `[filter "x"]\n\tclean = "${touch}"\n\tprocess = "${touch}"`,
          `[diff "x"]\n\ttextconv = "${touch}"\n[diff]\n\texternal = "${touch}"`,
        ];
        writeFileSync(join(path, '.git/config'), config.join('\n'));
        put(path, '.gitattributes', '* filter=x diff=x merge=x\n');
        for (const hook of ['pre-commit', 'post-index-change', 'reference-transaction']) {
          put(path, `.git/hooks/${hook}`, `#!/bin/sh\ntouch '${canary}'\n`);
          chmodSync(join(path, '.git/hooks', hook), 0o755);
        }
      },
    ];
    for (const act of acts) {
      const workspace = await make();
      put(workspace.path, 'work.txt', 'w');
      act(workspace.path);
      const { commit, files } = await collect(workspace);
      expect(files).toContain('work.txt');
      expect(git(root, 'log', '--format=%P', '-1', commit)).toBe(base);
      await workspace.remove();
      expect(existsSync(workspace.path)).toBe(false);
    }
    expect(existsSync(canary)).toBe(false);
    expect(existsSync(join(root, '.git/config'))).toBe(true);
  });

  it('refuses by name a repository that is no submodule', async () => {
    const workspace = await make();
    git(workspace.path, 'init', '-q', 'lib/inner');
    put(workspace.path, 'lib/inner/x', 'x');
    const refused = {
      kind: 'invalid',
      message: 'a repository inside the work tree that is no submodule: lib/inner',
    };
    expect(await workspace.collect('x', AT)).toEqual(refused);
    git(join(workspace.path, 'lib/inner'), 'add', '-A');
    git(join(workspace.path, 'lib/inner'), 'commit', '-qm', 'x');
    expect(await workspace.collect('x', AT)).toEqual(refused);
    put(workspace.path, '.gitignore', 'lib\n');
    expect((await collect(workspace)).files).toEqual(['.gitignore']);
  });

  it('leaves a submodule as it was, and never runs git in it', async () => {
    git(dir, 'clone', '-q', root, 'other');
    git(
      root,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      join(dir, 'other'),
      'sub',
    );
    base = save();
    const workspace = await make();
    const sub = join(workspace.path, 'sub');
    expect(readFileSync(join(sub, 'a.txt'), 'utf8')).toBe('one\n');
    expect(git(workspace.path, 'status', '--porcelain')).toBe('');
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    git(sub, 'init', '-q');
    git(sub, 'config', 'core.fsmonitor', `touch '${dir}/canary'; false`);
    put(workspace.path, 'a.txt', 'two\n');
    expect((await collect(workspace)).files).toEqual(['a.txt']);
    put(sub, 'a.txt', 'dirty');
    const refused = { kind: 'invalid', message: expect.stringMatching(/submodule.*: sub;/u) };
    expect(await workspace.collect('x', AT)).toEqual(refused);
    rmSync(sub, { recursive: true });
    expect(await workspace.collect('x', AT)).toEqual(refused);
    expect(existsSync(join(dir, 'canary'))).toBe(false);
    // Its objects are the repository's own: nothing was fetched, and without them it says so.
    rmSync(join(root, '.git/modules'), { recursive: true });
    const spec = { name: 'SHOP-1.2', mode: 'clone', commit: base, branch: 'x' } as const;
    const prepared = await workspaces.prepare({ ...spec, settings: PLAIN }, shell, may);
    expect(prepared).toMatchObject({
      remarks: [expect.stringContaining('git submodule update --init')],
    });
    // What is made where it should be is refused as well, unless git has brought it.
    const empty = await workspaces.find('SHOP-1.2');
    expect(await empty?.collect('x', AT)).toEqual({ kind: 'none' });
    put(empty?.path ?? '', 'sub/src/new.txt', 'work');
    put(empty?.path ?? '', 'a.txt', 'two\n');
    expect(await empty?.collect('x', AT)).toEqual(refused);
    put(empty?.path ?? '', 'sub/.git', 'gitdir: ../.git/modules/sub\n');
    expect(await empty?.collect('x', AT)).toMatchObject({ change: { files: ['a.txt'] } });
    await empty?.keepAside('SHOP-1.2#1');
    expect(await workspaces.aside('SHOP-1.2#1', false)).toMatchObject({ files: 1, leftOut: [] });
  });

  it('lets set-up write in a submodule, and never looks for one outside', async () => {
    git(dir, 'clone', '-q', root, 'other');
    const file = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add'];
    git(root, ...file, join(dir, 'other'), 'sub');
    base = save();
    const workspace = await make({ settings: { ...PLAIN, setup: ['echo x > sub/built'] } });
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    put(workspace.path, 'sub/built', 'again');
    put(workspace.path, 'sub/more', 'more');
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'none' });
    put(workspace.path, 'sub/a.txt', 'edited\n');
    const message = expect.stringMatching(/submodule.*: sub;/u);
    expect(await workspace.collect('x', AT)).toEqual({ kind: 'invalid', message });
    put(workspace.path, 'sub/a.txt', 'one\n');
    await workspace.keepAside('SHOP-1.1#1');
    const kept = join(dir, 'state/kept/SHOP-1.1-1/files/sub');
    expect(readdirSync(kept).toSorted()).toEqual(['a.txt', 'built', 'more']);
    // Where set-up has edited its sources, what is edited later is kept beside the change.
    const setup = ['echo x > sub/a.txt'];
    const edited = await make({ name: 'SHOP-1.2', settings: { ...PLAIN, setup } });
    const record = statSync(join(dirname(edited.path), 'workspace.json')).mtimeMs;
    // The clock of files ticks slowly.
    while (lstatSync(join(edited.path, 'sub/a.txt')).ctimeMs <= record) {
      put(edited.path, 'sub/a.txt', 'edited\n');
    }
    expect(await edited.collect('x', AT)).toEqual({ kind: 'none' });
    await edited.keepAside('SHOP-1.2#1');
    expect(await workspaces.aside('SHOP-1.2#1', false)).toMatchObject({ files: 1 });
    put(root, '.gitmodules', '[submodule "../modules/sub"]\n\tpath = sub\n\turl = x\n');
    base = save();
    const odd = await make();
    expect(readdirSync(join(odd.path, 'sub'))).toEqual([]);
  });

  it('refuses tricks with .gitmodules, .GIT and what is no file', async () => {
    const acts: [string, (path: string) => void, RegExp][] = [
      [
        'a command',
        (path) => put(path, '.gitmodules', '[submodule "x"]\n\tupdate = !touch y\n'),
        /gitmodules/,
      ],
      [
        'an option',
        (path) => put(path, '.gitmodules', '[submodule "x"]\n\turl = --upload-pack=x\n'),
        /gitmodules/,
      ],
      [
        'a way out',
        (path) => put(path, '.gitmodules', '[submodule "../../x"]\n\tpath = x\n'),
        /gitmodules/,
      ],
      ['no config', (path) => put(path, '.gitmodules', '[[['), /gitmodules/],
      ['a link', (path) => symlinkSync('/etc/passwd', join(path, '.gitmodules')), /gitmodules/],
      ['.GIT', (path) => put(path, 'x/.GIT/config', ''), /\.GIT/],
      [
        'a pipe',
        (path) => {
          unlinkSync(join(path, 'a.txt'));
          execFileSync('mkfifo', [join(path, 'a.txt')]);
        },
        /a\.txt|update/,
      ],
      [
        'a link for the root',
        (path) => {
          renameSync(path, join(dir, 'moved'));
          symlinkSync(root, path);
        },
        /replaced/,
      ],
      [
        'a file for the root',
        (path) => {
          rmSync(path, { recursive: true });
          writeFileSync(path, '');
        },
        /replaced/,
      ],
      ['a missing root', (path) => rmSync(path, { recursive: true }), /replaced/],
    ];
    for (const [name, act, message] of acts) {
      const workspace = await make();
      act(workspace.path);
      const collected = await workspace.collect('x', AT);
      expect(collected, name).toMatchObject({ kind: 'invalid' });
      expect(JSON.stringify(collected), name).toMatch(message);
      await workspace.remove();
      rmSync(join(dir, 'moved'), { recursive: true, force: true });
    }
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('one\n');
  });

  it('says which folder or file it cannot read', async () => {
    const workspace = await make();
    put(workspace.path, 'closed/x', 'x');
    put(workspace.path, 'secret', 'x');
    await asSomebody(async () => {
      chmodSync(join(workspace.path, 'closed'), 0o000);
      const folder = await workspace.collect('x', AT);
      expect(folder).toMatchObject({ kind: 'invalid', message: 'cannot read the folder closed/' });
      chmodSync(join(workspace.path, 'closed'), 0o555);
      chmodSync(join(workspace.path, 'secret'), 0o000);
      const file = await workspace.collect('x', AT);
      expect(JSON.stringify(file)).toMatch(/invalid.*secret.*Permission denied/);
      chmodSync(join(workspace.path, 'closed'), 0o000);
      await workspace.remove();
      expect(existsSync(workspace.path)).toBe(false);
      await workspaces.rest();
      await workspaces.emptyTrash();
      expect(readdirSync(join(dir, 'state/trash'))).toEqual([]);
    });
  });

  it('of a folder with nothing but ignored files each file is kept once', async () => {
    const workspace = await ready();
    put(workspace.path, 'cache/a.log', 'a');
    put(workspace.path, 'cache/of/b.log', 'b');
    await workspace.keepAside('SHOP-1.1#1');
    expect(await workspaces.aside('SHOP-1.1#1', false)).toMatchObject({ files: 2, leftOut: [] });
  });

  it('is kept beside git whatever was closed in it', async () => {
    workspaces = createWorkspaces(repository, join(dir, 'state'), () => ['a-known-secret']);
    const workspace = await ready();
    const { path } = workspace;
    put(path, 'sub/a.log', 'a');
    put(path, 'sub/of/other.log', 'other');
    put(path, 'b.log/in/it', 'b');
    writeFileSync(
      Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff]), Buffer.from('.log')]),
      'c',
    );
    put(path, 'own.txt', 'own');
    git(path, 'add', 'own.txt');
    git(path, 'commit', '-qm', 'By the agent');
    const id = git(path, 'rev-parse', 'HEAD');
    const object = join(path, '.git/objects', id.slice(0, 2), id.slice(2));
    await asSomebody(async () => {
      for (const [name, mode] of [
        [object, 0o000],
        [join(path, '.git/objects'), 0o000],
        [join(path, '.git/hooks'), 0o555],
        [join(path, '.git'), 0o555],
        [join(path, 'sub/a.log'), 0o000],
        [join(path, 'b.log/in'), 0o000],
        [join(path, 'sub'), 0o555],
        [path, 0o555],
      ] as const) {
        if (existsSync(name)) chmodSync(name, mode);
      }
      if (process.getuid?.() === 0) {
        process.seteuid?.(0);
        // What a container leaves.
        execFileSync('chown', ['root', join(path, 'sub/of/other.log')]);
        chmodSync(join(path, 'sub/of/other.log'), 0o600);
        chmodSync(join(path, 'sub/of'), 0o555);
        process.seteuid?.(65534);
      }
      await workspace.keepAside('SHOP-1.1#1');
      await workspace.remove();
      const aside = await workspaces.aside('SHOP-1.1#1', true);
      expect(aside).toMatchObject({ files: 4, leftOut: [] });
      expect(git(dir, '--git-dir', aside?.commits ?? '', 'log', '--format=%s', '-1', id)).toBe(
        'By the agent',
      );
      const to = join(dir, 'state/back');
      mkdirSync(to);
      await workspaces.bringAside('SHOP-1.1#1', true, to);
      expect(readFileSync(join(to, 'sub/a.log'), 'utf8')).toBe('a');
      expect(readFileSync(join(to, 'b.log/in/it'), 'utf8')).toBe('b');
      expect(readdirSync(to, { encoding: 'latin1' })).toContain('\u00ff.log');
    });
  });

  it('names what nobody can keep, and keeps the rest', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can make what is somebody else’s');
    workspaces = createWorkspaces(repository, join(dir, 'state'), () => ['a-known-secret']);
    const workspace = await ready();
    const { path } = workspace;
    put(path, 'theirs/x.log', 'x');
    put(path, 'mine.log', 'mine');
    put(path, 'own.txt', 'own');
    git(path, 'add', 'own.txt');
    git(path, 'commit', '-qm', 'By the agent');
    await asSomebody(async () => {
      process.seteuid?.(0);
      execFileSync('chown', ['-R', 'root', join(path, 'theirs'), join(path, '.git/objects')]);
      chmodSync(join(path, 'theirs/x.log'), 0o600);
      execFileSync('chmod', ['-R', 'go-rwx', join(path, '.git/objects/pack')]);
      for (const name of readdirSync(join(path, '.git/objects'))) {
        if (name.length === 2) chmodSync(join(path, '.git/objects', name), 0o700);
      }
      process.seteuid?.(65534);
      await workspace.keepAside('SHOP-1.1#1');
      expect(await workspaces.aside('SHOP-1.1#1', false)).toMatchObject({
        files: 1,
        leftOut: [
          'theirs/x.log: it cannot be kept (EACCES)',
          '.git: it cannot be looked through for secrets (EACCES)',
        ],
        commits: null,
      });
      await workspace.remove();
      expect(existsSync(path)).toBe(false);
    });
  });

  it('is put out of the way although its folder is closed', async () => {
    const workspace = await make();
    put(workspace.path, 'nested/x', 'x');
    git(workspace.path, 'init', '-q', 'nested');
    await asSomebody(async () => {
      chmodSync(join(workspace.path, 'nested'), 0o000);
      chmodSync(workspace.path, 0o555);
      chmodSync(dirname(workspace.path), 0o555);
      const left = await workspace.setAside('SHOP-1.1#1');
      expect(existsSync(dirname(workspace.path))).toBe(false);
      const to = join(dir, 'state/back');
      mkdirSync(to);
      await workspaces.bringAside('SHOP-1.1#1', false, to);
      expect(readdirSync(join(to, 'nested')).toSorted()).toEqual(['dot-git', 'x']);
      expect(existsSync(left)).toBe(true);
    });
  });

  it.skipIf(!isThere)('is put out of the way although it lies on another disk', async () => {
    const elsewhere = mkdtempSync(join(OTHER_DISK, 'tutti-work-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
    const workspace = await make({ settings: { ...PLAIN, dir: elsewhere } });
    put(workspace.path, 'nested/x', 'x');
    git(workspace.path, 'init', '-q', 'nested');
    expect(await workspace.collect('x', AT)).toMatchObject({ kind: 'invalid' });
    const left = await workspace.setAside('SHOP-1.1#1');
    expect(readFileSync(join(left, 'nested/x'), 'utf8')).toBe('x');
    await workspaces.rest();
    expect(readdirSync(join(elsewhere, 'state'))).toEqual([]);
    expect(await workspaces.list()).toEqual([]);
    const gone = await make({ settings: { ...PLAIN, dir: elsewhere } });
    rmSync(gone.path, { recursive: true });
    await gone.setAside('SHOP-1.1#2');
    expect(await workspaces.list()).toEqual([]);
  });

  it('is not disturbed by the leftovers of a look that was killed', async () => {
    const workspace = await make();
    const home = dirname(workspace.path);
    writeFileSync(join(home, 'index.lock'), '');
    writeFileSync(join(home, 'index.0123456789ab.lock'), '');
    put(workspace.path, 'new', 'x');
    expect((await collect(workspace)).files).toEqual(['new']);
  });

  it('names at most 1,000 files', async () => {
    const workspace = await make();
    for (let at = 0; at < 1001; at += 1) put(workspace.path, `many/${at}`, '');
    const { files, commit } = await collect(workspace);
    expect(files).toHaveLength(1000);
    expect(tree(commit)).toHaveLength(1005);
  });
});

describe('restoring kept work', () => {
  it('brings it into a fresh work tree on another base, or changes nothing', async () => {
    const first = await make();
    put(first.path, 'a.txt', 'work\n');
    put(first.path, 'new', 'new\n');
    const kept = (await collect(first)).commit;
    put(root, 'dir/b.txt', 'moved on\n');
    const next = save();
    const second = await make({ commit: next });
    expect(await second.restore(kept)).toEqual({ kind: 'laid' });
    expect(readFileSync(join(second.path, 'a.txt'), 'utf8')).toBe('work\n');
    const { commit, files } = await collect(second);
    expect(files).toEqual(['a.txt', 'new']);
    expect(git(root, 'rev-parse', `${commit}^`)).toBe(next);
    put(root, 'a.txt', 'conflict\n');
    const third = await make({ commit: save() });
    expect(await third.restore(kept)).toEqual({ kind: 'unfit' });
    expect(await third.collect('x', AT)).toEqual({ kind: 'none' });
    expect(await third.restore(base)).toEqual({ kind: 'unfit' });
    const fourth = await make({ commit: next, settings: { ...PLAIN, setup: ['echo x > new'] } });
    expect(await fourth.restore(kept)).toEqual({ kind: 'unfit' });
    expect(await fourth.collect('x', AT)).toEqual({ kind: 'none' });
  });

  it('takes no file for work that could not be laid in full', async () => {
    const first = await make();
    put(first.path, 'a.txt', 'whole\n');
    put(first.path, 'lost', 'lost\n');
    put(first.path, 'new', 'new\n');
    const kept = (await collect(first)).commit;
    const id = git(root, 'rev-parse', `${kept}:lost`);
    rmSync(join(root, '.git/objects', id.slice(0, 2), id.slice(2)));
    const message: unknown = expect.stringMatching(/^git read-tree failed \(128\): .*\blost\b/su);
    for (const mode of ['clone', 'worktree'] as const) {
      const second = await make({ mode });
      expect(await second.restore(kept)).toEqual({ kind: 'failed', message });
      expect(existsSync(join(second.path, 'new'))).toBe(true);
      // Whoever comes after a coordinator that was killed finds no work in it.
      const found = await workspaces.find('SHOP-1.1');
      expect(await found?.collect('x', AT)).toEqual({ kind: 'none' });
      await second.remove();
      expect(existsSync(second.path)).toBe(false);
    }
  });
});

describe('finding and removing', () => {
  it('finds what an earlier process made, wherever it lies', async () => {
    const settings = { ...PLAIN, dir: join(dir, 'elsewhere'), setup: ['echo x > gen'] };
    const { path } = await make({ settings });
    expect(path).toBe(join(dir, 'elsewhere/state/SHOP-1.1'));
    await reopen();
    expect(await workspaces.list()).toMatchObject([{ name: 'SHOP-1.1', path }]);
    const found = await workspaces.find('SHOP-1.1');
    put(path, 'new', 'x');
    expect((await found?.collect('x', AT))?.kind).toBe('change');
    await found?.remove();
    await found?.remove();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(dir, 'elsewhere/state'))).toEqual([]);
    expect(await workspaces.find('SHOP-1.1')).toBeNull();
    expect(await workspaces.find('../x')).toBeNull();
  });

  it('lets one that was never finished be found and removed, not collected', async () => {
    const { path } = await make();
    writeFileSync(join(dirname(path), 'workspace.json'), '{"work":');
    const found = await workspaces.find('SHOP-1.1');
    expect(await found?.collect('x', AT)).toMatchObject({ kind: 'invalid' });
    expect(await found?.restore(base)).toEqual({ kind: 'unfit' });
    expect((await make()).path).toBe(path);
  });

  it.each([0, 1, 2])(
    'is not disturbed by somebody who is told the %i-th time that it is over',
    async (yes) => {
      const { path } = await make();
      put(path, 'work.txt', 'by the successor');
      let asked = 0;
      const late = make({}, shell, async () => {
        asked += 1;
        return asked <= yes;
      });
      await expect(late).rejects.toThrow('another process has taken over');
      // Once told no before its files were deleted, everything is where it was.
      if (yes < 2) expect(readFileSync(join(path, 'work.txt'), 'utf8')).toBe('by the successor');
      const found = await workspaces.list();
      expect(found.map(({ complete }) => complete)).toEqual(yes < 2 ? [true] : []);
    },
  );

  it('removes read-only, closed and very deep folders, and links without what they lead to', async () => {
    const workspace = await make();
    put(workspace.path, 'closed/x', 'x');
    chmodSync(join(workspace.path, 'closed'), 0o000);
    symlinkSync(root, join(workspace.path, 'link'));
    const deep =
      "for (let i = 0; i < 1500; i++) { fs.mkdirSync('deeper'); process.chdir('deeper'); }";
    execFileSync(process.execPath, ['-e', deep], { cwd: workspace.path });
    await workspace.remove();
    expect(existsSync(workspace.path)).toBe(false);
    await workspaces.rest();
    await workspaces.emptyTrash();
    expect(readdirSync(join(dir, 'state/trash'))).toEqual([]);
    expect(existsSync(join(root, 'a.txt'))).toBe(true);
  });

  it('leaves the person’s checkout as it was', async () => {
    const look = (): string[] =>
      ['index', 'config', 'HEAD'].map((name) => readFileSync(join(root, '.git', name), 'hex'));
    git(root, 'update-index', '--refresh');
    const before = look();
    const workspace = await make({ settings: { ...PLAIN, setup: ['echo x > gen'] } });
    put(workspace.path, 'new', 'x');
    await collect(workspace);
    await workspace.remove();
    expect(look()).toEqual(before);
    expect(git(root, 'status', '--porcelain')).toBe('');
    expect(git(root, 'for-each-ref')).toMatch(/^\w+ commit\trefs\/heads\/main$/);
  });
});
