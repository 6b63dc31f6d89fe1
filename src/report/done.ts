// What was asked for, what each task came to and by whom, and what reviewers said of it.

import type { AttemptStatus } from '../model/attempt.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import type { Task } from '../model/task.ts';
import { formatDuration } from '../util/amount.ts';
import type { AskedJson, DoneJson, ReviewJson } from './json-shapes.ts';
import { code, middleCut, plain, section, table } from './markdown.ts';
import { stagesJson } from './stages.ts';
import { shortCommit } from './view.ts';

const LISTED_FILES = 20;
const SUMMARY_WIDTH = 1000;
const REASON_WIDTH = 200;
const GOAL_LINES = 40;

/**
 * Tells what a person wanted.
 *
 * @param run - The run.
 * @returns The goal, and what was given with it.
 */
export function askedJson({ goal, settings, reasons }: Run): AskedJson {
  return { goal, given: settings.givenContext ?? null, reasons };
}

/**
 * Tells what the completed tasks of a run came to.
 *
 * @param run - The run.
 * @returns Each with whoever did it.
 */
export function doneJson(run: Run): DoneJson[] {
  return run.tasks.flatMap((task) => {
    const last = task.attempts.at(-1);
    if (task.status.state !== 'completed' || last === undefined) return [];
    const ended = endOf(task);
    return [
      {
        task: task.key,
        title: task.spec.title,
        stage: task.stage,
        agent: last.agent,
        runtime: last.runtime,
        summary: ended?.report?.summary ?? '',
        leftOut: ended?.report?.leftOut ?? [],
        files: ended?.change?.files ?? [],
        commit: task.status.commit,
      },
    ];
  });
}

/**
 * Tells what reviewers said, in the order in which they were asked.
 *
 * @param run - The run.
 * @returns Their verdicts.
 */
export function reviewsJson(run: Run): ReviewJson[] {
  return run.tasks.flatMap((task) => {
    const review = endOf(task)?.report?.review;
    if (review === undefined) return [];
    const { verdict, summary, findings } = review;
    return [{ task: task.key, agent: task.spec.agent, verdict, summary, findings }];
  });
}

function endOf({ attempts }: Task): Extract<AttemptStatus, { state: 'ended' }> | null {
  const status = attempts.at(-1)?.status;
  return status?.state === 'ended' ? status : null;
}

/**
 * Writes what was asked for.
 *
 * @param run - The run.
 * @returns A section; nothing where the title says it all.
 */
export function askedSection(run: Run): string[] {
  const { goal, given, reasons } = askedJson(run);
  const text = goal.trim();
  const lines = text === run.title && given === null ? [] : quoted(text);
  const more = given === null ? [] : ['', 'Given with it:', '', ...quoted(given)];
  const why = reasons.length === 0 || lines.length === 0 ? [] : ['', plain(reasons.join('; '))];
  return section('Asked for', [...lines, ...more, ...why]);
}

/**
 * Finds what a model said when the run ended.
 *
 * @param events - The run's log.
 * @returns Its words; `null` = none, or the run has gone on since.
 */
export function toldSummary(events: readonly LoggedEvent[]): string | null {
  for (const { event } of events.toReversed()) {
    if (event.type === 'summary-told') return event.text;
    if (event.type === 'run-reopened' || event.type === 'planning-started') return null;
  }
  return null;
}

/**
 * Writes what a model said of the run.
 *
 * @param events - The run's log.
 * @returns A section; nothing where no model was asked.
 */
export function summarySection(events: readonly LoggedEvent[]): string[] {
  const told = toldSummary(events);
  if (told === null) return [];
  const whose = 'A model made it of what the agents wrote; it is no evidence.';
  return section('Summary', [...quoted(told), '', whose]);
}

function quoted(text: string): string[] {
  const lines = text.split('\n');
  const shown = lines.slice(0, GOAL_LINES).map((line) => `> ${plain(line, SUMMARY_WIDTH)}`.trim());
  return lines.length > GOAL_LINES ? [...shown, '> …'] : shown;
}

/**
 * Writes what was done, through which stages it went, and what reviewers said.
 *
 * @param run - The run.
 * @returns Sections; those that have nothing to say are left out.
 */
export function doneSections(run: Run): string[] {
  const done = doneJson(run)
    .filter(({ summary, files }) => summary !== '' || files.length > 0)
    .map((one) => doneLine(one));
  const stages = stagesJson(run).map(({ name, state, tasks, startedAt, finishedAt }) => {
    const ms =
      startedAt === null || finishedAt === null
        ? null
        : Date.parse(finishedAt) - Date.parse(startedAt);
    return [plain(name), state, String(tasks.length), ms === null ? '' : formatDuration(ms)];
  });
  const reviews = reviewsJson(run).map(({ task, agent, verdict, summary, findings }) => {
    const count = findings.length === 0 ? '' : `, findings: ${findings.length}`;
    const said = summary === '' ? '' : `: ${plain(summary, SUMMARY_WIDTH)}`;
    return `- ${task}, ${plain(agent)}, ${verdict.replace('_', ' ')}${count}${said}`;
  });
  return [
    ...section('What was done', middleCut(done)),
    ...section(
      'Stages',
      stages.length < 2 ? [] : table(['stage', 'state', 'tasks', 'time'], stages),
    ),
    ...section('Reviews', middleCut(reviews)),
  ];
}

function doneLine(done: DoneJson): string {
  const { task, title, agent, runtime, summary, leftOut, files, commit } = done;
  const named = files.slice(0, LISTED_FILES).map((file) => code(file));
  if (files.length > LISTED_FILES) named.push(`and ${files.length - LISTED_FILES} more`);
  const changed = files.length === 0 ? '' : ` Changed ${named.join(', ')}.`;
  const reasons = leftOut.map(
    ({ file, reason }) => `${code(file)} (${plain(reason, REASON_WIDTH)})`,
  );
  const gone = reasons.length === 0 ? '' : ` Left out on purpose in ${reasons.join(', ')}.`;
  const at = commit === null ? '' : `, ${shortCommit(commit)}`;
  const who = `${plain(agent)} on ${plain(runtime)}${at}`;
  return `- ${task} ${plain(title)} (${who}): ${plain(summary, SUMMARY_WIDTH)}${changed}${gone}`.trimEnd();
}
