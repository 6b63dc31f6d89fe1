// A repository in some lines, for a planner. All names in them are the repository's own words: they
// belong into a fence.

import type { RepositoryMap } from './repository-map.ts';

/** A commit, as far as it tells what goes on. */
export interface RecentChange {
  readonly subject: string;
  readonly files: readonly string[];
}

/** What is known about a repository. */
export interface RepositoryFacts {
  readonly map: RepositoryMap;
  /** Commands by which it seems to test itself. */
  readonly tests: readonly string[];
  /** The latest commits, the newest first. */
  readonly recent: readonly RecentChange[];
}

const MOST_PACKAGES = 30;
const MOST_SUBJECTS = 15;
const MOST_HOT_FILES = 15;
/** A commit of more files is a move or an import, and makes none of them a place where work is done. */
const LARGE_COMMIT = 100;
const LONGEST_NAME = 120;

/**
 * Describes a repository to a planner.
 *
 * @param facts - What is known about it.
 * @returns Some lines of text, each item of them on one line and of bounded length.
 */
export function describeRepository({ map, tests, recent }: RepositoryFacts): string {
  const { fileCount, isCut, folders, packages, workspaces, conventions } = map;
  return [
    `${isCut ? 'more than ' : ''}${fileCount} files`,
    row('Languages', counted(map.languages.slice(0, 8)), 'none found'),
    row('Folders', counted(folders)),
    row('Source', map.source, 'none found'),
    ...[...map.domains].map(([domain, globs]) => row(domain, globs)),
    row('Workspaces', workspaces),
    row('Packages', packageNames(packages)),
    row('Tests are run by', tests),
    row('Conventions, to be kept to', conventions),
    row('Changed most lately', hotFiles(recent)),
    ...subjects(recent),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function row(label: string, items: readonly string[], otherwise = ''): string {
  const text = items.length === 0 ? otherwise : items.map(name).join(', ');
  return text === '' ? '' : `${label}: ${text}`;
}

function counted(
  items: readonly { readonly name: string; readonly files: number }[],
): readonly string[] {
  return items.map((item) => `${name(item.name)} (${item.files})`);
}

function packageNames(packages: RepositoryMap['packages']): readonly string[] {
  const shown = packages.slice(0, MOST_PACKAGES).map((each) => {
    const about = [each.name, each.test].filter((word) => word !== null);
    return about.length === 0 ? each.path : `${each.path} (${about.join(', ')})`;
  });
  const left = packages.length - shown.length;
  return left > 0 ? [...shown, `and ${left} more`] : shown;
}

function hotFiles(recent: readonly RecentChange[]): readonly string[] {
  const changes = new Map<string, number>();
  for (const { files } of recent) {
    if (files.length > LARGE_COMMIT) continue;
    for (const file of files) changes.set(file, (changes.get(file) ?? 0) + 1);
  }
  return [...changes]
    .filter(([, times]) => times > 1)
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : Number(a[0] > b[0])))
    .slice(0, MOST_HOT_FILES)
    .map(([file, times]) => `${name(file)} (${times})`);
}

function subjects(recent: readonly RecentChange[]): readonly string[] {
  if (recent.length === 0) return [];
  return [
    'Latest commits:',
    ...recent.slice(0, MOST_SUBJECTS).map(({ subject }) => `- ${name(subject)}`),
  ];
}

/** One line of bounded length, whatever somebody called a file. */
function name(text: string): string {
  const line = text
    .slice(0, LONGEST_NAME * 4)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length <= LONGEST_NAME ? line : `${line.slice(0, LONGEST_NAME - 1)}…`;
}
