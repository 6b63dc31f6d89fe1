// Whether git has what a run's log names: commits, trees that were judged, kept work, the head, the
// branch.

import { taskNumber } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import { behindRef, headRef } from '../model/run-refs.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import type { Told, ToldVerdict } from '../ports/store.ts';
import { shortCommit } from '../report/view.ts';
import { plural } from '../util/amount.ts';

/** What is wrong, and what is only worth mentioning. */
export interface Remarks {
  readonly damage: readonly string[];
  readonly notes: readonly string[];
}

/** What is compared with git. */
export interface Recorded extends Told {
  /** Tasks in the order in which they were completed. */
  readonly completed: readonly TaskKey[];
}

/**
 * Compares a run with the repository.
 *
 * @param repository - The repository.
 * @param recorded - What the store says of the run.
 * @param kept - Where the refs of kept work are, by their names.
 * @returns What is wrong with its commits, verdicts, kept work, head and branch.
 */
export async function gitOf(
  repository: Repository,
  recorded: Recorded,
  kept: ReadonlyMap<string, string> | null,
): Promise<Remarks> {
  const { run } = recorded;
  const remarks = [
    await commitRemarks(repository, recorded),
    kept === null
      ? note('git lists no refs: whether work is kept was not looked at')
      : keptRemarks(run, kept),
    await headRemarks(repository, run),
    await branchRemarks(repository, run),
  ];
  return {
    damage: remarks.flatMap(({ damage }) => damage),
    notes: remarks.flatMap(({ notes }) => notes),
  };
}

/** Commits by what names them. */
function recordedCommits(run: Run): Map<string, string> {
  const commits = new Map([
    [run.baseCommit, 'the commit it starts from'],
    ...run.base.landed.map(({ head }) => [head, 'a result that came from elsewhere'] as const),
    [run.head, 'its head'],
  ]);
  for (const { key, status, attempts } of run.tasks) {
    if (status.state === 'completed' && status.commit !== null) {
      commits.set(status.commit, `the result of ${key}`);
    }
    const judged = resultJudgedBy(run, key);
    if (judged !== null) commits.set(judged, `the result that ${key} judged`);
    const last = attempts.at(-1);
    // What is handed in waits to be judged: without its change it cannot go on.
    if (last?.status.state === 'handed_in' && last.status.change !== null) {
      commits.set(last.status.change.commit, `the change of ${last.key}`);
    }
  }
  return commits;
}

async function commitRemarks(repository: Repository, recorded: Recorded): Promise<Remarks> {
  const { run, verdicts } = recorded;
  const commits = recordedCommits(run);
  const trees = verdicts.flatMap(({ verdict }) => (verdict.tree === null ? [] : [verdict.tree]));
  const names = [...commits.keys()].flatMap((id) => [id, treeOf(id)]);
  const there = await repository.objects([...new Set([...names, ...trees])]);
  const missing = [...commits].flatMap(([id, what]) => {
    const gone = [id, treeOf(id)].find((name) => !there.has(name));
    const part = gone === id ? '' : 'the tree of ';
    return gone === undefined ? [] : [`${part}${what}, commit ${id}, is not in the repository`];
  });
  const lost = verdicts.filter(({ verdict: { tree } }) => tree !== null && !there.has(tree));
  const needed = lost.filter(({ task, attempt }) => isNeeded(run, task, attempt));
  const others = lost.length - needed.length;
  const last = byTask(run, verdicts);
  return {
    damage: [
      ...missing,
      ...(await placeDamage(repository, recorded, there)),
      ...run.tasks.flatMap((task) => {
        const judged = resultJudgedBy(run, task.key);
        return judged === null
          ? proofDamage(task, onResult(run, task, last), there)
          : proofDamage(task, evidenceOn(verdicts, there.get(treeOf(judged))), there);
      }),
      ...needed.map(
        ({ task, verdict }) =>
          `the tree that ${verdict.name} judged for ${task}, ${verdict.tree}, is not in the repository`,
      ),
    ],
    notes: others === 0 ? [] : [`git has forgotten ${plural(others, 'tree')} that a check refuted`],
  };
}

