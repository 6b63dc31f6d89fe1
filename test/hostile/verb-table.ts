// Which vectors are planted where, for every verb to be given: a line of the table is one story.

import { GROUPS, LONERS } from './git-sets.ts';
import type { Vector } from './git-vectors.ts';
import type { Setting, VerbsPlayed } from './verb-play.ts';

/** A line of the table. */
interface Line {
  readonly name: string;
  readonly setting: Setting;
  /** Each planted by itself: by agents, in submodules; in a repository there is only one. */
  readonly sets: readonly (readonly Vector[])[];
}

/** Agents at once that a small machine can bear. */
const CROWD = 14;

const ONE_BY_ONE: readonly (readonly Vector[])[] = [...GROUPS, ...LONERS.map((one) => [one])];

function line(setting: Setting, sets: Line['sets']): Line {
  const { place, mode, sandbox } = setting;
  const [only = []] = sets;
  const what =
    sets.length === 1 && only.length === 1
      ? (only[0]?.id ?? '')
      : `${sets.flat().length} at ${sets.length === 1 ? 'one place' : `${sets.length} places`}`;
  const how = place === 'agent' ? `agent in a ${mode}, sandbox ${sandbox}` : place;
  return { name: `${how}: ${what}`, setting, sets };
}

function crowds(sets: Line['sets']): readonly Line['sets'][] {
  const found: Line['sets'][] = [];
  for (let at = 0; at < sets.length; at += CROWD) found.push(sets.slice(at, at + CROWD));
  return found;
}

/** In linked work trees these leave a repository behind with which nobody can go on. */
const BREAKERS = /^(?:git-core-worktree|git-promisor|promisor-|git-tree-dotgit|git-huge-index)/u;

/** Without a sandbox, linked work trees share a configuration, so that one could hide another. */
const SHARED: readonly Line['sets'][] = [
  ...GROUPS.map((set) => [set]),
  ...crowds(LONERS.filter(({ id }) => !BREAKERS.test(id)).map((one) => [one])),
  ...LONERS.filter(({ id }) => BREAKERS.test(id)).map((one) => [[one]]),
];

const CLONE = { mode: 'clone', sandbox: 'off' } as const;

/** Everything, everywhere. */
export const TABLE: readonly Line[] = [
  ...ONE_BY_ONE.map((set) => line({ place: 'repository', ...CLONE, brief: set.length < 3 }, [set])),
  ...crowds(ONE_BY_ONE).map((sets) => line({ place: 'submodule', ...CLONE }, sets)),
  ...crowds(ONE_BY_ONE).map((sets) => line({ place: 'agent', ...CLONE }, sets)),
  ...crowds(ONE_BY_ONE).map((sets) => line({ place: 'agent', mode: 'clone', sandbox: 'on' }, sets)),
  ...crowds(ONE_BY_ONE).map((sets) =>
    line({ place: 'agent', mode: 'worktree', sandbox: 'on' }, sets),
  ),
  ...SHARED.map((sets) =>
    line({ place: 'agent', mode: 'worktree', sandbox: 'off', brief: sets.flat().length < 3 }, sets),
  ),
];

/** The lines in which most can happen, for every day. */
export const SAMPLE: readonly Line[] = [
  line({ place: 'repository', ...CLONE, brief: true }, GROUPS.slice(0, 1)),
  line({ place: 'agent', mode: 'clone', sandbox: 'on', brief: true }, GROUPS.slice(0, 2)),
  line({ place: 'agent', mode: 'worktree', sandbox: 'off', brief: true }, GROUPS.slice(0, 1)),
];

/**
 * Finds what must not be: whatever ran, was written, or was not said as it should be. A filter in the
 * person's own configuration is theirs.
 *
 * @param played - What came of a story.
 * @returns What is wrong.
 */
export function amiss({ ran, written, wrong }: VerbsPlayed): readonly string[] {
  const foreign = ran.filter((one) => !one.startsWith('global-filter: merge'));
  return [...foreign.map((one) => `ran ${one}`), ...written, ...wrong];
}
