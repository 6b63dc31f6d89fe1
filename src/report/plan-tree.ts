// The plan as a person sees it before anything runs. What approving it allows (commands) is shown
// in full; titles may be cut.

import type { Check, PlanTask } from '../model/plan.ts';
import { formatUsd, plural } from '../util/amount.ts';
import { displayWidth, oneLine, spellOut, wrapToWidth } from '../util/terminal-text.ts';
import { afterText, drawForest, stepsOf } from './forest.ts';
import type { ForestRow } from './forest.ts';
import { fit } from './view.ts';
import type { View } from './view.ts';

/** A plan to be shown. */
export interface PlanInput {
  /** What it is a plan of. */
  readonly run: string;
  readonly title: string;
  readonly revision: number;
  /** Who proposed it. */
  readonly by: string;
  readonly tasks: readonly PlanTask[];
  readonly warnings: readonly string[];
  /** The run's checks, which every task has to pass. */
  readonly checks: readonly Check[];
  /** How long and how much, in words; `null` where nobody knows. */
  readonly forecast: string | null;
}

const shellWords = (argv: readonly string[]): string =>
  argv
    .map((word) =>
      /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(' ');

function estimateText({ estimate }: PlanTask): string[] {
  const { minutes, usd } = estimate;
  return [
    ...(minutes === null ? [] : [`~${minutes} min`]),
    ...(usd === null ? [] : [formatUsd(usd)]),
  ];
}

/** What has to be read in full: what is run, and what a person is asked. */
function commandLines(task: PlanTask): string[] {
  return [
    ...(task.command === null ? [] : [`runs ${spellOut(shellWords(task.command))}`]),
    ...task.checks.map((check) => `check ${spellOut(check)}`),
    ...(task.approval ? ['asks you before it starts'] : []),
  ];
}

function taskLines(
  { task, number }: { task: PlanTask; number: number },
  row: ForestRow,
  { width, style }: View,
): string[] {
  const name = fit(task.id, 32);
  const place = `${number}. `;
  const used = displayWidth(row.first) + place.length + displayWidth(name) + 2;
  const room = Math.max(16, width - displayWidth(row.rest));
  const agent = task.command === null ? task.agent : 'command';
  const why = task.agentReason === '' || task.command !== null ? '' : ` (${task.agentReason})`;
  const facts = [`${agent}${why}`, ...estimateText(task), afterText(row, (id) => fit(id, 32))];
  const files = task.files.length === 0 ? [] : [fit(`files ${task.files.join(', ')}`, room)];
  const details = [
    ...wrapToWidth(oneLine(facts.filter((fact) => fact !== '').join(' · ')), room),
    ...files,
  ];
  return [
    `${style.dim(row.first + place)}${style.bold(name)}  ${fit(task.title, Math.max(16, width - used))}`,
    ...details.map((line) => style.dim(row.rest + line)),
    ...commandLines(task)
      .flatMap((line) => wrapToWidth(line, room))
      .map((line) => style.dim(row.rest) + line),
  ];
}

function labelled(label: string, lines: readonly string[], { width, style }: View): string[] {
  return lines
    .flatMap((line) => wrapToWidth(line, width - 10))
    .map((line, index) => `${style.bold((index === 0 ? label : '').padEnd(10))}${line}`);
}

function orderText(steps: readonly (readonly string[])[]): string {
  return steps.map((ids) => ids.map((id) => fit(id, 32)).join(', ')).join(' → ');
}

/**
 * Shows a plan as a tree: each task with its number in the plan, its agent and why, estimate, files, commands and order.
 *
 * @param plan - The plan.
 * @param view - Where it is shown.
 * @returns The text, without a line feed at its end.
 */
export function renderPlan(plan: PlanInput, view: View): string {
  const { width, style } = view;
  const { tasks, checks, warnings } = plan;
  const byId = new Map(tasks.map((task, index) => [task.id, { task, number: index + 1 }]));
  const steps = stepsOf(tasks);
  const size = `${plural(tasks.length, 'task')} in ${plural(steps.length, 'step')}`;
  const head = `Plan ${plan.revision} of ${plan.run} (${fit(plan.title, Math.max(16, width - 40 - plan.run.length))}), by ${plan.by}: ${size}`;
  const rows = drawForest(tasks, Math.floor(width / 9));
  const tree = rows.flatMap((row) => {
    const task = byId.get(row.id);
    return task === undefined ? [] : taskLines(task, row, view);
  });
  const gates =
    checks.length === 0
      ? ['none: what is done will be marked unproven']
      : checks.map(({ name, run }) => `${fit(name, 32)}: ${spellOut(run)}`);
  return [
    ...wrapToWidth(head, width).map((line) => style.bold(line)),
    '',
    ...tree,
    ...(tree.length > 0 ? [''] : []),
    ...(steps.length > 1 ? labelled('Order', [orderText(steps)], view) : []),
    ...labelled('Checks', gates, view),
    ...(plan.forecast === null ? [] : labelled('Forecast', [oneLine(plan.forecast)], view)),
    ...warnings
      .flatMap((text) => wrapToWidth(`! ${oneLine(text)}`, width))
      .map((line) => style.yellow(line)),
  ].join('\n');
}
