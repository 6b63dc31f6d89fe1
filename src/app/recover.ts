// `tutti recover KEY`: brings back what an attempt had done, whatever became of it.

import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { branch as branchName } from '../config/values.ts';
import type { Attempt } from '../model/attempt.ts';
import type { Repository } from '../ports/repository.ts';
import type { App } from './app.ts';
import { findNamed } from './find.ts';
import type { Named } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/** Where kept work is brought. */
export type RecoverTo =
  /** An absolute path. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'branch'; readonly name: string };

interface KeptWork {
  readonly attempt: string;
  readonly commit: string;
}

/**
 * Brings back the kept work of an attempt.
 *
 * @param app - The application.
 * @param key - The key of an attempt, or of what has exactly one to bring back.
 * @param to - Where to.
 * @returns What was brought where.
 */
export async function recoverWork(app: App, key: string, to: RecoverTo): Promise<Result<Shown>> {
  const found = await findNamed(app, key);
  if (!found.ok) return found;
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const repository = opened.value;
  const kept = await keptOf(repository, found.value);
  if (!kept.ok) return kept;
  const { attempt, commit } = kept.value;
  const problem =
    to.kind === 'folder'
      ? await intoFolder(repository, commit, to.path)
      : await ontoBranch(repository, commit, to.name);
  if (problem !== null) return problem;
  const folder = to.kind === 'folder' ? to.path : null;
  const branch = to.kind === 'branch' ? to.name : null;
  return ok({
    json: { recovered: { attempt, commit, folder, branch } },
    text: () =>
      folder === null
        ? `the work of ${attempt} is on the branch ${branch}\n  → git diff ${commit}^ ${branch}`
        : `the work of ${attempt} is in ${folder}`,
  });
}

/** The latest kept work; of a run only when one task alone has any, for nobody can guess. */
async function keptOf(
  repository: Repository,
  { run, task, attempt }: Named,
): Promise<Result<KeptWork>> {
  const wanted = attempt === null ? (task === null ? run.tasks : [task]) : null;
  const lists =
    wanted === null ? [attempt === null ? [] : [attempt]] : wanted.map((one) => one.attempts);
  const found: KeptWork[] = [];
  for (const attempts of lists) {
    const latest = await latestKept(repository, attempts);
    if (latest !== null) found.push(latest);
  }
  const [first, second] = found;
  const name = attempt?.key ?? task?.key ?? run.key;
  if (first === undefined) {
    const hint = `see what there is: tutti show ${run.key} --attempts`;
    return no('nothing_kept', `nothing is kept of ${name}`, hint);
  }
  if (second === undefined) return ok(first);
  const all = found.map((one) => `  ${one.attempt}`).join('\n');
  return no('ambiguous', `several tasks of ${name} have kept work:\n${all}`, 'name one of these');
}

async function latestKept(
  repository: Repository,
  attempts: readonly Attempt[],
): Promise<KeptWork | null> {
  for (const { key, keptRef, status } of attempts.toReversed()) {
    const change = 'change' in status ? status.change : null;
    for (const revision of [keptRef, change?.commit ?? null]) {
      const commit = revision === null ? null : await repository.resolve(revision);
      if (commit !== null) return { attempt: key, commit };
    }
  }
  return null;
}

async function intoFolder(
  repository: Repository,
  commit: string,
  path: string,
): Promise<Result<never> | null> {
  try {
    await makeFolder(path);
    if ((await readdir(path)).length > 0) {
      return no(
        'not_empty',
        `${path} is not empty`,
        'name a folder that is empty or not there yet',
      );
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const what = `${path} cannot be a folder to write into: ${error.message}`;
    return no('bad_folder', what, 'name a folder that is empty or not there yet');
  }
  try {
    await repository.writeFiles(commit, path);
    return null;
  } catch (error) {
    // A full disk, a name that this file system cannot hold.
    if (!(error instanceof Error)) throw error;
    const what = `not all files could be written to ${path}: ${error.message}`;
    return no('incomplete', what, 'mend that, empty the folder and try again: the work is kept', 1);
  }
}

// Not by Node's own way: where nothing can ever be made (in /proc) that one tries for ever.
async function makeFolder(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) !== null) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent);
  await mkdir(path);
}

async function ontoBranch(
  repository: Repository,
  commit: string,
  name: string,
): Promise<Result<never> | null> {
  const bad = no<never>('bad_branch', `"${name}" is no name for a branch`, 'such as: saved-work');
  if (!branchName.safeParse(name).success || name === 'HEAD') return bad;
  const ref = `refs/heads/${name}`;
  const taken = (await repository.refs('refs/heads/')).find(
    (other) =>
      other.name === ref || other.name.startsWith(`${ref}/`) || ref.startsWith(`${other.name}/`),
  );
  if (taken !== undefined) return exists(taken.name);
  const moved = await repository.move([{ ref, old: null, new: commit }], null);
  return moved.kind === 'moved' ? null : exists(ref);
}

function exists(ref: string): Result<never> {
  const hint = 'choose another name: nothing is ever written over';
  return no('branch_exists', `there is a branch ${ref.slice('refs/heads/'.length)} already`, hint);
}
