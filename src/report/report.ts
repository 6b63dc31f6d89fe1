// `tutti report KEY`: what was done, with the evidence for it. The text is the run's report.md.

import type { Run } from '../model/run.ts';
import type { LoggedEvent, VerdictRow } from '../model/summary.ts';
import { openLosses } from '../model/test-counts.ts';
import { formatCount, formatDuration, formatUsd, plural } from '../util/amount.ts';
import { broughtIn, sinceText } from './base.ts';
import { costOf, moneyText, tokensText } from './cost.ts';
import { courseOf } from './course.ts';
import type { Course, Try } from './course.ts';
import { criticalTries } from './critical-path.ts';
import {
  askedJson,
  askedSection,
  doneJson,
  doneSections,
  reviewsJson,
  summarySection,
  toldSummary,
} from './done.ts';
import { eventLine, failureText, verdictText } from './event-line.ts';
import { drawGantt } from './gantt.ts';
import type { CostJson, OpenFinding, ReportJson, StartJson } from './json-shapes.ts';
import { attemptJson, crewOf, runJson, verdictJson } from './json.ts';
import { code, middleCut, plain, section, table } from './markdown.ts';
import { elapsed, standing, trouble } from './show-run.ts';
import { slotUse } from './slot-use.ts';
import { stagesJson } from './stages.ts';
import { summarize } from './summarize.ts';
import { taskJson } from './task-json.ts';
import { criticalPath, timelineOf } from './timeline.ts';
import { ageOf, shortCommit } from './view.ts';

/** What a report is made from. */
export interface ReportInput {
  readonly run: Run;
  readonly events: readonly LoggedEvent[];
  /** Oldest first. */
  readonly verdicts: readonly VerdictRow[];
  readonly now: number;
}

/**
 * Collects the findings that no later verdict of the same check or reviewer has settled.
 *
 * @param verdicts - The run's verdicts, oldest first.
 * @returns The findings with their task.
 */
export function openFindings(verdicts: readonly VerdictRow[]): OpenFinding[] {
  const last = new Map<string, VerdictRow>();
  for (const row of verdicts) {
    const { kind, name, command } = row.verdict;
    last.set(JSON.stringify([kind, name, command]), row);
  }
  return [
    ...[...last.values()].flatMap((row) => findingsOf(row, false)),
    ...openLosses(verdicts).flatMap((row) => findingsOf(row, true)),
  ];
}

function findingsOf({ task, verdict }: VerdictRow, aboutTests: boolean): OpenFinding[] {
  const by = verdict.name;
  return verdict.findings.flatMap((finding) =>
    (finding.about === 'tests') === aboutTests ? [{ task, by, ...finding }] : [],
  );
}

/** What was found untrue is listed, but stands in nobody's way. */
const counts = ({ unconfirmed }: OpenFinding): boolean => unconfirmed === undefined;

const ENDINGS: Readonly<Partial<Record<string, string>>> = {
  running: 'The run is under way',
  completed: 'The run is completed',
  failed: 'The run failed',
  canceled: 'The run was canceled',
};

/**
 * Sums a run up in a few sentences.
 *
 * @param input - The run with its log and verdicts.
 * @returns Plain sentences.
 */
function summaryText({ run, verdicts, now }: ReportInput): string {
  const { tasks, state, outcome, costUsd, tokens } = runJson(summarize(run));
  const proofs = run.tasks.map(({ status }) =>
    status.state === 'completed' ? status.proof : null,
  );
  const count = (proof: string): number => proofs.filter((one) => one === proof).length;
  const ending = ENDINGS[state] ?? `The run is ${state.replace('_', ' ')}`;
  const lost = (['failed', 'skipped', 'canceled'] as const)
    .filter((one) => tasks[one] > 0)
    .map((one) => `${tasks[one]} ${one}`);
  const findings = openFindings(verdicts).filter(counts).length;
  return [
    `${ending}${outcome === 'partial' ? ' in part' : ''}:`,
    `${tasks.completed} of ${plural(tasks.total, 'task')} done`,
    `(${count('proven')} proven, ${count('unproven')} unproven)${lost.length > 0 ? `, ${lost.join(', ')}` : ''}.`,
    `It took ${formatDuration(ageOf(run, now))}, ${moneyText(costUsd, run.ceiling)} and ${tokensText(tokens, run.ceiling)}.`,
    ...(run.status.state === 'failed'
      ? [`Cause: ${failureText(run.status.failure).replace(/[.…]+$/u, '')}.`]
      : []),
    ...(findings > 0 ? [`${plural(findings, 'finding')} still open.`] : []),
  ].join(' ');
}