/** What was found about each task's last attempt: what was found before counts no more. */
function byTask(run: Run, verdicts: readonly ToldVerdict[]): Map<TaskKey, ToldVerdict[]> {
  const found = new Map<TaskKey, ToldVerdict[]>();
  for (const verdict of verdicts) {
    const { task, attempt } = verdict;
    if (run.tasks[taskNumber(task) - 1]?.attempts.at(-1)?.key !== attempt) continue;
    const others = found.get(task);
    if (others === undefined) found.set(task, [verdict]);
    else others.push(verdict);
  }
  return found;
}

/**
 * Who got onto the branch together with others was judged by the tree of the uppermost: such a verdict
 * counts as one on its own tree, where that tree is the result of one that was announced after it.
 */
function onResult(
  run: Run,
  { key, status }: Task,
  all: ReadonlyMap<TaskKey, readonly ToldVerdict[]>,
): readonly ToldVerdict[] {
  const own = all.get(key) ?? [];
  const tree = status.state === 'completed' ? status.tree : null;
  if (tree === null || own.some(({ verdict }) => verdict.tree === tree)) return own;
  return own.map((told) => {
    const isOfBatch = run.tasks.some(
      (other) =>
        other.key !== key &&
        other.status.state === 'completed' &&
        other.status.tree === told.verdict.tree &&
        (all.get(other.key) ?? []).some(
          ({ seq, verdict }) => seq > told.seq && verdict.tree === told.verdict.tree,
        ),
    );
    return isOfBatch ? onTree(told, tree) : told;
  });
}

function onTree(told: ToldVerdict, tree: string): ToldVerdict {
  return { ...told, verdict: { ...told.verdict, tree } };
}

/** The commit that the checks of a review have judged; `null` = that is not what the task is for. */
function resultJudgedBy({ tasks }: Run, key: TaskKey): string | null {
  const { spec, status, attempts } = tasks[taskNumber(key) - 1] ?? {};
  if (spec?.round === undefined || spec.kind !== 'check' || status?.state !== 'completed')
    return null;
  const last = attempts?.at(-1)?.status;
  return last?.state === 'ended' ? (last.report?.review?.commit ?? null) : null;
}

/** What has passed on that very tree, for whichever task, is not run once more. */
function evidenceOn(
  verdicts: readonly ToldVerdict[],
  tree: string | undefined,
): readonly ToldVerdict[] {
  return verdicts.filter(({ verdict }) => tree !== undefined && verdict.tree === tree);
}

const treeOf = (commit: string): string => `${commit}^{tree}`;

/** What was judged and then left has no ref: git may forget its tree. */
function isNeeded(run: Run, key: TaskKey, judged: string | null): boolean {
  const task = run.tasks[taskNumber(key) - 1];
  const attempt = task?.attempts.find(({ key: one }) => one === judged);
  return attempt?.status.state === 'handed_in';
}

/** Results lie on the run's branch, in the order in which they were completed. */
async function placeDamage(
  repository: Repository,
  { run, completed }: Recorded,
  there: ReadonlyMap<string, string>,
): Promise<string[]> {
  const ends = [run.baseCommit, run.head];
  if (!ends.every((id) => there.has(id))) return []; // that was said already
  const walked = await repository.log(run.baseCommit, run.head).catch(() => null);
  if (walked === null) return [`the commits up to its head, ${run.head}, cannot be read`];
  const places = new Map(walked.map(({ commit }, index) => [commit, index]));
  const damage: string[] = [];
  let before: { key: TaskKey; place: number } | null = null;
  for (const key of completed) {
    const status = run.tasks[taskNumber(key) - 1]?.status;
    if (status?.state !== 'completed' || status.commit === null) continue;
    if (!there.has(status.commit)) continue;
    const place = places.get(status.commit);
    if (place === undefined) {
      damage.push(`the result of ${key}, commit ${status.commit}, is not on the run's branch`);
      continue;
    }
    if (before !== null && place > before.place) {
      damage.push(`${key} was completed after ${before.key}, but its result lies before it`);
    }
    before = { key, place };
  }
  return damage;
}

/** Done means proven: the last word of each check on the very tree that the branch moved to. */
function proofDamage(
  { key, status }: Task,
  verdicts: readonly ToldVerdict[],
  there: ReadonlyMap<string, string>,
): string[] {
  if (status.state !== 'completed') return [];
  const { commit, tree, proof } = status;
  const is = commit === null ? null : there.get(treeOf(commit));
  const moved =
    is === undefined || is === tree
      ? []
      : [`the result of ${key} has the tree ${is ?? 'of no commit'}, ${tree ?? 'none'} was judged`];
  if (proof !== 'proven') return moved;
  const last = new Map<string, boolean>();
  for (const { verdict } of verdicts) {
    const counts = verdict.kind === 'check' && fits(verdict.tree, tree);
    if (counts) last.set(verdict.name, verdict.ok);
  }
  if (last.size === 0) {
    return [...moved, `${key} is proven, but no check has judged ${tree ?? 'what it did'}`];
  }
  const refuted = [...last].filter(([, passed]) => !passed);
  return [...moved, ...refuted.map(([name]) => `${key} is proven, but ${name} failed on its tree`)];
}

