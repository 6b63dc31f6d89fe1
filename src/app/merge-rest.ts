// The end of a merge: the branch moves and its checkouts follow. A kill in between leaves the
// announcement, by which the next merge (or `doctor`) finishes it.

import type { CheckoutsResult, Repository } from '../ports/repository.ts';
import { dropIntent, readIntent } from '../run/merge-intent.ts';
import type { BranchMove, MergeIntent } from '../run/merge-intent.ts';
import type { Workshop } from '../run/workshop.ts';
import type { App } from './app.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { whyNotFollow } from './why-not-follow.ts';

const MOST_NAMED = 20;

/** What was left of an earlier merge. */
export interface Rest {
  readonly intent: MergeIntent;
  /** Whether its process is still at it. */
  readonly live: boolean;
}

/**
 * Looks for a merge that is under way or was killed.
 *
 * @param app - The application.
 * @param commonDir - The common git directory.
 * @returns What there is, or `null`.
 */
export async function mergeRest(app: App, commonDir: string): Promise<Rest | null> {
  const intent = await readIntent(commonDir);
  if (intent === null) return null;
  return { intent, live: (await app.supervisor()).isAlive(intent.holder) };
}

/**
 * Finishes what a killed merge has left.
 *
 * @param app - The application.
 * @param workshop - Where the repository is.
 * @param rest - What was left.
 * @returns What was done, in words; `null` = nothing had been moved.
 */
export async function finishRest(
  app: App,
  workshop: Workshop,
  rest: Rest,
): Promise<Result<string | null>> {
  const { intent, live } = rest;
  if (live) {
    const what = `${intent.run} is being merged by process ${intent.holder.pid}`;
    return no('busy', what, 'wait until it is done, then give the command again', 1);
  }
  const { repository, supervisor } = workshop;
  const { commonDir } = repository;
  if (intent.mark !== '') await supervisor.sweep([intent.mark]);
  const { move } = intent;
  const at = move === null ? null : await repository.resolve(`refs/heads/${move.branch}`);
  let done: string | null = null;
  if (move !== null && at === move.to) {
    const untrusted = await whyNotFollow(app, repository);
    if (untrusted !== null) return untrusted;
    const followed = await bringCheckouts(repository, move, { run: intent.run, again: true });
    if (!followed.ok) return followed;
    done = `finished the interrupted merge of ${intent.run} into ${move.branch}`;
  } else if (move !== null && at !== move.from) {
    done = `${move.branch} has gone on since the interrupted merge of ${intent.run}: look at git status`;
  }
  await dropIntent(commonDir, intent.mark);
  return ok(done);
}

/**
 * Finishes a merge that was killed, where there is one; a live one is left alone.
 *
 * @param app - The application.
 * @param commonDir - The common git directory.
 * @returns What was done, in words; `null` = there was none.
 */
export async function finishKilledMerge(app: App, commonDir: string): Promise<string | null> {
  const rest = await mergeRest(app, commonDir);
  if (rest === null || rest.live) return null;
  const workshop = await app.workshop();
  if (!workshop.ok) return null;
  const finished = await finishRest(app, workshop.value, rest);
  if (!finished.ok) return `could not finish a merge: ${finished.problem.message}`;
  return finished.value ?? `forgot a merge of ${rest.intent.run} that had moved nothing`;
}

/**
 * Lets the checkouts of a branch follow it.
 *
 * @param repository - The repository.
 * @param move - Where the branch has gone.
 * @param merge - The run, and whether an earlier try was killed.
 * @returns The checkouts that are there now.
 */
export async function bringCheckouts(
  repository: Repository,
  move: BranchMove,
  merge: { readonly run: string; readonly again: boolean },
): Promise<Result<readonly string[]>> {
  const { branch, from, to } = move;
  const hint = `mend that, then let the checkout follow: tutti merge ${merge.run}`;
  const failed = (why: string): Result<never> =>
    no('checkout_behind', `${branch} has moved, but a checkout of it has not: ${why}`, hint, 1);
  let result: CheckoutsResult;
  try {
    result = await repository.updateCheckouts(branch, from, to, merge.again);
  } catch (error) {
    // A full disk, a folder that cannot be written, a lock: the announcement stays.
    if (!(error instanceof Error)) throw error;
    return failed(error.message);
  }
  return result.ok ? ok(result.updated) : failed(obstacle(result));
}

/**
 * Says what keeps a checkout from following.
 *
 * @param result - The refusal.
 * @returns The words.
 */
export function obstacle(result: Extract<CheckoutsResult, { ok: false }>): string {
  const { path, files, busy } = result;
  if (busy !== undefined) return `${path}: ${busy}`;
  const named = files.slice(0, MOST_NAMED).map((file) => `  ${file}`);
  const more = files.length > MOST_NAMED ? [`  and ${files.length - MOST_NAMED} more`] : [];
  return [`in ${path} these files have edits that would be lost:`, ...named, ...more].join('\n');
}
