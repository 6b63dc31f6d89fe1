// What follows from a report about an attempt.

import { NO_USAGE } from '../model/attempt.ts';
import type { Attempt, AttemptOutcome } from '../model/attempt.ts';
import { countedTokens } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import { runOf, taskNumber } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { PlanningResult } from '../model/plan.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import { ask } from './ask.ts';
import { fitsConflict, hearConflict } from './conflict.ts';
import { adoptDetection } from './detection.ts';
import { hearPlanner } from './discuss.ts';
import { failAttempt } from './fail.ts';
import { hearGate } from './hear-gate.ts';
import type { Report, Spent } from './input.ts';
import { complete, refute } from './judged.ts';
import { block, setAside } from './permission.ts';
import { draftPlan, proposePlan } from './propose.ts';
import { adoptPiece } from './replan.ts';
import { adoptAnother, plansBeside } from './run-stage.ts';
import { abortingTask } from './standing.ts';
import type { Turn } from './turn.ts';
import { rollBack } from './undo.ts';

type ReportOf<T extends Report['type']> = Extract<Report, { type: T }>;

/** What a report speaks of, as the coordinator knows it. */
interface Subject {
  readonly task: Task;
  readonly attempt: Attempt;
}

/**
 * Decides what follows from a report. A late one — of another epoch, of an attempt that is over or
 * not where the report sees it — changes nothing.
 *
 * @param turn - The turn it is heard in.
 * @param report - The report.
 */
export function hearReport(turn: Turn, report: Report): void {
  const run = turn.world.runs.get(runOf(report.attempt));
  const task = run?.tasks[taskNumber(report.attempt) - 1];
  const attempt = task?.attempts.at(-1);
  if (run === undefined || task === undefined || attempt === undefined) return;
  if (attempt.key !== report.attempt || attempt.fence !== report.fence) return;
  const on: Subject = { task, attempt };
  const { state } = attempt.status;
  if (state === 'ended') return;
  if (state === 'handed_in') hearJudgement(turn, on, report);
  else hearWork(turn, on, report);
}

/** Reports while the agent is at work. */
function hearWork(turn: Turn, on: Subject, report: Report): void {
  switch (report.type) {
    case 'started':
      started(turn, on, report.process);
      return;
    case 'session':
      named(turn, on, report.sessionId);
      return;
    case 'spent':
      spentSoFar(turn, on, report);
      return;
    case 'asking':
      block(turn, on, report);
      return;
    case 'handed-in':
      handIn(turn, on, report);
      return;
    case 'planned':
      planned(turn, on, report);
      return;
    case 'failed':
      hearFailure(turn, on, report);
      return;
    case 'stopped':
      endAs(turn, on, { as: stoppingAs(on.attempt), spent: report.spent });
      return;
    case 'lost':
      lost(turn, on, report.keptRef);
      return;
    default: // a judgement of an attempt that has handed nothing in: late
  }
}

function started(
  turn: Turn,
  { task, attempt }: Subject,
  process: ReportOf<'started'>['process'],
): void {
  if (attempt.status.state !== 'leased') return;
  turn.emit(task.run, { type: 'attempt-started', attempt: attempt.key, process });
}

function named(turn: Turn, { task, attempt }: Subject, sessionId: string): void {
  if (attempt.status.state === 'leased' || attempt.sessionId === sessionId) return;
  turn.emit(task.run, { type: 'attempt-session', attempt: attempt.key, sessionId });
}

function spentSoFar(
  turn: Turn,
  { task, attempt }: Subject,
  { costUsd, tokens }: ReportOf<'spent'>,
): void {
  if (attempt.status.state === 'leased') return;
  // What is used only grows: what is heard late, or twice, says nothing new.
  const more =
    (costUsd ?? 0) > attempt.costUsd ||
    (tokens !== null && countedTokens(tokens) > countedTokens(attempt.tokens));
  if (!more) return;
  turn.emit(task.run, { type: 'attempt-spent', attempt: attempt.key, costUsd, tokens });
}

function hearFailure(turn: Turn, on: Subject, { failure: why, spent }: ReportOf<'failed'>): void {
  const { status } = on.attempt;
  if (status.state === 'stopping') endAs(turn, on, { as: status.as, spent });
  else failAttempt(turn, on.task, why, spent);
}

/** What a stopped attempt is to end as; one that nobody told to stop was interrupted. */
function stoppingAs({ status }: Attempt): AttemptOutcome {
  return status.state === 'stopping' ? status.as : { kind: 'canceled', why: 'interrupted' };
}

