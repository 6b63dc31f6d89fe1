// A person's repository as a person would notice that somebody was there: every file of the checkout to
// the nanosecond, the index, HEAD, stashes, hooks, configuration, branches, work trees.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Project } from './kill.ts';

/** What is seen of it: a line for every file and every fact, by its name. */
export type Seen = Readonly<Record<string, string>>;

/** Where tutti writes, as it says. */
const OURS = new Set(['.git/tutti', '.git/refs/tutti', '.tutti/runs']);
/** What git keeps in files of any shape: looked at by git itself. */
const BY_GIT = new Set(['.git/objects', '.git/refs', '.git/logs/refs']);
/** Branches of runs, and what tutti keeps. */
const OUR_REF = /^refs\/(?:tutti|heads\/SHOP-\d+)\//u;

/**
 * Looks at a checkout and its repository.
 *
 * @param project - Where.
 * @returns What is seen; what tutti makes beside it is left out.
 */
export function lookAtCheckout({ dir, env }: Project): Seen {
  const git = (...args: string[]): string[] =>
    execFileSync('git', ['--no-optional-locks', ...args], {
      cwd: dir,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
      .split('\n')
      .map((line) => line.trimEnd());
  const refs = git('for-each-ref', '--format=%(refname) %(objectname) %(symref)');
  return {
    ...filesBelow(dir, ''),
    'git refs': refs.filter((line) => !OUR_REF.test(line)).join('\n'),
    'git stash': git('stash', 'list').join('\n'),
    'git reflog': git('reflog', 'show', '--format=%H %gd %gs', 'HEAD').join('\n'),
    'git worktrees': git('worktree', 'list', '--porcelain').join('\n'),
    'git config': git('config', '--list', '--show-origin').join('\n'),
  };
}

function filesBelow(dir: string, folder: string): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const name of readdirSync(join(dir, folder)).toSorted()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (OURS.has(path) || BY_GIT.has(path)) continue;
    const about = lstatSync(join(dir, path), { bigint: true });
    if (about.isDirectory()) {
      seen[path] = String(about.mode);
      Object.assign(seen, filesBelow(dir, path));
    } else {
      const { mode, size, mtimeNs, ctimeNs, ino } = about;
      const what = about.isSymbolicLink() ? readlinkSync(join(dir, path)) : hashOf(join(dir, path));
      seen[path] = [mode, size, mtimeNs, ctimeNs, ino, what].join(' ');
    }
  }
  return seen;
}

function hashOf(path: string): string {
  return createHash('sha1').update(readFileSync(path)).digest('hex');
}

const AS_ANN = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'] as const;
const HOOKS = ['pre-commit', 'post-checkout', 'post-commit', 'post-merge', 'reference-transaction'];

/**
 * Leaves a checkout as people have it: half of a change staged, files that git does not know, a stash,
 * a link, a linked work tree, hooks that tell when they are run.
 *
 * @param project - Where; its files are committed.
 */
export function unsettle(project: Project): void {
  const { dir, home } = project;
  const git = (...args: string[]): string => project.git(...args);
  git('branch', 'of-ann', 'HEAD');
  git('tag', 'v1');
  git('worktree', 'add', '-q', join(home, 'beside'), 'of-ann');
  appendFileSync(join(dir, 'base.txt'), 'to be stashed\n');
  git(...AS_ANN, 'stash', '-q');
  appendFileSync(join(dir, 'base.txt'), 'staged\n');
  git('add', 'base.txt');
  appendFileSync(join(dir, 'base.txt'), 'not staged\n');
  writeFileSync(join(dir, 'own notes.txt'), 'of Ann\n');
  chmodSync(join(dir, 'own notes.txt'), 0o640);
  symlinkSync('own notes.txt', join(dir, 'link'));
  git('config', 'alias.st', 'status');
  git('config', 'core.hooksPath', '.git/hooks');
  mkdirSync(join(dir, '.git', 'hooks'), { recursive: true });
  for (const name of HOOKS) {
    writeFileSync(
      join(dir, '.git', 'hooks', name),
      `#!/bin/sh\necho ${name} >> '${home}/hooks-run'\n`,
    );
    chmodSync(join(dir, '.git', 'hooks', name), 0o755);
  }
}

/**
 * Tells which hooks were run.
 *
 * @param project - Where.
 * @returns Their names.
 */
export function hooksRun({ home }: Project): readonly string[] {
  const path = join(home, 'hooks-run');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}
