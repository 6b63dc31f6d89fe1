// Which vectors can be tried together, and what tutti is expected to do about each.

import { VECTORS } from './git-vectors.ts';
import type { Vector } from './git-vectors.ts';

/** They change what a repository is, or come to an end of their own: nothing else can be planted there. */
const ALONE: ReadonlySet<string> = new Set(
  `git-gitdir-file git-commondir git-core-worktree git-core-worktree-clean git-core-worktree-toplevel
  git-objects-symlink git-head-outside git-head-broken-parent git-submodule-update-cmd
  git-submodule-url-dash git-reflog-symlink git-nested-repo-status git-nested-repo-filter git-tree-dotgit
  git-huge-index-dir git-sparse-hide git-fifo-in-tree git-promisor-lazy-fetch
  git-promisor-upload-pack git-credential-helper git-tag-ambiguity own-dir own-dir-common
  own-dir-link own-folder-link refs-link promisor-file promisor-ext required-filter index-damaged
  branch-option remote-option replace git-grafts git-filter-process git-fetch-out-of-hostile`
    .split(/\s+/u)
    .filter(Boolean),
);

/**
 * The filters of the person whose clone it is run in one operation: when a merge brings their own
 * checkout along, as with any git of theirs.
 */
const FILTERS: ReadonlySet<string> = new Set([
  'git-filter-clean',
  'git-filter-smudge',
  'git-filter-process',
  'git-attributes-file',
  'git-fetch-out-of-hostile',
  'required-filter',
]);

/**
 * Finds what ran although it must not.
 *
 * @param place - Where it was planted.
 * @param ran - What ran, `vector operation` each.
 * @returns What is wrong.
 */
export function forbidden(place: string, ran: readonly string[]): readonly string[] {
  // A linked work tree shares `.git/config`; only the sandbox, which is off here, keeps agents from it.
  const isTheirConfiguration = place === 'repository' || place === 'worktree';
  return ran.filter((one) => {
    const [id = '', operation] = one.split(' ');
    const isTheirs = id === 'global-filter' || (isTheirConfiguration && FILTERS.has(id));
    return !(isTheirs && operation === 'follow');
  });
}

/** Those that are tried one by one. */
export const LONERS: readonly Vector[] = VECTORS.filter(({ id }) => ALONE.has(id));

/** The others, in groups in which none takes the place of another. */
export const GROUPS: readonly (readonly Vector[])[] = grouped(
  VECTORS.filter(({ id }) => !ALONE.has(id)),
);

function grouped(vectors: readonly Vector[]): readonly (readonly Vector[])[] {
  const groups: { members: Vector[]; used: Set<string> }[] = [];
  for (const vector of vectors) {
    const uses = usedBy(vector);
    let group = groups.find(({ used }) => uses.every((one) => !used.has(one)));
    if (group === undefined) groups.push((group = { members: [], used: new Set() }));
    group.members.push(vector);
    for (const one of uses) group.used.add(one);
  }
  // Whoever makes commits does so before anything is there that would keep it from that.
  return groups.map(({ members }) => members.toSorted((a, b) => commits(a) - commits(b)));
}

function commits({ setup }: Vector): number {
  return /commit|checkout/u.test(setup) ? 0 : 1;
}

/** Settings, and files of the git directory, that it sets. */
function usedBy({ setup }: Vector): readonly string[] {
  const settings = [...setup.matchAll(/config (?:--global )?"?([\w.]+)/gu)].map(([, key]) => key);
  const files = [...setup.matchAll(/(?:\.git\/\S+|\.gitattributes|remote set-url|filter=\w)/gu)];
  return [...settings, ...files.map(([file]) => file)].flatMap((one) => one ?? []);
}
