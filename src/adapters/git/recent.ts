// What was done to a repository lately, as far as it can be read in a moment.

import { randomBytes } from 'node:crypto';

import type { RecentCommit } from '../../ports/repository.ts';
import { git, readable, records } from './git.ts';
import { own } from './layout.ts';
import type { Layout } from './layout.ts';

/** A history that takes longer to read is left where it was cut. */
const LIMIT_MS = 10_000;
const LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Reads the latest commits; what cannot be read, as in a partial clone, is left out.
 *
 * @param layout - Where things are.
 * @param from - The commit to begin with.
 * @param limit - How many at most.
 * @returns The commits, merges left out, the newest first.
 */
export async function recentCommits(
  layout: Layout,
  from: string,
  limit: number,
): Promise<readonly RecentCommit[]> {
  // No subject and no path begins with what nobody can know.
  const mark = `${randomBytes(12).toString('hex')} `;
  const args = [
    'log',
    '-z',
    `--max-count=${limit}`,
    '--no-merges',
    '--no-renames',
    '--name-only',
    `--format=${mark}%s`,
    '--end-of-options',
    from,
    '--',
  ];
  const result = await git(args, { ...own(layout), limit: LIMIT_BYTES, timeoutMs: LIMIT_MS });
  const fields = records(result.stdout);
  const commits: { subject: string; files: string[] }[] = [];
  // Where it was cut, the last name may be.
  for (const field of result.code === 0 ? fields : fields.slice(0, -1)) {
    if (field.startsWith(mark)) {
      commits.push({ subject: readable(field.slice(mark.length)), files: [] });
    } else if (field !== '') {
      const files = commits.at(-1)?.files;
      // A line feed stands between a subject and the first name.
      files?.push(readable(files.length === 0 ? field.replace(/^\n/u, '') : field));
    }
  }
  return commits;
}
