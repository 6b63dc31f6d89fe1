// `tutti show TASK`: what it is for, how it stands, its attempts, and the evidence.

import type { Attempt } from '../model/attempt.ts';
import type { AttemptKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { VerdictRow } from '../model/summary.ts';
import type { Task } from '../model/task.ts';
import type { Finding } from '../model/verdict.ts';
import { formatBytes, formatCount, formatDuration, formatUsd, plural } from '../util/amount.ts';
import { oneLine, sanitizeTerminal, spellOut, wrapToWidth } from '../util/terminal-text.ts';
import { droppedText, leftOutText } from './dropped.ts';
import { failureText, verdictText } from './event-line.ts';
import { crewOf } from './json.ts';
import { elapsed, standing, trouble } from './show-run.ts';
import { fit, inStateTone, shortCommit } from './view.ts';
import type { View } from './view.ts';

/** What is kept of an attempt. */
export interface KeptShown {
  readonly ref: string | null;
  readonly commit: string | null;
  /** What git has of it. */
  readonly files: number;
  readonly bytes: number;
  /** What lies in a private folder: ignored and copied files, or what git could not take. */
  readonly beside: { readonly files: number; readonly bytes: number };
  /** What was not kept, and why. */
  readonly leftOut: readonly string[];
  /** The git directory of what its agent committed or stashed itself. */
  readonly commits: string | null;
  /** The command that brings it back. */
  readonly recover: string;
}

/** A task to be shown. */
export interface TaskInput {
  readonly task: Task;
  readonly run: Run;
  /** The run's verdicts, oldest first; only the task's are shown. */
  readonly verdicts: readonly VerdictRow[];
  readonly now: number;
  /** The other runs that are going on. */
  readonly others?: readonly Run[];
  /** What its runtime cannot honour of its agent. */
  readonly notes?: readonly string[];
  /** What is kept of its attempts, where that was looked at. */
  readonly kept?: ReadonlyMap<AttemptKey, KeptShown>;
}

/** Which parts are wanted; without any, all are shown, evidence in short. */
export interface TaskParts {
  readonly attempts: boolean;
  /** With the output of every verdict, not only of those that failed last. */
  readonly evidence: boolean;
}

const SUMMARY_LINES = 20;

function fields(rows: readonly (readonly [string, string])[], view: View): string[] {
  return rows
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) =>
      wrapToWidth(value, view.width - 12).map(
        (line, index) => `  ${view.style.dim((index === 0 ? name : '').padEnd(10))}${line}`,
      ),
    );
}

function aboutLines({ task, run, now, others, notes = [] }: TaskInput, view: View): string[] {
  const { spec, status } = task;
  const { agent, runtime } = crewOf(task, run);
  const commit = status.state === 'completed' ? status.commit : null;
  const cost = task.attempts.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const checks = [...run.settings.checks.map(({ run: line }) => line), ...spec.checks];
  return fields(
    [
      ['about', fit(spec.description, 800)],
      ['because', trouble(task, run, now, others)],
      ['agent', oneLine(`${agent} (${spec.agentReason}), ${runtime}`.replace(' ()', ''))],
      ...notes.map((note, index) => [index === 0 ? 'but' : '', oneLine(note)] as const),
      ['runs', spellOut(spec.command?.join(' ') ?? '')],
      ['after', task.dependsOn.join(', ')],
      ['files', fit(spec.files.join(', '), 400)],
      ['accepted', fit(spec.acceptance.join('; '), 800)],
      ['checks', spellOut(checks.join('; '))],
      ['commit', commit ?? ''],
      ['took', elapsed(task, now)],
      ['cost', cost > 0 ? formatUsd(cost) : ''],
    ],
    view,
  );
}

function attemptState({ status }: Attempt): string {
  if (status.state !== 'ended') return status.state.replace('_', ' ');
  const { outcome } = status;
  if (outcome.kind === 'failed') return failureText(outcome.failure);
  return outcome.kind === 'canceled' ? `ended (${outcome.why})` : 'succeeded';
}

const size = (count: number, bytes: number): string =>
  `${plural(count, 'file')}, ${formatBytes(bytes)}`;

function keptLines(kept: KeptShown | undefined): (readonly [string, string])[] {
  if (kept === undefined) return [];
  const { files, bytes, beside, leftOut, commit, commits } = kept;
  return [
    ...(commit === null ? [] : [['in git', size(files, bytes)] as const]),
    ...(beside.files === 0 ? [] : [['beside', size(beside.files, beside.bytes)] as const]),
    ...(leftOut.length === 0 ? [] : [['not kept', oneLine(leftOut.join(', '))] as const]),
    ...(commits === null ? [] : [['commits', commits] as const]),
    ['back by', kept.recover],
  ];
}

