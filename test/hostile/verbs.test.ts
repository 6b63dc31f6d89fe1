// Hostile repositories and agents against every verb, through the built program. The whole table is tried
// in test/soak.

import { describe, expect, test } from 'vitest';

import { found, skipped } from '../sandbox.ts';
import { VECTORS } from './git-vectors.ts';
import { playVerbs } from './verb-play.ts';
import { amiss, SAMPLE, TABLE } from './verb-table.ts';

/** Dozens of processes each. */
const LONG_MS = 300_000;

describe('nothing of theirs is run or written outside, whatever verb is given:', () => {
  for (const { name, setting, sets } of SAMPLE) {
    const isSkipped = setting.sandbox === 'on' && !found.works;
    test.skipIf(isSkipped)(
      `${name}${isSkipped ? skipped : ''}`,
      async () => {
        const played = await playVerbs(setting, sets);
        expect(amiss(played)).toEqual([]);
        expect(played.planted.length).toBeGreaterThan(sets.flat().length / 3);
        // An agent that nothing holds can move the person's branches where it likes.
        if (setting.mode === 'worktree') return;
        const merges = played.outcomes.filter(({ verb }) => verb.startsWith('merge'));
        expect(merges.at(-1)?.code, merges.at(-1)?.stderr).toBe(0);
      },
      LONG_MS,
    );
  }
});

test('the table has every vector at every place', () => {
  const ids = VECTORS.map(({ id }) => id).toSorted();
  const kinds = new Map<string, string[]>();
  for (const { setting, sets } of TABLE) {
    const { place, mode, sandbox } = setting;
    const kind = `${place} ${mode} ${sandbox}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), ...sets.flat().map(({ id }) => id)]);
  }
  expect(kinds.size).toBe(6);
  for (const all of kinds.values()) expect(all.toSorted()).toEqual(ids);
});
