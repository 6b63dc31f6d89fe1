// Ten agents at once on one repository, a third of their forty tasks in files that others change too:
// everything lands, once, and whoever's checkout it is finds everything as it was.

import { expect, it } from 'vitest';

import { playTogether } from '../crash/hands.ts';

// Two thousand files, for which workspaces are made ahead; the soak has ten thousand.
it('ten agents do forty tasks in one repository', { timeout: 1_200_000 }, async () => {
  const run = await playTogether({ files: 2000, tasks: 40, agents: 10 });
  expect(run.tasks.length).toBeGreaterThan(40);
});
