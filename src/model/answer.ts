// What an agent answers about its work. Agents are not trusted and not careful: the reader takes
// what it can understand, cuts what is too long and says what is wrong with the rest.

import { boundedText } from '../util/bounded-text.ts';
import { cleanText } from '../util/clean-text.ts';
import { isRecord } from '../util/is-record.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import type { AgentReport, LeftOut } from './attempt.ts';

/** The longest summary that is kept, in characters. */
const MAX_SUMMARY = 8_000;
const MAX_QUESTION = 4_000;
const MAX_FOLLOW_UPS = 20;
const MAX_LEFT_OUT = 200;
const MAX_TITLE = 200;
const MAX_DESCRIPTION = 4_000;

const WORK_PROPERTIES: Readonly<Record<string, unknown>> = {
  status: {
    enum: ['done', 'blocked', 'failed'],
    description:
      'done = finished; blocked = a person must answer `question` first; failed = given up',
  },
  summary: { type: 'string', description: 'What was done, and why so, in a few sentences' },
  notes: { type: 'string', description: 'What whoever builds on it must know' },
  followUps: {
    type: 'array',
    description: 'Work that was found to be needed, but is not part of this task',
    items: {
      type: 'object',
      properties: { title: { type: 'string' }, description: { type: 'string' } },
      required: ['title', 'description'],
    },
  },
  question: { type: 'string', description: 'What a person has to decide; only when blocked' },
};

/** The JSON schema of a work answer. */
export const WORK_ANSWER_SCHEMA: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: WORK_PROPERTIES,
  required: ['status', 'summary'],
};

/** The JSON schema of the answer of an agent whose change has met a conflict. */
export const RESOLVE_ANSWER_SCHEMA: Readonly<Record<string, unknown>> = {
  ...WORK_ANSWER_SCHEMA,
  properties: {
    ...WORK_PROPERTIES,
    dropped: {
      type: 'array',
      description: 'Each file in which lines that one side had added are gone on purpose, and why',
      items: {
        type: 'object',
        properties: { file: { type: 'string' }, reason: { type: 'string' } },
        required: ['file', 'reason'],
      },
    },
  },
};

/**
 * Reads a work answer.
 *
 * @param value - What an agent answered.
 * @returns The report, or what is wrong with the answer.
 */
export function readWorkAnswer(value: unknown): AgentReport | { readonly problem: string } {
  if (!isRecord(value)) return { problem: 'the answer is not a JSON object' };
  const status = typeof value['status'] === 'string' ? value['status'].trim().toLowerCase() : '';
  if (status !== 'done' && status !== 'blocked' && status !== 'failed') {
    return { problem: '`status` is none of done, blocked, failed' };
  }
  const { summary, notes, question } = value;
  if (summary !== undefined && typeof summary !== 'string') {
    return { problem: '`summary` is not a text' };
  }
  const parts = [summary, notes].filter((part) => typeof part === 'string' && part.trim() !== '');
  return {
    status,
    summary: storable(parts.join('\n\n').trim(), MAX_SUMMARY),
    question:
      typeof question === 'string' && question.trim() !== ''
        ? storable(question.trim(), MAX_QUESTION)
        : null,
    followUps: readFollowUps(value['followUps']),
    ...readLeftOut(value['dropped']),
  };
}

function readLeftOut(value: unknown): Pick<AgentReport, 'leftOut'> {
  if (!Array.isArray(value)) return {};
  const leftOut: LeftOut[] = [];
  for (const item of value.slice(0, MAX_LEFT_OUT)) {
    if (!isRecord(item) || typeof item['file'] !== 'string') continue;
    const { file, reason } = item;
    if (typeof reason !== 'string' || reason.trim() === '') continue;
    leftOut.push({ file: file.trim(), reason: storable(reason.trim(), MAX_DESCRIPTION) });
  }
  return leftOut.length === 0 ? {} : { leftOut };
}

/**
 * Makes the report of an agent that answered with plain text.
 *
 * @param text - What it said last.
 * @returns The report: done, with the text as its summary.
 */
export function reportFromText(text: string): AgentReport {
  const summary = storable(text.trim(), MAX_SUMMARY);
  return { status: 'done', summary, question: null, followUps: [] };
}

function readFollowUps(value: unknown): AgentReport['followUps'] {
  if (!Array.isArray(value)) return [];
  const found: { title: string; description: string }[] = [];
  for (const item of value.slice(0, MAX_FOLLOW_UPS)) {
    if (!isRecord(item) || typeof item['title'] !== 'string' || item['title'].trim() === '')
      continue;
    const description = typeof item['description'] === 'string' ? item['description'] : '';
    found.push({
      title: storable(item['title'].trim(), MAX_TITLE),
      description: storable(description.trim(), MAX_DESCRIPTION),
    });
  }
  return found;
}

/** Cleaning shortens texts; this much more than fits is looked at. */
const LOOK_AHEAD = 4;

/**
 * Makes what an agent wrote fit to be kept: nothing in it steers a terminal, turns the direction of
 * writing or cannot be seen, and it has a limit.
 *
 * @param text - What it wrote.
 * @param maxChars - How much of its beginning is kept, in UTF-16 units.
 * @returns The text.
 */
export function storable(text: string, maxChars: number): string {
  const head = text.length > maxChars * LOOK_AHEAD ? text.slice(0, maxChars * LOOK_AHEAD) : text;
  return boundedText(cleanText(sanitizeTerminal(head)).trim(), maxChars);
}
