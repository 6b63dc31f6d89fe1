// What names, texts and globs in a plan may look like. Plans come from models and from files of
// strangers: whatever could steer a terminal, leave the repository or fool a reader is refused.

/** How long a goal may be, in characters. */
export const GOAL_LIMIT = 20_000;

// Controls, bidirectional overrides, lone surrogates and invisible tag characters; the joiners stay,
// emoji and Persian need them. A text may have line feeds and tabs, a line may not.
const TRICKS =
  /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/u;
const ID = /^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9]))*$/u;

/** What makes an id, or any other name in a plan, safe. */
export const NAME_RULE = 'letters, digits, "-", "_" and "." between them, at most 64';

/**
 * Tells whether a name is safe wherever it may end up: a path, a branch, a shell, a table.
 *
 * @param text - An id of a task, the name of a lock.
 * @returns Whether it may be used.
 */
export function isSafeName(text: string): boolean {
  return text.length <= 64 && ID.test(text);
}

/**
 * Tells whether a text is free of characters that are not to be read.
 *
 * @param text - A text of several lines.
 * @returns Whether it may be used.
 */
export function isPlainText(text: string): boolean {
  return !TRICKS.test(text.replaceAll(/\r?\n|\t/gu, ' '));
}

/**
 * Tells whether a text is a single line free of characters that are not to be read.
 *
 * @param text - A title.
 * @returns Whether it may be used.
 */
export function isPlainLine(text: string): boolean {
  return text.trim() !== '' && !TRICKS.test(text);
}

/**
 * Finds what is wrong with a glob of a task's files.
 *
 * @param glob - Such as `src/auth/**`, relative to the repository.
 * @returns What is wrong, or `null`.
 */
export function flawOfGlob(glob: string): string | null {
  if (!isPlainLine(glob)) return 'must be one line of text';
  if (glob.includes('\\')) return 'separates folders by "/", not by a backslash';
  if (/^(?:\/|~|[A-Za-z]:)/u.test(glob)) return 'must be relative to the repository';
  if (glob.startsWith('!')) return 'cannot exclude files';
  for (const segment of glob.split('/')) {
    if (/^\.\.$|[{,]\.\.[},]/u.test(segment)) return 'must stay in the repository';
    // As case-folding file systems see it, and those that ignore invisible characters.
    const seen = segment
      .replaceAll(/\p{Cf}/gu, '')
      .toLowerCase()
      .replace(/[ .]+$/u, '');
    if (seen === '.git' || seen === 'git~1') return 'must not reach into .git';
  }
  return null;
}

/**
 * Makes one line of a text, fit for a title.
 *
 * @param text - A goal, of any length.
 * @param max - The longest line, in UTF-16 units.
 * @returns The line; `…` at its end where it was cut.
 */
export function cleanLine(text: string, max: number): string {
  const line = text
    .slice(0, max * 4)
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(new RegExp(TRICKS, 'gu'), '')
    .trim();
  if (line === '') return 'The goal';
  if (line.length <= max) return line;
  return `${line.slice(0, max - 1).replace(/[\uD800-\uDBFF]$|\s+\S*$/u, '')}…`;
}
