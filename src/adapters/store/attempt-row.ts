// Attempts as rows.

import type {
  Attempt,
  AttemptOutcome,
  AttemptStatus,
  ProcessIdentity,
} from '../../model/attempt.ts';
import { runOf } from '../../model/key.ts';
import type { Row } from './driver.ts';
import {
  failureColumns,
  failureFromRow,
  json,
  jsonOrNull,
  number,
  numberOrNull,
  text,
  textOrNull,
  toJson,
} from './row.ts';

/**
 * Makes the row of an attempt.
 *
 * @param attempt - The attempt.
 * @returns Its row.
 */
export function attemptToRow(attempt: Attempt): Row {
  return {
    key: attempt.key,
    run: runOf(attempt.task),
    task: attempt.task,
    number: attempt.number,
    agent: attempt.agent,
    runtime: attempt.runtime,
    worker: attempt.worker,
    fence: attempt.fence,
    mark: attempt.mark,
    ...statusColumns(attempt.status),
    session_id: attempt.sessionId,
    kept_ref: attempt.keptRef,
    cost_usd: attempt.costUsd,
    tokens_input: attempt.tokens.input,
    tokens_output: attempt.tokens.output,
    tokens_cached: attempt.tokens.cached,
    reserved_usd: attempt.reserved.usd,
    reserved_tokens: attempt.reserved.tokens,
    started_at: attempt.startedAt,
  };
}

/** Every column of a status, empty: what a state does not have stays so. */
const NO_STATUS = {
  ...processColumns(null),
  blocked_on: null,
  ...outcomeColumns(null),
  report: null,
  change: null,
  finished_at: null,
} as const satisfies Row;

function statusColumns(status: AttemptStatus): Row {
  const { state } = status;
  switch (state) {
    case 'leased':
      return { state, ...NO_STATUS };
    case 'running':
      return {
        state,
        ...NO_STATUS,
        ...processColumns(status.process),
        blocked_on: status.blockedOn ?? null,
      };
    case 'stopping': {
      const process = processColumns(status.process);
      return { state, ...NO_STATUS, ...process, ...outcomeColumns(status.as) };
    }
    case 'handed_in': {
      const { report, change } = status;
      return { state, ...NO_STATUS, report: toJson(report), change: toJson(change) };
    }
    case 'ended':
      return {
        state,
        ...NO_STATUS,
        ...outcomeColumns(status.outcome),
        report: toJson(status.report),
        change: toJson(status.change),
        finished_at: status.finishedAt,
      };
  }
}

function processColumns(process: ProcessIdentity | null): Row {
  return {
    pid: process?.pid ?? null,
    start_time: process?.startTime ?? null,
    boot_id: process?.bootId ?? null,
  };
}

function outcomeColumns(outcome: AttemptOutcome | null): Row {
  return {
    outcome: outcome?.kind ?? null,
    ...failureColumns(outcome?.kind === 'failed' ? outcome.failure : null),
    canceled_for: outcome?.kind === 'canceled' ? outcome.why : null,
  };
}

/**
 * Reads the row of an attempt.
 *
 * @param row - The row.
 * @returns The attempt.
 */
export function attemptFromRow(row: Row): Attempt {
  return {
    key: text(row, 'key'),
    task: text(row, 'task'),
    number: number(row, 'number'),
    agent: text(row, 'agent'),
    runtime: text(row, 'runtime'),
    worker: textOrNull(row, 'worker'),
    fence: number(row, 'fence'),
    mark: text(row, 'mark'),
    status: statusFromRow(row),
    startedAt: number(row, 'started_at'),
    sessionId: textOrNull(row, 'session_id'),
    keptRef: textOrNull(row, 'kept_ref'),
    costUsd: number(row, 'cost_usd'),
    tokens: {
      input: number(row, 'tokens_input'),
      output: number(row, 'tokens_output'),
      cached: number(row, 'tokens_cached'),
    },
    reserved: {
      usd: numberOrNull(row, 'reserved_usd'),
      tokens: numberOrNull(row, 'reserved_tokens'),
    },
  };
}

function statusFromRow(row: Row): AttemptStatus {
  const state = text<AttemptStatus['state']>(row, 'state');
  switch (state) {
    case 'leased':
      return { state };
    case 'running': {
      const blockedOn = textOrNull(row, 'blocked_on');
      return { state, process: processFromRow(row), ...(blockedOn !== null && { blockedOn }) };
    }
    case 'stopping':
      return { state, process: processFromRow(row), as: outcomeFromRow(row) };
    case 'handed_in':
      return { state, change: jsonOrNull(row, 'change'), report: json(row, 'report') };
    case 'ended':
      return {
        state,
        outcome: outcomeFromRow(row),
        change: jsonOrNull(row, 'change'),
        report: jsonOrNull(row, 'report'),
        finishedAt: number(row, 'finished_at'),
      };
  }
}

/**
 * Reads what identifies a process.
 *
 * @param row - A row with the columns of one.
 * @returns The process; `null` where the columns are empty.
 */
export function processFromRow(row: Row): ProcessIdentity | null {
  const pid = numberOrNull(row, 'pid');
  return pid === null
    ? null
    : { pid, startTime: text(row, 'start_time'), bootId: text(row, 'boot_id') };
}

function outcomeFromRow(row: Row): AttemptOutcome {
  const kind = text<AttemptOutcome['kind']>(row, 'outcome');
  switch (kind) {
    case 'succeeded':
      return { kind };
    case 'failed':
      return { kind, failure: failureFromRow(row) };
    case 'canceled':
      return { kind, why: text(row, 'canceled_for') };
  }
}
