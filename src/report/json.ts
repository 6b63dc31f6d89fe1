// What `--json` prints, from rows and the model. Nothing here needs a library: `tutti status` has
// to be quick.

import type { Ask } from '../model/ask.ts';
import { blockedOn } from '../model/attempt.ts';
import type { Attempt } from '../model/attempt.ts';
import { leftOf } from '../model/budget.ts';
import type { Failure } from '../model/failure.ts';
import type { PlanTask } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run, RunState } from '../model/run.ts';
import type { RunSummary, VerdictRow } from '../model/summary.ts';
import type { Because, Task } from '../model/task.ts';
import { baseJson } from './base.ts';
import { roundUsd } from './cost.ts';
import type { Held } from './held.ts';
import type {
  AskJson,
  AttemptJson,
  BecauseJson,
  FailureJson,
  HeldJson,
  PlanTaskJson,
  RunJson,
  TaskCounts,
  VerdictJson,
} from './json-shapes.ts';

/**
 * Writes a moment the way JSON has it.
 *
 * @param at - Epoch milliseconds; `null` = not yet.
 * @returns ISO 8601 in UTC, or `null`.
 */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/**
 * Describes a failure.
 *
 * @param failure - The failure.
 * @returns Its JSON.
 */
export const failureJson = ({ reason, message }: Failure): FailureJson => ({ reason, message });

const STAGE: Readonly<Partial<Record<RunState, string>>> = {
  planning: 'planning',
  awaiting_approval: 'planning',
  approved: 'planning',
  running: 'implementation',
  canceling: 'implementation',
};

/**
 * Counts a run's tasks in every state, also where there are none.
 *
 * @param counts - How many there are in the states that occur.
 * @returns A number for each state, and the total.
 */
export function taskCounts(counts: RunSummary['counts']): TaskCounts {
  const of = (state: string): number => counts[state] ?? 0;
  return {
    total: Object.values(counts).reduce((sum, count) => sum + count, 0),
    pending: of('pending'),
    ready: of('ready'),
    running: of('running'),
    waiting: of('waiting'),
    completed: of('completed'),
    failed: of('failed'),
    skipped: of('skipped'),
    canceled: of('canceled'),
  };
}

/**
 * Describes a run.
 *
 * @param summary - The run in short.
 * @param held - What holds its ready tasks, where that was looked for.
 * @returns Its JSON; `state` reads `paused` while the flag is on.
 */
export function runJson(summary: RunSummary, held?: readonly Held[]): RunJson {
  const { run, counts, costUsd, tokens, openAsks } = summary;
  const { status, paused } = run;
  const over = RUN_OVER[status.state];
  return {
    key: run.key,
    id: run.key,
    goal: run.goal,
    title: run.title,
    state: paused !== null && !over ? 'paused' : status.state,
    paused: paused === null ? null : { by: paused.by, reason: paused.reason },
    outcome: status.state === 'completed' ? status.outcome : null,
    failure: status.state === 'failed' ? failureJson(status.failure) : null,
    stage: STAGE[status.state] ?? null,
    orchestrate: run.source !== 'direct',
    reasons: run.reasons,
    branch: run.branch,
    baseCommit: run.baseCommit,
    headCommit: run.head,
    base: baseJson(run),
    pullRequest:
      run.offeredAs === null
        ? null
        : { ...run.offeredAs, mergedAt: isoTime(run.offeredAs.mergedAt) },
    priority: run.priority,
    type: run.type,
    createdAt: new Date(run.createdAt).toISOString(),
    finishedAt: 'finishedAt' in status ? isoTime(status.finishedAt) : null,
    tasks: taskCounts(counts),
    openAsks,
    costUsd: roundUsd(costUsd),
    tokens: { input: tokens.input, output: tokens.output, cached: tokens.cached },
    budget: { ...run.ceiling, left: leftOf(run.ceiling, summary.charged) },
    ...(held !== undefined && { held: heldJson(held) }),
    workedSecs: Math.round(run.worked.ms / 1000),
  };
}

/**
 * Describes what holds the ready tasks of a run.
 *
 * @param held - The reasons.
 * @returns Their JSON.
 */
function heldJson(held: readonly Held[]): HeldJson[] {
  return held.map(({ because, tasks }) => ({ ...becauseJson(because), tasks }));
}

/**
 * Describes why something does not go on.
 *
 * @param because - The reason.
 * @returns Its JSON.
 */
export function becauseJson(because: Because): BecauseJson {
  return {
    reason: because.reason,
    task: because.task ?? null,
    until: isoTime(because.until ?? null),
    text: because.text ?? null,
  };
}

/**
 * Tells which agent and runtime a task has or had: those of its last attempt, else the plan's.
 *
 * @param task - The task.
 * @param run - Its run, for the default runtime.
 * @returns Their names.
 */
export function crewOf(task: Task, run: Pick<Run, 'settings'>): { agent: string; runtime: string } {
  const { agent, runtime } = task.attempts.at(-1) ?? task.spec;
  return { agent, runtime: runtime ?? run.settings.defaultRuntime };
}

/**
 * Describes an attempt.
 *
 * @param attempt - The attempt.
 * @returns Its JSON.
 */
export function attemptJson(attempt: Attempt): AttemptJson {
  const { status } = attempt;
  const outcome = status.state === 'ended' ? status.outcome : null;
  const change = 'change' in status ? status.change : null;
  return {
    key: attempt.key,
    task: attempt.task,
    number: attempt.number,
    state: status.state,
    outcome: outcome?.kind ?? null,
    agent: attempt.agent,
    runtime: attempt.runtime,
    worker: attempt.worker,
    failure: outcome?.kind === 'failed' ? failureJson(outcome.failure) : null,
    blockedOn: blockedOn(attempt),
    startedAt: new Date(attempt.startedAt).toISOString(),
    finishedAt: status.state === 'ended' ? isoTime(status.finishedAt) : null,
    costUsd: roundUsd(attempt.costUsd),
    tokens: attempt.tokens,
    commit: change?.commit ?? null,
    keptRef: attempt.keptRef,
    sessionId: attempt.sessionId,
  };
}

/**
 * Describes a verdict.
 *
 * @param row - The verdict with its task.
 * @returns Its JSON.
 */
export function verdictJson(row: VerdictRow): VerdictJson {
  return {
    task: row.task,
    attempt: row.attempt,
    at: new Date(row.at).toISOString(),
    ...row.verdict,
  };
}

/**
 * Describes an ask.
 *
 * @param ask - The question or approval.
 * @returns Its JSON.
 */
export function askJson(ask: Ask): AskJson {
  const { key, run, task, kind, question, choices, createdAt } = ask;
  return { key, run, task, kind, question, choices, createdAt: new Date(createdAt).toISOString() };
}

/**
 * Describes a task of a plan.
 *
 * @param task - The task as the plan proposes it.
 * @returns Its JSON: the plan file's fields, named like all JSON here.
 */
export function planTaskJson(task: PlanTask): PlanTaskJson {
  const { timeoutSecs, idleTimeoutSecs, ...rest } = task;
  return { ...rest, timeout: timeoutSecs, idleTimeout: idleTimeoutSecs };
}
