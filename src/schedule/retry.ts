// Opening a failed task again, and exactly what did not happen because of it.

import type { Answer } from '../model/command.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { taskAt } from './apply.ts';
import { refuse } from './refuse.ts';
import { wasAborted } from './standing.ts';
import type { Turn } from './turn.ts';

/**
 * Opens a task, or all that failed in a run, again; a finished run goes on.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param command - The task or run, and what the next attempt should know.
 * @returns What to say to whoever wants it.
 */
export function retry(
  turn: Turn,
  run: Run,
  command: { key: RunKey | TaskKey; instruction: string | null; by: string },
): Answer {
  const { key } = command;
  if (run.status.state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  const roots = run.tasks.filter((task) =>
    key === run.key ? isWanted(run, task) : task.key === key && isOpenable(task),
  );
  if (roots.length === 0) {
    if (run.tasks.length === 0) return refuse(`${run.key} has no task yet`, 'tutti run "…"');
    return refuse(`nothing of ${key} has failed`, `tutti show ${key}`);
  }
  const blocking = key === run.key ? undefined : roots.map((task) => blocker(run, task)).at(0);
  if (blocking !== undefined) {
    const { state } = blocking.status;
    return refuse(`${key} needs ${blocking.key}, which is ${state}`, `tutti retry ${blocking.key}`);
  }
  return reopen(turn, run, { ...command, roots });
}

/** What a retry of the whole run is about: what failed, and what its cancel has cut off. */
function isWanted(run: Run, { status }: Task): boolean {
  return (
    status.state === 'failed' || (status.state === 'canceled' && run.status.state === 'canceled')
  );
}

function reopen(
  turn: Turn,
  run: Run,
  { roots, instruction, by }: { roots: readonly Task[]; instruction: string | null; by: string },
): Answer {
  if (RUN_OVER[run.status.state]) {
    // Without an approved plan there is nothing to run yet: it is the planning that is tried again.
    const planned = run.plans.some(({ state }) => state === 'approved');
    turn.emit(run.key, planned ? { type: 'run-reopened', by } : { type: 'planning-started' });
  }
  const again = new Set(roots.map(({ key }) => key));
  for (const task of consequences(run, again)) again.add(task);
  // What else has failed stays as it is, but must not stop this again at once.
  for (const { key, status } of run.tasks) {
    if (status.state !== 'failed' || !status.aborts || again.has(key)) continue;
    turn.emit(run.key, { type: 'task-tolerated', task: key });
  }
  for (const key of again) {
    const own = roots.some((root) => root.key === key) ? instruction : null;
    turn.emit(run.key, { type: 'task-reopened', task: key, instruction: own });
  }
  return { ok: true, run: run.key, text: `${[...again].join(', ')} will be tried again` };
}

/**
 * What was skipped because of the tasks, at any distance; and what a failure that stopped the run
 * has ended, for after this none stops it any more.
 */
function consequences(run: Run, roots: ReadonlySet<TaskKey>): Set<TaskKey> {
  const found = new Set(roots);
  let grew = true;
  while (grew) {
    grew = false;
    for (const task of run.tasks) {
      const { key, status } = task;
      if (found.has(key)) continue;
      const skipped =
        status.state === 'skipped' &&
        status.because.reason === 'skipped_dependency' &&
        found.has(status.because.task ?? '');
      if (!skipped && !wasAborted(task)) continue;
      found.add(key);
      grew = true;
    }
  }
  return found;
}

function isOpenable({ status }: Task): boolean {
  return status.state === 'failed' || status.state === 'skipped' || status.state === 'canceled';
}

/** The dependency that is over without being completed, at any distance: the task cannot start. */
function blocker(run: Run, task: Task): Task | undefined {
  const lost = task.dependsOn
    .map((key) => taskAt(run, key))
    .find((dependency) => isOpenable(dependency));
  return lost === undefined ? undefined : (blocker(run, lost) ?? lost);
}
