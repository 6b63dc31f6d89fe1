// Opening a failed task again, and exactly what did not happen because of it.

import type { Answer } from '../model/command.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
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
  const wanted =
    command.key === run.key
      ? run.tasks.filter(({ status }) => status.state === 'failed')
      : run.tasks.filter(({ key }) => key === command.key);
  const roots = wanted.filter(isOpenable);
  if (run.status.state === 'canceling') {
    return no(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  if (roots.length === 0) {
    if (command.key === run.key && run.status.state === 'canceled')
      return reopenAll(turn, run, command);
    return no(`nothing of ${command.key} has failed`, `tutti show ${command.key}`);
  }
  const cause = roots.find((task) => blocker(run, task) !== undefined);
  const blocking = cause === undefined ? undefined : blocker(run, cause);
  if (blocking !== undefined) {
    return no(`${command.key} waits for ${blocking}, which failed`, `tutti retry ${blocking}`);
  }
  return reopen(turn, run, { ...command, roots });
}

function reopenAll(
  turn: Turn,
  run: Run,
  command: { instruction: string | null; by: string },
): Answer {
  const roots = run.tasks.filter(({ status }) => status.state === 'canceled');
  if (roots.length === 0) return no(`${run.key} has no task yet`, 'start it again: tutti run "…"');
  return reopen(turn, run, { ...command, roots });
}

function reopen(
  turn: Turn,
  run: Run,
  { roots, instruction, by }: { roots: readonly Task[]; instruction: string | null; by: string },
): Answer {
  if (RUN_OVER[run.status.state]) turn.emit(run.key, { type: 'run-reopened', by });
  const again = new Set(roots.map(({ key }) => key));
  // A failure that ended the run canceled the rest: that comes back with it.
  const aborted = roots.some(({ status }) => status.state === 'failed' && status.aborts);
  for (const task of consequences(run, again, aborted)) again.add(task);
  for (const key of again) {
    const own = roots.some((root) => root.key === key) ? instruction : null;
    turn.emit(run.key, { type: 'task-reopened', task: key, instruction: own });
  }
  return { ok: true, run: run.key, text: `${[...again].join(', ')} will be tried again` };
}

/** What was skipped because of the tasks, at any distance, and what an abort canceled. */
function consequences(run: Run, roots: ReadonlySet<TaskKey>, aborted: boolean): Set<TaskKey> {
  const found = new Set(roots);
  let grew = true;
  while (grew) {
    grew = false;
    for (const { key, status } of run.tasks) {
      if (found.has(key)) continue;
      const skipped =
        status.state === 'skipped' &&
        status.because.reason === 'skipped_dependency' &&
        found.has(status.because.task ?? '');
      if (!skipped && !(aborted && status.state === 'canceled')) continue;
      found.add(key);
      grew = true;
    }
  }
  return found;
}

function isOpenable({ status }: Task): boolean {
  return status.state === 'failed' || status.state === 'skipped' || status.state === 'canceled';
}

/** The failed task that a skipped one was skipped for. */
function blocker(run: Run, task: Task): TaskKey | undefined {
  const { status } = task;
  if (status.state !== 'skipped' || status.because.reason !== 'skipped_dependency')
    return undefined;
  const cause = run.tasks.find(({ key }) => key === status.because.task);
  return cause === undefined || cause.status.state === 'completed'
    ? undefined
    : (blocker(run, cause) ?? cause.key);
}

function no(message: string, hint: string): Answer {
  return { ok: false, code: 'refused', message, hint };
}
