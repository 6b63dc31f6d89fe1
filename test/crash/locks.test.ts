// Locks of git that are left when the power goes while refs move.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CONFIG, PLAN, expectWhole } from './kill-anywhere.ts';
import { makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';

const OLD = new Date('2026-01-01T00:00:00Z');
const EPOCH = 'refs/tutti/epoch.lock';
const OURS = [EPOCH, 'refs/tutti/runs/SHOP-1/head.lock', 'refs/heads/SHOP-1/three-files.lock'];
let project: Project;

beforeEach(() => {
  project = makeProject(PLAN, CONFIG);
});

afterEach(() => project.remove());

const inGit = (path: string): string => join(project.dir, '.git', path);

function leave(path: string): void {
  mkdirSync(dirname(inGit(path)), { recursive: true });
  if (!existsSync(inGit(path))) writeFileSync(inGit(path), '');
  utimesSync(inGit(path), OLD, OLD);
}

const start = ['run', '--plan', '../plan.yaml', '--yes'];

describe('locks that a power cut has left', () => {
  it('on refs of ours hold nothing up', async () => {
    expect((await tutti(project, start, 9)).signal).toBe('SIGKILL');
    for (const path of OURS) leave(path);
    const end = await tutti(project, ['resume']);
    expect(end.code, end.lines.join('\n')).toBe(0);
    expect(await expectWhole(project)).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(OURS.filter((path) => existsSync(inGit(path)))).toEqual([]);
  });

  it('a moment ago are waited for, as long as a git may take, and no longer', async () => {
    expect((await tutti(project, start)).code).toBe(0);
    writeFileSync(inGit(EPOCH), '');
    const next = await tutti(project, start);
    expect(next.code, next.lines.join('\n')).toBe(0);
    expect(existsSync(inGit(EPOCH))).toBe(false);
  });

  it('are removed by doctor --fix where they are ours; the person’s own are named', async () => {
    expect((await tutti(project, start)).code).toBe(0);
    const ours = [EPOCH, 'tutti/git/packed-refs.lock'];
    const theirs = ['index.lock', 'refs/heads/main.lock'];
    for (const path of [...ours, ...theirs]) leave(path);
    const told = await tutti(project, ['doctor']);
    expect(told.stdout).toContain('2 locks of a git that died\n    → remove them: tutti doctor');
    for (const path of theirs) expect(told.stdout).toContain(`rm '${inGit(path)}'`);
    const { code, stdout } = await tutti(project, ['doctor', '--fix', '--json']);
    const { doctor }: { doctor: { fixed: string[] } } = JSON.parse(stdout);
    expect([code, doctor.fixed]).toEqual([0, ['removed 2 locks of a git that died']]);
    expect(ours.filter((path) => existsSync(inGit(path)))).toEqual([]);
    expect(theirs.filter((path) => !existsSync(inGit(path)))).toEqual([]);
  });

  it('are told from one that a git holds, however old it looks', async () => {
    expect((await tutti(project, start)).code).toBe(0);
    // A transaction that has its locks and gets no further.
    const git = spawn('git', ['update-ref', '--stdin'], { cwd: project.dir, env: project.env });
    const gone = once(git, 'close');
    const head = project.git('rev-parse', 'HEAD');
    git.stdin.write(`start\nupdate refs/tutti/held ${head}\nprepare\n`);
    for await (const chunk of git.stdout) if (String(chunk).includes('prepare: ok')) break;
    leave('refs/tutti/held.lock');
    const { stdout } = await tutti(project, ['doctor', '--fix', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ doctor: { fixed: [] } });
    expect(stdout).not.toContain('held.lock');
    expect(existsSync(inGit('refs/tutti/held.lock'))).toBe(true);
    git.kill('SIGKILL');
    await gone;
    const after = await tutti(project, ['doctor', '--fix', '--json']);
    expect(after.stdout).toContain('removed 1 lock of a git that died');
    expect(existsSync(inGit('refs/tutti/held.lock'))).toBe(false);
  });
});
