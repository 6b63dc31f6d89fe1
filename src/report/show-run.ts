// `tutti show RUN`: the run, and a line or two for each of its tasks.

import type { Foreseen } from '../model/foreseen.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { formatDuration, plural } from '../util/amount.ts';
import { displayWidth, oneLine, padToWidth, wrapToWidth } from '../util/terminal-text.ts';
import { askLines } from './asks.ts';
import { sinceText } from './base.ts';
import { becauseText } from './because-text.ts';
import { NO_RUNS, becauseOf } from './because.ts';
import { moneyText, tokensText } from './cost.ts';
import { failureText, verdictText } from './event-line.ts';
import { foreseenLines } from './foreseen.ts';
import { crewOf, runJson } from './json.ts';
import { progressBar, progressText } from './progress.ts';
import { summarize } from './summarize.ts';
import { ageOf, fit, inRunTone, inStateTone, shortCommit, stateSign } from './view.ts';
import type { View } from './view.ts';
import { whyPlanned } from './why-planned.ts';

/** Conflicts ahead that have a line; `tutti conflicts` has them all. */
const MOST_AHEAD = 5;

/**
 * Says how a task stands: its state, with what matters most in it.
 *
 * @param task - The task.
 * @returns Such as `proven`, `unproven`, `work` or `failed`.
 */
export function standing({ status }: Task): string {
  if (status.state === 'running') return status.phase;
  if (status.state === 'completed') return status.proof ?? 'completed';
  return status.state;
}

/**
 * Tells how long a task has taken so far, or took.
 *
 * @param task - The task.
 * @param now - Epoch milliseconds.
 * @returns The span in words; empty when it was not started.
 */
export function elapsed(task: Task, now: number): string {
  const { startedAt, finishedAt, status } = task;
  if (startedAt === null) return '';
  // What was skipped or canceled was ended by decree: its time says nothing.
  if (!['running', 'completed', 'failed'].includes(status.state)) return '';
  return formatDuration((finishedAt ?? now) - startedAt);
}

/**
 * Says what holds a task, or what it failed of.
 *
 * @param task - The task.
 * @param run - Its run.
 * @param now - Epoch milliseconds.
 * @param others - The other runs that are going on.
 * @returns A phrase; empty when there is nothing to say.
 */
export function trouble(
  task: Task,
  run: Run,
  now: number,
  others: readonly Run[] = NO_RUNS,
): string {
  if (task.status.state === 'failed') return failureText(task.status.failure);
  const because = becauseOf(task, run, now, others);
  return because === null ? '' : becauseText(because, now);
}

/**
 * Says how a person can go on with a run; open questions have their own commands.
 *
 * @param run - The run.
 * @param isLive - Whether a process is at work.
 * @returns A command, perhaps with another one; empty while nothing is to be done.
 */
export function nextOfRun(run: Run, isLive: boolean): string {
  const { key, status, paused, asks, tasks } = run;
  if (asks.some((ask) => ask.status.state === 'open')) return '';
  switch (status.state) {
    case 'completed':
      return `tutti diff ${key}, then tutti merge ${key} or tutti pr ${key}`;
    case 'canceled':
      return `tutti retry ${key}`;
    case 'failed': {
      const left = tasks.find(
        ({ spec, status: stands }) => stands.state === 'failed' && spec.kind !== 'plan',
      );
      const without = left === undefined ? '' : `, or without it: tutti skip ${left.key}`;
      return `tutti retry ${key}${without}`;
    }
    case 'awaiting_approval':
      return `tutti plan show ${key}`;
    default:
      return !isLive || paused !== null ? `tutti resume ${key}` : '';
  }
}

/** The columns beside the title, padded alike in all rows. */
function columnsOf(run: Run, now: number): string[][] {
  const cells = run.tasks.map((task) => [
    fit(crewOf(task, run).agent, 20),
    standing(task),
    elapsed(task, now),
    task.status.state === 'completed' ? shortCommit(task.status.commit ?? '') : '',
    task.attempts.length > 1 ? plural(task.attempts.length, 'attempt') : '',
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), 0),
  );
  return cells.map((row) =>
    row.flatMap((cell, column) => {
      const columns = widths[column] ?? 0;
      return columns === 0 ? [] : [padToWidth(cell, columns)];
    }),
  );
}

