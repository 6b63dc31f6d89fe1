// Verdicts as rows. They are only ever added.

import type { ToldVerdict, VerdictRow } from '../../ports/store.ts';
import type { Row } from './driver.ts';
import { flag, json, number, numberOrNull, text, textOrNull } from './row.ts';

/**
 * Makes the row of a verdict.
 *
 * @param told - The verdict, with the event it came with.
 * @returns Its row, without the number that the database gives it.
 */
export function verdictToRow({ run, seq, task, attempt, at, verdict }: ToldVerdict): Row {
  return {
    run,
    seq,
    task,
    attempt,
    at,
    kind: verdict.kind,
    name: verdict.name,
    ok: Number(verdict.ok),
    command: verdict.command,
    exit_code: verdict.exitCode,
    tree: verdict.tree,
    duration_ms: verdict.durationMs,
    summary: verdict.summary,
    findings: JSON.stringify(verdict.findings),
    tests: verdict.tests === undefined ? null : JSON.stringify(verdict.tests),
    coverage: verdict.coverage ?? null,
    counted_before: verdict.before === undefined ? null : JSON.stringify(verdict.before),
    flaky: Number(verdict.flaky === true),
    conditions: verdict.conditions ?? null,
  };
}

/**
 * Reads the row of a verdict.
 *
 * @param row - The row.
 * @returns The verdict.
 */
export function verdictFromRow(row: Row): VerdictRow {
  const coverage = numberOrNull(row, 'coverage');
  const conditions = textOrNull(row, 'conditions');
  return {
    run: text(row, 'run'),
    task: text(row, 'task'),
    attempt: textOrNull(row, 'attempt'),
    at: number(row, 'at'),
    verdict: {
      kind: text(row, 'kind'),
      name: text(row, 'name'),
      ok: flag(row, 'ok'),
      command: textOrNull(row, 'command'),
      exitCode: numberOrNull(row, 'exit_code'),
      tree: textOrNull(row, 'tree'),
      durationMs: number(row, 'duration_ms'),
      summary: text(row, 'summary'),
      findings: json(row, 'findings'),
      ...(textOrNull(row, 'tests') !== null && { tests: json(row, 'tests') }),
      ...(coverage !== null && { coverage }),
      ...(textOrNull(row, 'counted_before') !== null && { before: json(row, 'counted_before') }),
      ...(flag(row, 'flaky') && { flaky: true as const }),
      ...(conditions !== null && { conditions }),
    },
  };
}