/**
 * Makes the report for scripts.
 *
 * @param input - The run with its log and verdicts.
 * @returns Its JSON.
 */
export function reportJson(input: ReportInput): ReportJson {
  const { run, events, verdicts, now } = input;
  const course = courseOf(run, events, now);
  const critical = criticalTries(course);
  return {
    run: runJson(summarize(run)),
    tasks: run.tasks.map((task) => taskJson(task, run, now)),
    attempts: run.tasks.flatMap((task) => task.attempts.map((attempt) => attemptJson(attempt))),
    evidence: verdicts.map((row) => verdictJson(row)),
    timeline: timelineOf(events),
    criticalPath: pathOf(run, critical),
    criticalAttempts: critical.map(({ attempt }) => attempt),
    starts: course.tries.map((one) => startJson(one)),
    slots: slotUse(course),
    cost: costOf(run),
    openFindings: openFindings(verdicts),
    summary: toldSummary(events) ?? summaryText(input),
    facts: summaryText(input),
    asked: askedJson(run),
    done: doneJson(run),
    stages: stagesJson(run),
    reviews: reviewsJson(run),
  };
}

const iso = (at: number): string => new Date(at).toISOString();

function startJson(one: Try): StartJson {
  const { attempt, task, startedAt, freedAt, finishedAt, waitedMs, cause } = one;
  return {
    attempt,
    task,
    startedAt: iso(startedAt),
    freedAt: iso(freedAt),
    finishedAt: iso(finishedAt),
    waitedMs,
    ...cause,
  };
}

/** By its attempts; where the log names none, by the dependencies that ended last. */
function pathOf(run: Run, critical: readonly Try[]): string[] {
  const tasks = [...new Set(critical.map(({ task }) => task))];
  return tasks.length === 0 ? criticalPath(run) : tasks;
}

function offeredLine({ offeredAs }: Run): string[] {
  if (offeredAs === null) return [];
  const { url, state, checked } = offeredAs;
  const said = checked === undefined ? '' : ` On the forge: ${plain(verdictText(checked))}.`;
  return ['', `Offered as ${plain(url)} (${state}).${said}`];
}

function findingLine(finding: OpenFinding): string {
  const { task, by, severity, file, line, message, suggestion, command, unconfirmed } = finding;
  const place = file === undefined ? '' : ` ${code(line === undefined ? file : `${file}:${line}`)}`;
  return [
    `- ${severity}, ${task}, ${plain(by)}${place}: ${plain(message)}`,
    ...(suggestion === undefined ? [] : [`  Suggested: ${plain(suggestion)}`]),
    ...(command === undefined ? [] : [`  Shown by: ${code(command)}`]),
    ...(unconfirmed === undefined ? [] : [`  Unconfirmed: ${plain(unconfirmed)}`]),
  ].join('\n');
}

function taskRows({ run, now }: ReportInput): string[][] {
  return run.tasks.map((task) => [
    task.key,
    plain(task.spec.title),
    plain(crewOf(task, run).agent),
    standing(task),
    String(task.attempts.length),
    elapsed(task, now),
    task.status.state === 'completed' ? shortCommit(task.status.commit ?? '') : '',
    plain(trouble(task, run, now)),
  ]);
}

function costRows(by: Readonly<Record<string, CostJson>>): string[][] {
  return Object.entries(by).map(([name, { usd, tokens, attempts }]) => [
    plain(name),
    String(attempts),
    formatUsd(usd),
    formatCount(tokens.input + tokens.output),
  ]);
}

/** A file is read anywhere. */
const FILE_WIDTH = 100;

const COST_HEAD = ['attempts', 'cost', 'tokens'];

