// Questions and approvals that wait for a person, with the command that answers each.

import type { Ask } from '../model/ask.ts';
import { formatDuration, plural } from '../util/amount.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
import { fit, shellKey } from './view.ts';
import type { View } from './view.ts';

/** Of both sides of a conflict so many lines are shown; the task's own page has them all. */
const MOST_SIDE_LINES = 60;

/**
 * Tells how to answer an ask.
 *
 * @param ask - The question or approval.
 * @returns A command line.
 */
export function answerCommand(ask: Ask): string {
  if (ask.kind === 'approval' || ask.kind === 'plan') return `tutti approve ${ask.task ?? ask.run}`;
  // Only plain words can stand in a command without a person thinking about quotes.
  const choice = ask.choices.find((text) => /^[a-z]{1,20}$/u.test(text));
  return `tutti answer ${shellKey(ask.key)} ${choice ?? '"…"'}`;
}

/**
 * Shows one ask.
 *
 * @param ask - The question or approval.
 * @param now - Epoch milliseconds.
 * @param view - Where it is shown.
 * @returns Lines.
 */
export function askLines(ask: Ask, now: number, { width, style }: View): string[] {
  const about = [ask.task ?? ask.run, ask.kind, formatDuration(now - ask.createdAt)].join('  ');
  const named = ask.choices.map((choice) => oneLine(choice));
  const choices = named.length > 0 && ask.freeText ? [...named, '…'] : named;
  return [
    `${style.yellow('?')} ${style.bold(ask.key)}  ${style.dim(about)}`,
    ...questionLines(ask, width - 4).map((line) => `    ${line}`),
    ...(choices.length > 0 ? [style.dim(`    ${fit(choices.join(' | '), width - 4)}`)] : []),
    ...byHandLines(ask, style),
    `    ${answerCommand(ask)}`,
  ];
}

/** A conflict can be put together in an editor as well. */
function byHandLines({ kind, key, task, status }: Ask, style: View['style']): readonly string[] {
  if (kind !== 'conflict' || status.state !== 'open') return [];
  return [style.dim(`    by hand: tutti resolve ${shellKey(task ?? key)}, then answer: done`)];
}

/** Both sides of a conflict are shown line by line; anything else is a sentence. */
function questionLines({ kind, question }: Ask, width: number): readonly string[] {
  if (kind !== 'conflict') return wrapToWidth(oneLine(question), width);
  const [first = '', ...sides] = question.split('\n');
  const shown = sides.slice(0, MOST_SIDE_LINES).map((line) => {
    const indent = /^ {0,8}/u.exec(line)?.[0] ?? '';
    return `${indent}${fit(oneLine(line), width - indent.length)}`;
  });
  const more = sides.length > shown.length ? [`… ${sides.length - shown.length} lines more`] : [];
  return [...wrapToWidth(oneLine(first), width), ...shown, ...more];
}

/**
 * Shows what waits for a person: `tutti asks`.
 *
 * @param asks - The open asks, oldest first.
 * @param now - Epoch milliseconds.
 * @param view - Where it is shown.
 * @returns The text, without a line feed at its end.
 */
export function renderAsks(asks: readonly Ask[], now: number, view: View): string {
  if (asks.length === 0) return 'Nothing waits for you.';
  const head = `${plural(asks.length, 'question')} ${asks.length === 1 ? 'waits' : 'wait'} for you`;
  return [view.style.bold(head), ...asks.flatMap((ask) => ['', ...askLines(ask, now, view)])].join(
    '\n',
  );
}
