// Replacing a failed task by a new piece of plan: a planner is asked, its plan becomes a revision, and
// what waited for the failed task waits for the new ones.

import { taskKey } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { PlanTask, PlanningResult } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { commandsOf } from '../plan/new-commands.ts';
import { ask } from './ask.ts';
import { taskAt } from './moves.ts';
import type { Turn } from './turn.ts';

const LONGEST_TITLE = 200;

/**
 * Asks the run's planner for a new piece of plan.
 *
 * @param turn - The turn it happens in.
 * @param task - The failed task, of which nothing speaks against planning it anew.
 * @param instruction - What a person wants the planner to know.
 */
export function startReplan(turn: Turn, task: Task, instruction: string | null): void {
  const run = turn.run(task.run);
  const { replanner } = run.settings;
  if (replanner === null) return;
  const number = run.tasks.filter(({ spec }) => spec.replaces !== undefined).length + 1;
  turn.emit(run.key, {
    type: 'task-added',
    task: taskKey(run.key, run.tasks.length + 1),
    stage: 'planning',
    spec: {
      ...replanner,
      id: freeId(`replan-${number}`, idsOf(run)),
      title: `Plan anew: ${task.spec.title}`.slice(0, LONGEST_TITLE),
      description: instruction ?? '',
      replaces: task.key,
    },
    dependsOn: [],
  });
}

/**
 * Takes the piece of plan that a planner has made; its attempt has ended well, the task has not.
 *
 * @param turn - The turn it happens in.
 * @param planner - The planner's task.
 * @param result - What it planned.
 */
export function adoptPiece(
  turn: Turn,
  planner: Task,
  result: Extract<PlanningResult, { ok: true }>,
): void {
  const run = turn.run(planner.run);
  const failed = taskAt(run, planner.spec.replaces ?? '');
  const piece = renamed(result.tasks, idsOf(run));
  const plan = {
    revision: run.plans.length + 1,
    state: 'draft',
    by: result.by,
    tasks: spliced(run, failed, piece),
    warnings: result.warnings,
    createdAt: turn.now,
  } as const;
  const unknown = unapproved(run, piece);
  turn.emit(run.key, { type: 'plan-drafted', plan });
  if (unknown.length === 0 || run.preapproved || !run.settings.confirm) {
    acceptPiece(turn, planner, 'beforehand');
    return;
  }
  const question = `The new plan for ${failed.key} runs what nobody approved: ${unknown.join('; ')}. Approve it?`;
  ask(turn, turn.task(planner.key), 'plan', { question, counts: 'nothing' });
}

/**
 * Lets the drafted piece take the place of the failed task.
 *
 * @param turn - The turn it happens in.
 * @param planner - The planner's task.
 * @param by - Who approved it.
 */
export function acceptPiece(turn: Turn, planner: Task, by: string): void {
  const run = turn.run(planner.run);
  const draft = run.plans.at(-1);
  if (draft === undefined) return;
  const failed = taskAt(run, planner.spec.replaces ?? '');
  const known = idsOf(run);
  const piece = draft.tasks.filter(({ id }) => !known.has(id));
  const keys = new Map(
    piece.map(({ id }, index) => [id, taskKey(run.key, run.tasks.length + 1 + index)]),
  );
  turn.emit(run.key, { type: 'plan-approved', revision: draft.revision, by });
  const nothing = { proof: null, commit: null, tree: null };
  turn.emit(run.key, { type: 'task-completed', task: planner.key, ...nothing });
  for (const spec of piece) {
    const own = spec.dependsOn.flatMap((id) => keys.get(id) ?? []);
    turn.emit(run.key, {
      type: 'task-added',
      task: keys.get(spec.id) ?? '',
      stage: failed.stage,
      spec,
      dependsOn: own.length > 0 ? own : failed.dependsOn,
    });
  }
  rewire(
    turn,
    failed,
    lastOf(piece).flatMap(({ id }) => keys.get(id) ?? []),
  );
  const [first = planner.key] = keys.values();
  const because = { reason: 'superseded', task: first } as const;
  turn.emit(run.key, { type: 'task-skipped', task: failed.key, because });
}

