// Other people's commits on their way onto a run's branch: they and the head are put together, the gate
// is run on that, and the branch moves as it was announced.

import { mergeLines } from '../integrate/merge-lines.ts';
import type { Update } from '../model/base.ts';
import type { RunKey } from '../model/key.ts';
import type { Check } from '../model/plan.ts';
import { headRef } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import type { Verdict } from '../model/verdict.ts';
import { updateStep } from '../schedule/base-due.ts';
import type { UpdateTold } from '../schedule/input.ts';
import type { Bench, LiveEffect } from './bench.ts';
import { sidesOf } from './conflict.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { isKnown, judgeRest, lookUp } from './judge-known.ts';
import type { Judging } from './judge-tree.ts';
import { judgeTree } from './judge-tree.ts';
import { moveHead } from './move-head.ts';
import { firstToBlame } from './regress.ts';
import { checksOfResult, resultPlace, tailOf } from './result-checks.ts';
import { takeOut } from './take-out.ts';

const NOTHING: LiveEffect = { done: Promise.resolve(), stop: () => {} };

/** Something that comes in, and what judges it. */
interface Coming {
  readonly run: Run;
  readonly update: Update;
  readonly gatekeeper: Gatekeeper;
  readonly signal: AbortSignal;
}

/** What the head would be with it. */
interface Joined {
  readonly commit: string;
  readonly tree: string;
}

/**
 * Puts what comes in and the head of a run together and judges what they make.
 *
 * @param bench - The coordinator.
 * @param effect - What is to be judged.
 * @param gatekeeper - How many may judge at once, and what is known.
 * @returns The work.
 */
export function bringIn(
  bench: Bench,
  effect: { readonly run: RunKey; readonly update: string },
  gatekeeper: Gatekeeper,
): LiveEffect {
  const abort = new AbortController();
  const { signal } = abort;
  const work = async (): Promise<void> => {
    const run = bench.world.runs.get(effect.run);
    const { update = null } = run?.base ?? {};
    if (run === undefined || update === null || updateStep(run) !== effect.update) return;
    // What an earlier coordinator has left running judges nothing any more.
    await bench.workshop.supervisor.sweep([update.mark]);
    const told = await judge(bench, { run, update, gatekeeper, signal });
    if (!signal.aborted) await tell(bench, { run, update }, told);
  };
  return { done: gatekeeper.inTurn(effect.run, work), stop: () => abort.abort() };
}

async function judge(bench: Bench, coming: Coming): Promise<UpdateTold> {
  const { run, update } = coming;
  const joined = await join(bench, coming);
  if ('kind' in joined) return joined;
  const checks = update.status.state === 'judging' && update.status.kept ? [] : checksOfResult(run);
  const evidence = await judged(bench, coming, { joined, checks });
  const failed = evidence.filter(({ ok }) => !ok);
  if (failed.length > 0) return failing(bench, coming, { joined, evidence });
  const proof = checks.length > 0 ? 'proven' : 'unproven';
  const { commit, tree } = joined;
  const move = { ref: headRef(run.key), old: run.head, new: commit, tree, proof } as const;
  return { kind: 'publishable', publication: move, evidence };
}

/** What builds on the head already is taken as it is; else both are merged. */
async function join(bench: Bench, { run, update }: Coming): Promise<Joined | UpdateTold> {
  const { repository, clock } = bench.workshop;
  const { head } = run;
  const { commit } = update;
  const merged = await mergeLines(repository, head, commit);
  if (merged.kind === 'built') {
    if (merged.commit === head) return { kind: 'nothing' };
    return { commit, tree: await repository.treeOf(commit) };
  }
  if (merged.kind === 'unrelated') {
    const message = `${nameOf(run, update)} and ${run.branch} have no commit in common`;
    return { kind: 'refused', message, fits: false, evidence: [] };
  }
  if (merged.kind === 'conflict') {
    const sides = await sidesOf(repository, merged);
    const message = `${conflictText(run, update, merged.files)}\n${sides}`.trim();
    return { kind: 'refused', message, fits: false, evidence: [] };
  }
  const { tree } = merged;
  const message = messageOf(run, update);
  const parents = [head, commit];
  return { commit: await repository.commit({ tree, parents, message, at: clock.now() }), tree };
}

function nameOf({ baseBranch, branch }: Run, { kind, commit }: Update): string {
  const at = commit.slice(0, 12);
  return kind === 'base' ? `${baseBranch} at ${at}` : `what was committed to ${branch} (${at})`;
}

function conflictText(run: Run, update: Update, files: readonly string[]): string {
  const what = `${nameOf(run, update)} conflicts with what the run has done, in ${files.join(', ')}.`;
  return update.kind === 'base'
    ? `${what} Go on without it (skip), until ${run.baseBranch} has moved on?`
    : `${what} Merge ${headRef(run.key)} into it yourself, and retry?`;
}

function messageOf({ key, branch, baseBranch }: Run, { kind, commit }: Update): string {
  const what =
    kind === 'base'
      ? `Merge ${baseBranch} into ${branch}`
      : `Merge what was committed to ${branch}`;
  return `${what}\n\nTutti-Run: ${key}\nTutti-Merges: ${commit}\n`;
}

function placeOf(
  bench: Bench,
  { run, update, signal }: Coming,
): Omit<Judging, 'checks' | 'treeish'> {
  return resultPlace(bench, run, { name: `${run.key}.base-checks`, mark: update.mark, signal });
}

