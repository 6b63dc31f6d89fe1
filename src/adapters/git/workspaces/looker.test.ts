// Looking at workspaces in which somebody is at work: nothing is disturbed, and nothing is left.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import type { Workspaces } from '../../../ports/workspace.ts';
import { openRepository } from '../open.ts';
import { layoutOf } from '../repository.ts';
import type { WorkspaceRecord } from './change.ts';
import { createLooker } from './looker.ts';
import { readRecord } from './record.ts';
import { createWorkspaces } from './workspaces.ts';

const NONE = {
  mode: 'clone',
  setup: [],
  copy: [],
  warm: [],
  dir: null,
  max: 10,
  env: [],
  gitFilters: [],
} as const;

async function stage(): Promise<{
  root: string;
  state: string;
  workspaces: Workspaces;
  base: string;
}> {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-looker-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  const [root, state] = [join(dir, 'shop'), join(dir, 'state')];
  mkdirSync(root);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'main');
  writeFileSync(join(root, 'same'), 'one\n');
  writeFileSync(join(root, '.gitignore'), 'ignored\n');
  git('add', '-A');
  git('commit', '-qm', 'Start');
  const opened = await openRepository(root);
  if (!opened.ok) throw new Error('not a repository');
  return {
    root,
    state,
    workspaces: createWorkspaces(opened.repository, state),
    base: git('rev-parse', 'HEAD'),
  };
}

async function workIn(workspaces: Workspaces, name: string, commit: string): Promise<string> {
  const spec = { name, mode: 'clone', commit, branch: name, settings: NONE } as const;
  const made = await workspaces.prepare(
    spec,
    () => Promise.resolve(null),
    () => Promise.resolve(true),
  );
  if (!made.ok) throw new Error(made.message);
  return made.workspace.path;
}

it('sees what has changed, and what conflicts, without writing anything anywhere else', async () => {
  const { root, state, workspaces, base } = await stage();
  const one = await workIn(workspaces, 'SHOP-1.1', base);
  const two = await workIn(workspaces, 'SHOP-1.2', base);
  const objects = (): string[] =>
    readdirSync(join(root, '.git/objects'), { recursive: true }).map(String).toSorted();
  const index = (): string => readFileSync(join(state, 'workspaces/SHOP-1.1/index'), 'latin1');
  const before = {
    objects: objects(),
    index: index(),
    own: readFileSync(join(one, '.git/index'), 'latin1'),
  };
  const looker = await workspaces.watch();
  expect(await looker.look('SHOP-1.1')).toBeNull();
  expect(await looker.look('SHOP-1.9')).toBeNull();
  writeFileSync(join(one, 'same'), 'by one\n');
  writeFileSync(join(one, 'ignored'), 'x\n');
  writeFileSync(join(two, 'other'), 'by two\n');
  const [first, second] = [await looker.look('SHOP-1.1'), await looker.look('SHOP-1.2')];
  expect([first?.files, second?.files]).toEqual([['same'], ['other']]);
  const commits = (): string[] => [first?.commit ?? '', second?.commit ?? ''];
  expect(await looker.among(commits())).toEqual({ clashing: [], left: 0 });
  // The same content is the same commit; what is new is seen at the next look.
  expect(await looker.look('SHOP-1.1')).toEqual(first);
  writeFileSync(join(two, 'same'), 'by two\n');
  const third = await looker.look('SHOP-1.2');
  expect(third?.files).toEqual(['other', 'same']);
  expect(await looker.among([first?.commit ?? '', third?.commit ?? ''])).toEqual({
    clashing: [{ a: first?.commit, b: third?.commit, files: ['same'] }],
    left: 0,
  });
  const own = readFileSync(join(one, '.git/index'), 'latin1');
  expect({ objects: objects(), index: index(), own }).toEqual(before);
  await looker.end();
  await looker.end();
  expect(readdirSync(join(state, 'looks'))).toEqual([]);
});

it('removes what one has left that was killed', async () => {
  const { state, workspaces } = await stage();
  mkdirSync(join(state, 'looks', '999999999-dead', 'objects'), { recursive: true });
  mkdirSync(join(state, 'looks', `${process.ppid}-alive`), { recursive: true });
  const looker = await workspaces.watch();
  await looker.end();
  expect(readdirSync(join(state, 'looks'))).toEqual([`${process.ppid}-alive`]);
});

it('forgets what it has seen when that becomes too much', async () => {
  const { root, state, workspaces, base } = await stage();
  const one = await workIn(workspaces, 'SHOP-1.1', base);
  const two = await workIn(workspaces, 'SHOP-1.2', base);
  const opened = await openRepository(root);
  if (!opened.ok) throw new Error('not a repository');
  const placeOf = async (
    name: string,
  ): Promise<{ record: WorkspaceRecord; index: string } | null> => {
    const home = join(state, 'workspaces', name);
    const record = await readRecord(join(home, 'workspace.json'));
    return record === null ? null : { record, index: join(home, 'index') };
  };
  const looker = await createLooker(layoutOf(opened.repository), state, placeOf, 100);
  const kib = (): number =>
    Number(
      /^\d+/u.exec(execFileSync('du', ['-sk', join(state, 'looks')], { encoding: 'utf8' }))?.[0],
    );
  writeFileSync(join(two, 'same'), 'by two\n');
  for (let at = 0; at < 8; at += 1) {
    writeFileSync(join(one, 'build.bin'), randomBytes(300_000));
    writeFileSync(join(one, 'same'), `by one ${at}\n`);
    const [first, second] = [await looker.look('SHOP-1.1'), await looker.look('SHOP-1.2')];
    expect([first?.files, second?.files]).toEqual([['build.bin', 'same'], ['same']]);
    const { clashing } = await looker.among([first?.commit ?? '', second?.commit ?? '']);
    expect(clashing).toMatchObject([{ files: ['same'] }]);
    expect(kib()).toBeLessThan(1300);
  }
  await looker.end();
});