function taskLines(task: Task, run: Run, columns: readonly string[], view: View): string[] {
  const { width, style } = view;
  const { state } = task.status;
  const name = task.key.slice(run.key.length).padEnd(String(run.tasks.length).length + 1);
  const used = columns.reduce((sum, cell) => sum + displayWidth(cell) + 2, name.length + 4);
  const title = padToWidth(oneLine(task.spec.title), Math.max(16, width - used));
  const [agent = '', word = '', ...rest] = columns;
  const line = [
    `${stateSign(state, style)} ${style.bold(name)}`,
    title,
    agent,
    inStateTone(word, state, style),
    ...rest,
  ];
  return [line.join('  ').trimEnd()];
}

function noteLines(note: string, run: Run, { width, style }: View): string[] {
  const indent = ' '.repeat(String(run.tasks.length).length + 5);
  return note === '' ? [] : [style.dim(indent + fit(note, width - indent.length))];
}

/** What is known beside a run that is shown. */
export interface Beside {
  /** The other runs that are going on. */
  readonly others?: readonly Run[];
  /** Which of its changes would conflict. */
  readonly foreseen?: readonly Foreseen[];
}

/**
 * Shows a run with its tasks.
 *
 * @param run - The run.
 * @param now - Epoch milliseconds.
 * @param view - Where it is shown.
 * @param beside - What is known beside it.
 * @returns The text, without a line feed at its end.
 */
export function renderRun(
  run: Run,
  now: number,
  view: View,
  { others = NO_RUNS, foreseen = [] }: Beside = {},
): string {
  const lines = headLines(run, now, view);
  for (const ask of run.asks.filter(({ status }) => status.state === 'open')) {
    lines.push('', ...askLines(ask, now, view));
  }
  const ahead = foreseenLines(foreseen, MOST_AHEAD, view);
  if (ahead.length > 0) lines.push('', ...ahead);
  if (run.tasks.length > 0) lines.push('');
  const columns = columnsOf(run, now);
  for (const [index, task] of run.tasks.entries()) {
    lines.push(...taskLines(task, run, columns[index] ?? [], view));
    lines.push(...noteLines(trouble(task, run, now, others), run, view));
  }
  return lines.join('\n');
}

/** The run itself, without its tasks. */
function headLines(run: Run, now: number, { width, style }: View): string[] {
  const { state, outcome, tasks, costUsd, tokens } = runJson(summarize(run));
  const word = outcome === 'partial' ? 'completed in part' : state.replace('_', ' ');
  const amounts = [
    moneyText(costUsd, run.ceiling),
    tokensText(tokens, run.ceiling),
    formatDuration(ageOf(run, now)),
  ];
  // Of the run's own time, what its agents were at work: that is what run_timeout_secs limits.
  if (run.worked.ms >= 1000) amounts.push(`${formatDuration(run.worked.ms)} of work`);
  const title = fit(run.title, width - run.key.length - displayWidth(word) - 4);
  const lines = [
    `${style.bold(run.key)}  ${title}  ${inRunTone(word, state, style)}`,
    `${progressBar(tasks, 24, style)}  ${progressText(tasks)}`,
    amounts.join(' · '),
    style.dim(
      fit(
        `branch ${run.branch} from ${run.baseBranch} (${shortCommit(run.baseCommit)})${sinceText(run)}`,
        width,
      ),
    ),
  ];
  if (run.offeredAs !== null) {
    const { url, state: stands, checked } = run.offeredAs;
    const more = checked === undefined ? '' : `, ${verdictText(checked)}`;
    lines.push(style.dim(fit(`pull request ${url} (${stands}${more})`, width)));
  }
  const goal = oneLine(run.goal);
  if (goal !== oneLine(run.title)) {
    const wrapped = wrapToWidth(`goal: ${goal}`, width);
    lines.push(...(wrapped.length > 4 ? [...wrapped.slice(0, 4), '…'] : wrapped));
  }
  const why = oneLine(whyPlanned(run));
  if (why !== '') lines.push(...wrapToWidth(why, width).map((line) => style.dim(line)));
  if (run.status.state === 'failed') lines.push(style.red(failureText(run.status.failure)));
  if (run.paused !== null) lines.push(style.yellow(fit(`paused: ${run.paused.reason}`, width)));
  return lines;
}
