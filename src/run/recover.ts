// What an earlier coordinator left: processes are torn down, work is kept.

import type { AttemptKey } from '../model/key.ts';
import { saysNoRoom } from '../util/no-room.ts';
import { isSystemError } from '../util/system-error.ts';
import type { Bench, LiveEffect } from './bench.ts';
import { jobOf } from './bench.ts';
import { keptRef } from './names.ts';
import { keep } from './workplace.ts';

/**
 * Tears down what an attempt of an earlier coordinator left and keeps its work.
 *
 * @param bench - The coordinator.
 * @param key - The attempt.
 * @returns The work; it is not stopped half-way.
 */
export function recover(bench: Bench, key: AttemptKey): LiveEffect {
  return { done: tearDown(bench, key), stop: () => {} };
}

async function tearDown(bench: Bench, key: AttemptKey): Promise<void> {
  const job = jobOf(bench.world, key);
  if (job === null) return;
  const { supervisor, workspaces, repository } = bench.workshop;
  await supervisor.sweep([job.attempt.mark]);
  const workspace = await workspaces.find(job.task.key);
  // What cannot be kept now stays in its workspace: the next attempt tries it again, or puts it aside.
  const kept = await keep(bench, job, workspace).catch(async (error: unknown) => {
    if (!isSystemError(error)) throw error;
    if (saysNoRoom(error.message)) await bench.noRoom(job.run.key, error.message);
    return null;
  });
  // It may have been kept, and its workspace removed, just before the report was lost.
  const ref = keptRef(key);
  const isKept = (kept?.keptRef ?? null) !== null || (await repository.resolve(ref)) !== null;
  const { fence } = job.attempt;
  await bench.report({ attempt: key, fence, type: 'lost', keptRef: isKept ? ref : null });
}
