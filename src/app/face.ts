// What the faces of a run say and draw. The words are in report/; here they meet the run.

import type { Ask } from '../model/ask.ts';
import type { RunEvent } from '../model/event.ts';
import { asFinding } from '../model/finding.ts';
import type { PlanFinding } from '../model/finding.ts';
import type { History } from '../model/history.ts';
import type { PlanRevision } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { newCommands } from '../plan/new-commands.ts';
import { askLines, renderAsks } from '../report/asks.ts';
import { eventLine } from '../report/event-line.ts';
import { planTaskJson, runJson } from '../report/json.ts';
import { renderLive } from '../report/live-view.ts';
import type { LiveInput, Screen } from '../report/live-view.ts';
import { renderPlan } from '../report/plan-tree.ts';
import { reportJson } from '../report/report.ts';
import { nextCommand } from '../report/status.ts';
import { summarize } from '../report/summarize.ts';
import { taskJson } from '../report/task-json.ts';
import type { View } from '../report/view.ts';
import { whyPlanned } from '../report/why-planned.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
import { planForecast } from './plan-forecast.ts';
import type { Shown } from './shown.ts';

export { eventLine } from '../report/event-line.ts';
export { foreseenText } from '../report/foreseen.ts';
export type { Screen } from '../report/live-view.ts';

/**
 * Writes an event the way scripts see it: one object, without the run's settings, which may hold
 * what a person keeps to themselves.
 *
 * @param happened - The event with its run and moment.
 * @returns Its JSON; `text` is the line that people see, `null` where there is none.
 */
export function eventJson(happened: RunEvent): Readonly<Record<string, unknown>> {
  const { run, at, event } = happened;
  const facts: Record<string, unknown> = { ...event };
  delete facts['settings'];
  delete facts['mark'];
  return { at: new Date(at).toISOString(), run, ...facts, text: eventLine(happened) };
}

/**
 * Draws runs for a screen, one below the other.
 *
 * @param runs - The runs.
 * @param about - What the runs themselves do not know.
 * @param screen - Where it is drawn.
 * @returns Lines, not more than the screen has.
 */
export function drawRuns(
  runs: readonly Run[],
  about: Omit<LiveInput, 'run'>,
  screen: Screen,
): string[] {
  const unfinished = runs.filter(({ status }) => !RUN_OVER[status.state]);
  const chosen = unfinished.length > 0 ? unfinished : runs.slice(-1);
  const height = Math.max(3, Math.floor(screen.height / Math.max(1, chosen.length)));
  const most = Math.max(1, Math.floor(screen.height / height));
  return chosen
    .slice(0, most)
    .flatMap((run) => renderLive({ run, ...about }, { ...screen, height }))
    .slice(0, screen.height);
}

/** A revision of a plan, its run, and how long work took in the project so far. */
export interface Proposal {
  readonly run: Run;
  readonly plan: PlanRevision;
  readonly history: History;
}

/**
 * Shows a plan with what approving it allows.
 *
 * @param proposal - The revision.
 * @param view - Where it is shown.
 * @returns The text.
 */
export function planText({ run, plan, history }: Proposal, view: View): string {
  const { settings } = run;
  const { tasks, revision, by } = plan;
  const { checks } = settings;
  const { setup } = settings.workspace;
  const prepared = setup.map((line) => ({ name: 'set-up', run: line, timeoutSecs: 0 }));
  return renderPlan(
    {
      run: run.key,
      title: run.title,
      revision,
      by,
      tasks,
      warnings: findingsOf(run, plan).map(({ text }) => text),
      checks: [...prepared, ...checks],
      forecast: planForecast(run, plan, history).text,
    },
    view,
  );
}

/** What was found when it was made, and what it would run that nobody approved so far. */
function findingsOf(run: Run, plan: PlanRevision): readonly PlanFinding[] {
  return [...newCommands(run, plan), ...plan.warnings.map((remark) => asFinding(remark))];
}

/**
 * Shows one question.
 *
 * @param ask - The ask.
 * @param now - Epoch milliseconds.
 * @param view - Where it is shown.
 * @returns Lines, without the command that answers it.
 */
export function askText(ask: Ask, now: number, view: View): string[] {
  return askLines(ask, now, view).slice(0, -1);
}

/**
 * Says how runs stand when nothing goes on any more.
 *
 * @param runs - The runs.
 * @param now - Epoch milliseconds.
 * @param history - How long work took so far.
 * @returns What to show.
 */