/** A task without a change is judged where it worked, whatever the tree of that is. */
function fits(judged: string | null, result: string | null): boolean {
  return result === null || judged === result;
}

/** Work of a run that goes on is never removed; that of a finished one may be past its date. */
function keptRemarks(run: Run, kept: ReadonlyMap<string, string>): Remarks {
  const attempts = run.tasks.flatMap((task) => task.attempts);
  const lost = attempts.filter(({ keptRef }) => keptRef !== null && !kept.has(keptRef));
  const moved = attempts.flatMap(({ key, keptRef, status }) => {
    const at = keptRef === null ? undefined : kept.get(keptRef);
    const change = 'change' in status ? status.change : null;
    if (at === undefined || change === null || change.commit === at) return [];
    return [`${keptRef} is at ${shortCommit(at)}, ${key} handed in ${shortCommit(change.commit)}`];
  });
  if (lost.length === 0) return { damage: moved, notes: [] };
  if (RUN_OVER[run.status.state]) {
    const text = `the kept work of ${plural(lost.length, 'attempt')} is gone, as after its date`;
    return { damage: moved, notes: [text] };
  }
  return {
    damage: [
      ...moved,
      ...lost.map(({ key, keptRef }) => `${keptRef}, the work of ${key}, is gone`),
    ],
    notes: [],
  };
}

const NO_REMARKS: Remarks = { damage: [], notes: [] };

function damaged(text: string): Remarks {
  return { damage: [text], notes: [] };
}

function note(text: string): Remarks {
  return { damage: [], notes: [text] };
}

async function headRemarks(repository: Repository, run: Run): Promise<Remarks> {
  const ref = headRef(run.key);
  const at = await repository.resolve(ref);
  if (at === run.head) return NO_REMARKS;
  // It is made with the first result.
  if (at === null && run.head === run.baseCommit) return NO_REMARKS;
  if (at !== null && publishing(run).includes(at)) return NO_REMARKS;
  const where = at === null ? 'does not exist' : `is at ${shortCommit(at)}`;
  const text = `${ref} ${where}, it should be at ${shortCommit(run.head)}`;
  return RUN_OVER[run.status.state] ? note(text) : damaged(text);
}

async function branchRemarks(repository: Repository, run: Run): Promise<Remarks> {
  const at = await repository.resolve(`refs/heads/${run.branch}`);
  if (at === run.head || (at === null && run.head === run.baseCommit)) return NO_REMARKS;
  const over = RUN_OVER[run.status.state];
  const name = `the branch ${run.branch}`;
  if (at === null) {
    const text = `${name} does not exist`;
    return over ? note(`${text} any more`) : damaged(text);
  }
  if (publishing(run).includes(at)) return NO_REMARKS;
  const where = `${name} is at ${shortCommit(at)}, the run's head is ${shortCommit(run.head)}`;
  if (over) return note(where);
  const stood = (await repository.resolve(behindRef(run.key))) ?? run.head;
  if (await isAhead(repository, stood, at)) return note(`${where}: it has commits of its own`);
  const places = await repository.checkedOutAt(run.branch);
  if (places.length > 0) return note(`${where}: it is checked out at ${places.join(', ')}`);
  return damaged(where);
}

async function isAhead(repository: Repository, head: string, at: string): Promise<boolean> {
  return repository.isAncestor(head, at).catch(() => false);
}

/** Where refs may be while a move is announced and not yet recorded as done. */
function publishing(run: Run): string[] {
  const announced = run.tasks.flatMap(({ status }) =>
    status.state === 'running' && status.publication !== null ? status.publication : [],
  );
  const coming = run.base.update?.status;
  return [
    ...announced,
    ...(run.undo?.publication ? [run.undo.publication] : []),
    ...(coming?.state === 'publishing' ? [coming.publication] : []),
  ].flatMap((move) => [move.old, move.new]);
}
