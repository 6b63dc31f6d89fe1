// Tasks as rows.

import type { Attempt } from '../../model/attempt.ts';
import type { Because, Task, TaskState, TaskStatus } from '../../model/task.ts';
import type { Row } from './driver.ts';
import {
  failureColumns,
  failureFromRow,
  flag,
  json,
  jsonOrNull,
  number,
  numberOrNull,
  text,
  textOrNull,
  toJson,
} from './row.ts';

/**
 * Makes the row of a task.
 *
 * @param task - The task; its attempts have rows of their own.
 * @returns Its row.
 */
export function taskToRow(task: Task): Row {
  return {
    key: task.key,
    run: task.run,
    number: task.number,
    stage: task.stage,
    ...statusColumns(task.status),
    failures: task.failures,
    conflicts: task.conflicts,
    lost: task.lost,
    approved: Number(task.approved),
    created_at: task.createdAt,
    started_at: task.startedAt,
    finished_at: task.finishedAt,
    instruction: task.instruction,
    taken_back: toJson(task.takenBack),
    depends_on: JSON.stringify(task.dependsOn),
    spec: JSON.stringify(task.spec),
  };
}

/** Every column of a status, empty: what a state does not have stays so. */
const NO_STATUS = {
  phase: null,
  publication: null,
  not_before: null,
  ask: null,
  proof: null,
  commit_id: null,
  tree: null,
  ...failureColumns(null),
  aborts: null,
  ...becauseColumns(null),
} as const satisfies Row;

function statusColumns(status: TaskStatus): Row {
  const { state } = status;
  switch (state) {
    case 'pending':
      return { state, ...NO_STATUS };
    case 'ready':
      return { state, ...NO_STATUS, not_before: status.notBefore };
    case 'running': {
      const publication = toJson(status.publication);
      return { state, ...NO_STATUS, phase: status.phase, publication };
    }
    case 'waiting':
      return { state, ...NO_STATUS, ask: status.ask };
    case 'completed': {
      const { proof, commit, tree } = status;
      return { state, ...NO_STATUS, proof, commit_id: commit, tree };
    }
    case 'failed': {
      const aborts = Number(status.aborts);
      return { state, ...NO_STATUS, ...failureColumns(status.failure), aborts };
    }
    case 'skipped':
    case 'canceled':
      return { state, ...NO_STATUS, ...becauseColumns(status.because) };
  }
}

function becauseColumns(because: Because | null): Row {
  return {
    because_reason: because?.reason ?? null,
    because_task: because?.task ?? null,
    because_until: because?.until ?? null,
    because_text: because?.text ?? null,
  };
}

/**
 * Reads the row of a task.
 *
 * @param row - The row.
 * @param attempts - Its attempts, by number.
 * @returns The task.
 */
export function taskFromRow(row: Row, attempts: readonly Attempt[]): Task {
  return {
    key: text(row, 'key'),
    run: text(row, 'run'),
    number: number(row, 'number'),
    stage: text(row, 'stage'),
    status: statusFromRow(row),
    attempts,
    failures: number(row, 'failures'),
    conflicts: number(row, 'conflicts'),
    lost: number(row, 'lost'),
    approved: flag(row, 'approved'),
    createdAt: number(row, 'created_at'),
    startedAt: numberOrNull(row, 'started_at'),
    finishedAt: numberOrNull(row, 'finished_at'),
    instruction: textOrNull(row, 'instruction'),
    takenBack: jsonOrNull(row, 'taken_back'),
    dependsOn: json(row, 'depends_on'),
    spec: json(row, 'spec'),
  };
}

function statusFromRow(row: Row): TaskStatus {
  const state = text<TaskState>(row, 'state');
  switch (state) {
    case 'pending':
      return { state };
    case 'ready':
      return { state, notBefore: number(row, 'not_before') };
    case 'running':
      return { state, phase: text(row, 'phase'), publication: jsonOrNull(row, 'publication') };
    case 'waiting':
      return { state, ask: text(row, 'ask') };
    case 'completed':
      return {
        state,
        proof: textOrNull(row, 'proof'),
        commit: textOrNull(row, 'commit_id'),
        tree: textOrNull(row, 'tree'),
      };
    case 'failed':
      return { state, failure: failureFromRow(row), aborts: flag(row, 'aborts') };
    case 'skipped':
    case 'canceled':
      return { state, because: becauseFromRow(row) };
  }
}

function becauseFromRow(row: Row): Because {
  const task = textOrNull(row, 'because_task');
  const until = numberOrNull(row, 'because_until');
  const words = textOrNull(row, 'because_text');
  return {
    reason: text(row, 'because_reason'),
    ...(task === null ? {} : { task }),
    ...(until === null ? {} : { until }),
    ...(words === null ? {} : { text: words }),
  };
}
