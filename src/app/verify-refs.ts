// Whether git has what a run's rows name: commits, the head, the branch.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Repository } from '../ports/repository.ts';
import { shortCommit } from '../report/view.ts';
import { headRef } from '../run/names.ts';

/** What is wrong, and what is only worth mentioning. */
export interface Remarks {
  readonly damage: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Compares a run with the repository.
 *
 * @param repository - The repository.
 * @param run - The run as it is stored.
 * @returns What is wrong with its commits, its head and its branch.
 */
export async function refsOf(repository: Repository, run: Run): Promise<Remarks> {
  const missing = await missingCommits(repository, run);
  const head = await headRemarks(repository, run);
  const branch = await branchRemarks(repository, run);
  return {
    damage: [...missing, ...head.damage, ...branch.damage],
    notes: [...head.notes, ...branch.notes],
  };
}

/** Commits by what names them. */
function recordedCommits(run: Run): Map<string, string> {
  const commits = new Map([
    [run.baseCommit, 'the commit it starts from'],
    [run.head, 'its head'],
  ]);
  for (const { key, status, attempts } of run.tasks) {
    if (status.state === 'completed' && status.commit !== null) {
      commits.set(status.commit, `the result of ${key}`);
    }
    const last = attempts.at(-1);
    // What is handed in waits to be judged: without its change it cannot go on.
    if (last?.status.state === 'handed_in' && last.status.change !== null) {
      commits.set(last.status.change.commit, `the change of ${last.key}`);
    }
  }
  return commits;
}

async function missingCommits(repository: Repository, run: Run): Promise<string[]> {
  const commits = recordedCommits(run);
  // One walk reads most of them; it fails where one of them is missing.
  const walked = await repository.log(run.baseCommit, run.head).catch(() => []);
  for (const { commit } of walked) commits.delete(commit);
  const missing: string[] = [];
  for (const [commit, what] of commits) {
    if ((await repository.resolve(commit)) === null) {
      missing.push(`${what}, commit ${commit}, is not in the repository`);
    } else if (what.startsWith('the result') && !(await isOn(repository, commit, run.head))) {
      missing.push(`${what}, commit ${commit}, is not on the run's branch`);
    }
  }
  return missing;
}

function isOn(repository: Repository, commit: string, head: string): Promise<boolean> {
  // A head that is missing was said already.
  return repository.isAncestor(commit, head).catch(() => true);
}

const NO_REMARKS: Remarks = { damage: [], notes: [] };

function damaged(text: string): Remarks {
  return { damage: [text], notes: [] };
}

function note(text: string): Remarks {
  return { damage: [], notes: [text] };
}

async function headRemarks(repository: Repository, run: Run): Promise<Remarks> {
  const ref = headRef(run.key);
  const at = await repository.resolve(ref);
  if (at === run.head) return NO_REMARKS;
  // It is made with the first result.
  if (at === null && run.head === run.baseCommit) return NO_REMARKS;
  if (at !== null && publishing(run).includes(at)) return NO_REMARKS;
  const where = at === null ? 'does not exist' : `is at ${shortCommit(at)}`;
  const text = `${ref} ${where}, it should be at ${shortCommit(run.head)}`;
  return RUN_OVER[run.status.state] ? note(text) : damaged(text);
}

async function branchRemarks(repository: Repository, run: Run): Promise<Remarks> {
  const at = await repository.resolve(`refs/heads/${run.branch}`);
  if (at === run.head || (at === null && run.head === run.baseCommit)) return NO_REMARKS;
  const over = RUN_OVER[run.status.state];
  const name = `the branch ${run.branch}`;
  if (at === null) {
    const text = `${name} does not exist`;
    return over ? note(`${text} any more`) : damaged(text);
  }
  if (publishing(run).includes(at)) return NO_REMARKS;
  const where = `${name} is at ${shortCommit(at)}, the run's head is ${shortCommit(run.head)}`;
  if (over) return note(where);
  if (await isAhead(repository, run.head, at)) return note(`${where}: it has commits of its own`);
  const places = await repository.checkedOutAt(run.branch);
  if (places.length > 0) return note(`${where}: it is checked out at ${places.join(', ')}`);
  return damaged(where);
}

async function isAhead(repository: Repository, head: string, at: string): Promise<boolean> {
  return repository.isAncestor(head, at).catch(() => false);
}

/** Where refs may be while a move is announced and not yet recorded as done. */
function publishing(run: Run): string[] {
  return run.tasks.flatMap(({ status }) =>
    status.state === 'running' && status.publication !== null
      ? [status.publication.old, status.publication.new]
      : [],
  );
}
