// Taking the change of a completed task out of its run's branch: the revert, the gate on what is left,
// and the move that was announced.

import { revertChange } from '../integrate/revert-change.ts';
import type { RunKey } from '../model/key.ts';
import { headRef } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import type { Publication, Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import type { UndoTold } from '../schedule/input.ts';
import type { Bench, LiveEffect } from './bench.ts';
import type { CheckSlots } from './check-slots.ts';
import { judgeTree } from './judge-tree.ts';
import { moveHead } from './move-head.ts';
import { checksOfResult, resultPlace, tailOf } from './result-checks.ts';
import { writeOutputs } from './stage-outputs.ts';

const NOTHING: LiveEffect = { done: Promise.resolve(), stop: () => {} };

/** A revert that may be published, or why it may not. */
export type TakenOut = Extract<UndoTold, { kind: 'publishable' | 'refused' }>;

/** Whose change is taken out, and what is needed for the gate. */
export interface TakingOut {
  readonly run: Run;
  readonly task: Task;
  /** Its change on the branch. */
  readonly commit: string;
  /** The mark of everything that is started. */
  readonly mark: string;
  /** A name for the folder of the gate's checkout, in which nobody else works at the same time. */
  readonly name: string;
}

/**
 * Computes the revert of a task's change on the run's head and runs the gate on it.
 *
 * @param bench - The coordinator.
 * @param taking - Whose change.
 * @param slots - How many may run checks at once; `null` = the caller has its slot.
 * @param signal - Ends the checks.
 * @returns The move that takes it out, or why it stays.
 */
export async function takeOut(
  bench: Bench,
  taking: TakingOut,
  slots: CheckSlots | null,
  signal: AbortSignal,
): Promise<TakenOut> {
  const { run, task, commit, mark, name } = taking;
  const { repository, clock } = bench.workshop;
  const { head } = run;
  const reverted = await revertChange(repository, head, commit);
  if (reverted.kind === 'conflict') {
    const message = `what it changed was changed again since, in ${reverted.files.join(', ')}`;
    return { kind: 'refused', message, verdicts: [] };
  }
  const { tree } = reverted;
  const message = revertMessage(task, commit);
  const revert = await repository.commit({ tree, parents: [head], message, at: clock.now() });
  const checks = checksOfResult(run, task);
  const gate = (): Promise<readonly Verdict[]> =>
    judgeTree(bench.workshop, {
      ...resultPlace(bench, run, { name, mark, signal }),
      checks,
      treeish: revert,
    });
  const verdicts = slots === null ? await gate() : await slots.use(gate);
  const bad = verdicts.find(({ ok }) => !ok);
  if (bad !== undefined) {
    const text = `without it, the check "${bad.name}" fails:\n${tailOf(bad)}`;
    return { kind: 'refused', message: text.trim(), verdicts };
  }
  const proof = checks.length > 0 ? 'proven' : 'unproven';
  const publication = { ref: headRef(run.key), old: head, new: revert, tree, proof } as const;
  return { kind: 'publishable', publication, verdicts };
}

function revertMessage({ key, spec }: Task, commit: string): string {
  const title = spec.title.replaceAll(/\s+/gu, ' ').trim();
  return `Revert "${key}: ${title}"\n\nTutti-Task: ${key}\nTutti-Reverts: ${commit}\n`;
}

/**
 * Judges whether the change that a run is to lose can be taken out.
 *
 * @param bench - The coordinator.
 * @param key - The run.
 * @param slots - How many may run checks at once.
 * @returns The work.
 */
export function undo(bench: Bench, key: RunKey, slots: CheckSlots): LiveEffect {
  const run = bench.world.runs.get(key);
  const taking = run === undefined ? null : takingOf(run);
  if (taking === null || taking.run.undo?.publication !== null) return NOTHING;
  const abort = new AbortController();
  const work = async (): Promise<void> => {
    // What an earlier coordinator has left running judges nothing any more.
    await bench.workshop.supervisor.sweep([taking.mark]);
    const told = await takeOut(bench, taking, slots, abort.signal);
    if (!abort.signal.aborted) await tell(bench, taking, told);
  };
  return { done: work(), stop: () => abort.abort() };
}

function takingOf(run: Run): TakingOut | null {
  const task = run.tasks.find(({ key }) => key === run.undo?.task);
  if (run.undo === null || task?.status.state !== 'completed') return null;
  const { commit } = task.status;
  const name = `${run.key}.undo-checks`;
  return commit === null ? null : { run, task, commit, mark: run.undo.mark, name };
}

/**
 * Moves the run's head and its branch to the revert as it was announced.
 *
 * @param bench - The coordinator.
 * @param key - The run.
 * @returns The work; it is too short to be stopped.
 */
export function publishUndo(bench: Bench, key: RunKey): LiveEffect {
  const run = bench.world.runs.get(key);
  const taking = run === undefined ? null : takingOf(run);
  const publication = run?.undo?.publication ?? null;
  if (taking === null || publication === null) return NOTHING;
  return { done: move(bench, taking, publication), stop: () => {} };
}

async function move(bench: Bench, taking: TakingOut, publication: Publication): Promise<void> {
  const moved = await moveHead(bench, taking.run, publication);
  if (moved === null) return;
  await tell(bench, taking, moved);
  if (moved.kind === 'published') await writeOutputs(bench, taking.run.key);
}

/** What checks print may hold secrets: nothing is decided, or written, with them. */
function tell(bench: Bench, { run, mark }: TakingOut, told: UndoTold): Promise<void> {
  const input = { type: 'undo', run: run.key, mark, told } as const;
  return bench.hear(bench.workshop.secrets.redactAll(input));
}
