// Everything that tutti does with git in a repository, one after the other, in the order of a run.

import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { GitFailure } from '../../src/adapters/git/git.ts';
import { openRepository } from '../../src/adapters/git/open.ts';
import { createWorkspaces } from '../../src/adapters/git/workspaces/workspaces.ts';
import type { WorkspaceMode } from '../../src/model/plan.ts';
import type { Repository } from '../../src/ports/repository.ts';
import type { Workspace } from '../../src/ports/workspace.ts';

const AT = 1_700_000_000_000;
const MISSING = '1234567890123456789012345678901234567890';

/** What is done, and by whom it is disturbed. */
export interface Play {
  readonly root: string;
  readonly state: string;
  readonly mode?: WorkspaceMode;
  /** What an agent does in its workspace. */
  readonly agent?: (path: string) => void;
  /** Called after each operation. */
  readonly after: (operation: string) => void;
}

/** How each operation ended: `ok`, or the words with which it was refused. */
export type Outcomes = ReadonlyMap<string, string>;

/**
 * Does everything. What is refused is refused with words; anything else is a bug and thrown.
 *
 * @param play - Where.
 * @returns How each operation ended.
 */
export async function everything(play: Play): Promise<Outcomes> {
  const outcomes = new Map<string, string>();
  const step = async <T>(name: string, act: () => Promise<T>): Promise<T | null> => {
    try {
      const value = await act();
      outcomes.set(name, 'ok');
      return value;
    } catch (error) {
      if (!(error instanceof GitFailure) && !(error instanceof Refused)) throw error;
      outcomes.set(name, error.message);
      return null;
    } finally {
      play.after(name);
    }
  };
  const repository = await step('open', async () => {
    const opened = await openRepository(play.root);
    if (!opened.ok) throw new Refused(opened.message);
    return opened.repository;
  });
  if (repository === null) return outcomes;
  const base = await step('read', () => reads(repository));
  await step('look', () => looks(repository));
  if (base === null) return outcomes;
  const one = await step('workspace', () => work(play, repository, base, 'SHOP-1.1'));
  const other = await step('neighbour', () =>
    work({ ...play, agent: edit }, repository, base, 'SHOP-1.2'),
  );
  await step('epoch', () => repository.setEpoch(1));
  const merged =
    one === null || other === null
      ? other
      : await step('merge', () => merge(repository, base, one, other));
  if (merged === null) return outcomes;
  await step('publish', () => publish(repository, base, merged));
  await step('show', () => shows(repository, base, merged));
  await step('recover', () => recover(play, repository, base, merged));
  await step('push', () => pushes(repository, merged));
  await step('clean', () => cleans(play, repository));
  await step('follow', () => follows(repository, base, merged));
  return outcomes;
}

/** It was refused, in words. */
class Refused extends Error {}

async function reads(repository: Repository): Promise<string> {
  const branch = await repository.currentBranch();
  const base = await repository.resolve(branch === null ? 'HEAD' : `refs/heads/${branch}`);
  if (base === null) throw new Refused('no commit to begin with');
  await repository.treeOf(base);
  await repository.objects([base, MISSING]);
  await repository.resolve(MISSING);
  await repository.isAncestor(base, MISSING).catch(known);
  await repository.mergeBase(base, MISSING).catch(known);
  const files = await repository.listFiles(base, 1000);
  for (const file of files.slice(0, 5)) await repository.readFile(base, file, 10_000);
  await repository.recent(base, 50);
  await repository.refs('refs/heads/');
  await repository.leftLocks();
  await repository.dropLeftLocks();
  return base;
}

async function looks(repository: Repository): Promise<void> {
  await repository.isDirty();
  await repository.isIgnored('a.txt');
  await repository.checkedOutAt('main');
}

function edit(path: string): void {
  mkdirSync(join(path, 'dir'), { recursive: true });
  appendFileSync(join(path, 'dir/neighbour.txt'), 'n\n');
}

