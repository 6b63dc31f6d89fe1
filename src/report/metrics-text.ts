// `tutti metrics` for people: a line for each figure, then tables.

import { countedTokens } from '../model/budget.ts';
import { formatCount, formatDuration, formatUsd, plural } from '../util/amount.ts';
import { cutToWidth, displayWidth, padToWidth } from '../util/terminal-text.ts';
import type { Metrics, ShapeMetrics, Spent, Times } from './metrics.ts';
import type { StageMetrics } from './stage-worth.ts';
import type { Share } from './tries.ts';
import { fit } from './view.ts';
import type { View } from './view.ts';

/** Nothing is known: a share of nothing is no 0 %. */
const UNKNOWN = '–';
const LABEL = 22;
const LONGEST_NAME = 28;

/**
 * Shows the figures.
 *
 * @param metrics - The figures.
 * @param view - Where they are shown.
 * @returns The text, without a line feed at its end.
 */
export function renderMetrics(metrics: Metrics, view: View): string {
  const { bold } = view.style;
  const { runs, tasks } = metrics;
  const lines: (readonly [string, string])[] = [
    ['Runs', `${runs.completed} completed${others(runs)}; ${paceText(runs)}`],
    ['Tasks', `${tasks.completed} completed${others(tasks)}; ${paceText(tasks)}`],
    ['First-try passes', shareText(metrics.firstTry, 'task')],
    ['Review passes', shareText(metrics.reviews, 'review')],
    ['Utilisation', utilisationText(metrics)],
    ['Conflicts', conflictText(metrics)],
    ['Start to merge', timesText(metrics.toMerge)],
    ...(metrics.toMergedPullRequest.count === 0
      ? []
      : [['Start to merged PR', timesText(metrics.toMergedPullRequest)] as const]),
    ['Speed-up', speedText(metrics)],
    ['Cost', costText(metrics)],
  ];
  return [
    bold(fit(headText(metrics), view.width)),
    '',
    ...lines.map(([label, text]) => cutToWidth(`${label.padEnd(LABEL)}${text}`, view.width)),
    ...tableOf('By agent', spentRows(metrics.byAgent), view),
    ...tableOf('By runtime', spentRows(metrics.byRuntime), view),
    ...tableOf('By kind of task', spentRows(metrics.byKind), view),
    ...tableOf('By shape of the plan', shapeRows(metrics.byShape), view),
    ...tableOf('By stage', stageRows(metrics.byStage), view),
  ].join('\n');
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

function headText({ from, to, days }: Metrics): string {
  if (from === null) return 'Metrics';
  return `Metrics from ${day(from)} to ${day(to)} (${plural(Math.round(days), 'day')})`;
}

function others(counts: Metrics['runs'] | Metrics['tasks']): string {
  const said = Object.entries(counts).filter(
    ([name, count]) => ['partial', 'failed', 'canceled', 'skipped'].includes(name) && count > 0,
  );
  return said
    .map(([name, count]) => `, ${count} ${name === 'partial' ? 'of them in part' : name}`)
    .join('');
}

function paceText({
  perDay,
  perWeek,
}: {
  readonly perDay: number;
  readonly perWeek: number;
}): string {
  return `${amount(perDay)} a day, ${amount(perWeek)} a week`;
}

/** Without digits that say nothing. */
function amount(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function shareText({ of, count, share }: Share, what: string): string {
  return share === null
    ? `${UNKNOWN} (no ${what} yet)`
    : `${percent(share)} (${count} of ${plural(of, what)})`;
}

function utilisationText({ utilisation: { share, waitingMs } }: Metrics): string {
  return share === null
    ? `${UNKNOWN} (no task waited for a slot)`
    : `${percent(share)} of the slots in use in the ${formatDuration(waitingMs)} when work waited`;
}

function conflictText({ conflicts: { per100, conflicts, changes } }: Metrics): string {
  return per100 === null
    ? `${UNKNOWN} (no change yet)`
    : `${amount(per100)} per 100 changes (${conflicts} of ${changes})`;
}

function speedText({ speedUp: { ratio, sequentialMs, wallMs } }: Metrics): string {
  if (ratio === null) return `${UNKNOWN} (nothing took any time)`;
  const [one, all] = [formatDuration(sequentialMs), formatDuration(wallMs)];
  return `${ratio.toFixed(1)}× (${one} of attempts in ${all})`;
}

function timesText({ count, medianMs, longestMs }: Times): string {
  if (medianMs === null || longestMs === null) return `${UNKNOWN} (nothing was merged yet)`;
  const longest = count === 1 ? '' : `, ${formatDuration(longestMs)} at most`;
  return `${formatDuration(medianMs)} (median of ${plural(count, 'run')}${longest})`;
}

function costText({ cost: { usd, tokens }, tasks }: Metrics): string {
  const each =
    tasks.completed === 0 ? '' : `, ${formatUsd(usd / tasks.completed)} a completed task`;
  return `${formatUsd(usd)} and ${formatCount(countedTokens(tokens))} tokens${each}`;
}

type Rows = readonly (readonly string[])[];

function spentRows(by: Readonly<Record<string, Spent>>): Rows {
  const rows = Object.entries(by).map(([name, one]) => [
    fit(name, LONGEST_NAME),
    String(one.tasks),
    String(one.attempts),
    one.firstTry.share === null ? UNKNOWN : percent(one.firstTry.share),
    one.medianMs === null ? UNKNOWN : formatDuration(one.medianMs),
    formatUsd(one.usd),
    formatCount(countedTokens(one.tokens)),
  ]);
  return [['', 'tasks', 'attempts', 'first try', 'median', 'cost', 'tokens'], ...rows];
}

function shapeRows(by: Readonly<Record<string, ShapeMetrics>>): Rows {
  const rows = Object.entries(by).map(([name, one]) => [
    name,
    String(one.runs),
    String(one.tasks),
    one.failed.share === null ? UNKNOWN : percent(one.failed.share),
    one.speedUp.ratio === null ? UNKNOWN : `${one.speedUp.ratio.toFixed(1)}×`,
    one.meanUsd === null ? UNKNOWN : formatUsd(one.meanUsd),
  ]);
  return [['', 'runs', 'tasks', 'failed', 'speed-up', 'cost a run'], ...rows];
}

function stageRows(by: Readonly<Record<string, StageMetrics>>): Rows {
  const rows = Object.entries(by).map(([name, one]) => [
    fit(name, LONGEST_NAME),
    String(one.runs),
    formatDuration(one.medianMs),
    formatUsd(one.medianUsd),
    one.found.share === null ? UNKNOWN : `${one.found.count} of ${one.found.of}`,
    one.firstTryWith.share === null ? UNKNOWN : percent(one.firstTryWith.share),
    one.firstTryWithout.share === null ? UNKNOWN : percent(one.firstTryWithout.share),
  ]);
  const head = ['', 'runs', 'time a run', 'cost a run', 'found', 'first try with', 'without'];
  return [head, ...rows];
}

/** The first column is text, the others are numbers. */
function tableOf(title: string, rows: Rows, { width, style }: View): string[] {
  if (rows.length < 2) return [];
  const [head = []] = rows;
  const widths = head.map((_, at) => Math.max(...rows.map((row) => displayWidth(row[at] ?? ''))));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => {
        const room = widths[at] ?? 0;
        return at === 0 ? padToWidth(cell, room) : cell.padStart(room);
      })
      .join('  '),
  );
  const shown = lines.map((line) => cutToWidth(`  ${line}`, width));
  return ['', style.bold(title), ...shown.map((line, at) => (at === 0 ? style.dim(line) : line))];
}
