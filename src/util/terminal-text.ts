// Text on a terminal: how wide it is, and how to keep foreign words from steering the terminal.

/* eslint-disable no-control-regex -- control characters are what this file is about */

// Sequences go as a whole, so that no "[31m" stays behind. What is not closed on its own line loses
// its introducer only: an agent must not be able to hide what follows.
const SEQUENCES =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u0090\u0098\u009C-\u009F\n]*(?:\u0007|\u001B\\|\u009C)|\u001B[ -/]+[0-~]/gu;
// Bidirectional and invisible format characters; the joiners stay, emoji and Persian need them.
const CONTROLS =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]/gu;

/**
 * Makes foreign text harmless for a terminal: escape sequences, control and bidirectional
 * characters are removed; only line feeds and tabs stay. A lone carriage return becomes a line feed.
 *
 * @param text - What an agent, a tool or a repository said.
 * @returns The text without anything that a terminal would obey.
 */
export function sanitizeTerminal(text: string): string {
  return text
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/gu, '\n')
    .replaceAll(SEQUENCES, '')
    .replaceAll(CONTROLS, '')
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

// Longer text is never shown on one line, and a frame may have a thousand of them.
const LINE_LIMIT = 4096;

/**
 * Makes foreign text harmless and puts it on one line.
 *
 * @param text - What somebody said; only its first 4,096 characters count.
 * @returns One line without control characters, ends trimmed.
 */
export function oneLine(text: string): string {
  return sanitizeTerminal(text.slice(0, LINE_LIMIT)).replaceAll(/\s+/gu, ' ').trim();
}

/**
 * Puts a text on one line with nothing left out: for commands that a person is to approve, where
 * what is hidden could be what matters.
 *
 * @param text - A command, say.
 * @returns One line; control and bidirectional characters are written as `\u{…}`.
 */
export function spellOut(text: string): string {
  return text
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD')
    .replaceAll('\n', ' ⏎ ')
    .replaceAll(CONTROLS, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
    .replaceAll(
      /[\t\r\u2028\u2029]/gu,
      (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
    );
}

let segmenter: Intl.Segmenter | undefined;

/** Made when it is first needed: that takes milliseconds which most texts can do without. */
function clusters(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

// Latin, dashes, arrows, lines and blocks: one code unit is one column, and nothing combines.
const SIMPLE =
  /^[ -~\u00A1-\u00AC\u00AE-\u02AF\u2010-\u2027\u2190-\u2193\u2500-\u25A9\u25CB\u25CF\u2713\u2717]*$/u;
const NO_WIDTH = /^[\p{Mark}\p{Control}\p{Format}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\uFE0F/u;
// East Asian Wide and Fullwidth, by block; ambiguous characters count as narrow, as terminals do
// unless they are told otherwise.
const WIDE =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]/u;
// A cluster of more marks than any script needs is somebody's joke on the screen.
const CLUSTER_LIMIT = 32;

function clusterWidth(cluster: string): number {
  if (NO_WIDTH.test(cluster)) return 0;
  return WIDE.test(cluster) || EMOJI.test(cluster) ? 2 : 1;
}

/**
 * Counts the columns that a text takes on a terminal.
 *
 * @param text - One line without control characters.
 * @returns The number of columns.
 */
export function displayWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const { segment } of clusters(text)) width += clusterWidth(segment);
  return width;
}

/**
 * Cuts a line to a number of columns; what was cut ends with an ellipsis.
 *
 * @param text - One line without control characters.
 * @param width - The columns there are; less than 1 gives nothing.
 * @returns The text, at most so wide.
 */
export function cutToWidth(text: string, width: number): string {
  if (SIMPLE.test(text)) {
    if (text.length <= width) return text;
    return width < 1 ? '' : `${text.slice(0, width - 1).trimEnd()}…`;
  }
  let [kept, columns, fitting] = ['', 0, ''];
  for (const { segment } of clusters(text)) {
    const cluster =
      segment.length > CLUSTER_LIMIT ? String.fromCodePoint(segment.codePointAt(0) ?? 32) : segment;
    columns += clusterWidth(cluster);
    if (columns > width) return width < 1 ? '' : `${fitting.trimEnd()}…`;
    kept += cluster;
    if (columns < width) fitting = kept;
  }
  return kept;
}

/**
 * Cuts or pads a line to exactly so many columns.
 *
 * @param text - One line without control characters.
 * @param width - The columns.
 * @returns The text, exactly so wide.
 */
export function padToWidth(text: string, width: number): string {
  const cut = cutToWidth(text, width);
  return cut + ' '.repeat(Math.max(0, width - displayWidth(cut)));
}

function breakWord(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let [piece, columns] = ['', 0];
  for (const { segment } of clusters(word)) {
    const wide = clusterWidth(segment);
    if (piece !== '' && columns + wide > width) {
      pieces.push(piece);
      [piece, columns] = ['', 0];
    }
    piece += segment;
    columns += wide;
  }
  return [...pieces, piece];
}

/**
 * Breaks a line at its spaces into lines of at most so many columns; nothing of it is lost.
 *
 * @param text - One line without control characters.
 * @param width - The columns there are; a word that is wider is broken.
 * @returns The lines.
 */
export function wrapToWidth(text: string, width: number): string[] {
  const lines: string[] = [];
  let [line, columns] = ['', 0];
  for (const piece of text.split(' ').flatMap((word) => breakWord(word, Math.max(2, width)))) {
    const wide = displayWidth(piece);
    if (line === '') [line, columns] = [piece, wide];
    else if (columns + 1 + wide <= width)
      [line, columns] = [`${line} ${piece}`, columns + 1 + wide];
    else {
      lines.push(line);
      [line, columns] = [piece, wide];
    }
  }
  return line === '' ? lines : [...lines, line];
}
