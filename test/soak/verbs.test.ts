// Every vector at every place where it can be planted, against every verb, through the built program.

import { describe, expect, test } from 'vitest';

import { playVerbs } from '../hostile/verb-play.ts';
import { amiss, TABLE } from '../hostile/verb-table.ts';
import { found, skipped } from '../sandbox.ts';

describe('every verb', () => {
  for (const { name, setting, sets } of TABLE) {
    const isSkipped = setting.sandbox === 'on' && !found.works;
    test.skipIf(isSkipped)(
      `${name}${isSkipped ? skipped : ''}`,
      async () => {
        expect(amiss(await playVerbs(setting, sets))).toEqual([]);
      },
      1_800_000,
    );
  }
});
