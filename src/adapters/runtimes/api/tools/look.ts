// Listing and searching: bounded, and without following links.

import { closeSync, readSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

import { openFile, ToolError } from './place.ts';
import { globTest, walk } from './walk.ts';

const MAX_LISTED = 1_000;
const MAX_HITS = 200;
const MAX_FILE_BYTES = 2 << 20;
const MAX_LINE_CHARS = 300;
const MAX_PATTERN = 1_000;
/** Patterns that go back and forth over a line for ever are met in the wild. */
const FILE_MS = 1_000;
const SEARCH_MS = 20_000;

/**
 * Lists what is in a folder.
 *
 * @param root - The working directory.
 * @param path - The folder.
 * @param how - How deep, and which names only.
 * @param how.depth - So many folders deep.
 * @param how.glob - Only what it matches.
 * @returns One path a line; folders end in a slash, links in an at sign.
 */
export function listFolder(
  root: string,
  path: string,
  how: { readonly depth: number; readonly glob: string | null },
): string {
  const meant = how.glob === null ? (): boolean => true : globTest(how.glob);
  const lines: string[] = [];
  for (const entry of walk(root, path, how.depth)) {
    if (!meant(entry.path)) continue;
    if (lines.length === MAX_LISTED) return `${lines.join('\n')}\n(there is more: list less)`;
    lines.push(`${entry.path}${SIGNS[entry.kind]}`);
  }
  return lines.length === 0 ? '(nothing)' : lines.join('\n');
}

const SIGNS = { file: '', folder: '/', link: '@', other: '=' } as const;

/**
 * Searches files for lines.
 *
 * @param root - The working directory.
 * @param pattern - A regular expression.
 * @param where - The folder or file, and which files of it only.
 * @param where.path - The folder or file.
 * @param where.glob - Only files that it matches.
 * @returns Path, number and line of each hit.
 */
export function searchFiles(
  root: string,
  pattern: string,
  where: { readonly path: string; readonly glob: string | null },
): string {
  const hitsOf = matcher(pattern);
  const meant = where.glob === null ? (): boolean => true : globTest(where.glob);
  const lines: string[] = [];
  const until = Date.now() + SEARCH_MS;
  for (const path of filesAt(root, where.path)) {
    if (!meant(path)) continue;
    const text = readSmall(root, path);
    for (const [number, line] of text === null ? [] : hitsOf(text)) {
      lines.push(`${path}:${number}: ${line.trim().slice(0, MAX_LINE_CHARS)}`);
      if (lines.length === MAX_HITS) return `${lines.join('\n')}\n(there is more: search less)`;
    }
    if (Date.now() > until) return [...lines, '(stopped: this took too long)'].join('\n');
  }
  return lines.length === 0 ? '(nothing found)' : lines.join('\n');
}

function* filesAt(root: string, path: string): Generator<string> {
  if (readSmall(root, path) !== null) {
    yield path;
    return;
  }
  for (const { path: found, kind } of walk(root, path, 64)) if (kind === 'file') yield found;
}

/** The text of a file that is worth searching; `null` where it is none. */
function readSmall(root: string, path: string): string | null {
  try {
    const { fd, size } = openFile(root, path);
    try {
      if (size > MAX_FILE_BYTES) return null;
      const bytes = Buffer.alloc(size);
      const length = size === 0 ? 0 : readSync(fd, bytes, 0, size, 0);
      return bytes.subarray(0, 8_000).includes(0) ? null : bytes.toString('utf8', 0, length);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof ToolError) return null;
    throw error;
  }
}

type Hits = (readonly [line: number, text: string])[];

const EMPTY: Hits = [];

const SEARCH = new Script(`(() => {
  const lines = text.split('\\n');
  for (let i = 0; i < lines.length && hits.length < most; i += 1) {
    if (test.test(lines[i].slice(0, 10000))) hits.push([i + 1, lines[i].slice(0, 1000)]);
  }
})()`);

function matcher(pattern: string): (text: string) => Hits {
  if (pattern === '' || pattern.length > MAX_PATTERN) throw new ToolError('no usable pattern');
  let test: RegExp;
  try {
    test = new RegExp(pattern, 'u');
  } catch {
    try {
      test = new RegExp(pattern);
    } catch (error) {
      throw new ToolError(`no regular expression: ${String(error)}`);
    }
  }
  const given = { text: '', test, most: MAX_HITS, hits: EMPTY };
  const context = createContext(given);
  return (text) => {
    const hits: Hits = [];
    Object.assign(given, { text, hits });
    try {
      // Only this way can an expression be ended that never would by itself.
      SEARCH.runInContext(context, { timeout: FILE_MS });
      return hits;
    } catch (error) {
      throw new ToolError(`this expression takes too long: ${String(error)}`);
    }
  };
}