function lost(turn: Turn, on: Subject, keptRef: string | null): void {
  const { status } = on.attempt;
  // Whatever was not let go has used nothing; of the rest, nobody knows more than was seen last.
  const spent =
    status.state === 'leased'
      ? { keptRef, costUsd: 0, tokens: NO_USAGE }
      : { keptRef, costUsd: null, tokens: null };
  if (status.state === 'stopping') {
    endAs(turn, on, { as: status.as, spent });
    return;
  }
  const why = failure('worker_lost', 'the process that supervised it ended');
  failAttempt(turn, on.task, why, spent);
}

/** Ends an attempt that was stopped, and lets its task be what the stop was for. */
function endAs(
  turn: Turn,
  { task, attempt }: Subject,
  { as, spent }: { as: AttemptOutcome; spent: Spent },
): void {
  if (as.kind === 'failed') {
    failAttempt(turn, task, as.failure, spent);
    return;
  }
  turn.emit(task.run, { type: 'attempt-ended', attempt: attempt.key, outcome: as, ...spent });
  if (as.kind === 'canceled') afterCancel(turn, task, as.why);
}

function afterCancel(
  turn: Turn,
  task: Task,
  why: Extract<AttemptOutcome, { kind: 'canceled' }>['why'],
): void {
  const cause = abortingTask(turn.run(task.run));
  // The failure that stopped it may have been opened again meanwhile.
  switch (why === 'aborted' && cause === undefined ? 'interrupted' : why) {
    case 'canceled':
    case 'aborted':
      turn.emit(task.run, {
        type: 'task-canceled',
        task: task.key,
        because: {
          reason: 'canceled',
          ...(why === 'aborted' && cause !== undefined && { task: cause.key }),
        },
      });
      return;
    case 'skipped':
      turn.emit(task.run, {
        type: 'task-skipped',
        task: task.key,
        because: { reason: 'canceled', text: 'skipped by a person' },
      });
      return;
    case 'permission':
      setAside(turn, task);
      return;
    case 'superseded':
      turn.emit(task.run, {
        type: 'task-canceled',
        task: task.key,
        because: { reason: 'superseded', ...newestPlan(turn, task) },
      });
      return;
    case 'undone':
      turn.emit(task.run, { type: 'task-set-back', task: task.key });
      return;
    case 'interrupted':
    case 'paused':
    case 'question':
      turn.emit(task.run, {
        type: 'task-retried',
        task: task.key,
        notBefore: 0,
        counts: 'nothing',
      });
  }
}

/** The first task of the plan that has taken the place of its own. */
function newestPlan(turn: Turn, { run, number }: Task): { task?: TaskKey } {
  const { tasks } = turn.run(run);
  const planner = tasks.findLast(
    ({ spec, status }) => spec.kind === 'plan' && status.state === 'completed',
  );
  const after = Math.max(number, planner?.number ?? 0);
  const first = tasks.find((one) => one.stage === IMPLEMENTATION && one.number > after);
  return first === undefined ? {} : { task: first.key };
}

function handIn(turn: Turn, on: Subject, report: ReportOf<'handed-in'>): void {
  const { task, attempt } = on;
  if (endedUnwanted(turn, on, report.spent)) return;
  const { status, question, summary } = report.report;
  if (status === 'blocked' && question !== null) {
    const outcome = { kind: 'canceled', why: 'question' } as const;
    const end = { attempt: attempt.key, outcome, ...report.spent, report: report.report };
    turn.emit(task.run, { type: 'attempt-ended', ...end });
    ask(turn, turn.task(task.key), 'question', { question, counts: 'nothing' });
    return;
  }
  if (status !== 'done') {
    failAttempt(turn, task, failure('agent_error', summary), report.spent);
    return;
  }
  // After a conflict the others may have done it all: what it had made is looked for in their work.
  if (report.change === null && task.spec.expectChanges && !fitsConflict(task)) {
    failAttempt(turn, task, failure('no_change', noChange(task, summary)), report.spent);
    return;
  }
  turn.emit(task.run, {
    type: 'attempt-handed-in',
    attempt: attempt.key,
    change: report.change,
    report: report.report,
    ...report.spent,
  });
  // What a reviewer says has to be looked into, whatever checks there are.
  if (task.spec.kind === 'review' || task.spec.round !== undefined) return;
  // And what was fitted to a conflict is compared with both sides.
  if (fitsConflict(task)) return;
  const judgesAll = report.change !== null || task.spec.kind === 'check';
  const checks = task.spec.checks.length + (judgesAll ? runChecks(turn, task) : 0);
  if (checks === 0) judged(turn, turn.task(task.key), []);
}

function runChecks(turn: Turn, task: Task): number {
  return turn.run(task.run).settings.checks.length;
}

