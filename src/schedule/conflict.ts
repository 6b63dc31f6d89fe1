// What follows when a change does not fit the run's branch. The ladder, each rung once:
//
//   merged with the new head ─► the same agent again ─► a task that resolves it ─► a person
//
// A plain command is run again like an agent; a task that resolves follows where the run has agents.
// What a person makes of it is brought in by a task as well, which has nothing left to do but to prove
// it (`spec.byHand`).
//
// Nothing is remembered for it: `task.conflicts` says which rung was tried, and a task that resolves
// (`spec.resolves`) is one itself, so that its own ladder is: once more, then a person.

import { failure } from '../model/failure.ts';
import { taskKey } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { ByHand, PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { failAttempt } from './fail.ts';
import type { Contested, Report } from './input.ts';
import { taskAt } from './moves.ts';
import { rewire } from './replan.ts';
import type { Turn } from './turn.ts';

type Told = Extract<Report, { type: 'conflict' | 'lines-lost' }>;
type Resolver = NonNullable<Contested['resolver']>;

const LONGEST_TITLE = 200;
/** Nobody of the catalogue. */
const PERSON = 'person';

/**
 * Tells whether an attempt works on what has met a conflict: its change must hold both sides.
 *
 * @param task - The task; its latest attempt is the one that is asked about.
 * @returns Whether what it hands in is compared with both sides.
 */
export function fitsConflict({ spec, attempts }: Task): boolean {
  if (spec.resolves !== undefined) return true;
  return attempts.slice(0, -1).some(({ status }) => {
    if (status.state !== 'ended' || status.change === null) return false;
    return status.outcome.kind === 'failed' && status.outcome.failure.reason === 'conflict';
  });
}

/**
 * Decides what follows from a conflict, or from a resolution that has lost lines.
 *
 * @param turn - The turn it is heard in.
 * @param task - The task; its latest attempt has handed in.
 * @param report - What conflicts or was lost.
 */
export function hearConflict(turn: Turn, task: Task, report: Told): void {
  const files = report.files.join(', ');
  const what =
    report.type === 'conflict'
      ? `Its change conflicts with the run's branch in ${files}.`
      : `Its change lost what one side had added in ${files}, and does not say why.`;
  const { sides = '', resolver } = report;
  const why = failure('conflict', sides === '' ? what : `${what}\n${sides}`);
  const run = turn.run(task.run);
  if (resolver === undefined || !isNext(run, task)) {
    failAttempt(turn, task, why);
    return;
  }
  const attempt = task.attempts.at(-1)?.key ?? '';
  const outcome = { kind: 'failed', failure: why } as const;
  turn.emit(run.key, { type: 'attempt-ended', attempt, outcome });
  handOver(turn, turn.task(task.key), resolver);
}

/** Its own agent has had its second try, and it is no resolution itself. */
function isNext(run: Run, { conflicts, spec }: Task): boolean {
  return conflicts > 0 && spec.resolves === undefined && run.status.state === 'running';
}

/** Another task brings the change in. */
function handOver(turn: Turn, task: Task, resolver: Resolver): void {
  replaceBy(turn, task, resolution(turn.run(task.run), task, resolver));
}

/**
 * Lets a task bring in what a person has made of a conflict.
 *
 * @param turn - The turn it is heard in.
 * @param task - The task that waits because of it.
 * @param made - What was made of it, and by whom.
 * @returns The key of the new task.
 */
export function bringIn(
  turn: Turn,
  task: Task,
  { byHand, by }: { readonly byHand: ByHand; readonly by: string },
): TaskKey {
  const run = turn.run(task.run);
  const root = taskAt(run, task.spec.resolves ?? task.key);
  const person = { agent: PERSON, reason: `${by} has resolved it by hand`, runtime: 'command' };
  return replaceBy(turn, task, {
    ...resolution(run, root, person),
    id: freeId(run, `by-hand-${root.spec.id}`),
    title: `Resolved by hand: ${root.spec.title}`.slice(0, LONGEST_TITLE),
    // What there is to do is done: trying it again would give the same.
    command: ['true'],
    maxAttempts: 1,
    byHand,
  });
}

/** What waited for the one waits for the other. */
function replaceBy(turn: Turn, task: Task, spec: PlanTask): TaskKey {
  const run = turn.run(task.run);
  const key = taskKey(run.key, run.tasks.length + 1);
  const { stage, dependsOn } = task;
  turn.emit(run.key, { type: 'task-added', task: key, stage, spec, dependsOn });
  rewire(turn, task, [key]);
  const because = { reason: 'superseded', task: key } as const;
  turn.emit(run.key, { type: 'task-skipped', task: task.key, because });
  return key;
}

/** It has to prove the same as the task whose change it brings in. */
function resolution(run: Run, { key, spec }: Task, resolver: Resolver): PlanTask {
  const { model, ...rest } = spec;
  const keepsModel = model !== undefined && resolver.runtime === spec.runtime;
  return {
    ...rest,
    ...(keepsModel && { model }),
    id: freeId(run, `resolve-${spec.id}`),
    title: `Resolve the conflict of: ${spec.title}`.slice(0, LONGEST_TITLE),
    kind: 'resolve',
    agent: resolver.agent,
    agentReason: resolver.reason,
    runtime: resolver.runtime,
    command: null,
    fallback: null,
    approval: false,
    estimate: { minutes: null, usd: null },
    // The other side may have done it all already.
    expectChanges: false,
    resolves: key,
  };
}

function freeId({ tasks }: Run, wanted: string): string {
  const taken = new Set(tasks.map(({ spec }) => spec.id));
  let id = wanted;
  for (let number = 2; taken.has(id); number += 1) id = `${wanted}-${number}`;
  return id;
}