export function endOf(runs: readonly Run[], now: number, history: History): Shown {
  return { json: runsJson(runs, now, history), text: (view) => endText(runs, now, view) };
}

function runsJson(runs: readonly Run[], now: number, history: History): unknown {
  const [only] = runs;
  const tasks = (run: Run): unknown => run.tasks.map((task) => taskJson(task, run, now));
  if (runs.length === 1 && only !== undefined) {
    const plan = only.status.state === 'awaiting_approval' ? only.plans.at(-1) : undefined;
    return {
      run: runJson(summarize(only)),
      tasks: tasks(only),
      ...(plan !== undefined && { plan: planJson({ run: only, plan, history }) }),
    };
  }
  return { runs: runs.map((run) => ({ ...runJson(summarize(run)) })) };
}

function endText(runs: readonly Run[], now: number, view: View): string {
  if (runs.length === 0) return 'There is nothing to do.';
  return runs.map((run) => standing(run, now, view).join('\n')).join('\n\n');
}

function standing(run: Run, now: number, { width, style }: View): string[] {
  const { key, status } = run;
  const asks = run.asks.filter((ask) => ask.status.state === 'open');
  const planned = status.state === 'awaiting_approval';
  const said = planned ? 'Its plan waits for approval.' : summaryOf(run, now);
  const lines = wrapToWidth(said, width - key.length - 2);
  const next = planned
    ? `tutti approve ${key}`
    : nextCommand({ runs: [summarize(run)], asks, live: false, now });
  return [
    ...lines.map((line, at) => `${at === 0 ? style.bold(key) : ' '.repeat(key.length)}  ${line}`),
    ...(asks.length > 0 ? [renderAsks(asks, now, { width, style })] : []),
    `Next: ${style.cyan(next)}`,
    ...(planned || asks.length > 0 ? [`Then: ${style.cyan(`tutti resume ${key}`)}`] : []),
  ];
}

function summaryOf(run: Run, now: number): string {
  return reportJson({ run, events: [], verdicts: [], now }).summary;
}

/**
 * Describes a run that was planned.
 *
 * @param run - The run.
 * @param history - How long work took so far.
 * @returns What to show: the plan, and how to go on.
 */
export function plannedRun(run: Run, history: History): Shown {
  const plan = run.plans.at(-1);
  return {
    json: {
      run: runJson(summarize(run)),
      plan: plan === undefined ? { revision: 0, tasks: [] } : planJson({ run, plan, history }),
    },
    text: (view) => (plan === undefined ? run.key : planText({ run, plan, history }, view)),
  };
}

/**
 * Says that a run's planner was interrupted, and how to go on.
 *
 * @param run - The run.
 * @returns What to show.
 */
export function interruptedPlanning(run: Run): Shown {
  const { key, plans, status } = run;
  const asked = plans.length > 0 && status.state === 'awaiting_approval';
  const stands = asked ? 'its plan is as it was' : 'it has no plan yet';
  return {
    json: { run: runJson(summarize(run)) },
    text: ({ style }) =>
      `${key} was interrupted, ${stands}.\nNext: ${style.cyan(`tutti plan continue ${key}`)}`,
  };
}

/**
 * Writes a revision for scripts.
 *
 * @param proposal - The revision.
 * @returns Its JSON: the tasks, what was found in it, and what it will probably take.
 */
export function planJson({ run, plan, history }: Proposal): Readonly<Record<string, unknown>> {
  const { revision, state, by, tasks, createdAt } = plan;
  const findings = findingsOf(run, plan);
  return {
    revision,
    state,
    by,
    warnings: findings.map(({ text }) => text),
    findings,
    forecast: planForecast(run, plan, history),
    createdAt: new Date(createdAt).toISOString(),
    tasks: tasks.map((task) => planTaskJson(task)),
  };
}

/**
 * Describes a run that was taken in.
 *
 * @param run - The run.
 * @returns What to show.
 */
export function addedRun(run: Run): Shown {
  const waits = run.status.state === 'awaiting_approval';
  const next = waits ? `tutti approve ${run.key}` : 'tutti run';
  return {
    json: { run: runJson(summarize(run)) },
    text: (view) =>
      [
        `${view.style.bold(run.key)}  ${oneLine(run.title)}`,
        ...wrapToWidth(oneLine(whyPlanned(run)), view.width),
        `Next: ${view.style.cyan(next)}`,
      ].join('\n'),
  };
}