function attemptLines(
  attempt: Attempt,
  now: number,
  view: View,
  kept: KeptShown | undefined,
): string[] {
  const { status, tokens } = attempt;
  const end = status.state === 'ended' ? status.finishedAt : now;
  const facts = [
    [attempt.agent, attempt.runtime, attempt.worker ?? ''].filter(Boolean).map(oneLine).join(', '),
    formatDuration(end - attempt.startedAt),
    formatUsd(attempt.costUsd),
    `${formatCount(tokens.input + tokens.output)} tokens`,
  ];
  const report = 'report' in status ? status.report : null;
  const change = 'change' in status ? status.change : null;
  return [
    `${view.style.bold(attempt.key)}  ${fit(attemptState(attempt), view.width - attempt.key.length - 2)}`,
    ...fields(
      [
        ['', facts.join(' · ')],
        ['said', fit(report?.summary ?? '', 800)],
        ['dropped', (report === null ? null : droppedText(report)) ?? ''],
        ['left out', (report === null ? null : leftOutText(report)) ?? ''],
        [
          'change',
          change === null
            ? ''
            : `${shortCommit(change.commit)} ${fit(change.files.join(', '), 400)}`,
        ],
        ['kept', attempt.keptRef ?? ''],
        ...keptLines(kept),
        ['session', oneLine(attempt.sessionId ?? '')],
      ],
      view,
    ),
  ];
}

function findingLines(finding: Finding, width: number): string[] {
  const { file, line, severity, message, suggestion, command, unconfirmed } = finding;
  const place = file === undefined ? '' : ` ${file}${line === undefined ? '' : `:${line}`}`;
  const more = [
    ...(suggestion === undefined ? [] : [`suggested: ${suggestion}`]),
    ...(command === undefined ? [] : [`shown by: ${spellOut(command)}`]),
    ...(unconfirmed === undefined ? [] : [`unconfirmed, so it blocks nothing: ${unconfirmed}`]),
  ];
  return [
    `  ${fit(`${severity}${place}: ${message}`, width - 2)}`,
    ...more.map((text) => `    ${fit(text, width - 4)}`),
  ];
}

function verdictLines({ verdict, attempt }: VerdictRow, whole: boolean, view: View): string[] {
  const { width, style } = view;
  const { ok, command, tree, durationMs, summary, findings } = verdict;
  const facts = [
    attempt ?? '',
    command === null ? '' : spellOut(command),
    tree === null ? '' : `tree ${shortCommit(tree)}`,
    formatDuration(durationMs),
  ];
  const said = sanitizeTerminal(summary).trimEnd().split('\n').slice(-SUMMARY_LINES);
  const output = whole || !ok ? said.filter((line) => line !== '') : [];
  return [
    `${ok ? style.green('✓') : style.red('✗')} ${fit(verdictText(verdict), width - 2)}`,
    ...wrapToWidth(facts.filter((fact) => fact !== '').join(' · '), width - 2).map((line) =>
      style.dim(`  ${line}`),
    ),
    ...findings.flatMap((finding) => findingLines(finding, width)),
    ...output.map((line) => `  │ ${fit(line, width - 4)}`),
  ];
}

function withoutEvidence({ spec, status }: Task): string {
  const isProven = status.state === 'completed' && status.proof === 'proven';
  if (spec.kind === 'check' && isProven) return 'Its checks had passed on this very tree before.';
  return 'No evidence: no check or review has judged it.';
}

/**
 * Shows a task.
 *
 * @param input - The task with its run and verdicts.
 * @param parts - Which parts are wanted.
 * @param view - Where it is shown.
 * @returns The text, without a line feed at its end.
 */
export function renderTask(input: TaskInput, parts: TaskParts, view: View): string {
  const { task, now } = input;
  const { style, width } = view;
  const everything = !parts.attempts && !parts.evidence;
  const word = standing(task);
  const title = fit(task.spec.title, width - task.key.length - word.length - 4);
  const blocks = [
    [`${style.bold(task.key)}  ${title}  ${inStateTone(word, task.status.state, style)}`],
  ];
  if (everything) blocks[0]?.push(...aboutLines(input, view));
  if (everything || parts.attempts) {
    blocks.push(
      ...task.attempts.map((attempt) =>
        attemptLines(attempt, now, view, input.kept?.get(attempt.key)),
      ),
    );
    if (task.attempts.length === 0) blocks.push(['No attempts yet.']);
  }
  if (everything || parts.evidence) {
    const rows = input.verdicts.filter((row) => row.task === task.key);
    blocks.push(rows.flatMap((row) => verdictLines(row, parts.evidence, view)));
    if (rows.length === 0) blocks.push([withoutEvidence(task)]);
  }
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
