// What an agent may leave in its work tree, and what may stand in a repository: taken whole, or refused
// by name; never followed out, never waited for, never a crash.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openRepository } from '../../src/adapters/git/open.ts';
import { createWorkspaces } from '../../src/adapters/git/workspaces/workspaces.ts';
import type { Collected } from '../../src/ports/workspace.ts';
import { inherit } from './git-play.ts';
import { makeScene } from './git-scene.ts';
import type { Scene } from './git-scene.ts';

const SETTINGS = {
  mode: 'clone',
  dir: null,
  max: 10,
  setup: [],
  copy: [],
  warm: [],
  env: [],
} as const;

/** What became of a work tree in which an agent has done something. */
async function left(
  scene: Scene,
  act: (path: string) => void,
  name = 'SHOP-1.1',
): Promise<Collected> {
  const opened = await openRepository(join(scene.dir, 'main'));
  if (!opened.ok) throw new Error(opened.message);
  const { repository } = opened;
  const commit = (await repository.resolve('HEAD')) ?? '';
  const workspaces = createWorkspaces(repository, join(scene.dir, 'state'));
  const prepared = await workspaces.prepare(
    { name, mode: 'clone', commit, branch: 'x', settings: SETTINGS },
    () => Promise.resolve(null),
    () => Promise.resolve(true),
  );
  if (!prepared.ok) throw new Error(prepared.message);
  const { workspace } = prepared;
  act(workspace.path);
  try {
    return await workspace.collect('Work', 1_700_000_000_000);
  } finally {
    await workspace.remove();
    expect(existsSync(workspace.path)).toBe(false);
  }
}

function newScene(): Scene {
  const made = makeScene();
  inherit(made.env);
  return made;
}

function pipe(...path: string[]): void {
  const whole = join(...path);
  mkdirSync(join(whole, '..'), { recursive: true });
  rmSync(whole, { force: true });
  execFileSync('mkfifo', [whole]);
}

function show({ dir }: Scene, ...args: string[]): string {
  return execFileSync('git', ['-C', join(dir, 'main'), ...args], { encoding: 'utf8' });
}

const NAMES: readonly string[] = [
  'a\nb',
  'a\tb',
  '\u001B[2Kx',
  '-rf',
  '--pathspec-from-file=x',
  ':(glob)**',
  ':!x',
  ' lead',
  'trail ',
  'dot.',
  'a"b',
  "a'b",
  'back\\slash',
  'CON',
  'é-nfc',
  'e\u0301-nfd',
  'README',
  'readme',
  '*',
  '$(touch pwned)',
  '`touch pwned`',
  '%s%n',
  'x\u202Etxt',
  'n'.repeat(255),
];

test('odd names are taken as they are', async () => {
  const here = newScene();
  const raw = Buffer.from([0x66, 0xff, 0xfe, 0x80]);
  const collected = await left(here, (path) => {
    mkdirSync(join(path, 'odd'));
    for (const name of NAMES) writeFileSync(join(path, 'odd', name), name);
    writeFileSync(Buffer.concat([Buffer.from(`${path}/odd/`), raw]), 'x');
  });
  if (collected.kind !== 'change') throw new Error(JSON.stringify(collected));
  const { commit } = collected.change;
  const listed = execFileSync(
    'git',
    ['-C', join(here.dir, 'main'), 'ls-tree', '-r', '-z', '--name-only', commit, 'odd/'],
    { encoding: 'latin1' },
  );
  const wanted = [...NAMES.map((name) => Buffer.from(name)), raw].map((name) =>
    Buffer.concat([Buffer.from('odd/'), name]).toString('latin1'),
  );
  expect(listed.split('\0').filter(Boolean).toSorted()).toEqual(wanted.toSorted());
  expect(collected.change.files).toHaveLength(wanted.length);
});

test('links are taken as links, wherever they lead', async () => {
  const here = newScene();
  writeFileSync(join(here.dir, 'outside'), 'precious');
  const collected = await left(here, (path) => {
    symlinkSync('/etc/passwd', join(path, 'absolute'));
    symlinkSync('../../../../outside', join(path, 'out'));
    symlinkSync('loop', join(path, 'loop'));
    symlinkSync('.', join(path, 'self'));
    symlinkSync('.git', join(path, 'to-git'));
    symlinkSync('/dev/zero', join(path, 'endless'));
    rmSync(join(path, 'dir'), { recursive: true });
    symlinkSync(here.dir, join(path, 'dir'));
  });
  if (collected.kind !== 'change') throw new Error(JSON.stringify(collected));
  const tree = show(here, 'ls-tree', '-r', collected.change.commit);
  expect(tree.match(/^120000/gmu)).toHaveLength(7);
  expect(tree.match(/^\d+ \w+ \w+\t.*\/.*$/gmu)).toBeNull();
  expect(readFileSync(join(here.dir, 'outside'), 'utf8')).toBe('precious');
});

