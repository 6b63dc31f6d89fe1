// What follows from the reviews of a run's result: tasks for what was found, and a review again after
// them; after the last round of these, an ask.
//
//   review 1 ─► fixes ─► review 2 ─► … ─► review n+1 ─► ask: accept | retry (one more round) | abort
//
// A round is all that the review stage does at once. Nothing of this is remembered: it is read off
// the run's tasks and asks.

import type { Ask } from '../model/ask.ts';
import { taskKey } from '../model/key.ts';
import type { PlanTask } from '../model/plan.ts';
import { findingsToFix, passes } from '../model/review.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import type { Review } from '../model/verdict.ts';
import { tasksOf } from '../stages/rule.ts';
import { followUps } from './follow-ups.ts';
import type { Found } from './follow-ups.ts';
import { REVIEW_CHOICES, openAsk } from './run-ask.ts';
import { factsOf } from './run-facts.ts';
import type { Turn } from './turn.ts';

const MOST_NAMED = 5;
const LONGEST_MESSAGE = 200;

/**
 * Lets follow what the reviewers of a run have found, when all of them have spoken.
 *
 * @param turn - The turn it happens in.
 * @param run - The run; it is running.
 */
export function followReview(turn: Turn, run: Run): void {
  if (run.status.state !== 'running' || !run.settings.stages.requirePassing) return;
  const round = latestRound(run);
  const isOpen = round.some(({ status }) => !TASK_OVER[status.state]);
  if (isOpen || round.every((task) => hasPassed(task))) {
    // A person has had it reviewed once more: what was asked before does not matter any more.
    withdrawAsks(turn, run);
    return;
  }
  const fixes = fixesOf(run, round);
  // While they are under way; and when they are done, the stage follows again by itself.
  const goesOn = fixes.some(
    ({ status }) => !TASK_OVER[status.state] || status.state === 'completed',
  );
  if (goesOn) return;
  const question = questionOf(run, round, fixes);
  const asked = run.asks.findLast((ask) => ask.kind === 'review' && ask.question === question);
  const answer = asked?.status.state === 'answered' ? asked.status.answer : null;
  if (answer === 'accept' || asked?.status.state === 'open') return;
  if (answer === 'retry' || (fixes.length === 0 && roundsLeft(run, round) > 0)) {
    addFixes(turn, run, round);
  } else {
    const choices = REVIEW_CHOICES;
    openAsk(turn, run.key, { task: null, kind: 'review', question, choices, freeText: false });
  }
}

/**
 * Tells whether a person has to say what becomes of findings that the rounds have not settled.
 *
 * @param run - The run.
 * @returns Whether nothing comes after the review yet.
 */
export function awaitsReview({ asks }: Run): boolean {
  return asks.some((ask) => isReviewAsk(ask) && ask.status.state === 'open');
}

function withdrawAsks(turn: Turn, run: Run): void {
  for (const ask of run.asks) {
    if (!isReviewAsk(ask) || ask.status.state !== 'open') continue;
    turn.emit(run.key, { type: 'ask-withdrawn', ask: ask.key });
  }
}

function isReviewAsk({ kind }: Ask): boolean {
  return kind === 'review';
}

function latestRound(run: Run): readonly Task[] {
  const { reviewing } = factsOf(run);
  const last = reviewing.at(-1)?.spec.round;
  return reviewing.filter(({ spec }) => spec.round === last);
}

/** What a task of the review has found; `null` = nothing, for it was not carried out. */
function reviewOf({ status, attempts }: Task): Review | null {
  if (status.state !== 'completed') return null;
  const last = attempts.at(-1)?.status;
  return last?.state === 'ended' ? (last.report?.review ?? null) : null;
}

/** One that was skipped, or failed and may, stands in nobody's way. */
function hasPassed(task: Task): boolean {
  const review = reviewOf(task);
  return review === null || passes(review);
}

/** The tasks that see to what a round has found, and those that took their places. */
function fixesOf({ tasks }: Run, round: readonly Task[]): readonly Task[] {
  const keys = new Set(round.map(({ key }) => key));
  return tasks.filter(
    ({ stage, dependsOn }) => stage === IMPLEMENTATION && dependsOn.some((key) => keys.has(key)),
  );
}

