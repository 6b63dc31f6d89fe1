// Stages and plans once more, written to be read and not to be fast: what has to be over before
// something begins, what was handed in for others, and what a newer plan has put out of force. The
// core's own rules are in stages/rule.ts and schedule/run-stage.ts.

import { isDeepStrictEqual } from 'node:util';

import type { AgentReport } from '../../src/model/attempt.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { AttemptKey, RunKey, TaskKey } from '../../src/model/key.ts';
import { taskOf } from '../../src/model/key.ts';
import type { Run } from '../../src/model/run.ts';
import type { StageSettings } from '../../src/model/stage.ts';
import type { Task } from '../../src/model/task.ts';
import { taskIn } from './sound.ts';

type EventOf<T extends RunEvent['event']['type']> = Extract<RunEvent['event'], { type: T }>;

/** Remembers which tasks are in force, and what they have said. */
export class Stages {
  /** Runs in which a person has had a stage run out of its turn. */
  readonly #outOfTurn = new Set<RunKey>();
  /** What was over once: who tries it again does not hold up what came after it. */
  readonly #wasOver = new Set<TaskKey>();
  readonly #superseded = new Set<TaskKey>();
  readonly #said = new Map<AttemptKey, AgentReport>();

  /**
   * A person runs a stage.
   *
   * @param run - Of this run.
   */
  runs(run: RunKey): void {
    this.#outOfTurn.add(run);
  }

  /**
   * An attempt starts.
   *
   * @param run - Its run before.
   * @param task - Its task.
   * @returns What should have been over before; `null` = nothing.
   */
  tooEarly(run: Run, task: Task): string | null {
    if (this.#outOfTurn.has(run.key)) return null;
    const before = stagesBefore(run.settings.stages, task.stage);
    // Who plans one task anew belongs to that task: only what waits for it waits for him.
    const open = run.tasks.find(
      ({ key, number, stage, spec }) =>
        before.has(stage) &&
        spec.replaces === undefined &&
        number < task.number &&
        !this.#wasOver.has(key),
    );
    return open === undefined ? null : `${task.key} begins before ${open.key} of ${open.stage}`;
  }

  /**
   * Something happened to a task.
   *
   * @param run - Its run before.
   * @param event - What.
   * @returns Why it must not; `null` = it may.
   */
  happens(run: Run, event: RunEvent['event']): string | null {
    if (event.type === 'attempt-handed-in') {
      this.#said.set(event.attempt, event.report);
      return null;
    }
    const key = keyOf(event);
    if (key === null) return null;
    if (isEnd(event)) {
      this.#wasOver.add(key);
      if ('because' in event && event.because.reason === 'superseded') this.#superseded.add(key);
    }
    if (event.type === 'attempt-leased' || event.type === 'task-completed') {
      if (this.#superseded.has(key)) return `${event.type} for ${key}, which was replaced`;
    }
    if (event.type === 'task-completed') this.#replace(run, taskIn(run, key));
    return null;
  }

  /** A plan was made beside the live one, and holds now: what is unfinished of that ends. */
  #replace(run: Run, { key: planner, spec }: Task): void {
    const isWhole =
      spec.kind === 'plan' && spec.replaces === undefined && spec.discusses === undefined;
    if (!isWhole || run.status.state !== 'running') return;
    for (const { key, status: at } of run.tasks) {
      const isMoving = at.state === 'running' && at.publication !== null;
      if (key !== planner && at.state !== 'completed' && !isMoving) this.#superseded.add(key);
    }
  }

  /**
   * Looks whether what was handed in is still there.
   *
   * @param run - A run.
   * @returns What is lost; `null` = nothing.
   */
  lost(run: Run): string | null {
    for (const { attempts } of run.tasks) {
      const { key = '', status } = attempts.at(-1) ?? {};
      const said = this.#said.get(key);
      if (said === undefined || status?.state !== 'ended') continue;
      this.#said.delete(key);
      // What became of a review is noted beside it.
      const { review: _, ...told } = status.report ?? {};
      const { review: __, ...was } = said;
      if (!isDeepStrictEqual(told, was)) return `what ${key} has said is gone`;
    }
    return null;
  }
}

/**
 * Tells whether a run may say so of how it has come out.
 *
 * @param run - The run.
 * @param outcome - What it says, or is about to say.
 * @returns What is wrong with it; `null` = nothing.
 */
export function wrongOutcome(
  run: Run,
  outcome: EventOf<'run-completed'>['outcome'],
): string | null {
  const missing = run.tasks.find(
    ({ status, spec }) =>
      spec.kind !== 'plan' &&
      status.state !== 'completed' &&
      !('because' in status && status.because.reason === 'superseded'),
  );
  const right = missing === undefined ? 'full' : 'partial';
  return outcome === right ? null : `${run.key} completes ${outcome}, not ${right}`;
}

/**
 * Tells whether a plan may become the newest revision while the last one waits.
 *
 * @param run - The run before.
 * @param event - The revision.
 * @returns What is wrong with it; `null` = nothing.
 */
export function wrongProposal(run: Run, { plan }: EventOf<'plan-drafted'>): string | null {
  if (run.status.state !== 'awaiting_approval' || plan.by !== 'model') return null;
  // A plan in the place of a rejected one is nobody's to take.
  if (run.tasks.at(-1)?.spec.discusses === 'again') return null;
  const last = run.discussion.at(-1);
  if (!isDeepStrictEqual(last?.proposal?.tasks, plan.tasks)) return 'nobody has proposed it';
  return last?.revision === run.plans.length ? null : 'it was proposed for another revision';
}

function keyOf(event: RunEvent['event']): TaskKey | null {
  if ('task' in event && event.type !== 'task-added') return event.task;
  return event.type === 'attempt-leased' ? taskOf(event.attempt) : null;
}

function isEnd({ type }: RunEvent['event']): boolean {
  return ['task-completed', 'task-failed', 'task-skipped', 'task-canceled'].includes(type);
}

/** The stages that a stage waits for, at any distance. */
function stagesBefore({ list }: Pick<StageSettings, 'list'>, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const direct = list.find((stage) => stage.name === name)?.dependsOn ?? [];
  for (const one of direct) {
    found.add(one);
    for (const further of stagesBefore({ list }, one)) found.add(further);
  }
  return found;
}