/** What is refused, with the words. */
const REFUSED: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ['a repository in it', (path) => git(path, 'init', '-q', 'n/deep'), /no submodule: n\/deep/u],
  [
    'a bare one with a link to it',
    (path) => {
      git(path, 'init', '-q', '--bare', 'n.git');
      mkdirSync(join(path, 'n'));
      writeFileSync(join(path, 'n/.git'), 'gitdir: ../n.git\n');
    },
    /no submodule|cannot take/u,
  ],
  [
    'a link to another work tree',
    (path) => {
      mkdirSync(join(path, 'n'));
      writeFileSync(join(path, 'n/.git'), `gitdir: ${process.env['W'] ?? ''}/clone/.git\n`);
    },
    /no submodule: n/u,
  ],
  ['.git in other letters', (path) => put(path, 'x/.Git/config', '[core]'), /x\/\.Git/u],
  ['.git as Windows reads it', (path) => put(path, 'x/git~1', ''), /x\/git~1/u],
  ['.git as macOS reads it', (path) => put(path, 'x/.g\u200Cit/config', ''), /x\/\.g/u],
  ['.git with a stream', (path) => put(path, 'x/.git::$INDEX_ALLOCATION', ''), /x\/\.git/u],
  ['.git with a blank', (path) => put(path, 'x/.git /config', ''), /x\/\.git/u],
  ['a pipe for a file', (path) => pipe(path, 'a.txt'), /a\.txt/u],
  [
    'folders that are too deep',
    (path) => {
      const script =
        'import os\nfor _ in range(3000): os.mkdir("dd"); os.chdir("dd")\nopen("f", "w")';
      execFileSync('python3', ['-c', script], { cwd: path });
    },
    /cannot read the folder|too long/u,
  ],
  [
    'rules that name a command',
    (path) => put(path, '.gitmodules', '[submodule "x"]\n\tupdate = !id\n'),
    /gitmodules/u,
  ],
  [
    'attributes that are a link',
    (path) => symlinkSync('/dev/zero', join(path, '.gitmodules')),
    /gitmodules/u,
  ],
];

test.each(REFUSED)('%s is refused by name', async (_name, act, words) => {
  const collected = await left(newScene(), act);
  expect(collected).toMatchObject({ kind: 'invalid', message: expect.stringMatching(words) });
  expect(JSON.stringify(collected).length).toBeLessThan(4_000);
});

test('what git does not take is no part of a change', async () => {
  const collected = await left(newScene(), (path) => {
    pipe(path, 'pipe');
    execFileSync('python3', ['-c', 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'], {
      cwd: path,
    });
    put(path, '.git/info/exclude', '*\n');
    put(path, 'new.txt', 'n');
    put(path, '.gitattributes', '* filter=x export-subst ident\n');
  });
  expect(collected).toMatchObject({
    kind: 'change',
    change: { files: ['.gitattributes', 'new.txt'] },
  });
});

test('a file that is too large is refused by name, and never read whole', async () => {
  const here = newScene();
  const collected = await left(here, (path) => {
    writeFileSync(join(path, 'huge.bin'), '');
    truncateSync(join(path, 'huge.bin'), 5 * 1024 ** 3);
  });
  expect(collected).toMatchObject({
    kind: 'none',
    tooLarge: [expect.stringMatching(/huge\.bin/u)],
  });
});

test('a pipe that git would wait for is noticed', async () => {
  const here = newScene();
  const included = newScene();
  git(join(included.dir, 'main'), 'config', 'include.path', join(included.dir, 'included'));
  pipe(included.dir, 'included');
  const acts: readonly ((path: string) => void)[] = [
    (path) => pipe(path, '.gitignore'),
    (path) => {
      git(path, 'init', '-q', 'n');
      pipe(path, 'n/.git/HEAD');
    },
  ];
  const [opened, ...all] = await Promise.all([
    openRepository(join(included.dir, 'main')),
    ...acts.map((act, at) => left(here, act, `SHOP-1.${at}`)),
  ]);
  const words: unknown = expect.stringMatching(/pipe|submodule/u);
  expect(opened).toMatchObject({ ok: false, message: words });
  for (const one of all) expect(one).toMatchObject({ kind: 'invalid', message: words });
});

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', args, { cwd, stdio: 'ignore' });
}

function put(top: string, path: string, text: string): void {
  const whole = join(top, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  if (existsSync(whole)) unlinkSync(whole);
  writeFileSync(whole, text);
}
