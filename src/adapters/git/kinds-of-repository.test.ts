// Workspaces of repositories that are not plain: with filters, sparse, shallow, partial.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { beforeEach, expect, onTestFinished, test } from 'vitest';

import type { WorkspaceSettings } from '../../model/settings.ts';
import type { Collected, PreparedWorkspace, Workspace } from '../../ports/workspace.ts';
import { openRepository } from './open.ts';
import { createWorkspaces } from './workspaces/workspaces.ts';

const PLAIN: WorkspaceSettings = {
  mode: 'clone',
  dir: null,
  max: 10,
  setup: [],
  copy: [],
  warm: [],
  env: [],
};

let dir: string;
let root: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-kinds-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  root = join(dir, 'project');
  mkdirSync(join(dir, 'home'));
  process.env['HOME'] = join(dir, 'home');
  delete process.env['XDG_CONFIG_HOME'];
  process.env['GIT_CONFIG_NOSYSTEM'] = '1';
  writeFileSync(
    join(dir, 'home/.gitconfig'),
    '[user]\n\tname = ann\n\temail = ann@example.org\n[protocol "file"]\n\tallow = always\n',
  );
  git(dir, 'init', '-q', '-b', 'main', root);
  put('a.txt', 'one\n');
  put('src/in.txt', 'in\n');
  put('far/away/out.txt', 'out\n');
  save();
});

function git(cwd: string, ...args: string[]): string {
  const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio }).trim();
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function save(): void {
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'Save');
}

async function prepare(
  change: Partial<WorkspaceSettings> = {},
  mode: 'clone' | 'worktree' = 'clone',
  commit = git(root, 'rev-parse', 'HEAD'),
  name = 'SHOP-1.1',
): Promise<PreparedWorkspace> {
  const opened = await openRepository(root);
  if (!opened.ok) throw new Error(opened.message);
  const settings = { ...PLAIN, ...change };
  const workspaces = createWorkspaces(opened.repository, join(dir, 'state'));
  return await workspaces.prepare(
    { name, mode, commit, branch: 'work', settings },
    (command, cwd) => {
      execFileSync('/bin/sh', ['-c', command], { cwd });
      return Promise.resolve(null);
    },
    () => Promise.resolve(true),
  );
}

async function make(...how: Parameters<typeof prepare>): Promise<Workspace> {
  const prepared = await prepare(...how);
  if (!prepared.ok) throw new Error(prepared.message);
  return prepared.workspace;
}

async function taken(workspace: Workspace): Promise<Extract<Collected, { kind: 'change' }>> {
  const collected = await workspace.collect('Work', 0);
  if (collected.kind !== 'change') throw new Error(JSON.stringify(collected));
  return collected;
}

/** A filter as Git LFS is one: pointers in the repository, the content elsewhere. */
function installFilter(scope: '--global' | '--local'): void {
  const store = join(dir, 'store');
  mkdirSync(store, { recursive: true });
  const clean = join(dir, 'clean');
  writeFileSync(
    clean,
    `#!/bin/sh\ncat > '${store}/new'\nid=$(git hash-object '${store}/new')\nmv '${store}/new' "${store}/$id"\necho "pointer $id"\n`,
  );
  const smudge = join(dir, 'smudge');
  writeFileSync(smudge, `#!/bin/sh\nread word id\ntouch '${dir}/smudged'\ncat "${store}/$id"\n`);
  for (const program of [clean, smudge]) chmodSync(program, 0o755);
  git(root, 'config', scope, 'filter.big.clean', clean);
  git(root, 'config', scope, 'filter.big.smudge', smudge);
  git(root, 'config', scope, 'filter.big.required', 'true');
}

test('a filter that the person has named runs both ways, and no other one', async () => {
  installFilter('--global');
  git(root, 'config', '--global', 'filter.evil.smudge', `touch '${dir}/canary'; cat`);
  put('.gitattributes', '*.bin filter=big\n*.txt filter=evil\n');
  put('x.bin', 'huge content\n');
  save();
  expect(git(root, 'cat-file', 'blob', 'HEAD:x.bin')).toMatch(/^pointer /u);

  const plain = await make();
  expect(readFileSync(join(plain.path, 'x.bin'), 'utf8')).toMatch(/^pointer /u);
  expect(await plain.collect('Nothing', 0)).toEqual({ kind: 'none' });

  const filtered = await make({ gitFilters: ['big'] });
  expect(readFileSync(join(filtered.path, 'x.bin'), 'utf8')).toBe('huge content\n');
  expect(await filtered.collect('Nothing', 0)).toEqual({ kind: 'none' });
  writeFileSync(join(filtered.path, 'y.bin'), 'other content\n');
  const { change } = await taken(filtered);
  expect(git(root, 'cat-file', 'blob', `${change.commit}:y.bin`)).toMatch(/^pointer /u);
  expect(git(root, 'cat-file', 'blob', `${change.commit}:x.bin`)).toMatch(/^pointer /u);
  expect(existsSync(join(dir, 'canary'))).toBe(false);
});

