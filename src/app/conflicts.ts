// Which changes that are not on their run's branch yet would conflict, with it or with each other.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import { fit } from '../report/view.ts';
import { plural } from '../util/amount.ts';
import type { App } from './app.ts';
import { find, lookOr } from './find.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/** Two things that do not go together. */
interface Conflict {
  /** The key of a run (its head) or of an attempt (its change). */
  readonly a: string;
  readonly b: string;
  readonly files: readonly string[];
  /** Found by merging them: with the run's head, or with another change. */
  readonly kind: 'head' | 'change';
}

/** One side of a merge. */
interface Side {
  readonly key: string;
  readonly commit: string;
  /** What the change was made on; `null` for the head of a run. */
  readonly base: string | null;
}

/**
 * Shows the conflicts that are ahead.
 *
 * @param app - The application.
 * @param key - A run, or anything of it; `null` = all that are unfinished.
 * @returns What to show.
 */
export async function showConflicts(app: App, key: string | null): Promise<Result<Shown>> {
  const runs = await runsOf(app, key);
  if (!runs.ok) return runs;
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const conflicts: Conflict[] = [];
  let compared = 0;
  for (const run of runs.value) {
    const sides = await sidesOf(opened.value, run);
    compared += sides.length - 1;
    conflicts.push(...(await conflictsOf(opened.value, sides)));
  }
  return ok({
    json: { conflicts },
    text: ({ width, style }) => {
      if (compared === 0) return 'No change waits for integration, so nothing can conflict.';
      const looked = `${plural(compared, 'change')} not integrated yet`;
      if (conflicts.length === 0) return `No conflicts: ${looked}.`;
      const head = `${plural(conflicts.length, 'conflict')} among ${looked}`;
      const lines = conflicts.map(({ a, b, files }) => {
        const pair = `${a} × ${b}`;
        return `${style.red('✗')} ${style.bold(pair)}  ${fit(files.join(', '), width - pair.length - 4)}`;
      });
      return [style.bold(head), ...lines].join('\n');
    },
  });
}

async function runsOf(app: App, key: string | null): Promise<Result<readonly Run[]>> {
  if (key !== null) {
    const found = await find(app, key);
    return found.ok ? ok([found.value.run]) : found;
  }
  return lookOr(
    app,
    async (store) => {
      const runs = await Promise.all((await store.unfinished()).map((one) => store.run(one)));
      return runs.filter((run) => run !== null);
    },
    [],
  );
}

/** The head of a run, and what its tasks have made that is not in it. */
async function sidesOf(repository: Repository, run: Run): Promise<Side[]> {
  const sides: Side[] = [{ key: run.key, commit: run.head, base: null }];
  // Of a run that is over nothing will be integrated any more.
  if (RUN_OVER[run.status.state]) return sides;
  for (const task of run.tasks) {
    const side = await sideOf(repository, run, task);
    if (side !== null) sides.push(side);
  }
  return sides;
}

async function sideOf(repository: Repository, run: Run, task: Task): Promise<Side | null> {
  const attempt = task.attempts.at(-1);
  const { state } = task.status;
  if (attempt === undefined || !['running', 'waiting', 'ready'].includes(state)) return null;
  const change = 'change' in attempt.status ? attempt.status.change : null;
  if (change !== null) {
    const there = await repository.resolve(change.commit);
    return there === null ? null : { key: attempt.key, commit: there, base: change.base };
  }
  const kept = attempt.keptRef === null ? null : await repository.resolve(attempt.keptRef);
  if (kept === null) return null;
  const base = await repository.mergeBase(run.head, kept);
  return base === null || base === kept ? null : { key: attempt.key, commit: kept, base };
}

async function conflictsOf(repository: Repository, sides: readonly Side[]): Promise<Conflict[]> {
  const found: Conflict[] = [];
  for (const [index, a] of sides.entries()) {
    for (const b of sides.slice(index + 1)) {
      const base = await baseOf(repository, a, b);
      if (base === null) continue;
      const merged = await repository.merge(base, a.commit, b.commit);
      if (merged.kind === 'merged') continue;
      const kind = a.base === null ? 'head' : 'change';
      found.push({ a: a.key, b: b.key, files: merged.files, kind });
    }
  }
  return found;
}

/** A change is compared to what it was made on; two of them to what both were made on. */
async function baseOf(repository: Repository, a: Side, b: Side): Promise<string | null> {
  if (a.base === null || a.base === b.base) return b.base;
  return repository.mergeBase(a.commit, b.commit);
}
