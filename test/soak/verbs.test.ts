// Every vector at every place where it can be planted, against every verb, through the built program.

import { describe, expect, test } from 'vitest';

import { GROUPS } from '../hostile/git-sets.ts';
import { playVerbs } from '../hostile/verb-play.ts';
import { amiss, TABLE } from '../hostile/verb-table.ts';
import { found, skipped } from '../sandbox.ts';

const ELSEWHERE: ReadonlySet<string> = new Set([
  'git-objects-symlink',
  'git-gitdir-file',
  'git-commondir',
]);

describe('every verb', () => {
  for (const { name, setting, sets } of TABLE) {
    const isSkipped = setting.sandbox === 'on' && !found.works;
    test.skipIf(isSkipped)(
      `${name}${isSkipped ? skipped : ''}`,
      async () => {
        const wrong = amiss(await playVerbs(setting, sets));
        // By the layout of the repository that a person has given us, all of it is elsewhere.
        const isElsewhere = setting.place === 'repository' && ELSEWHERE.has(sets[0]?.[0]?.id ?? '');
        expect(wrong.filter((one) => !isElsewhere || one.startsWith('ran '))).toEqual([]);
      },
      1_800_000,
    );
  }
});

test('with a git that forgets its settings, verbs run what was planted', async () => {
  const careless = { mode: 'clone', sandbox: 'off', careless: true, brief: true } as const;
  const { ran } = await playVerbs({ place: 'repository', ...careless }, GROUPS.slice(0, 1));
  expect(new Set(ran.map((one) => one.replace(/:.*/u, ''))).size).toBeGreaterThanOrEqual(2);
});
