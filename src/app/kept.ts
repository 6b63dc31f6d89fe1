// What is kept of the attempts of a run, for `show --attempts`.

import type { AttemptKey } from '../model/key.ts';
import type { Task } from '../model/task.ts';
import type { Aside } from '../ports/workspace.ts';
import type { KeptShown } from '../report/show-task.ts';
import type { App } from './app.ts';
import { keptWork } from './recover.ts';

const NOTHING: Aside = { files: 0, bytes: 0, leftOut: [], whole: false, commits: null };

/**
 * Looks what is kept of attempts, in git and beside it.
 *
 * @param app - The application.
 * @param tasks - Their tasks.
 * @returns What there is, by the attempts; nothing where it cannot be looked at.
 */
export async function keptOfTasks(
  app: App,
  tasks: readonly Task[],
): Promise<ReadonlyMap<AttemptKey, KeptShown>> {
  const found = new Map<AttemptKey, KeptShown>();
  const opened = await app.workshop();
  if (!opened.ok) return found;
  const { repository } = opened.value;
  for (const task of tasks) {
    for (const attempt of task.attempts) {
      const kept = await keptWork(opened.value, task, attempt);
      if (kept === null) continue;
      const { commit } = kept;
      const { files, bytes, leftOut, commits } = kept.aside ?? NOTHING;
      const base = commit === null ? null : await repository.resolve(`${commit}^`);
      const inGit =
        commit === null || base === null
          ? { files: 0, bytes: 0 }
          : await repository.changedSize(base, commit);
      found.set(attempt.key, {
        ref: attempt.keptRef,
        commit,
        ...inGit,
        beside: { files, bytes },
        leftOut,
        commits,
        recover: `tutti recover '${attempt.key}' --to DIR`,
      });
    }
  }
  return found;
}
