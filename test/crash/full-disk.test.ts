import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { fillAndResume, makeDisk } from './fill.ts';
import { makeProject, tutti } from './kill.ts';

// Needs the right to mount.
const disk = makeDisk(24);

afterAll(() => disk?.remove());

const DONE = { state: 'completed', outcome: 'full' };

describe.runIf(disk !== null)('a disk that is full', () => {
  const path = disk?.path ?? '';

  it('pauses the run, counts as nobody’s failure, and loses no work', async () => {
    const big = `
goal: Big
tasks:
  - { id: big, title: Write big, runtime: command, command: [sh, -c, 'echo once >> JOURNAL; head -c 30000000 /dev/urandom > big'] }
`;
    const project = makeProject(big, 'project: { key: SHOP }\n', join(path, 'big'));
    try {
      const plan = join(project.home, 'plan.yaml');
      const full = await tutti(project, ['run', '--plan', plan, '--yes']);
      expect(full.code, full.lines.join('\n')).toBe(3);
      expect(full.lines.join('\n')).toContain('the disk is full');
      expect(full.stdout).toContain('tutti resume SHOP-1');
      expect(full.lines.join('\n')).not.toMatch(/^\s+at /mu);

      const asks = await tutti(project, ['asks', '--json']);
      const asked: { asks: unknown[] } = JSON.parse(asks.stdout);
      expect(asked.asks).toMatchObject([{ run: 'SHOP-1', task: null, kind: 'full_disk' }]);
      const early = await tutti(project, ['resume', 'SHOP-1']);
      expect(early.code).toBe(3);
      expect(early.lines.join('\n')).toMatch(/the disk is (?:still )?full/u);

      execFileSync('mount', ['-o', 'remount,size=200m', path]);
      const done = await tutti(project, ['resume']);
      expect(done.code, done.lines.join('\n')).toBe(0);
      expect(project.git('ls-tree', '-r', '--name-only', 'SHOP-1/big')).toContain('big');
      // What was written before was saved as soon as there was room, by the next attempt.
      expect(project.git('for-each-ref', 'refs/tutti/kept')).toMatch(/SHOP-1\.1\/[12]$/mu);
    } finally {
      project.remove();
    }
  });

  // A sample: `npm run soak` goes through it in small steps.
  it.each([-8100, -4000, 600, 760, 860, 936])(
    'but for the reserve and %i KiB stops a run only until there is room again',
    async (kilobytes) => {
      const { pausedBy, run } = await fillAndResume(path, kilobytes);
      expect([null, 'full_disk']).toContain(pausedBy);
      expect(run).toMatchObject(DONE);
    },
  );
});