test('a filter that only the repository configures never runs, even where it is named', async () => {
  installFilter('--local');
  put('.gitattributes', '*.bin filter=big\n');
  put('x.bin', 'huge content\n');
  save();
  rmSync(join(dir, 'smudged'), { force: true });
  const refused = await prepare({ gitFilters: ['big'] });
  expect(refused).toMatchObject({
    ok: false,
    message: expect.stringMatching(/your own git configuration has no filter\.big/u),
  });
  expect(await prepare({ gitFilters: ['lfs'] })).toMatchObject({
    message: expect.stringMatching(/git lfs install/u),
  });
  expect(existsSync(join(dir, 'smudged'))).toBe(false);
});

test.each(['clone', 'worktree'] as const)(
  'a %s has the files of the person’s sparse checkout, and changes outside of it count',
  async (mode) => {
    git(root, 'sparse-checkout', 'set', 'src');
    const workspace = await make({}, mode);
    expect(existsSync(join(workspace.path, 'src/in.txt'))).toBe(true);
    expect(existsSync(join(workspace.path, 'far'))).toBe(false);
    expect(git(workspace.path, 'status', '--porcelain')).toBe('');
    expect(await workspace.collect('Nothing', 0)).toEqual({ kind: 'none' });
    appendFileSync(join(workspace.path, 'src/in.txt'), 'more\n');
    mkdirSync(join(workspace.path, 'far/new'), { recursive: true });
    writeFileSync(join(workspace.path, 'far/new/file.txt'), 'new\n');
    const { change } = await taken(workspace);
    expect(git(root, 'diff', '--name-status', change.base, change.commit)).toBe(
      'A\tfar/new/file.txt\nM\tsrc/in.txt',
    );
    await workspace.remove();
    const next = await make({}, mode);
    expect(await next.restore(change.commit)).toEqual({ kind: 'laid' });
    expect(readFileSync(join(next.path, 'far/new/file.txt'), 'utf8')).toBe('new\n');
    expect(existsSync(join(next.path, 'far/away'))).toBe(false);
    expect((await taken(next)).change.tree).toBe(change.tree);
    // A person who looks everywhere again has all of it.
    git(root, 'sparse-checkout', 'disable');
    expect(existsSync(join((await make({}, mode)).path, 'far/away/out.txt'))).toBe(true);
  },
);

test('workspaces that are made at once have the files of the sparse checkout', async () => {
  git(root, 'sparse-checkout', 'set', 'src');
  const names = Array.from({ length: 8 }, (_, at) => `SHOP-1.${at + 1}`);
  const all = await Promise.all(names.map((name) => make({}, 'clone', undefined, name)));
  expect(all.map(({ path }) => existsSync(join(path, 'far')))).toEqual(names.map(() => false));
});

test('a shallow clone works as it is', async () => {
  put('a.txt', 'two\n');
  save();
  const source = root;
  root = join(dir, 'shallow');
  git(dir, 'clone', '-q', '--depth=1', `file://${source}`, root);
  const workspace = await make();
  expect(git(workspace.path, 'log', '--format=%s')).toBe('Save');
  appendFileSync(join(workspace.path, 'a.txt'), 'three\n');
  const { change } = await taken(workspace);
  expect(git(root, 'log', '--format=%s', change.commit)).toBe('Work\nSave');
});

test('a partial clone works where the files are here, else says what to do', async () => {
  const first = git(root, 'rev-parse', 'HEAD');
  put('a.txt', 'two\n');
  save();
  const source = root;
  git(source, 'config', 'uploadpack.allowFilter', 'true');
  root = join(dir, 'partial');
  git(dir, 'clone', '-q', '--filter=blob:none', `file://${source}`, root);
  const workspace = await make();
  appendFileSync(join(workspace.path, 'a.txt'), 'three\n');
  const { change } = await taken(workspace);
  expect(git(root, 'cat-file', 'blob', `${change.commit}:a.txt`)).toBe('two\nthree');
  expect(await prepare({}, 'clone', first)).toMatchObject({
    ok: false,
    message: expect.stringMatching(/partial clone.*git fetch --refetch/su),
  });
});
