// All hostile agents: in the sandbox, and without one those that keep their marker and only try to stay.

import { existsSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { onlyStaying } from '../hostile/agents.ts';
import { letLoose } from '../hostile/let-loose.ts';
import { found, skipped } from '../sandbox.ts';

const PARTS = 8;

const LINUX = existsSync('/proc/self');

describe.skipIf(!found.works || !LINUX)(`in the sandbox${skipped}`, () => {
  test.each(Array.from({ length: PARTS }, (_, part) => part))(
    'part %i of all hostile agents leaves nothing, harms nothing and learns nothing',
    { timeout: 600_000 },
    async (part) => {
      const count = await letLoose({
        sandbox: 'on',
        choose: (agents) => agents.filter((_, at) => at % PARTS === part),
      });
      expect(count).toBeGreaterThanOrEqual(25);
    },
  );
});

test.skipIf(!LINUX)(
  'without one, those that keep the marker leave nothing',
  { timeout: 600_000 },
  async () => {
    expect(await letLoose({ sandbox: 'off', choose: onlyStaying })).toBeGreaterThanOrEqual(40);
  },
);