async function work(
  play: Play,
  repository: Repository,
  commit: string,
  name: string,
): Promise<string | null> {
  const workspaces = createWorkspaces(repository, play.state);
  const prepared = await workspaces.prepare(
    {
      name,
      mode: play.mode ?? 'clone',
      commit,
      branch: `${name}/do-it`,
      settings: {
        mode: 'clone',
        dir: null,
        max: 10,
        setup: ['true'],
        copy: ['.env'],
        warm: [],
        env: [],
      },
    },
    () => Promise.resolve(null),
    () => Promise.resolve(true),
  );
  if (!prepared.ok) throw new Refused(prepared.message);
  const { workspace } = prepared;
  if (existsSync(join(workspace.path, 'dir'))) edit(workspace.path);
  play.agent?.(workspace.path);
  try {
    return await take(repository, workspace, name);
  } finally {
    await workspace.remove();
  }
}

async function take(
  repository: Repository,
  workspace: Workspace,
  name: string,
): Promise<string | null> {
  const collected = await workspace.collect(`${name}: work`, AT);
  if (collected.kind === 'invalid') throw new Refused(collected.message);
  if (collected.kind === 'none') return null;
  const { commit } = collected.change;
  await repository.move([{ ref: `refs/tutti/kept/${name}/1`, old: null, new: commit }], null);
  return commit;
}

async function merge(
  repository: Repository,
  base: string,
  ours: string,
  theirs: string,
): Promise<string> {
  const merged = await repository.merge(base, ours, theirs);
  if (merged.kind === 'conflict') return ours;
  return await repository.commit({
    tree: merged.tree,
    parents: [ours, theirs],
    message: 'Merge',
    at: AT,
  });
}

async function publish(repository: Repository, base: string, head: string): Promise<void> {
  const ref = 'refs/tutti/runs/SHOP-1/head';
  await repository.move([{ ref, old: null, new: base }], 1);
  const branch = { ref: 'refs/heads/SHOP-1/do-it', old: null, new: head };
  await repository.move([{ ref, old: base, new: head }, branch], 1);
  await repository.deleteRefs([{ ref: 'refs/heads/SHOP-1/do-it', old: base }]);
}

async function shows(repository: Repository, base: string, head: string): Promise<void> {
  await repository.diff(base, head);
  await repository.log(base, head);
  await repository.changedFiles(base, head);
  await repository.changedLines(base, head);
}

async function recover(
  play: Play,
  repository: Repository,
  base: string,
  head: string,
): Promise<void> {
  const to = join(play.state, 'recovered');
  mkdirSync(to, { recursive: true });
  await repository.writeFiles(head, to);
  const workspaces = createWorkspaces(repository, play.state);
  const settings = {
    mode: 'clone',
    dir: null,
    max: 10,
    setup: [],
    copy: [],
    warm: [],
    env: [],
  } as const;
  const spec = { name: 'SHOP-1.3', mode: 'clone', commit: base, branch: 'x', settings } as const;
  const prepared = await workspaces.prepare(
    spec,
    () => Promise.resolve(null),
    () => Promise.resolve(true),
  );
  if (!prepared.ok) throw new Refused(prepared.message);
  await prepared.workspace.restore(head);
  await prepared.workspace.setAside('SHOP-1.3#1');
}

async function pushes(repository: Repository, commit: string): Promise<void> {
  const remotes = await repository.remotes('main');
  const remote = remotes?.push.name ?? 'origin';
  const token = { user: 'x', secret: 'y' };
  for (const told of [null, token]) {
    const result = await repository.push({ remote, branch: 'SHOP-1/x', commit, token: told });
    if (result.kind === 'failed') throw new Refused(result.message);
  }
}

async function cleans(play: Play, repository: Repository): Promise<void> {
  const workspaces = createWorkspaces(repository, play.state);
  for (const { name } of await workspaces.list()) await (await workspaces.find(name))?.remove();
  await workspaces.emptyTrash();
}

async function follows(repository: Repository, base: string, head: string): Promise<void> {
  const branch = (await repository.currentBranch()) ?? 'main';
  const allowed = await repository.checkoutsAllow(branch, base, head);
  if (!allowed.ok) {
    // An edit is in the way: a person puts it away, and tries again.
    await repository.updateCheckouts(branch, base, head, true);
    return;
  }
  await repository.updateCheckouts(branch, base, head);
  await repository.updateCheckouts(branch, base, head, true);
}

function known(error: unknown): void {
  if (!(error instanceof GitFailure)) throw error;
}
