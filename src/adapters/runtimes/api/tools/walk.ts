// Goes through a folder without following links.

import { readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';

import { isGitFolder, openListed, ToolError } from './place.ts';

/** One thing in a folder. */
export interface Entry {
  /** From the working directory. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/** They hold far more than anybody wrote, and are named when they are meant. */
const DEEP: ReadonlySet<string> = new Set(['node_modules', '.venv', '__pycache__']);
/** No project has more; a loop of mounts might. */
const MAX_ENTRIES = 200_000;

/**
 * Lists everything below a folder, breadth first, so that what is near comes first.
 *
 * @param root - The working directory.
 * @param path - Where to begin.
 * @param depth - So many folders deep.
 * @returns The entries.
 * @yields Each in the order of the names.
 */
export function* walk(root: string, path: string, depth: number): Generator<Entry> {
  let level = [{ at: path, first: true }];
  let count = 0;
  for (let deep = 0; deep < depth && level.length > 0; deep += 1) {
    const next: typeof level = [];
    for (const { at, first } of level) {
      for (const entry of entriesOf(root, at, first)) {
        count += 1;
        if (count > MAX_ENTRIES) return;
        yield entry;
        const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
        if (entry.kind === 'folder' && !DEEP.has(name)) next.push({ at: entry.path, first: false });
      }
    }
    level = next;
  }
}

function entriesOf(root: string, path: string, mustBeThere: boolean): Entry[] {
  try {
    const folder = openListed(root, path);
    try {
      const found = readdirSync(folder.path, { withFileTypes: true });
      return found
        .filter(({ name }) => !isGitFolder(name))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((entry) => ({ path: join(folder.shown, entry.name), kind: kindOf(entry) }));
    } finally {
      folder.close();
    }
  } catch (error) {
    // What goes while one looks is simply not there.
    if (mustBeThere || !(error instanceof ToolError)) throw error;
    return [];
  }
}

function kindOf(entry: Dirent): Entry['kind'] {
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : 'other';
}

/**
 * Makes a test of paths from a pattern such as `src/**\/*.ts`.
 *
 * @param pattern - `*` stays in a folder, `**` does not, `?` is one character, `{a,b}` either.
 * @returns Tells whether a path is meant; a pattern without a slash is held against the last name.
 */
export function globTest(pattern: string): (path: string) => boolean {
  if (pattern.length > 500) throw new ToolError('this pattern is too long');
  let depth = 0;
  const source = pattern
    .replace(/^\.\//u, '')
    .replaceAll(/\*\*\/|\*+|\?|[{},]|[.+^$()|[\]\\]/gu, (part) => {
      if (part === '**/') return '(?:[^/]+/)*';
      if (part === '*') return '[^/]*';
      if (part.startsWith('**')) return '.*';
      if (part === '?') return '[^/]';
      if (part === '{') {
        depth += 1;
        return '(?:';
      }
      if (part === '}' && depth > 0) {
        depth -= 1;
        return ')';
      }
      if (part === ',') return depth > 0 ? '|' : ',';
      return `\\${part}`;
    });
  if (depth > 0) throw new ToolError('this pattern has an open brace');
  const test = new RegExp(`^${source}$`, 'u');
  const whole = pattern.includes('/');
  return (path) => test.test(whole ? path : path.slice(path.lastIndexOf('/') + 1));
}
