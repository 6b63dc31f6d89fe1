// `tutti recover KEY`: brings back what an attempt had done, whatever became of it.

import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { branch as branchName } from '../config/values.ts';
import type { Attempt } from '../model/attempt.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import type { Aside } from '../ports/workspace.ts';
import { keptRef as keptRefOf } from '../run/names.ts';
import type { Workshop } from '../run/workshop.ts';
import { plural } from '../util/amount.ts';
import { isSystemError } from '../util/system-error.ts';
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

/** What is kept of an attempt, in git and beside it; one of the two is there. */
export interface KeptWork {
  readonly attempt: string;
  readonly commit: string | null;
  readonly aside: Aside | null;
  /** No attempt of its task came after it. */
  readonly last: boolean;
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
  const opened = await app.workshop();
  if (!opened.ok) return opened;
  const { repository } = opened.value;
  const kept = await keptOf(opened.value, found.value);
  if (!kept.ok) return kept;
  const { attempt, commit, aside } = kept.value;
  const problem =
    to.kind === 'folder'
      ? await intoFolder(opened.value, kept.value, to.path)
      : await ontoBranch(repository, kept.value, to.name);
  if (problem !== null) return problem;
  const folder = to.kind === 'folder' ? to.path : null;
  const branch = to.kind === 'branch' ? to.name : null;
  const files = aside?.files ?? 0;
  const json = { attempt, commit, folder, branch, aside };
  return ok({
    json: { recovered: json },
    text: () => {
      const out = [
        ...(aside?.leftOut ?? []).map((what) => `  not kept: ${what}`),
        ...commitLines(aside),
      ];
      if (folder !== null) {
        const beside = files === 0 ? '' : `, with ${plural(files, 'file')} that git did not have`;
        return [`the work of ${attempt} is in ${folder}${beside}`, ...out].join('\n');
      }
      const more =
        files === 0
          ? []
          : [
              `  ${plural(files, 'file')} that git did not have: tutti recover '${attempt}' --to DIR`,
            ];
      const lines = [
        `the work of ${attempt} is on the branch ${branch}`,
        `  → git diff ${commit}^ ${branch}`,
      ];
      return [...lines, ...more].join('\n');
    },
  });
}

function commitLines(aside: Aside | null): readonly string[] {
  const commits = aside?.commits ?? null;
  return commits === null
    ? []
    : [`  what it committed or stashed itself: git --git-dir '${commits}' log --all`];
}

/** The latest kept work; of a run only when one task alone has any, for nobody can guess. */
async function keptOf(
  workshop: Workshop,
  { run, task, attempt }: Named,
): Promise<Result<KeptWork>> {
  const wanted = attempt === null ? (task === null ? run.tasks : [task]) : null;
  const found: KeptWork[] = [];
  for (const one of wanted ?? (task === null ? [] : [task])) {
    const latest = await latestKept(workshop, one, attempt);
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
  workshop: Workshop,
  task: Task,
  named: Attempt | null,
): Promise<KeptWork | null> {
  for (const attempt of named === null ? task.attempts.toReversed() : [named]) {
    const kept = await keptWork(workshop, task, attempt);
    if (kept !== null) return kept;
  }
  return null;
}

/**
 * Finds what is kept of an attempt.
 *
 * @param workshop - Where the repository and the private folders are.
 * @param task - Its task.
 * @param attempt - The attempt.
 * @returns What there is; `null` = nothing.
 */
export async function keptWork(
  { repository, workspaces }: Pick<Workshop, 'repository' | 'workspaces'>,
  task: Task,
  { key, keptRef, status }: Attempt,
): Promise<KeptWork | null> {
  const change = 'change' in status ? status.change : null;
  let commit: string | null = null;
  // Where keeping was cut short, by a full disk, the ref may stand without its row knowing of it.
  for (const revision of [keptRef ?? keptRefOf(key), change?.commit ?? null]) {
    commit ??= revision === null ? null : await repository.resolve(revision);
  }
  // Somebody is at work in what is not over.
  const last = task.attempts.at(-1)?.key === key && status.state === 'ended';
  const aside = await workspaces.aside(key, last);
  return commit === null && aside === null ? null : { attempt: key, commit, aside, last };
}

async function intoFolder(
  { repository, workspaces }: Workshop,
  { attempt, commit, aside, last }: KeptWork,
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
    if (!isSystemError(error)) throw error;
    const what = `${path} cannot be a folder to write into: ${error.message}`;
    return no('bad_folder', what, 'name a folder that is empty or not there yet');
  }
  try {
    if (commit !== null) await repository.writeFiles(commit, path);
    if (aside !== null) await workspaces.bringAside(attempt, last, path);
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
  { attempt, commit }: KeptWork,
  name: string,
): Promise<Result<never> | null> {
  if (commit === null) {
    const what = `what ${attempt} left could not be taken by git: it makes no branch`;
    return no('no_commit', what, `tutti recover '${attempt}' --to DIR`);
  }
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
