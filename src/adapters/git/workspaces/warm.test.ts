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
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import type { WorkspaceSettings } from '../../../model/settings.ts';
import type { SetUp, SetUpWish, Workspace, Workspaces } from '../../../ports/workspace.ts';
import { openRepository } from '../open.ts';
import { createWorkspaces } from './workspaces.ts';

/** An installer: what it makes depends on the lock file only, and has all kinds of files. */
const INSTALL = [
  'set -e; rm -rf node_modules; mkdir -p node_modules/.bin node_modules/a/b',
  'cat package-lock.json > node_modules/a/b/index.js',
  'ln -s ../a/b/index.js node_modules/.bin/a; ln node_modules/a/b/index.js node_modules/a/same',
  'chmod 755 node_modules/a/b/index.js; mkdir -m 700 node_modules/empty',
  'echo odd > "node_modules/a/new\nline"; chmod 444 node_modules/a/same',
].join('\n');

let dir: string;
let root: string;
let ran: string[];
let workspaces: Workspaces;

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-warm-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  root = join(dir, 'project');
  ran = [];
  git(dir, 'init', '-q', '-b', 'main', root);
  put('package-lock.json', '{"version":1}\n');
  put('src/x.js', 'x\n');
  put('.gitignore', 'node_modules\n*.log\n');
  save();
  workspaces = await open();
});

async function open(): Promise<Workspaces> {
  const opened = await openRepository(root);
  if (!opened.ok) throw new Error(opened.message);
  return createWorkspaces(opened.repository, join(dir, 'state'));
}

function git(cwd: string, ...args: string[]): string {
  const who = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.org'];
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8' }).trim();
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function save(): string {
  git(root, 'add', '-A');
  git(root, 'commit', '-qm', 'Save');
  return git(root, 'rev-parse', 'HEAD');
}

const may = (): Promise<boolean> => Promise.resolve(true);

const shell: SetUp = (command, cwd) => {
  ran.push(cwd);
  execFileSync('/bin/sh', ['-c', command], { cwd });
  return Promise.resolve(null);
};

function settings(change: Partial<WorkspaceSettings> = {}): WorkspaceSettings {
  const warm = { setup: [INSTALL], warm: ['node_modules'] };
  return { mode: 'clone', dir: null, max: 10, copy: [], env: [], ...warm, ...change };
}

async function make(
  name: string,
  change: Partial<WorkspaceSettings> = {},
  commit = git(root, 'rev-parse', 'HEAD'),
): Promise<Workspace> {
  const environment = { PATH: process.env['PATH'] ?? '', TUTTI_TASK: name };
  const prepared = await workspaces.prepare(
    { name, mode: 'clone', commit, branch: name, settings: settings(change), environment },
    shell,
    may,
  );
  if (!prepared.ok) throw new Error(prepared.message);
  return prepared.workspace;
}

function wish(change: Partial<WorkspaceSettings> = {}): SetUpWish {
  const environment = { PATH: process.env['PATH'] ?? '' };
  return { commit: git(root, 'rev-parse', 'HEAD'), settings: settings(change), environment };
}

async function makeAhead(
  count: number,
  change: Partial<WorkspaceSettings> | null = null,
): Promise<void> {
  workspaces.ahead(wish(change ?? {}), count, may);
  if (change === null) await vi.waitFor(() => expect(spares()).toHaveLength(count), 20_000);
  await workspaces.rest();
}

function spares(): string[] {
  return names('spares').filter((name) => !name.startsWith('.'));
}

function names(folder: string): string[] {
  const path = join(dir, 'state', folder);
  return existsSync(path) ? readdirSync(path) : [];
}

/** Everything in a tree but git's own: kind, mode, content or target, and which are one file. */
function picture(top: string): string[] {
  const inodes = new Map<number, string>();
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== '.git' && !path.startsWith('.git/'))
    .toSorted()
    .map((path) => {
      const stat = lstatSync(join(top, path));
      const mode = stat.mode.toString(8);
      if (stat.isSymbolicLink()) return `${mode} ${path} -> ${readlinkSync(join(top, path))}`;
      if (stat.isDirectory()) return `${mode} ${path}/`;
      const first = inodes.get(stat.ino) ?? path;
      inodes.set(stat.ino, first);
      return `${mode} ${path} ${first} ${readFileSync(join(top, path), 'hex')}`;
    });
}

