// The text of a pull request. Our part of it stands between two marks, so that what a person writes
// around it stays when it is written anew, and so that it is known again.

import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import { testsText } from '../model/test-counts.ts';
import { plural } from '../util/amount.ts';
import { singleLine } from '../util/single-line.ts';
import { openFindings } from './report.ts';
import type { ReportInput } from './report.ts';
import { shortCommit } from './view.ts';

/** As long as GitHub takes one. */
const BODY_LIMIT = 60_000;

/**
 * Names a run so that no other one is taken for it, also not one of another clone with the same key.
 *
 * @param run - The run.
 * @returns What stands in the mark.
 */
function pullRequestMark({ key, createdAt, baseCommit }: Run): string {
  return `${key} ${createdAt.toString(36)} ${baseCommit.slice(0, 12)}`;
}

const begin = (mark: string): string => `<!-- tutti: ${mark} -->`;
const END = '<!-- tutti: end -->';

/**
 * Tells whether a text is of the pull request of a run.
 *
 * @param body - The text of a pull request.
 * @param run - The run.
 * @returns Whether it bears its mark.
 */
export function bearsMark(body: string, run: Run): boolean {
  return body.includes(begin(pullRequestMark(run)));
}

/**
 * Writes the text of a pull request, from what the run did.
 *
 * @param input - The run with its log and verdicts.
 * @param before - The text as it stands; what a person wrote around ours is kept.
 * @returns The text.
 */
export function pullRequestBody(input: ReportInput, before = ''): string {
  const { run } = input;
  const head = begin(pullRequestMark(run));
  const ours = `${head}\n${sections(input).join('\n\n').slice(0, BODY_LIMIT)}\n${END}`;
  const from = before.indexOf(head);
  if (from === -1) return ours;
  const to = before.indexOf(END, from);
  return `${before.slice(0, from)}${ours}${to === -1 ? '' : before.slice(to + END.length)}`;
}

function sections(input: ReportInput): string[] {
  const { run, verdicts } = input;
  const made = run.tasks.flatMap(({ key, spec, status }) =>
    status.state === 'completed' && status.commit !== null
      ? [
          `- ${asText(spec.title)} (${key}, ${shortCommit(status.commit)}${proofText(status.proof)})`,
        ]
      : [],
  );
  const rest = run.tasks.filter(
    ({ status }) => TASK_OVER[status.state] && status.state !== 'completed',
  );
  const left = rest.map(
    ({ key, spec, status }) => `- ${asText(spec.title)} (${key}, ${status.state})`,
  );
  const findings = openFindings(verdicts).map(
    ({ file, line, severity, message }) =>
      `- ${severity}: ${file === undefined ? '' : `\`${asCode(file)}${line === undefined ? '' : `:${line}`}\` `}${asText(message)}`,
  );
  const checks = run.settings.checks.map(({ name, run: command }) => {
    const last = verdicts.findLast(({ verdict }) => verdict.ok && verdict.command === command);
    const counted = last === undefined ? null : testsText(last.verdict);
    const said = counted === null ? '' : ` (${asText(counted)})`;
    return `- ${asText(name)}: \`${asCode(command)}\`${said}`;
  });
  return [
    asText(run.goal),
    ...section(`What was done (${plural(made.length, 'change')})`, made),
    ...section('What was not done', left),
    ...section('Checks that passed on this very tree', run.tasks.some(isProven) ? checks : []),
    ...section('Open findings', findings),
    `Made by tutti as ${run.key}.`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`### ${title}\n\n${lines.join('\n')}`];
}

function isProven({ status }: Run['tasks'][number]): boolean {
  return status.state === 'completed' && status.proof === 'proven';
}

function proofText(proof: string | null): string {
  return proof === 'unproven' ? ', unproven' : '';
}

/** Words of agents and goals: they call nobody, close nothing, and end no comment of ours. */
function asText(text: string): string {
  return singleLine(text)
    .slice(0, 2000)
    .replaceAll(/[<>]/gu, (sign) => (sign === '<' ? '&lt;' : '&gt;'))
    .replaceAll(/([@#!])(?=[\w-])/gu, '$1\u200B')
    .replaceAll(/\[/gu, '\\[');
}

function asCode(text: string): string {
  return text.replaceAll(/[`\r\n]/gu, ' ');
}
