// The merge bases of many commits, pair by pair, in two processes: the part of the history above what
// all of them have in common is read once.

import { git, gitText } from './git.ts';
import type { GitOptions } from './git.ts';

/** Above this the history is not worth reading: nothing is known then. */
const MOST_COMMITS = 20_000;

/** Finds the one merge base of two commits; `null` = there are several, none, or nobody knows. */
export type MergeBases = (one: string, other: string) => string | null;

/**
 * Reads what is needed to find them.
 *
 * @param options - How to call git.
 * @param commits - The commits, in full.
 * @returns Finds the base of each two of them.
 */
export async function mergeBases(
  options: GitOptions,
  commits: readonly string[],
): Promise<MergeBases> {
  if (commits.length < 2) return () => null;
  const common = await git(['merge-base', '--octopus', '--all', ...commits], options);
  const roots = common.code === 0 ? common.stdout.toString('utf8').trim().split('\n') : [];
  const [root] = roots;
  if (root === undefined || roots.length !== 1) return () => null;
  const args = ['rev-list', '--parents', '--topo-order', `--max-count=${MOST_COMMITS + 1}`];
  const listed = await gitText([...args, ...commits, `^${root}`], options);
  const lines = listed === '' ? [] : listed.split('\n');
  if (lines.length > MOST_COMMITS) return () => null;
  const parents = new Map(
    lines.map((line): [string, readonly string[]] => {
      const [id = '', ...others] = line.split(' ');
      return [id, others];
    }),
  );
  const reached = new Map<string, ReadonlySet<string>>();
  const ancestors = (commit: string): ReadonlySet<string> => {
    const known = reached.get(commit);
    if (known !== undefined) return known;
    const found = reachable(parents, commit);
    reached.set(commit, found);
    return found;
  };
  return (one, other) => {
    const mine = ancestors(one);
    const shared = [...ancestors(other)].filter((id) => mine.has(id));
    // `--topo-order` shows no parent before its children: the first one that both have is a best one.
    const best = shared.filter(
      (id) => !shared.some((child) => child !== id && ancestors(child).has(id)),
    );
    return best.length === 1 ? (best[0] ?? null) : null;
  };
}

/** All that a commit has below it, itself too, down to what all have in common. */
function reachable(
  parents: ReadonlyMap<string, readonly string[]>,
  commit: string,
): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [commit];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(parents.get(next) ?? []));
  }
  return found;
}
