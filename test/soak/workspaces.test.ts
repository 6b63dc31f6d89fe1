// Workspaces of a repository of 100,000 files: the figures, and that one which was made ahead is the same
// as one made from nothing and is used by nobody else. FILES tries it with
// fewer; below 10,000 what does not depend on their number is most of it.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { openRepository } from '../../src/adapters/git/open.ts';
import { createWorkspaces } from '../../src/adapters/git/workspaces/workspaces.ts';
import type { WorkspaceSettings } from '../../src/model/settings.ts';
import type { SetUp, Workspace } from '../../src/ports/workspace.ts';

const FILES = Number(process.env['FILES'] ?? 100_000);
const SPARES = 3;
const TAKERS = 5;
const SETTINGS: WorkspaceSettings = {
  mode: 'clone',
  dir: null,
  max: 10,
  // What it makes is kept from the first one on.
  setup: ['mkdir lib && echo made > lib/made.js'],
  copy: [],
  warm: ['lib'],
  env: [],
};

const may = (): Promise<boolean> => Promise.resolve(true);
const setUp: SetUp = (command, cwd) => {
  execFileSync('/bin/sh', ['-c', command], { cwd });
  return Promise.resolve(null);
};

/** What is in a work tree: each file with its mode and content, without the clone's git directory. */
function contentOf(folder: string): string {
  const line = `find . -name .git -prune -o -type f -printf '%m %p ' -exec sha1sum {} + -o -type l -printf '%l %p\\n' | LC_ALL=C sort | sha256sum`;
  return execFileSync('/bin/sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
}

function atMost(limit: number): unknown {
  return expect.toSatisfy((value: number) => value <= limit);
}

test('the figures hold', { timeout: 7_200_000 }, () => {
  const main = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));
  const args = [main, 'workspace', '--files', String(FILES), '--rounds', '3', '--json'];
  const found: unknown = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(found, JSON.stringify(found)).toMatchObject({
    ratios: { cold: atMost(1.2), warm: atMost(0.3) },
    removal: { blocksMs: { median: atMost(20) } },
  });
});

test(
  'what was made ahead equals what is made from nothing, and nobody gets it twice',
  {
    timeout: 7_200_000,
  },
  async () => {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-many-')));
    try {
      const root = join(dir, 'shop');
      const base = repositoryOf(root);
      const opened = await openRepository(root);
      if (!opened.ok) throw new Error(opened.message);
      const workspaces = createWorkspaces(opened.repository, join(dir, 'state'));
      const make = async (name: string): Promise<Workspace> => {
        const spec = {
          name,
          mode: 'clone',
          commit: base,
          branch: 'work',
          settings: SETTINGS,
        } as const;
        const made = await workspaces.prepare(spec, setUp, may);
        if (!made.ok) throw new Error(made.message);
        return made.workspace;
      };
      const cold = await make('SHOP-1.1');
      const content = contentOf(cold.path);
      const wish = { commit: base, settings: SETTINGS };
      workspaces.ahead(wish, SPARES, may);
      const spares = async (): Promise<number> =>
        (await workspaces.madeAhead(wish)).filter(({ path }) => path.includes('/spares/')).length;
      while ((await spares()) < SPARES) await pause(50);
      // More at once than there are: some get one, the others make theirs.
      const names = Array.from({ length: TAKERS }, (_, at) => `SHOP-2.${at + 1}`);
      const made = await Promise.all(names.map((name) => make(name)));
      expect(await spares()).toBe(0);
      const all = [cold, ...made];
      expect(new Set(all.map(({ path }) => statSync(path).ino)).size).toBe(all.length);
      for (const file of ['src/0/0.ts', 'lib/made.js']) {
        const inodes = all.map(({ path }) => statSync(join(path, file)).ino);
        expect(new Set(inodes).size, file).toBe(all.length);
      }
      for (const [at, { path }] of made.entries()) {
        expect(contentOf(path), names[at]).toBe(content);
        appendFileSync(join(path, 'src/0/0.ts'), `${names[at]}\n`);
        appendFileSync(join(path, 'lib/made.js'), `${names[at]}\n`);
      }
      for (const [at, one] of made.entries()) {
        const collected = await one.collect('Work', 0);
        expect(collected, names[at]).toMatchObject({ change: { files: ['src/0/0.ts'] } });
        if (collected.kind !== 'change') throw new Error(collected.kind);
        const { commit } = collected.change;
        const diff = execFileSync('git', ['diff', '-U0', base, commit], {
          cwd: root,
          encoding: 'utf8',
        });
        expect(diff.match(/^\+[^+].*$/gmu), names[at]).toEqual([`+${names[at]}`]);
      }
      // What one has changed is in no later one.
      for (const one of made) await one.remove();
      workspaces.ahead(wish, 1, may);
      while ((await spares()) < 1) await pause(50);
      expect(contentOf((await make('SHOP-3.1')).path)).toBe(content);
      await workspaces.rest();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);

/** Written as a stream, for files of the person's own would take a minute. */
function repositoryOf(root: string): string {
  mkdirSync(root);
  const git = (args: readonly string[], input?: string): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', input, maxBuffer: 1 << 28 }).trim();
  git(['init', '-q', '-b', 'main']);
  const lines = [
    'commit refs/heads/main',
    'committer ada <ada@example.com> 0 +0000',
    'data 5',
    'Files',
  ];
  lines.push('M 100644 inline .gitignore', 'data 5', 'lib/', '');
  for (let file = 0; file < FILES; file += 1) {
    const text = `export const value${file} = ${file};\n`.repeat(1 + (file % 20));
    const mode = file % 7 === 0 ? '100755' : '100644';
    lines.push(`M ${mode} inline src/${Math.floor(file / 100)}/${file % 100}.ts`);
    lines.push(`data ${text.length}`, text);
  }
  git(['fast-import', '--quiet'], `${lines.join('\n')}\n`);
  return git(['rev-parse', 'main']);
}
