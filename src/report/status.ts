// `tutti status` and `tutti list`: what is going on, and the one thing to do next.

import type { Ask } from '../model/ask.ts';
import { countedTokens } from '../model/budget.ts';
import type { Foreseen } from '../model/foreseen.ts';
import { RUN_OVER } from '../model/run.ts';
import type { RunSummary } from '../model/summary.ts';
import { formatDuration, formatUsd } from '../util/amount.ts';
import { displayWidth, oneLine, padToWidth } from '../util/terminal-text.ts';
import { answerCommand, renderAsks } from './asks.ts';
import { moneyText, tokensText } from './cost.ts';
import { foreseenLines } from './foreseen.ts';
import { heldText } from './held.ts';
import type { HeldByRun } from './held.ts';
import { taskCounts } from './json.ts';
import { progressBar, progressText } from './progress.ts';
import { ageOf, fit, inRunTone } from './view.ts';
import type { View } from './view.ts';
import { whyPlanned } from './why-planned.ts';

/** A configured worker, and what it has at work. */
export interface WorkerAtWork {
  readonly id: string;
  readonly specialization: string;
  readonly capabilities: readonly string[];
  readonly maxConcurrent: number;
  /** Keys of attempts. */
  readonly atWork: readonly string[];
}

/** What `status` shows. */
export interface StatusInput {
  /** The newest first. */
  readonly runs: readonly RunSummary[];
  /** Open asks, the oldest first. */
  readonly asks: readonly Ask[];
  /** Whether a coordinator is alive. */
  readonly live: boolean;
  readonly now: number;
  /** What holds ready tasks, where it was looked for. */
  readonly held?: HeldByRun;
  /** Which changes would conflict, by run, where it was looked for. */
  readonly foreseen?: ReadonlyMap<string, readonly Foreseen[]>;
  /** The configured workers of what is at work. */
  readonly workers?: readonly WorkerAtWork[];
}

const BAR = 24;

function stateOf({ run }: RunSummary): RunSummary['run']['status']['state'] | 'paused' {
  const { state } = run.status;
  return run.paused !== null && !RUN_OVER[state] ? 'paused' : state;
}

function stateText(summary: RunSummary): string {
  const { status } = summary.run;
  const inPart = status.state === 'completed' && status.outcome === 'partial';
  return inPart ? 'completed in part' : stateOf(summary).replace('_', ' ');
}

function nextForRun(summary: RunSummary, live: boolean): string {
  const { key } = summary.run;
  const state = stateOf(summary);
  if (state === 'awaiting_approval') return `tutti plan show ${key}`;
  if (state === 'completed') return `tutti diff ${key}`;
  if (state === 'failed' || state === 'canceled') return `tutti show ${key}`;
  if (state === 'paused' || !live) return `tutti resume ${key}`;
  return `tutti logs ${key} -f`;
}

/**
 * Chooses the one command that helps most now.
 *
 * @param input - What is going on.
 * @returns A command line.
 */
export function nextCommand({ runs, asks, live }: StatusInput): string {
  const [ask] = asks;
  if (ask !== undefined) return answerCommand(ask);
  const unfinished = runs.filter(({ run }) => !RUN_OVER[run.status.state]);
  // What waits for a person comes before what goes on by itself.
  const held = unfinished.find((run) => stateOf(run) === 'awaiting_approval');
  const paused = unfinished.find((run) => stateOf(run) === 'paused');
  const first = held ?? paused ?? unfinished[0] ?? runs[0];
  return first === undefined ? 'tutti run "what you want done"' : nextForRun(first, live);
}

function runLines(summary: RunSummary, input: StatusInput, view: View): string[] {
  const { now, live } = input;
  const { width, style } = view;
  const { run, costUsd, tokens } = summary;
  const state = stateOf(summary);
  const counts = taskCounts(summary.counts);
  const stalled = !live && ['queued', 'planning', 'approved', 'running'].includes(state);
  const right = stalled ? `${state}, nobody works on it` : stateText(summary);
  const title = fit(run.title, width - run.key.length - displayWidth(right) - 4);
  const gap = width - run.key.length - 2 - displayWidth(title) - displayWidth(right);
  const amounts = [moneyText(costUsd, run.ceiling), formatDuration(ageOf(run, now))];
  if (countedTokens(tokens) > 0) amounts.splice(1, 0, tokensText(tokens, run.ceiling));
  // What was done for the plan is nothing of what the plan is to do.
  const before = ['planning', 'awaiting_approval', 'approved'].includes(run.status.state);
  const isForPlan = before && counts.total > 0;
  const lines = [
    `${style.bold(run.key)}  ${title}${' '.repeat(Math.max(2, gap))}${inRunTone(right, state, style)}`,
    `  ${isForPlan ? 'to make the plan:' : `${progressBar(counts, BAR, style)} `} ${progressText(counts)}`,
    style.dim(`  ${fit([...amounts, `branch ${run.branch}`].join(' · '), width - 2)}`),
  ];
  const why = oneLine(whyPlanned(run));
  if (why !== '' && !RUN_OVER[run.status.state]) lines.push(style.dim(`  ${fit(why, width - 2)}`));
  return [...lines, ...standingLines(summary, input, view)];
}