async function judged(
  bench: Bench,
  coming: Coming,
  { joined, checks }: { readonly joined: Joined; readonly checks: readonly Check[] },
): Promise<readonly Verdict[]> {
  const { run, gatekeeper } = coming;
  const found = await lookUp(bench, gatekeeper, { run, tree: joined.tree, checks });
  if (isKnown(found)) return found.passed;
  const { env, ...place } = placeOf(bench, coming);
  return gatekeeper.slots.use(() =>
    judgeRest(bench, gatekeeper, found, {
      ...place,
      run: run.key,
      treeish: joined.commit,
      // Which tests there are is for those to say who have committed it.
      before: null,
      env: (port) => (port === null ? env : { ...env, TUTTI_PORT: String(port) }),
    }),
  );
}

/** What fails with what comes in: a change of the run may be the cause, else a person is asked. */
async function failing(
  bench: Bench,
  coming: Coming,
  { joined, evidence }: { readonly joined: Joined; readonly evidence: readonly Verdict[] },
): Promise<UpdateTold> {
  const { run, update, gatekeeper, signal } = coming;
  const bad = evidence.find(({ ok }) => !ok);
  const check = checksOfResult(run).find((one) => one.run === bad?.command);
  const isAlone = joined.commit === update.commit;
  let itself = isAlone;
  if (bad !== undefined && check !== undefined && !isAlone) {
    const fails: Failing = { ...coming, bad, check, place: placeOf(bench, coming) };
    const told = await gatekeeper.slots.use(async () => {
      itself = !(await passes(bench, fails, update.commit));
      return itself || signal.aborted ? null : regression(bench, fails);
    });
    if (told !== null) return told;
  }
  const message = failureText(coming, { bad, itself });
  return { kind: 'refused', message, fits: true, evidence };
}

function failureText(
  { run, update }: Coming,
  { bad, itself }: { readonly bad: Verdict | undefined; readonly itself: boolean },
): string {
  const where = itself ? 'It fails there by itself.' : 'It passes there by itself.';
  const goOn =
    update.kind === 'base'
      ? `Go on without it (skip), until ${run.baseBranch} has moved on?`
      : 'Mend it there and retry, or keep it as it is?';
  const first = `With ${nameOf(run, update)}, the check "${bad?.name ?? ''}" fails. ${where} ${goOn}`;
  return `${first}\n${bad === undefined ? '' : tailOf(bad)}`.trim();
}

/** A check that fails with what comes in, but not without the run. */
interface Failing extends Coming {
  readonly bad: Verdict;
  readonly check: Check;
  readonly place: Omit<Judging, 'checks' | 'treeish'>;
}

async function passes(
  { workshop }: Bench,
  { place, check }: Failing,
  treeish: string | null,
): Promise<boolean> {
  // What does not fit tells nothing of any check.
  if (treeish === null) return false;
  const [one] = await judgeTree(workshop, { ...place, treeish, checks: [check] });
  return one?.ok === true && one.command === check.run;
}

/** The tree of what comes in together with another commit; `null` = they conflict. */
async function treeWith(bench: Bench, { update }: Coming, commit: string): Promise<string | null> {
  const merged = await mergeLines(bench.workshop.repository, commit, update.commit);
  if (merged.kind === 'built') return merged.commit;
  return merged.kind === 'merged' ? merged.tree : null;
}

/** Whose change does not bear what comes in, if the check has passed with that change before. */
async function regression(bench: Bench, fails: Failing): Promise<UpdateTold | null> {
  const { run, update, check, bad, place, signal } = fails;
  if (!(await passes(bench, fails, run.head))) return null;
  const cause = await firstToBlame(bench, run, check, {
    passes: async (commit) => passes(bench, fails, await treeWith(bench, fails, commit)),
    signal,
  });
  if (cause === null || signal.aborted) return null;
  const taking = { run, ...cause, mark: update.mark, name: place.name };
  const told = await takeOut(bench, taking, null, signal);
  if (told.kind === 'refused' || signal.aborted) return null;
  const without = await treeWith(bench, fails, told.publication.new);
  if (without === null) return null;
  const checks = checksOfResult(run, cause.task);
  const verdicts = await judgeTree(bench.workshop, { ...place, treeish: without, checks });
  if (verdicts.some(({ ok }) => !ok) || signal.aborted) return null;
  const message = `The check "${check.name}" (${check.run}), which passed before, fails with this change since ${nameOf(run, update)} is to come in; without it, it passes.\n${tailOf(bad)}`;
  const { publication } = told;
  return {
    kind: 'regressed',
    cause: cause.task.key,
    message,
    publication,
    verdicts: told.verdicts,
  };
}

/**
 * Moves the run's head and its branch as it was announced.
 *
 * @param bench - The coordinator.
 * @param key - The run.
 * @returns The work; it is too short to be stopped.
 */
export function publishUpdate(bench: Bench, key: RunKey): LiveEffect {
  const run = bench.world.runs.get(key);
  const { update = null } = run?.base ?? {};
  if (run === undefined || update?.status.state !== 'publishing') return NOTHING;
  const { publication } = update.status;
  const work = async (): Promise<void> => {
    const moved = await moveHead(bench, run, publication);
    if (moved !== null) await tell(bench, { run, update }, moved);
  };
  return { done: work(), stop: () => {} };
}

/** What checks print may hold secrets: nothing is decided, or written, with them. */
function tell(
  bench: Bench,
  { run, update }: Pick<Coming, 'run' | 'update'>,
  told: UpdateTold,
): Promise<void> {
  const input = { type: 'update', run: run.key, mark: update.mark, told } as const;
  return bench.hear(bench.workshop.secrets.redactAll(input));
}
