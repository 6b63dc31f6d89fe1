// `tutti diff KEY`: what a run, a task or an attempt has changed.

import type { Attempt } from '../model/attempt.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import { plural } from '../util/amount.ts';
import { oneLine, sanitizeTerminal } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { findNamed } from './find.ts';
import type { Named } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';

/** How a difference is wanted. */
export interface DiffWish {
  /** Only how many lines of which files. */
  readonly stat: boolean;
  /** Byte for byte, for `git apply`; a terminal must not get the control characters of others. */
  readonly raw: boolean;
}

interface Span {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Shows what was changed.
 *
 * @param app - The application.
 * @param key - The key as it was typed.
 * @param wish - How it is wanted.
 * @returns What to show.
 */
export async function showDiff(app: App, key: string, wish: DiffWish): Promise<Result<Shown>> {
  const found = await findNamed(app, key);
  if (!found.ok) return found;
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const repository = opened.value;
  const span = await spanOf(repository, found.value);
  if (!span.ok) return span;
  const { from, to } = span.value;
  const lines = await repository.changedLines(from, to);
  const patch = wish.stat ? null : await repository.diff(from, to);
  return ok({
    json: { ...span.value, files: lines, patch },
    text: (view) => {
      if (patch === null) return statText(lines, view);
      if (patch === '') return `${span.value.key} changed nothing`;
      const text = wish.raw ? patch : sanitizeTerminal(patch);
      return text.replace(/\n$/u, '');
    },
  });
}

async function spanOf(
  repository: Repository,
  { run, task, attempt }: Named,
): Promise<Result<Span>> {
  const spans =
    attempt !== null
      ? [await attemptSpan(repository, attempt)]
      : task !== null
        ? await taskSpans(repository, task)
        : [{ key: run.key, from: run.base.merged, to: run.head }];
  for (const span of spans) {
    if (span !== null && (await repository.resolve(span.to)) !== null) return ok(span);
  }
  const what = `nothing is kept of ${attempt?.key ?? task?.key ?? run.key}`;
  return no('nothing_kept', what, `see what there is: tutti show ${run.key} --attempts`);
}

/** What of a task is on the branch; else the latest attempt that left anything. */
async function taskSpans(repository: Repository, task: Task): Promise<(Span | null)[]> {
  const { status } = task;
  const commit = status.state === 'completed' ? status.commit : null;
  const integrated = commit === null ? [] : [await ownSpan(repository, task.key, commit)];
  const newest = task.attempts.toReversed();
  return [...integrated, ...(await Promise.all(newest.map((one) => attemptSpan(repository, one))))];
}

async function attemptSpan(repository: Repository, attempt: Attempt): Promise<Span | null> {
  const { status, keptRef, key } = attempt;
  const change = 'change' in status ? status.change : null;
  if (change !== null) return { key, from: change.base, to: change.commit };
  const commit = keptRef === null ? null : await repository.resolve(keptRef);
  return commit === null ? null : ownSpan(repository, key, commit);
}

async function ownSpan(repository: Repository, key: string, commit: string): Promise<Span | null> {
  const from = await repository.resolve(`${commit}^1`);
  return from === null ? null : { key, from, to: commit };
}

function statText(
  lines: readonly { path: string; added: number | null; deleted: number | null }[],
  { style }: View,
): string {
  const rows = lines.map(({ path, added, deleted }) =>
    added === null || deleted === null
      ? `${'binary'.padStart(13)}  ${oneLine(path)}`
      : `${style.green(`+${added}`.padStart(6))} ${style.red(`-${deleted}`.padStart(6))}  ${oneLine(path)}`,
  );
  const sum = (of: 'added' | 'deleted'): number =>
    lines.reduce((all, line) => all + (line[of] ?? 0), 0);
  return [...rows, `${plural(lines.length, 'file')}, +${sum('added')} -${sum('deleted')}`].join(
    '\n',
  );
}