/**
 * Drops the drafted piece: the failure stands.
 *
 * @param turn - The turn it happens in.
 * @param planner - The planner's task; what becomes of it is for the caller to say.
 * @param by - Who rejected it.
 */
export function rejectPiece(turn: Turn, planner: Task, by: string): void {
  const draft = turn.run(planner.run).plans.at(-1);
  if (draft?.state !== 'draft') return;
  turn.emit(planner.run, { type: 'plan-rejected', revision: draft.revision, by });
}

/**
 * Lets what waited for a task wait for those that take its place.
 *
 * @param turn - The turn it happens in.
 * @param failed - The task that is replaced.
 * @param last - Those that come last in its place.
 */
export function rewire(turn: Turn, failed: Task, last: readonly TaskKey[]): void {
  for (const { key, dependsOn, status } of turn.run(failed.run).tasks) {
    // Who was finished with an earlier change of it, taken out since, waits for nobody any more.
    const isDone = status.state === 'completed' || status.state === 'failed';
    if (isDone || !dependsOn.includes(failed.key)) continue;
    const now = dependsOn.flatMap((one) => (one === failed.key ? last : [one]));
    turn.emit(failed.run, { type: 'task-rewired', task: key, dependsOn: [...new Set(now)] });
  }
}

/** Those that nothing in the piece depends on. */
function lastOf(piece: readonly PlanTask[]): readonly PlanTask[] {
  return piece.filter(({ id }) => !piece.some(({ dependsOn }) => dependsOn.includes(id)));
}

/** The present plan with the piece in the place of the failed task. */
function spliced(run: Run, failed: Task, piece: readonly PlanTask[]): readonly PlanTask[] {
  const { id, dependsOn } = failed.spec;
  const last = lastOf(piece).map((task) => task.id);
  const own = new Set(piece.map((task) => task.id));
  const placed = piece.map((task) =>
    task.dependsOn.some((one) => own.has(one)) ? task : waitingFor(task, dependsOn),
  );
  const present = run.plans.findLast(({ state }) => state === 'approved')?.tasks ?? [];
  const others = present.map((task) =>
    waitingFor(
      task,
      task.dependsOn.flatMap((one) => (one === id ? last : [one])),
    ),
  );
  const at = others.findIndex((task) => task.id === id);
  return at < 0 ? [...others, ...placed] : others.toSpliced(at, 1, ...placed);
}

/**
 * Renames tasks whose ids are taken: they are unique in a run, whatever a planner calls its tasks.
 *
 * @param tasks - A plan.
 * @param taken - The ids that are taken; those of the plan are added.
 * @returns The plan.
 */
export function renamed(tasks: readonly PlanTask[], taken: Set<string>): readonly PlanTask[] {
  const names = new Map<string, string>();
  for (const { id } of tasks) {
    const name = freeId(id, taken);
    taken.add(name);
    names.set(id, name);
  }
  return tasks.map((task) => {
    const dependsOn = task.dependsOn.map((id) => names.get(id) ?? id);
    return { ...waitingFor(task, dependsOn), id: names.get(task.id) ?? task.id };
  });
}

function idsOf({ tasks }: Run): Set<string> {
  return new Set(tasks.map(({ spec }) => spec.id));
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  let name = id;
  for (let number = 2; taken.has(name); number += 1) name = `${id}-${number}`;
  return name;
}

/** Command lines of the piece that no approved plan has had. */
function unapproved(run: Run, piece: readonly PlanTask[]): readonly string[] {
  const approved = new Set([
    ...run.settings.checks.map((check) => check.run),
    ...commandsOf(run.tasks.map(({ spec }) => spec)),
  ]);
  return [...new Set(commandsOf(piece))].filter((line) => !approved.has(line));
}

function waitingFor(task: PlanTask, dependsOn: readonly string[]): PlanTask {
  return { ...task, dependsOn };
}
