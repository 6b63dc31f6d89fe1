// The end of a run: its branch catches up where it can, its workspaces go.

import { branchMove } from '../integrate/publish.ts';
import type { RunKey } from '../model/key.ts';
import { runOf } from '../model/key.ts';
import type { Bench, LiveEffect } from './bench.ts';

/**
 * Cleans up after a run.
 *
 * @param bench - The coordinator.
 * @param key - The run; it is over.
 * @returns The work.
 */
export function finish(bench: Bench, key: RunKey): LiveEffect {
  return { done: cleanUp(bench, key), stop: () => {} };
}

async function cleanUp(bench: Bench, key: RunKey): Promise<void> {
  const run = bench.world.runs.get(key);
  if (run === undefined) return;
  const { repository, workspaces } = bench.workshop;
  if (run.head !== run.baseCommit) {
    const move = await branchMove(repository, run.branch, run.head);
    if (move !== null) await repository.move([move], bench.epoch);
  }
  for (const { name } of await workspaces.list()) {
    // What is still there could not be taken: it stays to be looked at until the run is cleaned up.
    if (runOf(name) === key && name.endsWith('-checks')) {
      await (await workspaces.find(name))?.remove();
    }
  }
}
