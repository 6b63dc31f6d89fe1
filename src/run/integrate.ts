// The merge queue at work: verified changes are stacked on the head of their run, each one commit, and
// the checks are run once on the tree of the top. Who comes while all slots for checks are taken is
// still taken along.

import { mergeChange } from '../integrate/merge-change.ts';
import type { Change } from '../model/attempt.ts';
import { runOf } from '../model/key.ts';
import type { AttemptKey, RunKey } from '../model/key.ts';
import type { Check } from '../model/plan.ts';
import { headRef } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Effect } from '../schedule/effects.ts';
import { gateOf } from '../schedule/gate.ts';
import type { Gate } from '../schedule/gate.ts';
import type { Stacked } from '../schedule/input.ts';
import type { Bench, Job, LiveEffect } from './bench.ts';
import { jobOf } from './bench.ts';
import { checkChanges } from './check-changes.ts';
import { contested } from './conflict.ts';
import { environmentOf } from './environment.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { isKnown, judgeRest, lookUp } from './judge-known.ts';
import type { Lookup } from './judge-known.ts';
import { moveHead } from './move-head.ts';
import { commitMessage, taskBranch } from './names.ts';
import { checksOf, onceEach } from './task-checks.ts';

type Integrate = Extract<Effect, { kind: 'integrate' }>;

/** Changes on top of the head, each a commit. */
interface Stack {
  readonly gate: Gate;
  readonly jobs: readonly Job[];
  readonly steps: readonly Stacked[];
  readonly tree: string;
  readonly checks: readonly Check[];
  /** Files that checks run, where the only change of it touches any. */
  readonly touched: readonly string[];
  /** One that has to be there does not fit onto those before it. */
  readonly clash: Verdict | null;
}

/**
 * Puts verified changes on the head of their run and judges what they make together.
 *
 * @param bench - The coordinator.
 * @param effect - What is to be judged.
 * @param gatekeeper - How many may judge at once, and what is known.
 * @returns The work.
 */
export function integrate(bench: Bench, effect: Integrate, gatekeeper: Gatekeeper): LiveEffect {
  const abort = new AbortController();
  const done = gatekeeper.inTurn(effect.run, () => pass(bench, effect, gatekeeper, abort.signal));
  return { done, stop: () => abort.abort() };
}

async function pass(
  bench: Bench,
  effect: Integrate,
  gatekeeper: Gatekeeper,
  signal: AbortSignal,
): Promise<void> {
  const gate = currentGate(bench, effect);
  if (gate === null || signal.aborted) return;
  await clear(bench, effect.run);
  const stack = await build(bench, gate);
  if (stack === null) return;
  const found = await lookUpStack(bench, gatekeeper, stack);
  if (stack.clash !== null) await tell(bench, stack, [stack.clash]);
  else if (isJudged(stack) && found.open.length === 0) await tell(bench, stack, []);
  else if (isKnown(found)) await tell(bench, stack, found.passed);
  else await gatekeeper.slots.use(() => judge(bench, effect, { gatekeeper, stack, found, signal }));
}

/** What is to be judged, unless that is something else by now. */
function currentGate({ world }: Bench, { run: key, gate: id }: Integrate): Gate | null {
  const run = world.runs.get(key);
  const gate = run === undefined ? null : gateOf(run);
  return gate?.id === id ? gate : null;
}

