// The end of a run: its branch catches up where it can, its workspaces go. A coordinator that is
// killed before that leaves it to the next one, which finds in git and on the disk what is left.

import { branchMove } from '../integrate/publish.ts';
import { runOf } from '../model/key.ts';
import type { RunKey } from '../model/key.ts';
import { BEHIND, behindRef } from '../model/run-refs.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Bench, LiveEffect } from './bench.ts';
import { isMergedIn } from './merge-intent.ts';
import { sumUp } from './run-summary.ts';
import { writeOutputs } from './stage-outputs.ts';

/** What is needed of a run that is over. */
type Finished = Pick<Run, 'key' | 'branch' | 'head' | 'baseCommit' | 'status'>;

/**
 * Cleans up after a run.
 *
 * @param bench - The coordinator.
 * @param key - The run; it is over.
 * @returns The work.
 */
export function finish(bench: Bench, key: RunKey): LiveEffect {
  const run = bench.world.runs.get(key);
  const abort = new AbortController();
  const done = run === undefined ? Promise.resolve() : conclude(bench, run, abort.signal);
  return { done, stop: () => abort.abort() };
}

async function conclude(bench: Bench, run: Run, signal: AbortSignal): Promise<void> {
  await cleanUp(bench, run);
  await sumUp(bench, run, signal);
  // What only ran commands is not for reading.
  if (run.tasks.some(({ spec }) => spec.command === null)) await writeOutputs(bench, run.key);
}

async function cleanUp(bench: Bench, run: Finished): Promise<void> {
  await catchUp(bench, run);
  for (const { name } of await bench.workshop.workspaces.list()) {
    if (runOf(name) === run.key) await removeChecks(bench, name);
  }
  for (const name of await bench.workshop.workspaces.homes()) {
    if (runOf(name) === run.key) await removeHome(bench, run, name);
  }
}

/** Who retries a failed run goes on with its sessions: they stay until `tutti cleanup`. */
async function removeHome({ workshop }: Bench, { status }: Finished, name: string): Promise<void> {
  if (status.state !== 'failed') await workshop.workspaces.removeHome(name);
}

/** What else is still there could not be taken: it stays to be looked at until `tutti cleanup`. */
async function removeChecks({ workshop }: Bench, name: string): Promise<void> {
  if (name.endsWith('-checks')) await (await workshop.workspaces.find(name))?.remove();
}

async function catchUp({ workshop, epoch }: Bench, run: Finished): Promise<void> {
  const { repository } = workshop;
  if (run.head !== run.baseCommit) {
    const move = await branchMove(repository, run.branch, run.head);
    if (move !== null) await repository.move([move], epoch);
  }
  const ref = behindRef(run.key);
  const old = await repository.resolve(ref);
  const at = await repository.resolve(`refs/heads/${run.branch}`);
  if (old === null || (at === old && at !== run.head)) return;
  await repository.deleteRefs([{ ref, old }]);
}

/**
 * Cleans up after the runs whose coordinator was killed before it could. Nothing of this one's own
 * has begun, so that nobody is at work in what is removed but a merge.
 *
 * @param bench - The coordinator.
 */
export async function finishOthers(bench: Bench): Promise<void> {
  const { repository, store, workspaces } = bench.workshop;
  const over = async (key: RunKey): Promise<Finished | null> => {
    const run = (await store.summary(key))?.run;
    return run !== undefined && RUN_OVER[run.status.state] ? run : null;
  };
  for (const { name, commit } of await repository.refs(BEHIND)) {
    const run = await over(name.slice(BEHIND.length, name.lastIndexOf('/')));
    if (run === null) continue;
    // One that a person has moved is theirs.
    const moved = (await repository.resolve(`refs/heads/${run.branch}`)) !== commit;
    if (moved) await repository.deleteRefs([{ ref: name, old: commit }]);
    else await catchUp(bench, run);
  }
  for (const { name, complete } of await workspaces.list()) {
    if ((await over(runOf(name))) === null || (await isMergedIn(bench.workshop, name))) continue;
    // Nobody has worked in one that was never finished.
    if (complete) await removeChecks(bench, name);
    else await (await workspaces.find(name))?.remove();
  }
  for (const name of await workspaces.homes()) {
    const run = await over(runOf(name));
    if (run === null || (await isMergedIn(bench.workshop, name))) continue;
    await removeHome(bench, run, name);
  }
}