/** What it waits for, what is ahead, and what it failed of. */
function standingLines(summary: RunSummary, input: StatusInput, { width, style }: View): string[] {
  const { now, held, foreseen } = input;
  const { run } = summary;
  const state = stateOf(summary);
  const lines: string[] = [];
  const all = held?.get(run.key) ?? [];
  // While nobody is at work there are no slots, and that is said already.
  const waits = heldText(
    input.live ? all : all.filter(({ because }) => because.reason !== 'slot'),
    now,
  );
  if (waits !== '' && state !== 'paused') lines.push(`  ${fit(waits, width - 2)}`);
  const inside = { width: width - 2, style };
  for (const line of foreseenLines(foreseen?.get(run.key) ?? [], 3, inside))
    lines.push(`  ${line}`);
  if (state === 'paused') lines.push(`  ${fit(`paused: ${run.paused?.reason ?? ''}`, width - 2)}`);
  if (run.status.state === 'failed') {
    const { reason, message } = run.status.failure;
    lines.push(`  ${style.red(fit(`${reason}: ${message}`, width - 2))}`);
  }
  return lines;
}

/**
 * Shows what is going on: `tutti status`.
 *
 * @param input - Runs, asks and whether somebody works on them.
 * @param view - Where it is shown.
 * @returns The text, without a line feed at its end.
 */
export function renderStatus(input: StatusInput, view: View): string {
  const blocks: string[] = [];
  if (input.asks.length > 0) blocks.push(renderAsks(input.asks, input.now, view));
  if (input.runs.length === 0) blocks.push('Nothing is going on.');
  for (const run of input.runs) blocks.push(runLines(run, input, view).join('\n'));
  const workers = (input.workers ?? []).map((worker) => workerLine(worker, view));
  if (workers.length > 0) blocks.push(workers.join('\n'));
  blocks.push(`Next: ${view.style.cyan(nextCommand(input))}`);
  return blocks.join('\n\n');
}

function workerLine(
  { id, specialization, maxConcurrent, atWork }: WorkerAtWork,
  view: View,
): string {
  const has = atWork.length === 0 ? 'has nothing to do' : `is at work on ${atWork.join(', ')}`;
  const line = `worker ${id} (${specialization}) ${has}, ${atWork.length} of ${maxConcurrent}`;
  return view.style.dim(fit(line, view.width));
}

/**
 * Lists runs, one a line: `tutti list`.
 *
 * @param runs - The runs in short.
 * @param at - The moment, and what holds the ready tasks.
 * @param view - Where it is shown.
 * @returns The text, without a line feed at its end.
 */
export function renderList(
  runs: readonly RunSummary[],
  { now, held }: Pick<StatusInput, 'now' | 'held'>,
  view: View,
): string {
  if (runs.length === 0) return 'No runs yet. Next: tutti run "what you want done"';
  const { width, style } = view;
  const rows = runs.map((summary) => {
    const { run, costUsd } = summary;
    const counts = taskCounts(summary.counts);
    return {
      state: stateOf(summary),
      title: run.title,
      waits: heldText(held?.get(run.key) ?? [], now),
      cells: [
        run.key,
        stateOf(summary),
        `${counts.completed}/${counts.total}`,
        formatUsd(costUsd),
        `${formatDuration(now - run.createdAt)} ago`,
      ],
    };
  });
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map(({ cells }) => (cells[column] ?? '').length)),
  );
  const used = widths.reduce((sum, columns) => sum + columns + 2, 0);
  return rows
    .map(({ state, title, cells, waits }) => {
      const [key = '', word = '', ...rest] = cells.map((cell, column) =>
        padToWidth(cell, widths[column] ?? 0),
      );
      const shown = fit(title, Math.max(10, width - used));
      const line = [style.bold(key), inRunTone(word, state, style), ...rest, shown].join('  ');
      const note = style.dim(fit(waits, width - 2));
      return waits === '' ? line.trimEnd() : `${line.trimEnd()}\n  ${note}`;
    })
    .join('\n');
}
