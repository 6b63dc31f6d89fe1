// Runs and their plans as rows.

import { startingFrom } from '../../model/base.ts';
import type { PlanRevision } from '../../model/plan.ts';
import type { Pause, Run, RunState, RunStatus } from '../../model/run.ts';
import type { RunSummary } from '../../model/summary.ts';
import type { PlanRow } from '../../ports/store.ts';
import type { Row } from './driver.ts';
import {
  failureColumns,
  failureFromRow,
  flag,
  json,
  number,
  numberOrNull,
  text,
  textOrNull,
} from './row.ts';

/** A run without what has rows of its own and without its settings. */
export type RunInShort = RunSummary['run'];

/** The columns that `runFromRow` reads. */
export const SHORT_RUN_COLUMNS = `key, number, type, priority, source, preapproved, state, outcome,
  reason, message, retry_at, paused_by, paused_reason, base_branch, base_commit, branch, head,
  same_reason, same_count, worked_ms, worked_since, created_at, finished_at,
  budget_usd, budget_tokens, offered_as, undo, base, title, queue, trials, reasons, goal` as const;

/**
 * Makes the row of a run.
 *
 * @param run - The run.
 * @returns Its row, without the end of its log.
 */
export function runToRow(run: Run): Row {
  const { status } = run;
  return {
    key: run.key,
    number: run.number,
    type: run.type,
    priority: run.priority,
    source: run.source,
    preapproved: Number(run.preapproved),
    state: status.state,
    outcome: status.state === 'completed' ? status.outcome : null,
    ...failureColumns(status.state === 'failed' ? status.failure : null),
    paused_by: run.paused?.by ?? null,
    paused_reason: run.paused?.reason ?? null,
    base_branch: run.baseBranch,
    base_commit: run.baseCommit,
    branch: run.branch,
    head: run.head,
    same_reason: run.sameFailures.reason,
    same_count: run.sameFailures.count,
    worked_ms: run.worked.ms,
    worked_since: run.worked.since,
    budget_usd: run.ceiling.usd,
    budget_tokens: run.ceiling.tokens,
    offered_as: run.offeredAs === null ? null : JSON.stringify(run.offeredAs),
    undo: run.undo === null ? null : JSON.stringify(run.undo),
    base: isUntouched(run) ? null : JSON.stringify(run.base),
    created_at: run.createdAt,
    finished_at: 'finishedAt' in status ? status.finishedAt : null,
    title: run.title,
    queue: JSON.stringify(run.queue),
    trials: JSON.stringify(run.trials),
    reasons: JSON.stringify(run.reasons),
    goal: run.goal,
    settings: JSON.stringify(run.settings),
  };
}

/** It has only what it started from. */
function isUntouched({ base, baseCommit }: Run): boolean {
  const { merged, leftOut, landed, update } = base;
  return merged === baseCommit && leftOut === null && landed.length === 0 && update === null;
}

/**
 * Reads the row of a run.
 *
 * @param row - The row.
 * @returns The run in short.
 */
export function runFromRow(row: Row): RunInShort {
  const pausedBy = textOrNull<Pause['by']>(row, 'paused_by');
  return {
    key: text(row, 'key'),
    number: number(row, 'number'),
    type: text(row, 'type'),
    priority: text(row, 'priority'),
    source: text(row, 'source'),
    preapproved: flag(row, 'preapproved'),
    status: statusFromRow(row),
    paused: pausedBy === null ? null : { by: pausedBy, reason: text(row, 'paused_reason') },
    baseBranch: text(row, 'base_branch'),
    baseCommit: text(row, 'base_commit'),
    branch: text(row, 'branch'),
    head: text(row, 'head'),
    sameFailures: { reason: text(row, 'same_reason'), count: number(row, 'same_count') },
    worked: { ms: number(row, 'worked_ms'), since: number(row, 'worked_since') },
    ceiling: {
      usd: numberOrNull(row, 'budget_usd'),
      tokens: numberOrNull(row, 'budget_tokens'),
    },
    offeredAs: textOrNull(row, 'offered_as') === null ? null : json(row, 'offered_as'),
    undo: textOrNull(row, 'undo') === null ? null : json(row, 'undo'),
    base:
      textOrNull(row, 'base') === null ? startingFrom(text(row, 'base_commit')) : json(row, 'base'),
    createdAt: number(row, 'created_at'),
    title: text(row, 'title'),
    queue: json(row, 'queue'),
    trials: json(row, 'trials'),
    reasons: json(row, 'reasons'),
    goal: text(row, 'goal'),
  };
}

function statusFromRow(row: Row): RunStatus {
  const state = text<RunState>(row, 'state');
  switch (state) {
    case 'completed':
      return { state, outcome: text(row, 'outcome'), finishedAt: number(row, 'finished_at') };
    case 'failed':
      return { state, failure: failureFromRow(row), finishedAt: number(row, 'finished_at') };
    case 'canceled':
      return { state, finishedAt: number(row, 'finished_at') };
    default:
      return { state };
  }
}

/**
 * Makes the row of a plan's revision.
 *
 * @param planRow - The revision and its run.
 * @returns Its row.
 */
export function planToRow(planRow: PlanRow): Row {
  const { plan } = planRow;
  return {
    run: planRow.run,
    revision: plan.revision,
    state: plan.state,
    made_by: plan.by,
    created_at: plan.createdAt,
    warnings: JSON.stringify(plan.warnings),
    tasks: JSON.stringify(plan.tasks),
  };
}

/**
 * Reads the row of a plan's revision.
 *
 * @param row - The row.
 * @returns The revision.
 */
export function planFromRow(row: Row): PlanRevision {
  return {
    revision: number(row, 'revision'),
    state: text(row, 'state'),
    by: text(row, 'made_by'),
    createdAt: number(row, 'created_at'),
    warnings: json(row, 'warnings'),
    tasks: json(row, 'tasks'),
  };
}
