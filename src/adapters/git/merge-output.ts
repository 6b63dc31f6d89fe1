// What `git merge-tree -z --name-only --messages` prints after the tree.

import { readable } from './git.ts';

/** Of one merge. */
export interface MergeOutput {
  /** In conflict, each once, sorted. */
  readonly files: readonly string[];
  readonly messages: string;
  /** The first field after it. */
  readonly end: number;
}

/**
 * Reads what a merge said: where it was not clean the paths in conflict and an empty field, then the
 * messages (number of paths, paths, kind, text) up to an empty field.
 *
 * @param fields - The output in its fields.
 * @param from - The first field after the tree.
 * @param isClean - Whether git said so.
 * @returns The paths in conflict, and the texts.
 */
export function readMerge(fields: readonly string[], from: number, isClean: boolean): MergeOutput {
  let at = from;
  const files = new Set<string>();
  if (!isClean) {
    for (; at < fields.length && fields[at] !== ''; at += 1) files.add(readable(fields[at] ?? ''));
    at += 1;
  }
  const texts: string[] = [];
  const named: string[] = [];
  while (at < fields.length && fields[at] !== '') {
    const paths = at + 1 + Number(fields[at]);
    const [kind = '', text = ''] = fields.slice(paths, paths + 2);
    if (kind.startsWith('CONFLICT')) named.push(...fields.slice(at + 1, paths));
    texts.push(readable(text));
    at = paths + 2;
  }
  // A folder that was split in two has no path with two sides: what is said of it names it.
  if (!isClean && files.size === 0) for (const path of named) files.add(readable(path));
  const sorted = [...files].toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  return { files: sorted, messages: texts.join(''), end: at + 1 };
}
