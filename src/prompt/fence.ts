// What somebody else wrote reaches a prompt only inside a fence: a block that is closed by a
// delimiter nobody could know beforehand, and in which nothing looks like that delimiter.

import { cleanText } from '../util/clean-text.ts';
import { singleLine } from '../util/single-line.ts';
import { findLookAlikes } from './look-alike.ts';

/** A piece of foreign text with a line that says what it is. */
export interface FencedPart {
  readonly heading: string;
  readonly text: string;
  /** Parts of a lower number have what they need before others get anything; left out: 1. */
  readonly tier?: number;
}

/** The fence of one prompt. */
export interface Fence {
  /** Random letters and digits, at least 12, new for every prompt. */
  readonly delimiter: string;
}

/** The block that what other agents wrote is in. */
const FENCE_NAME = 'completed-dependencies';
/** Breaks a look-alike: seen by everybody, and no letter is lost. */
const BREAK = '[not-a-tag]';
const CUT = '[cut: the rest was left out]';
/** Cleaning shortens texts; this much more than fits is looked at. */
const LOOK_AHEAD = 4;

/**
 * Makes the fence of one prompt.
 *
 * @param random - A random text, such as a UUID; only its letters and digits count.
 * @returns The fence.
 */
export function createFence(random: string): Fence {
  const delimiter = random.replaceAll(/[^A-Za-z0-9]/gu, '');
  if (delimiter.length < 12) throw new Error('a delimiter needs at least 12 letters and digits');
  return { delimiter };
}

/**
 * Puts foreign texts into a fence.
 *
 * @param name - What the block holds, as a tag: `completed-dependencies`.
 * @param parts - The texts; those of a tier share the budget, short ones leave theirs to long ones.
 * @param budget - The longest block, in UTF-16 units, its tags included.
 * @param fence - The prompt's fence.
 * @returns The block; empty when nothing is to be fenced or the budget holds nothing.
 */
export function fenced(
  name: string,
  parts: readonly FencedPart[],
  budget: number,
  fence: Fence,
): string {
  const open = `<${name} ${fence.delimiter}>\n`;
  const close = `\n</${name} ${fence.delimiter}>`;
  const room = budget - open.length - close.length;
  if (parts.length === 0 || room < CUT.length) return '';
  const cleaned = parts.map(({ heading, text, tier = 1 }) => ({
    heading: cleanLine(heading),
    text: cleanText(head(text, room * LOOK_AHEAD)).trim(),
    tier,
  }));
  const shares = shareByTier(
    cleaned.map(({ heading, text, tier }) => ({ need: heading.length + text.length + 6, tier })),
    room,
  );
  const body = cleaned
    .map(({ heading, text }, index) => cut(`## ${heading}\n${text}`, (shares[index] ?? 0) - 2))
    .filter((part) => part !== '')
    .join('\n\n');
  // All at once, and last: what is harmless in two parts may not be when they meet.
  return `${open}${cut(defused(body, [name, fence.delimiter]), room)}${close}`;
}

/**
 * Makes a short text of somebody else fit for a line of a prompt outside of its fences.
 *
 * @param text - A title, a name, a path.
 * @param fence - The prompt's fence.
 * @param max - The longest line, in UTF-16 units.
 * @returns One line.
 */
export function inLine(text: string, fence: Fence, max = 300): string {
  const line = defused(cleanLine(head(text, max * LOOK_AHEAD)), [fence.delimiter, FENCE_NAME]);
  return line.length <= max ? line : `${head(line, max - 1)}…`;
}

/**
 * Makes a longer text that a person approved fit for a prompt outside of its fences.
 *
 * @param text - A goal, a description.
 * @param fence - The prompt's fence.
 * @param max - How much of it, in UTF-16 units.
 * @returns The text.
 */
export function inBlock(text: string, fence: Fence, max: number): string {
  const cleaned = cleanText(head(text, max * LOOK_AHEAD)).trim();
  return cut(defused(cleaned, [fence.delimiter, FENCE_NAME]), max);
}

function cleanLine(text: string): string {
  return singleLine(cleanText(text));
}

function defused(text: string, words: readonly string[]): string {
  const backwards = words.map((word) => word.split('').toReversed().join(''));
  let result = '';
  let from = 0;
  for (const { start, end } of findLookAlikes(text, [...words, ...backwards])) {
    const middle = characterBoundary(text, Math.floor((start + end) / 2));
    if (isProse(text, start, end)) continue;
    result += text.slice(from, middle) + BREAK;
    from = middle;
  }
  return result + text.slice(from);
}

/** "The completed dependencies are …" is a sentence: plain words, one space, and no sign before. */
function isProse(text: string, start: number, end: number): boolean {
  if (!/^[A-Za-z][a-z]+ [a-z]+$/u.test(text.slice(start, end))) return false;
  return /(?:^|[\p{L}\p{N}.,:;!?] |\n)$/u.test(text.slice(Math.max(0, start - 3), start));
}

function head(text: string, length: number): string {
  return text.slice(0, characterBoundary(text, length));
}

/** Not between the halves of a character. */
function characterBoundary(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && at > 0 ? at - 1 : at;
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  if (length < CUT.length + 1) return '';
  const kept = head(text, length - CUT.length - 1).replace(/(?:\u{200c}|\u{200d}|\u{fe0f})+$/u, '');
  return `${kept}\n${CUT}`;
}

function shareByTier(
  parts: readonly { readonly need: number; readonly tier: number }[],
  budget: number,
): readonly number[] {
  const given = parts.map(() => 0);
  let left = budget;
  for (const tier of [...new Set(parts.map((part) => part.tier))].toSorted((a, b) => a - b)) {
    const indexes = parts.flatMap((part, index) => (part.tier === tier ? [index] : []));
    const shares = share(
      indexes.map((index) => parts[index]?.need ?? 0),
      left,
    );
    for (const [at, index] of indexes.entries()) given[index] = shares[at] ?? 0;
    left -= shares.reduce((sum, mine) => sum + mine, 0);
  }
  return given;
}

/**
 * Shares a budget: everybody gets what they need up to the same level.
 *
 * @param needs - What each would take.
 * @param budget - What there is.
 * @returns What each gets.
 */
function share(needs: readonly number[], budget: number): readonly number[] {
  let left = budget;
  let sharers = needs.length;
  const given = needs.map(() => 0);
  const order = needs.map((need, index) => ({ need, index })).toSorted((a, b) => a.need - b.need);
  for (const { need, index } of order) {
    const mine = Math.min(need, Math.floor(left / sharers));
    given[index] = mine;
    left -= mine;
    sharers -= 1;
  }
  return given;
}