/** Rounds in which something was to be fixed count; those that a person granted come on top. */
function roundsLeft(run: Run, latest: readonly Task[]): number {
  const now = latest[0]?.spec.round ?? 0;
  const failed = new Set(
    run.tasks
      .filter((task) => task.spec.round !== undefined && !hasPassed(task))
      .map(({ spec }) => spec.round),
  );
  failed.delete(now);
  const granted = run.asks.filter(
    (ask) => isReviewAsk(ask) && ask.status.state === 'answered' && ask.status.answer === 'retry',
  );
  return run.settings.stages.maxReviewRounds + granted.length - failed.size;
}

function foundIn(round: readonly Task[]): readonly Found[] {
  return round.flatMap((task) => {
    const review = reviewOf(task);
    if (review === null) return [];
    return findingsToFix(review).map((finding) => ({ finding, task: task.key, by: byOf(task) }));
  });
}

function byOf({ spec }: Task): string {
  return spec.kind === 'check' ? 'the checks' : spec.agent;
}

/** It names the tasks: what another round has found is another question. */
function questionOf(run: Run, round: readonly Task[], fixes: readonly Task[]): string {
  const found = foundIn(round);
  const named = found.slice(0, MOST_NAMED).map(({ finding, task, by }) => {
    const { file, line, message } = finding;
    const place = file === undefined ? '' : `, ${line === undefined ? file : `${file}:${line}`}`;
    return `${task} (${by}${place}): ${message.slice(0, LONGEST_MESSAGE)}`;
  });
  const unread = round
    .filter((task) => reviewOf(task)?.unreadable !== undefined)
    .map((task) => `${task.key} (${byOf(task)}) could not be read`);
  const more = found.length > MOST_NAMED ? [`and ${found.length - MOST_NAMED} more`] : [];
  const undone =
    fixes.length === 0 ? '' : ` (${fixes.map(({ key }) => key).join(', ')} did not settle it)`;
  const what = [...named, ...more, ...unread].join('; ');
  return `The review of ${run.key} does not pass after ${rounds(round)}${undone}: ${what}. Accept it as it is, retry with one more round, or abort?`;
}

function rounds(round: readonly Task[]): string {
  const number = (round[0]?.spec.round ?? 1) - 1;
  return number === 1 ? '1 round of fixes' : `${number} rounds of fixes`;
}

/** Tasks for what was found join the run; where nobody could be understood, they are asked again. */
function addFixes(turn: Turn, run: Run, round: readonly Task[]): void {
  const found = foundIn(round);
  if (found.length === 0) {
    const stage = run.settings.stages.list.find(({ name }) => name === round[0]?.stage);
    if (stage === undefined) return;
    for (const joining of tasksOf(run, stage)) {
      turn.emit(run.key, { type: 'task-added', ...joining });
    }
    return;
  }
  const specs = followUps(run, found, round[0]?.spec.round ?? 1);
  record(turn, run, specs);
  const dependsOn = round
    .filter(({ status }) => status.state === 'completed')
    .map(({ key }) => key);
  for (const spec of specs) {
    const task = taskKey(run.key, turn.run(run.key).tasks.length + 1);
    turn.emit(run.key, { type: 'task-added', task, stage: IMPLEMENTATION, spec, dependsOn });
  }
}

/** The plan as it is now. Nothing in it runs what nobody approved, so nobody is asked. */
function record(turn: Turn, run: Run, specs: readonly PlanTask[]): void {
  const present = run.plans.at(-1);
  if (present?.state !== 'approved') return;
  const revision = present.revision + 1;
  turn.emit(run.key, {
    type: 'plan-drafted',
    plan: {
      revision,
      state: 'draft',
      by: 'review',
      tasks: [...present.tasks, ...specs],
      warnings: [],
      createdAt: turn.now,
    },
  });
  turn.emit(run.key, { type: 'plan-approved', revision, by: 'beforehand' });
}
