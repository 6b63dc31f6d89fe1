import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeProject, tutti } from './kill.ts';

const disk = mkdtempSync(join(tmpdir(), 'tutti-disk-'));
const mounted = tryMount();

function tryMount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // needs the right to mount
  }
}

beforeAll(() => mkdirSync(join(disk, 'repo'), { recursive: true }));
afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

describe.runIf(mounted)('a disk that is full', () => {
  it('pauses the run, counts as nobody’s failure, and loses no work', async () => {
    const big = `
goal: Big
tasks:
  - { id: big, title: Write big, runtime: command, command: [sh, -c, 'echo once >> JOURNAL; head -c 30000000 /dev/urandom > big'] }
`;
    const project = makeProject(big, 'project: { key: SHOP }\n', join(disk, 'repo'));
    try {
      const full = await tutti(project, [
        'run',
        '--plan',
        join(project.home, 'plan.yaml'),
        '--yes',
      ]);
      expect(full.code, full.lines.join('\n')).toBe(3);
      expect(full.lines.join('\n')).toContain('the disk is full');
      expect(full.stdout).toContain('tutti resume SHOP-1');
      expect(full.lines.join('\n')).not.toMatch(/^\s+at /mu);

      execFileSync('mount', ['-o', 'remount,size=200m', disk]);
      const done = await tutti(project, ['resume']);
      expect(done.code, done.lines.join('\n')).toBe(0);
      expect(project.git('ls-tree', '-r', '--name-only', 'SHOP-1/big')).toContain('big');
      // What the first attempt wrote was saved as soon as there was room.
      expect(project.git('for-each-ref', 'refs/tutti/kept')).toContain('SHOP-1.1/1');
    } finally {
      project.remove();
    }
  });
});