/** It has its slot: whoever has come meanwhile comes along. */
async function judge(
  bench: Bench,
  effect: Integrate,
  before: {
    readonly gatekeeper: Gatekeeper;
    readonly stack: Stack;
    readonly found: Lookup;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { gatekeeper, signal } = before;
  let { stack, found } = before;
  const gate = currentGate(bench, effect);
  if (gate === null || signal.aborted) return;
  if (gate.attempts.join(' ') !== stack.gate.attempts.join(' ')) {
    const more = await build(bench, gate);
    if (more === null) return;
    if (more.clash !== null) return;
    stack = more;
    found = await lookUpStack(bench, gatekeeper, stack);
  }
  const top = stack.jobs.at(-1);
  if (top === undefined) return;
  const { workspace, limits } = top.run.settings;
  const verdicts = await judgeRest(bench, gatekeeper, found, {
    run: effect.run,
    treeish: stack.steps.at(-1)?.publication.new ?? '',
    name: `${top.task.key}-checks`,
    branch: taskBranch(top),
    settings: workspace,
    limits,
    before: top.run.head,
    env: (port) => environmentOf(bench.workshop, port === null ? top : { ...top, port }),
    mark: top.attempt.mark,
    retries: retriesOf(stack),
    mayStart: () => bench.holdsLease(),
    signal,
  });
  if (!signal.aborted) await tell(bench, stack, verdicts);
}

/** Fewer may have fitted than were to be judged. */
function retriesOf({ gate, jobs }: Stack): number {
  const [only, ...others] = jobs;
  return others.length === 0 && only !== undefined
    ? Math.max(gate.retries, gate.loose ? only.run.settings.integrate.flakyRetries : 0)
    : gate.retries;
}

async function tell(bench: Bench, stack: Stack, verdicts: readonly Verdict[]): Promise<void> {
  const [first] = stack.jobs;
  if (first === undefined) return;
  const passed = verdicts.every(({ ok }) => ok);
  await bench.report({
    ...address(first),
    type: 'gated',
    gate: stack.gate.id,
    stack: stack.steps,
    verdicts,
    tries: passed ? 1 : 1 + retriesOf(stack),
    touched: stack.touched,
  });
}

/** A single change on the very commit that it was made on: its own evidence is of that tree. */
function isJudged({ jobs }: Stack): boolean {
  const [only, ...others] = jobs;
  if (only === undefined || others.length > 0) return false;
  return changeOf(only)?.base === only.run.head;
}

function lookUpStack(bench: Bench, gatekeeper: Gatekeeper, stack: Stack): Promise<Lookup> {
  const [first] = stack.jobs;
  if (first === undefined)
    return Promise.resolve({
      passed: [],
      open: [],
      checks: [],
      conditions: new Map(),
    });
  const { tree, checks } = stack;
  return lookUp(bench, gatekeeper, { run: first.run, tree, checks });
}

/** Puts changes on one another; a conflict of the lowest, or of one that has to be there, is told. */
async function build(bench: Bench, gate: Gate): Promise<Stack | null> {
  const jobs: Job[] = [];
  const steps: Stacked[] = [];
  let head = bench.world.runs.get(runOf(gate.first))?.head ?? '';
  let tree = '';
  let touched: readonly string[] = [];
  for (const key of gate.attempts) {
    const job = jobOf(bench.world, key);
    const change = job === null ? null : changeOf(job);
    if (job === null || change === null) return null;
    const isFirst = jobs.length === 0;
    const touches = await touchedBy(bench, job, change);
    // What changes the checks is judged by nobody but itself.
    if (!isFirst && touches.length > 0) continue;
    const merged = await mergeChange(bench.workshop.repository, head, change);
    if (merged.kind === 'conflict') {
      if (isFirst) {
        const told = await contested(bench, job, merged);
        await bench.report({ ...address(job), type: 'conflict', ...told });
        return null;
      }
      if (gate.loose) continue;
      const none = { ref: headRef(job.run.key), old: head, new: head, tree, proof: null };
      steps.push({ attempt: key, publication: none });
      return { gate, jobs, steps, tree, checks: [], touched, clash: clashIn(merged.files) };
    }
    const commit =
      merged.kind === 'unmoved'
        ? change.commit
        : await commitOn(bench, job, { head, tree: merged.tree });
    tree = merged.tree;
    const proof = checksOf(job, true).length > 0 ? 'proven' : 'unproven';
    const step = { ref: headRef(job.run.key), old: head, new: commit, tree, proof } as const;
    steps.push({ attempt: key, publication: step });
    jobs.push(job);
    head = commit;
    touched = touches;
    if (touches.length > 0) break;
  }
  const checks = onceEach(jobs.flatMap((job) => checksOf(job, true)));
  return { gate, jobs, steps, tree, checks, touched, clash: null };
}

function clashIn(files: readonly string[]): Verdict {
  return {
    kind: 'check',
    name: 'merge',
    ok: false,
    command: null,
    exitCode: null,
    tree: null,
    durationMs: 0,
    summary: `conflicts in ${files.join(', ')}`,
    findings: [],
  };
}

function touchedBy(bench: Bench, job: Job, change: Change): Promise<readonly string[]> {
  const commands = checksOf(job, true).map(({ run }) => run);
  return checkChanges(bench.workshop.repository, change, commands);
}

function changeOf({ attempt }: Job): Change | null {
  return attempt.status.state === 'handed_in' ? attempt.status.change : null;
}

/** One commit a task, so that the branch reads as a list of tasks and each can be reverted alone. */
function commitOn(bench: Bench, job: Job, on: { head: string; tree: string }): Promise<string> {
  const { repository, clock } = bench.workshop;
  const message = commitMessage(job);
  return repository.commit({ tree: on.tree, parents: [on.head], message, at: clock.now() });
}

/** Ends the checks that an earlier coordinator left running for anybody in the queue. */
async function clear(bench: Bench, key: RunKey): Promise<void> {
  const marks = waiting(bench.world.runs.get(key)).flatMap(({ attempts }) => {
    const attempt = attempts.at(-1);
    return attempt === undefined || attempt.fence === bench.epoch ? [] : [attempt.mark];
  });
  if (marks.length > 0) await bench.workshop.supervisor.sweep(marks);
}

function waiting(run: Run | undefined): readonly Task[] {
  return run?.tasks.filter(({ key }) => run.queue.includes(key)) ?? [];
}

/**
 * Moves the run's head and its branch as it was announced.
 *
 * @param bench - The coordinator.
 * @param key - The uppermost attempt whose publication is announced.
 * @returns The work; it is too short to be stopped.
 */
export function announce(bench: Bench, key: AttemptKey): LiveEffect {
  const job = jobOf(bench.world, key);
  const done = job === null ? Promise.resolve() : move(bench, job);
  return { done, stop: () => {} };
}

async function move(bench: Bench, job: Job): Promise<void> {
  const leaving = job.run.queue.flatMap((task) => {
    const status = jobsTask(job.run, task)?.status;
    return status?.state === 'running' && status.publication !== null
      ? [{ task, publication: status.publication }]
      : [];
  });
  const last = leaving.at(-1)?.publication;
  const old = leaving[0]?.publication.old;
  if (last === undefined || old === undefined) return;
  const moved = await moveHead(bench, job.run, { ...last, old });
  if (moved === null) return;
  await bench.report(
    moved.kind === 'published'
      ? { ...address(job), type: 'published' }
      : { ...address(job), type: 'not-published', why: moved.why, at: moved.at },
  );
  if (moved.kind !== 'published') return;
  // Nobody goes on with their sessions; what cannot be removed now is tried again when the run is over.
  for (const { task } of leaving) {
    await bench.workshop.workspaces.removeHome(task).catch(() => undefined);
  }
}

function jobsTask(run: Run, key: string): Task | undefined {
  return run.tasks.find((task) => task.key === key);
}

function address({ attempt }: Job): { attempt: AttemptKey; fence: number } {
  return { attempt: attempt.key, fence: attempt.fence };
}
