// A branch move that was announced, taken up again at each point at which it may have been left.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { openRepository } from '../../src/adapters/git/open.ts';
import { publish } from '../../src/integrate/publish.ts';
import type { Publication } from '../../src/model/task.ts';
import type { Repository } from '../../src/ports/repository.ts';

const HEAD = 'refs/tutti/runs/SHOP-1/head';
const RUN = { branch: 'SHOP-1/do-it', behind: 'refs/tutti/behind/SHOP-1/branch', epoch: 2 };
let dir: string;
let repository: Repository;
/** Commits, each on the one before. */
let commits: string[];
let announced: Publication;

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
    cwd: dir,
    encoding: 'utf8',
  }).trim();
const at = (ref: string): string => git('rev-parse', ref);

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-publish-'));
  git('init', '-q', '-b', 'main');
  commits = ['one', 'two', 'three', 'four'].map((message) => {
    git('commit', '-q', '--allow-empty', '-m', message);
    return at('HEAD');
  });
  const [, old = '', next = ''] = commits;
  announced = { ref: HEAD, old, new: next, tree: at('HEAD^{tree}'), proof: 'proven' };
  for (const ref of [HEAD, `refs/heads/${RUN.branch}`]) git('update-ref', ref, old);
  const opened = await openRepository(dir);
  if (!opened.ok) throw new Error(opened.message);
  ({ repository } = opened);
  await repository.setEpoch(2);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('moves both, and finds it done the second time', async () => {
  expect(await publish(repository, announced, RUN)).toEqual({ kind: 'published' });
  expect([at(HEAD), at(RUN.branch)]).toEqual([announced.new, announced.new]);
  expect(await publish(repository, announced, RUN)).toEqual({ kind: 'published' });
});

it('finds it done where the head has gone on since', async () => {
  git('update-ref', HEAD, commits[3] ?? '');
  expect(await publish(repository, announced, RUN)).toEqual({ kind: 'published' });
  expect(at(HEAD)).toBe(commits[3]);
});

it('moves nothing where somebody else has moved the head', async () => {
  git('update-ref', HEAD, commits[0] ?? '');
  const elsewhere = { kind: 'elsewhere', why: 'head', at: commits[0] };
  expect(await publish(repository, announced, RUN)).toEqual(elsewhere);
  expect([at(HEAD), at(RUN.branch)]).toEqual([commits[0], announced.old]);
});

it('moves nothing for a coordinator that was taken over', async () => {
  await repository.setEpoch(3);
  expect(await publish(repository, announced, RUN)).toEqual({ kind: 'superseded' });
  expect([at(HEAD), at(RUN.branch)]).toEqual([announced.old, announced.old]);
});

it('moves nothing past what a person has committed to the branch', async () => {
  git('checkout', '-q', RUN.branch);
  git('commit', '-q', '--allow-empty', '-m', 'own');
  const own = at('HEAD');
  const elsewhere = { kind: 'elsewhere', why: 'branch', at: own };
  expect(await publish(repository, announced, RUN)).toEqual(elsewhere);
  expect([at(HEAD), at(RUN.branch)]).toEqual([announced.old, own]);
});

it('moves nothing past what a person commits at that very moment', async () => {
  const own = git('commit-tree', '-p', announced.old, '-m', 'own', `${announced.old}^{tree}`);
  let moves = 0;
  const meanwhile: Repository = Object.create(repository, {
    move: {
      value: (...args: Parameters<Repository['move']>) => {
        moves += 1;
        if (moves === 1) git('update-ref', `refs/heads/${RUN.branch}`, own);
        return repository.move(...args);
      },
    },
  });
  const elsewhere = { kind: 'elsewhere', why: 'branch', at: own };
  expect(await publish(meanwhile, announced, RUN)).toEqual(elsewhere);
  expect([at(HEAD), at(RUN.branch)]).toEqual([announced.old, own]);
});

it('makes a branch again that was deleted', async () => {
  git('update-ref', '-d', `refs/heads/${RUN.branch}`);
  expect(await publish(repository, announced, RUN)).toEqual({ kind: 'published' });
  expect(at(RUN.branch)).toBe(announced.new);
});

it('lets a branch stay that is checked out, and remembers where it stands', async () => {
  git('checkout', '-q', RUN.branch);
  expect(await publish(repository, announced, RUN)).toEqual({ kind: 'published' });
  expect([at(HEAD), at(RUN.branch), at(RUN.behind)]).toEqual([
    announced.new,
    announced.old,
    announced.old,
  ]);
});
