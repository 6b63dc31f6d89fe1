// What a reviewer answers about a run's result, and what of it counts. A reviewer is an agent like any
// other: what it says is a claim, and a claim blocks nothing that was found not to hold.

import { isRecord } from '../util/is-record.ts';
import { storable } from './answer.ts';
import type { Finding, Review } from './verdict.ts';

/** A review as it is answered, before anybody knows of which commit. */
type ReviewAnswer = Pick<Review, 'verdict' | 'summary' | 'findings'>;

const MAX_SUMMARY = 8_000;
const MAX_FINDINGS = 50;
const MAX_MESSAGE = 4_000;
const MAX_PATH = 1_000;
const MAX_COMMAND = 4_000;

/** What reviewers call what is called so here. */
const SEVERITIES: Readonly<Record<string, Finding['severity']>> = {
  blocking: 'blocking',
  blocker: 'blocking',
  critical: 'blocking',
  major: 'major',
  high: 'major',
  medium: 'major',
  minor: 'minor',
  low: 'minor',
  nit: 'minor',
  info: 'minor',
};

/** The JSON schema of a review. */
export const REVIEW_ANSWER_SCHEMA: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: {
    verdict: {
      enum: ['approve', 'request_changes'],
      description: 'approve = it may be merged as it is; request_changes = something blocks that',
    },
    summary: {
      type: 'string',
      description: 'The judgement, and what it goes by, in a few sentences',
    },
    findings: {
      type: 'array',
      description: 'What is wrong, the worst first; empty when nothing is',
      items: {
        type: 'object',
        properties: {
          file: { type: 'string', description: 'The path, from the root of the repository' },
          line: { type: 'integer', minimum: 1 },
          severity: {
            enum: ['blocking', 'major', 'minor'],
            description:
              'blocking = wrong results, lost data, a hole, a broken build, a weakened test; major = will hurt soon; minor = would be nicer',
          },
          message: { type: 'string', description: 'What goes wrong, and with which input' },
          suggestion: { type: 'string', description: 'What would be right' },
          command: {
            type: 'string',
            description:
              'A shell command that fails as long as this is wrong and exits with 0 once it is right',
          },
        },
        required: ['severity', 'message'],
      },
    },
  },
  required: ['verdict', 'summary', 'findings'],
};

/**
 * Reads a review.
 *
 * @param value - What a reviewer answered.
 * @returns The review, or what is wrong with the answer.
 */
export function readReviewAnswer(value: unknown): ReviewAnswer | { readonly problem: string } {
  if (!isRecord(value)) return { problem: 'the answer is not a JSON object' };
  const verdict = word(value['verdict']).replaceAll(/[\s-]+/gu, '_');
  if (verdict !== 'approve' && verdict !== 'request_changes') {
    return { problem: '`verdict` is neither approve nor request_changes' };
  }
  const { summary, findings = [] } = value;
  if (typeof summary !== 'string') return { problem: '`summary` is not a text' };
  if (!Array.isArray(findings)) return { problem: '`findings` is not a list' };
  const read: Finding[] = [];
  for (const [index, item] of findings.slice(0, MAX_FINDINGS).entries()) {
    const finding = readFinding(item);
    if ('problem' in finding) return { problem: `findings[${index}]: ${finding.problem}` };
    read.push(finding);
  }
  return { verdict, summary: storable(summary, MAX_SUMMARY), findings: read };
}

function readFinding(value: unknown): Finding | { readonly problem: string } {
  if (!isRecord(value)) return { problem: 'is not an object' };
  const severity = SEVERITIES[word(value['severity'])];
  if (severity === undefined) return { problem: '`severity` is none of blocking, major, minor' };
  const { message, line } = value;
  if (typeof message !== 'string' || message.trim() === '') {
    return { problem: '`message` is not a text' };
  }
  return {
    ...optional('file', value['file'], MAX_PATH),
    ...(typeof line === 'number' && Number.isSafeInteger(line) && line > 0 && { line }),
    severity,
    message: storable(message, MAX_MESSAGE),
    ...optional('suggestion', value['suggestion'], MAX_MESSAGE),
    ...optional('command', value['command'], MAX_COMMAND),
  };
}

function optional<K extends 'file' | 'suggestion' | 'command'>(
  key: K,
  value: unknown,
  max: number,
): { readonly [P in K]?: string } {
  if (typeof value !== 'string' || value.trim() === '') return {};
  const one: { readonly [P in K]?: string } = {};
  return { ...one, [key]: storable(value, max) };
}

function word(value: unknown): string {
  return typeof value === 'string' ? value.trim().toLowerCase() : '';
}

/**
 * Tells what of a review has to be done before the result counts as reviewed: the blocking findings
 * that were not found untrue; of a reviewer that asks for changes and calls none of them blocking, the
 * major ones, else all of them, else what its summary says.
 *
 * @param review - The review, its claims looked into.
 * @returns The findings; empty when it approves, and where its answer could not be read.
 */
export function findingsToFix(review: Review): readonly Finding[] {
  const { verdict, summary, findings, unreadable } = review;
  if (unreadable !== undefined) return [];
  const worst = (severity: Finding['severity']): Finding[] =>
    findings.filter((one) => one.severity === severity);
  if (worst('blocking').length > 0 || verdict === 'approve') return holds(worst('blocking'));
  if (worst('major').length > 0) return holds(worst('major'));
  if (findings.length > 0) return holds(findings);
  return [{ severity: 'blocking', message: summary === '' ? 'changes are asked for' : summary }];
}

function holds(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ unconfirmed }) => unconfirmed === undefined);
}

/**
 * Tells whether a review stands in nobody's way.
 *
 * @param review - The review, its claims looked into.
 * @returns Whether nothing of it has to be done.
 */
export function passes(review: Review): boolean {
  return review.unreadable === undefined && findingsToFix(review).length === 0;
}
