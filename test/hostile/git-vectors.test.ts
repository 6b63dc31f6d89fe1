// Hostile repositories, commits and agents against all that tutti does with git: nothing of theirs is
// run, and nothing is written where it does not belong. All pairs are tried in test/soak.

import { describe, expect, test } from 'vitest';

import { playAt } from './git-play.ts';
import { makeScene } from './git-scene.ts';
import { forbidden, GROUPS, LONERS } from './git-sets.ts';
import { VECTORS } from './git-vectors.ts';
import type { Vector } from './git-vectors.ts';

const ALL = GROUPS.flat();

test.each(GROUPS.map((group, at) => ({ group, at })))(
  'in the repository: group $at',
  async ({ group }) => {
    const played = await playAt('repository', group);
    expect(played.planted.length).toBeGreaterThan(group.length / 2);
    expect(forbidden('repository', played.ran)).toEqual([]);
    expect(played.written).toEqual([]);
    expect(played.outcomes.get('workspace')).toBe('ok');
  },
);

test.each(['clone', 'worktree', 'submodule'] as const)('in a %s, all at once', async (place) => {
  const played = await playAt(place, ALL);
  expect(played.planted.length).toBeGreaterThan(ALL.length / 3);
  expect(forbidden(place, played.ran)).toEqual([]);
  expect(played.written).toEqual([]);
  expect(played.outcomes.get('look')).toBe('ok');
});

/** Where each does the most harm, and how tutti gets out of it; the rest is tried in test/soak. */
const HARDEST: readonly (readonly [string, 'repository' | 'clone', RegExp])[] = [
  ['own-dir', 'repository', /^(?!.*refused)/u],
  ['own-dir-common', 'repository', /^(?!.*refused)/u],
  ['own-folder-link', 'repository', /open: .*tutti is a link/u],
  ['refs-link', 'repository', /open: .*refs\/tutti is a link/u],
  ['promisor-file', 'repository', /^(?!.*refused)/u],
  ['promisor-ext', 'repository', /^(?!.*refused)/u],
  ['git-core-worktree', 'repository', /open: core\.worktree .* does not lead back/u],
  ['git-head-broken-parent', 'repository', /open: .* is no repository, and git takes/u],
  ['git-tree-dotgit', 'repository', /workspace: .*invalid path/u],
  ['git-ssh-command', 'repository', /push: .*core\.sshcommand/u],
  ['git-gitdir-file', 'clone', /^(?!.*workspace:)/u],
  ['git-nested-repo-filter', 'clone', /workspace: a repository inside/u],
  ['git-submodule-url-dash', 'clone', /workspace: \.gitmodules names/u],
];

test.each(HARDEST)('%s in a %s', async (id, place, expected) => {
  const played = await playAt(place, [vector(id)]);
  expect(played.planted).toEqual([id]);
  expect(forbidden(place, played.ran)).toEqual([]);
  expect(played.written).toEqual([]);
  const refused = [...played.outcomes].filter(([, how]) => how !== 'ok');
  expect(refused.map(([what, how]) => `${what}: ${how}`).join('\n')).toMatch(expected);
});

describe('whoever is careless is harmed:', () => {
  test.each(['repository', 'clone'] as const)('by doing all that in a %s', async (place) => {
    const seen = new Set<string>();
    for (const group of GROUPS.slice(0, 2)) {
      for (const one of (await playAt(place, group, true)).ran) seen.add(one.split(' ')[0] ?? '');
    }
    expect(seen.size).toBeGreaterThanOrEqual(2);
  });

  test.each(['own-dir', 'promisor-file', 'promisor-ext', 'fsmonitor', 'every-hook'])(
    'by %s',
    (id) => expect(isHarmedBy(vector(id))).toBe(true),
  );
});

test('the collection is whole', () => {
  expect(ALL.length + LONERS.length).toBe(VECTORS.length);
  expect(new Set(VECTORS.map(({ id }) => id)).size).toBe(VECTORS.length);
  expect(VECTORS.length).toBeGreaterThanOrEqual(92);
});

function vector(id: string): Vector {
  const found = VECTORS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
}

/** Does what somebody careless does. */
function isHarmedBy({ setup, trigger, check }: Vector): boolean {
  const scene = makeScene();
  scene.sh(`set -eu\n${setup}`);
  scene.sh('rm -f "$CANARY"');
  scene.sh(trigger);
  return scene.sh(check) === 0;
}