function noChange({ spec }: Task, summary: string): string {
  const said = summary === '' ? '' : ` It said: ${summary}`;
  return `The ${spec.command === null ? 'agent' : 'command'} changed no file.${said}`;
}

/**
 * It ended by itself before a stop reached it: an interruption may keep what it did, and so may a
 * budget, for nothing more is spent on it. Tells whether it is over with that.
 */
function endedUnwanted(turn: Turn, on: Subject, spent: Spent): boolean {
  const { status } = on.attempt;
  // A runtime that never asked whether it may start has started nevertheless.
  if (status.state === 'leased') started(turn, on, null);
  if (status.state !== 'stopping') return false;
  const { as } = status;
  if (as.kind === 'canceled' && (as.why === 'interrupted' || as.why === 'paused')) return false;
  if (as.kind === 'failed' && as.failure.reason === 'budget') return false;
  endAs(turn, on, { as, spent });
  return true;
}

function planned(turn: Turn, on: Subject, report: ReportOf<'planned'>): void {
  const { task, attempt } = on;
  const { result, spent } = report;
  if (endedUnwanted(turn, on, spent)) return;
  if (!result.ok) {
    failAttempt(turn, task, result.failure, spent);
    return;
  }
  turn.emit(task.run, {
    type: 'attempt-handed-in',
    attempt: attempt.key,
    change: null,
    plan: true,
    report: report.report,
    ...spent,
  });
  if (task.spec.replaces !== undefined) {
    turn.emit(task.run, {
      type: 'attempt-ended',
      attempt: attempt.key,
      outcome: { kind: 'succeeded' },
    });
    adoptPiece(turn, task, result);
    return;
  }
  if (plansBeside(turn.run(task.run), task)) {
    const outcome = { kind: 'succeeded' } as const;
    turn.emit(task.run, { type: 'attempt-ended', attempt: attempt.key, outcome });
    adoptAnother(turn, task, result);
    return;
  }
  complete(turn, turn.task(task.key), { proof: null, commit: null, tree: null });
  if (task.spec.estimates === true) adoptDetection(turn, task, result);
  else if (task.spec.discusses === undefined) adopt(turn, task, result);
  else {
    hearPlanner(turn, task, result, (plan) => draftPlan(turn, turn.run(task.run), plan));
  }
}

function adopt(turn: Turn, task: Task, result: Extract<PlanningResult, { ok: true }>): void {
  const run = turn.run(task.run);
  if (run.status.state !== 'planning') return;
  proposePlan(turn, run, result);
}

/** Reports while what was handed in is judged. */
function hearJudgement(turn: Turn, { task }: Subject, report: Report): void {
  if (task.status.state !== 'running') return;
  const { phase } = task.status;
  if (phase === 'verify') {
    hearVerified(turn, task, report);
    return;
  }
  if (phase === 'integrate') hearGate(turn, task, report);
}

function hearVerified(turn: Turn, task: Task, report: Report): void {
  switch (report.type) {
    case 'verified':
      judged(turn, task, report.verdicts);
      return;
    case 'reviewed':
      reviewed(turn, task, report);
      return;
    case 'lines-lost':
      hearConflict(turn, task, report);
      return;
    case 'regressed':
      rollBack(turn, task, report);
      return;
    default: // of another phase: late
  }
}

/** The checks on the change's own tree are done. */
function judged(turn: Turn, task: Task, verdicts: readonly Verdict[]): void {
  const attempt = task.attempts.at(-1);
  if (attempt?.status.state !== 'handed_in') return;
  if (verdicts.some(({ ok }) => !ok)) {
    refute(turn, task, verdicts);
    return;
  }
  if (attempt.status.change !== null) {
    turn.emit(task.run, { type: 'task-verified', task: task.key, verdicts });
    return;
  }
  if (verdicts.length > 0) {
    turn.emit(task.run, { type: 'task-checked', task: task.key, verdicts });
  }
  const proof = verdicts.length > 0 ? 'proven' : null;
  complete(turn, task, { proof, commit: null, tree: null });
}

/** Its verdict is in, whatever it says: what follows from it is decided when all of them are. */
function reviewed(turn: Turn, task: Task, { review, verdicts }: ReportOf<'reviewed'>): void {
  turn.emit(task.run, { type: 'task-reviewed', task: task.key, review, verdicts });
  // What has passed on this very tree before is no worse for not having been run again.
  const isCheck = task.spec.kind === 'check' && review.summary !== '';
  const proof = isCheck && review.verdict === 'approve' ? 'proven' : null;
  complete(turn, turn.task(task.key), { proof, commit: null, tree: null });
}
