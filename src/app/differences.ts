// What differs between the rows of a run and what its log tells.

import type { Run } from '../model/run.ts';
import type { VerdictRow } from '../model/summary.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { isRecord } from '../util/is-record.ts';
import { cutToWidth, oneLine } from '../util/terminal-text.ts';

/** A run with its verdicts. */
interface State {
  readonly run: Run;
  readonly verdicts: readonly VerdictRow[];
}

/** Values are shown up to this width. */
const WIDTH = 60;

/**
 * Compares what the log tells with what the rows say.
 *
 * @param log - The state that the log was folded to.
 * @param rows - The state as it is stored.
 * @returns A line for every difference.
 */
export function differences(log: State, rows: State): string[] {
  const { tasks: toldTasks, asks: toldAsks, plans: toldPlans, ...told } = log.run;
  const { tasks, asks, plans, ...stored } = rows.run;
  return [
    ...fields(`run ${log.run.key}`, told, stored),
    ...lists('task', alone(toldTasks), alone(tasks), 'key'),
    ...lists('attempt', attemptsOf(log.run), attemptsOf(rows.run), 'key'),
    ...lists('ask', toldAsks, asks, 'key'),
    ...lists('plan revision', toldPlans, plans, 'revision'),
    ...lists('verdict', numbered(log.verdicts), numbered(rows.verdicts), 'number'),
  ];
}

function attemptsOf(run: Run): readonly object[] {
  return run.tasks.flatMap((task) => task.attempts);
}

function alone(tasks: Run['tasks']): readonly object[] {
  return tasks.map((task) => ({ ...task, attempts: [] }));
}

function numbered(verdicts: readonly VerdictRow[]): readonly object[] {
  return verdicts.map((row, index) => ({ number: index + 1, ...row }));
}

function lists(
  what: string,
  told: readonly object[],
  stored: readonly object[],
  name: string,
): string[] {
  const byName = (all: readonly object[]): ReadonlyMap<string, unknown> =>
    new Map(
      all.map((one) => [String(Object.entries(one).find(([key]) => key === name)?.[1]), one]),
    );
  const [log, rows] = [byName(told), byName(stored)];
  return [
    ...[...log]
      .filter(([key]) => !rows.has(key))
      .map(([key]) => `${what} ${key} is in the log, its row is missing`),
    ...[...rows]
      .filter(([key]) => !log.has(key))
      .map(([key]) => `${what} ${key} has a row, the log does not know it`),
    ...[...log].flatMap(([key, one]) =>
      rows.has(key) ? fields(`${what} ${key}`, one, rows.get(key)) : [],
    ),
  ];
}

function fields(what: string, told: unknown, stored: unknown): string[] {
  if (canonicalJson(told ?? null) === canonicalJson(stored ?? null)) return [];
  if (!isRecord(told) || !isRecord(stored)) {
    return [`${what}: the row says ${text(stored)}, the log ${text(told)}`];
  }
  const names = new Set([...Object.keys(told), ...Object.keys(stored)]);
  return [...names].flatMap((name) => fields(`${what}, ${name}`, told[name], stored[name]));
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : cutToWidth(oneLine(JSON.stringify(value)), WIDTH);
}
