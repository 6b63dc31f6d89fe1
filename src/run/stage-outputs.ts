// The outputs of stages as files, for people and for agents. They are copies: nothing is decided by
// them, and they are written anew whenever more is known.

import { posix } from 'node:path';

import type { RunKey } from '../model/key.ts';
import { outputsOf } from '../stages/output.ts';
import type { Bench } from './bench.ts';

/**
 * Writes what the stages of a run have found out so far.
 *
 * @param bench - The coordinator.
 * @param key - The run.
 */
export async function writeOutputs(bench: Bench, key: RunKey): Promise<void> {
  const run = bench.world.runs.get(key);
  if (run === undefined || run.settings.stages.list.length === 0) return;
  const { files } = bench.workshop;
  for (const { path, text } of outputsOf(run)) {
    // Where something is in the way, it lies with the rest of the run.
    if (!(await files.writeAt(path, text))) await files.write(key, posix.basename(path), text);
  }
}
