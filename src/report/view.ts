// What every text here needs to know about the place where it is shown, and the signs of states.

import type { Run } from '../model/run.ts';
import type { TaskState } from '../model/task.ts';
import type { Style } from '../util/style.ts';
import { cutToWidth, oneLine } from '../util/terminal-text.ts';

/** Where a text is shown. */
export interface View {
  /** Columns. */
  readonly width: number;
  readonly style: Style;
}

type Tone = Exclude<keyof Style, 'bold'> | 'plain';

const SIGNS: Readonly<Record<TaskState, readonly [sign: string, tone: Tone]>> = {
  pending: ['·', 'dim'],
  ready: ['○', 'plain'],
  running: ['●', 'cyan'],
  waiting: ['?', 'yellow'],
  completed: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
  canceled: ['×', 'dim'],
};

const RUN_TONES: Readonly<Record<Run['status']['state'] | 'paused', Tone>> = {
  queued: 'dim',
  planning: 'cyan',
  awaiting_approval: 'yellow',
  approved: 'cyan',
  running: 'cyan',
  canceling: 'yellow',
  completed: 'green',
  failed: 'red',
  canceled: 'dim',
  paused: 'yellow',
};

const tint = (text: string, tone: Tone, style: Style): string =>
  tone === 'plain' ? text : style[tone](text);

/**
 * Draws the sign of a task's state.
 *
 * @param state - The state.
 * @param style - How it is emphasised.
 * @returns One column.
 */
export function stateSign(state: TaskState, style: Style): string {
  const [sign, tone] = SIGNS[state];
  return tint(sign, tone, style);
}

/**
 * Emphasises a text like a task's state.
 *
 * @param text - The text.
 * @param state - The state.
 * @param style - How it is emphasised.
 * @returns The text.
 */
export function inStateTone(text: string, state: TaskState, style: Style): string {
  return tint(text, SIGNS[state][1], style);
}

/**
 * Emphasises a text like a run's state.
 *
 * @param text - The text.
 * @param state - The state, or `paused`.
 * @param style - How it is emphasised.
 * @returns The text.
 */
export function inRunTone(text: string, state: keyof typeof RUN_TONES, style: Style): string {
  return tint(text, RUN_TONES[state], style);
}

/**
 * Fits foreign text into some columns of one line.
 *
 * @param text - What somebody said.
 * @param width - The columns there are.
 * @returns Harmless text, at most so wide.
 */
export function fit(text: string, width: number): string {
  return cutToWidth(oneLine(text), width);
}

/**
 * Tells how long a run has taken so far, or took.
 *
 * @param run - The run.
 * @param now - Epoch milliseconds.
 * @returns Milliseconds.
 */
export function ageOf(run: Pick<Run, 'status' | 'createdAt'>, now: number): number {
  return ('finishedAt' in run.status ? run.status.finishedAt : now) - run.createdAt;
}

/**
 * Shortens a commit's id for people.
 *
 * @param commit - The whole id.
 * @returns Its first seven digits.
 */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/**
 * Quotes a key for a shell: `?` in the key of an ask would be a pattern.
 *
 * @param key - A key.
 * @returns The key as one word of a command.
 */
export function shellKey(key: string): string {
  return key.includes('?') ? `'${key}'` : key;
}
