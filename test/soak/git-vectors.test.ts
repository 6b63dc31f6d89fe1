// Every vector by itself, at every place where it can be planted, against everything that tutti does
// with git; and, as the other half of the proof, each of them against somebody careless.

import { describe, expect, test } from 'vitest';

import { PLACES, playAt } from '../hostile/git-play.ts';
import { makeScene } from '../hostile/git-scene.ts';
import { forbidden } from '../hostile/git-sets.ts';
import { VECTORS } from '../hostile/git-vectors.ts';

/** What is theirs by the layout of the repository that a person has given us. */
const ELSEWHERE_BY_LAYOUT: ReadonlySet<string> = new Set([
  'git-objects-symlink',
  'git-gitdir-file',
]);

describe.each(PLACES)('in a %s', (place) => {
  test.each(VECTORS)('$id', async ({ id, ...vector }) => {
    const played = await playAt(place, [{ id, ...vector }]);
    expect(forbidden(place, played.ran)).toEqual([]);
    if (place === 'repository' && ELSEWHERE_BY_LAYOUT.has(id)) return;
    expect(played.written).toEqual([]);
  });
});

describe('whoever is careless is harmed by', () => {
  test.each(VECTORS.filter(({ fired }) => fired))('$id', ({ setup, trigger, check }) => {
    const scene = makeScene();
    scene.sh(`set -eu\n${setup}`);
    scene.sh('rm -f "$CANARY"');
    scene.sh(trigger);
    expect(scene.sh(check)).toBe(0);
  });
});