/** Each once, however many names a file has there. */
function inodesOf(top: string): number[] {
  const stats = readdirSync(top, { recursive: true, encoding: 'utf8' })
    .map((path) => lstatSync(join(top, path)))
    .filter((stat) => stat.isFile());
  return [...new Set(stats.map(({ ino }) => ino))];
}

test('a warm workspace equals a cold one, without set-up and without a shared file', async () => {
  const cold = await make('SHOP-1.1');
  expect(ran).toHaveLength(1);
  const copied = await make('SHOP-1.2');
  await makeAhead(2);
  const taken = await make('SHOP-1.3');
  expect(spares()).toHaveLength(1);
  expect(ran).toHaveLength(1);
  for (const warm of [copied, taken]) {
    expect(picture(warm.path)).toEqual(picture(cold.path));
    expect(git(warm.path, 'status', '--porcelain', '--branch')).toMatch(/^## SHOP-1\.\d$/u);
    expect(await warm.collect('Nothing', 0)).toEqual({ kind: 'none' });
  }
  const all = [cold, copied, taken].flatMap(({ path }) => inodesOf(path));
  const kept = ['warm', 'spares'].flatMap((name) => inodesOf(join(dir, 'state', name)));
  expect(new Set([...all, ...kept]).size).toBe(all.length + kept.length);

  // What an agent does to its own is in nobody else's.
  rmSync(join(taken.path, 'node_modules/a/same'));
  appendFileSync(join(taken.path, 'node_modules/a/b/index.js'), 'evil');
  appendFileSync(join(taken.path, 'src/x.js'), 'y\n');
  const change = await taken.collect('Work', 0);
  expect(change).toMatchObject({ kind: 'change', change: { files: ['src/x.js'] } });
  expect(picture((await make('SHOP-1.4')).path)).toEqual(picture(cold.path));
  expect(ran).toHaveLength(1);
});

test('a spare of another commit comes to the one that is needed, whatever has changed', async () => {
  await make('SHOP-1.1');
  put('src/deep/y.js', 'y\n');
  put('gone/z.js', 'z\n');
  save();
  await makeAhead(2);
  put('src/x.js', 'changed\n');
  rmSync(join(root, 'gone'), { recursive: true });
  chmodSync(join(root, 'src/deep/y.js'), 0o755);
  const next = save();
  const taken = await make('SHOP-1.2');
  expect(spares()).toHaveLength(1);
  expect(git(taken.path, 'rev-parse', 'HEAD')).toBe(next);
  expect(git(taken.path, 'status', '--porcelain')).toBe('');
  rmSync(join(dir, 'state/spares'), { recursive: true });
  expect(picture(taken.path)).toEqual(picture((await make('SHOP-1.3')).path));

  // Line ends of files that nobody touched may be others: it is not used.
  await makeAhead(1);
  put('.gitattributes', '*.js eol=crlf\n');
  save();
  const other = await make('SHOP-1.4');
  expect(readFileSync(join(other.path, 'src/x.js'), 'utf8')).toBe('changed\r\n');
  expect(spares()).toHaveLength(1);
  expect(ran).toHaveLength(1);
});

// Linux has one; elsewhere there is mostly no second disk to be had.
const OTHER_DISK = '/dev/shm';
const isThere = existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;

test.skipIf(!isThere)(
  'nothing is made ahead or used up for work trees on another disk',
  async () => {
    const elsewhere = mkdtempSync(join(OTHER_DISK, 'tutti-warm-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
    await make('SHOP-1.1');
    const asked = vi.fn(may);
    workspaces.ahead(wish({ dir: join(elsewhere, 'not/yet') }), 2, asked);
    await makeAhead(2);
    expect(asked).not.toHaveBeenCalled();
    const there = spares();
    const { path } = await make('SHOP-1.2', { dir: elsewhere });
    expect(path.startsWith(elsewhere)).toBe(true);
    expect(spares()).toEqual(there);
    expect(picture(path)).toEqual(picture((await make('SHOP-1.3')).path));
    expect(spares()).toHaveLength(1);
  },
);

test.each([
  ['the lock file', () => put('package-lock.json', '{"version":2}\n')],
  ['a lock file further down', () => put('lib/yarn.lock', 'x\n')],
  ['what tells the version of a tool', () => put('.nvmrc', '22\n')],
])('set-up runs again when %s has changed', async (_, change) => {
  await make('SHOP-1.1');
  await makeAhead(1);
  change();
  save();
  const cold = await make('SHOP-1.2');
  expect(ran).toHaveLength(2);
  expect(picture(cold.path).join('\n')).toContain(
    readFileSync(join(root, 'package-lock.json'), 'hex'),
  );
  expect(picture((await make('SHOP-1.3')).path)).toEqual(picture(cold.path));
  expect(ran).toHaveLength(2);
  // Those of before are of no use.
  const before = spares();
  workspaces.ahead(wish(), 1, may);
  await vi.waitFor(() => expect(spares()).not.toEqual(before), 20_000);
  await workspaces.rest();
  expect(spares().filter((name) => before.includes(name))).toEqual([]);
});

test('set-up runs again for other commands, another environment, another copied file', async () => {
  await make('SHOP-1.1');
  await make('SHOP-1.2', { setup: [`${INSTALL}\ntrue`] });
  await make('SHOP-1.3', { copy: ['.npmrc.log'] });
  put('.npmrc.log', 'registry=x\n');
  await make('SHOP-1.4', { copy: ['.npmrc.log'] });
  expect(ran).toHaveLength(4);
  put('.npmrc.log', 'registry=y\n');
  await make('SHOP-1.5', { copy: ['.npmrc.log'] });
  await make('SHOP-1.6', { copy: ['.npmrc.log'] });
  expect(ran).toHaveLength(5);
});

test.each([
  ['another folder', 'mkdir -p out && echo x > out/generated.log'],
  ['a tracked file', 'echo more >> src/x.js'],
  ['an empty folder', 'mkdir never'],
  ['its own place in a file', 'pwd > node_modules/home'],
  ['its own place in a link', 'ln -s "$PWD/src" node_modules/src'],
])('set-up that writes %s is never replaced by a copy', async (_, more) => {
  const setup = [INSTALL, more];
  await make('SHOP-1.1', { setup });
  await makeAhead(1, { setup });
  expect(spares()).toEqual([]);
  const second = await make('SHOP-1.2', { setup });
  expect(ran).toHaveLength(4);
  expect(await second.collect('Nothing', 0)).toEqual({ kind: 'none' });
});

test('what a kill left half-made is never used, and goes', async () => {
  await make('SHOP-1.1');
  await makeAhead(1);
  const [whole = ''] = spares();
  // A process that is gone was making these.
  const dead = execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  for (const folder of ['warm', 'spares']) mkdirSync(join(dir, `state/${folder}/.new-${dead}-1`));
  // After a power cut nobody knows what of it is on the disk.
  const told = join(dir, 'state/spares', whole, 'spare.json');
  writeFileSync(told, readFileSync(told, 'utf8').replace(/"boot":"[^"]*"/u, '"boot":"before"'));
  appendFileSync(join(dir, 'state/spares', whole, 'work/src/x.js'), 'torn');
  workspaces = await open();
  const next = await make('SHOP-1.2');
  expect(readFileSync(join(next.path, 'src/x.js'), 'utf8')).toBe('x\n');
  await makeAhead(2);
  expect(names('warm').filter((name) => name.startsWith('.'))).toEqual([]);
  expect(names('spares').filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a folder with files of the project is not warm, and a change in it counts', async () => {
  put('vendor/ours.js', 'ours\n');
  save();
  const change = { setup: [], warm: ['vendor'] };
  const workspace = await make('SHOP-1.1', change);
  appendFileSync(join(workspace.path, 'vendor/ours.js'), 'more\n');
  expect(await workspace.collect('Work', 0)).toMatchObject({
    kind: 'change',
    change: { files: ['vendor/ours.js'] },
  });
});
