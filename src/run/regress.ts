// A check fails on the result that passed before: whose change broke it is found by bisecting the
// results of the run with that very check, and the revert of that change passes the gate, or not.

import type { TaskKey } from '../model/key.ts';
import type { Check } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Publication, Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Bench, Job } from './bench.ts';
import { judgeTree } from './judge-tree.ts';
import type { Judging } from './judge-tree.ts';
import { checksOfResult } from './result-checks.ts';
import { takeOut } from './take-out.ts';

/** Who has done more has other worries. */
const MOST_STEPS = 1000;
/** Of what the check printed, so much is told whoever mends it. */
const TAIL = 4000;

/** Whose change broke a check. */
export type Regression =
  /** It can be taken out. */
  | {
      readonly kind: 'revert';
      readonly cause: TaskKey;
      readonly message: string;
      readonly publication: Publication;
      readonly verdicts: readonly Verdict[];
    }
  /** It is known, but stays: `why` says the reason. */
  | {
      readonly kind: 'stays';
      readonly cause: TaskKey;
      readonly check: string;
      readonly why: string;
    };

/** What the branch was at some time. */
interface Step {
  readonly commit: string;
  /** Whose change it is; `null` = the base, or somebody else's. */
  readonly task: Task | null;
}

type Passes = (commit: string) => Promise<boolean>;

/**
 * Finds whose change broke a check that had passed before.
 *
 * @param bench - The coordinator.
 * @param job - The attempt that judged the result.
 * @param found - What failed on the run's head, and where checks are run.
 * @param signal - Ends the checks.
 * @returns The change; `null` where none of the run's own has broken anything.
 */
export async function findRegression(
  bench: Bench,
  job: Job,
  found: {
    readonly failed: readonly Verdict[];
    readonly place: Omit<Judging, 'checks' | 'treeish'>;
  },
  signal: AbortSignal,
): Promise<Regression | null> {
  const { run } = job;
  const checks = new Map(checksOfResult(run).map((check) => [check.run, check]));
  for (const verdict of found.failed) {
    const check = checks.get(verdict.command ?? '');
    if (check === undefined) continue;
    const passes: Passes = async (commit) => {
      const judging = { ...found.place, treeish: commit, checks: [check] };
      const [one] = await judgeTree(bench.workshop, judging);
      return one?.ok === true && one.command === check.run;
    };
    const cause = await firstBad(bench, run, check, { passes, signal });
    if (signal.aborted) return null;
    const { name } = found.place;
    if (cause !== null) return judged(bench, job, { cause, verdict, name, signal });
  }
  return null;
}

/** What the branch was, from what the run started from to its head; none where that cannot be told. */
async function stepsOf({ workshop }: Bench, run: Run): Promise<readonly Step[]> {
  const owners = new Map<string, Task>();
  for (const task of run.tasks) {
    const { status } = task;
    if (status.state === 'completed' && status.commit !== null) owners.set(status.commit, task);
  }
  const steps: Step[] = [];
  let at: string | null = run.head;
  while (at !== null && at !== run.baseCommit && !(await isOfBase(workshop, run, at))) {
    if (steps.length === MOST_STEPS) return [];
    steps.push({ commit: at, task: owners.get(at) ?? null });
    // Always the first parent: what came with a merge of somebody else is looked at as a whole.
    at = await workshop.repository.resolve(`${at}^`);
  }
  return at === null ? [] : [{ commit: at, task: null }, ...steps.toReversed()];
}

/** What came from the base branch since is nobody's doing here. */
function isOfBase({ repository }: Bench['workshop'], { base }: Run, at: string): Promise<boolean> {
  const moved = base.landed.some(({ kind }) => kind === 'base');
  return moved ? repository.isAncestor(at, base.merged) : Promise.resolve(false);
}

/**
 * Finds whose change keeps a check from passing together with something else.
 *
 * @param bench - The coordinator.
 * @param run - The run; with its head the check fails.
 * @param check - The check.
 * @param how - Runs it with what the branch was at some time, and what ends that.
 * @returns The task and its change on the branch; `null` where it is none of the run's own.
 */
export async function firstToBlame(
  bench: Bench,
  run: Run,
  check: Check,
  how: { readonly passes: Passes; readonly signal: AbortSignal },
): Promise<{ readonly task: Task; readonly commit: string } | null> {
  const step = await firstBad(bench, run, check, how);
  return step === null || step.task === null ? null : { task: step.task, commit: step.commit };
}

/** The step since which the check fails, if it is a result of the run. */
async function firstBad(
  bench: Bench,
  run: Run,
  check: Check,
  { passes, signal }: { readonly passes: Passes; readonly signal: AbortSignal },
): Promise<Step | null> {
  const steps = await stepsOf(bench, run);
  const isOfRun = run.settings.checks.some((one) => one.run === check.run);
  const brought = steps.findIndex(({ task }) => task?.spec.checks.includes(check.run) === true);
  const floor = isOfRun ? 0 : brought;
  const at = (index: number): string => steps[index]?.commit ?? '';
  if (floor < 0) return null;
  let bad = steps.length - 1;
  let good: number | null = null;
  // From the head, in ever longer strides: it may have been broken and mended before.
  for (let stride = 1; good === null && bad > floor; stride *= 2) {
    if (signal.aborted) return null;
    const look = Math.max(floor, bad - stride);
    if (await passes(at(look))) good = look;
    else bad = look;
  }
  if (good === null) return null;
  while (bad - good > 1 && !signal.aborted) {
    const middle = Math.floor((good + bad) / 2);
    if (await passes(at(middle))) good = middle;
    else bad = middle;
  }
  const step = steps[bad];
  return signal.aborted || step?.task === null ? null : (step ?? null);
}

async function judged(
  bench: Bench,
  { run, attempt }: Job,
  found: {
    readonly cause: Step;
    readonly verdict: Verdict;
    readonly name: string;
    readonly signal: AbortSignal;
  },
): Promise<Regression | null> {
  const { cause, verdict, name, signal } = found;
  const { task, commit } = cause;
  if (task === null) return null;
  const taking = { run, task, commit, mark: attempt.mark, name };
  const told = await takeOut(bench, taking, null, signal);
  if (signal.aborted) return null;
  if (told.kind === 'refused') {
    return { kind: 'stays', cause: task.key, check: verdict.command ?? '', why: told.message };
  }
  const how =
    verdict.exitCode === null ? 'does not end by itself' : `fails with ${verdict.exitCode}`;
  const first = `The check "${verdict.name}" (${verdict.command ?? ''}), which passed before, ${how} since its change.`;
  const message = [first, verdict.summary.slice(-TAIL)].join('\n');
  const { publication, verdicts } = told;
  return { kind: 'revert', cause: task.key, message, publication, verdicts };
}