/** The drawing, how well the slots were used, why what started when, and what the length came from. */
function courseSections({ run, events, now }: ReportInput, width: number): string[] {
  const course = courseOf(run, events, now);
  const critical = criticalTries(course);
  const path = pathOf(run, critical);
  const since = (at: number): string => formatDuration(at - course.from);
  const drawn = drawGantt(run, course, { critical: new Set(path), width });
  const steps = critical.map(({ attempt, startedAt, finishedAt, cause }) => {
    const lasted = formatDuration(finishedAt - startedAt);
    return `- ${since(startedAt)}: ${attempt}, ${lasted}, ${causeText(cause)}`;
  });
  const starts = course.tries.map(({ attempt, startedAt, waitedMs, cause }) => {
    const waited = waitedMs > 0 ? `, ready for ${formatDuration(waitedMs)} before` : '';
    return `- ${since(startedAt)}: ${attempt} ${causeText(cause)}${waited}`;
  });
  return [
    ...section('Course', drawn.length === 0 ? [] : ['```text', ...drawn, '```']),
    ...section('Slots', course.tries.length === 0 ? [] : [slotText(course)]),
    ...section('Why each attempt started when it did', middleCut(starts)),
    ...section('Critical path', path.length === 0 ? [] : [path.join(' → '), ...gap(steps)]),
  ];
}

/** Inside a line the sign of a key is no markup. */
const causeText = ({ text }: Try['cause']): string => plain(text).replaceAll(String.raw`\#`, '#');

const gap = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', ...middleCut(lines)];

function slotText(course: Course): string {
  const use = slotUse(course);
  const percent = Math.round(use.share * 100);
  const [mean, peak] = [use.meanConcurrency.toFixed(1), use.peakConcurrency];
  const reasons = Object.entries(use.idleBecause).map(
    ([reason, ms]) => `${reason.replaceAll('_', ' ')} ${formatDuration(ms)}`,
  );
  const idle =
    use.idleWhileReadyMs === 0
      ? 'No slot stood idle while a task was ready.'
      : `A slot was free for ${formatDuration(use.idleWhileReadyMs)} while a task was ready (${reasons.join(', ')}).`;
  return `${percent}% of ${plural(use.slots, 'slot')} in ${formatDuration(use.spanMs)}, ${mean} attempts at work on the average, ${peak} at most. ${idle}`;
}

/**
 * Writes the report for people, in markdown.
 *
 * @param input - The run with its log and verdicts.
 * @param width - Columns for the drawing.
 * @returns The text, with a line feed at its end.
 */
export function renderReport(input: ReportInput, width: number = FILE_WIDTH): string {
  const { run, events, verdicts } = input;
  const { byAgent, byRuntime } = costOf(run);
  const start = run.createdAt;
  const evidence = verdicts.map(({ task, attempt, verdict }) => [
    attempt ?? task,
    plain(verdictText(verdict)),
    verdict.command === null ? '' : code(verdict.command),
    verdict.tree === null ? '' : shortCommit(verdict.tree),
    formatDuration(verdict.durationMs),
  ]);
  const findings = openFindings(verdicts).map((finding) => findingLine(finding));
  const history = events.flatMap((event) => {
    const text = eventLine(event);
    return text === null ? [] : [`- ${formatDuration(event.at - start)}: ${plain(text, 400)}`];
  });
  const tasks =
    run.tasks.length === 0
      ? []
      : table(
          ['task', 'title', 'agent', 'state', 'attempts', 'time', 'commit', 'note'],
          taskRows(input),
        );
  return [
    `# ${run.key}: ${plain(run.title)}`,
    '',
    plain(summaryText(input), 1000),
    '',
    `Branch ${code(run.branch)} at ${shortCommit(run.head)}, from ${code(run.baseBranch)} at ${shortCommit(run.baseCommit)}${plain(sinceText(run))}.`,
    ...broughtIn(run),
    ...offeredLine(run),
    ...summarySection(events),
    ...askedSection(run),
    ...section('Tasks', tasks),
    ...doneSections(run),
    ...section(
      'Evidence',
      evidence.length === 0
        ? ['No check or review has judged anything.']
        : table(['of', 'verdict', 'command', 'tree', 'time'], evidence),
    ),
    ...section('Open findings', findings),
    ...courseSections(input, width),
    ...section('Cost', [
      ...table(['agent', ...COST_HEAD], costRows(byAgent)),
      '',
      ...table(['runtime', ...COST_HEAD], costRows(byRuntime)),
    ]),
    ...section('Timeline', middleCut(history)),
    '',
  ].join('\n');
}
