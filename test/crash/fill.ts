// A disk of our own that is full but for a little: a run is started on it, paused by it, and resumed
// when there is room again.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'vitest';

import {
  CONFIG,
  PLAN,
  completedTasks,
  expectNoRepeat,
  expectWhole,
  runs,
} from './kill-anywhere.ts';
import type { RunShape } from './kill-anywhere.ts';
import { makeProject, tutti } from './kill.ts';

/** A disk that can be filled. */
export interface Disk {
  readonly path: string;
  remove(): void;
}

/**
 * Makes a small disk.
 *
 * @param megabytes - Its size.
 * @returns The disk; `null` where nothing may be mounted.
 */
export function makeDisk(megabytes: number): Disk | null {
  const path = mkdtempSync(join(tmpdir(), 'tutti-disk-'));
  try {
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path];
    execFileSync('mount', options, { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
  return {
    path,
    remove: () => {
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    },
  };
}

/** How a run fared on a disk that was nearly full. */
export interface Filled {
  /** What the first process said at its end. */
  readonly code: number | null;
  readonly pausedBy: string | null;
  readonly run: RunShape;
}

/**
 * Carries a run out with so much room beside the reserve; makes room, and resumes it.
 *
 * @param disk - Where the disk is; it is empty.
 * @param kilobytes - The room that is left beside the reserve; below zero, not even that fits.
 * @returns How it fared; what must always hold was looked at.
 */
export async function fillAndResume(disk: string, kilobytes: number): Promise<Filled> {
  const repo = join(disk, 'repo');
  const project = makeProject(PLAN, CONFIG, repo);
  project.env['TUTTI_HOME'] = join(disk, 'state');
  project.env['TMPDIR'] = join(disk, 'tmp');
  mkdirSync(project.env['TMPDIR']);
  const ballast = join(disk, 'ballast');
  const planFile = join(project.home, 'plan.yaml');
  const start = ['run', '--plan', planFile, '--yes', '--json'];
  try {
    fill(ballast, disk, 8 * 1024 + kilobytes);
    const first = await tutti(project, start);
    const said = [first.stdout, ...first.lines].join('\n');
    // Without room for its folder nothing begins, and nothing is left.
    const nowhere = said.includes('"code": "unwritable"');
    expect(nowhere ? [2] : [0, 3], said).toContain(first.code);
    expect(said).not.toMatch(/bug in tutti|^\s+at /mu);
    const pausedBy = first.code === 0 ? null : await pauseOf(project);
    rmSync(ballast);
    const finished = await completedTasks(project);
    const before = project.journal();
    const again = first.code !== 0;
    const made = (await runs(project)).length > 0;
    const last = again ? await tutti(project, made ? ['resume', '--json'] : start) : first;
    expect(last.code, [last.stdout, ...last.lines].join('\n')).toBe(0);
    expectNoRepeat(finished, before, project.journal());
    return { code: first.code, pausedBy, run: await expectWhole(project) };
  } finally {
    project.remove();
    for (const name of ['repo', 'state', 'tmp', 'ballast']) {
      rmSync(join(disk, name), { recursive: true, force: true });
    }
  }
}

/** Writes a file that leaves so much room. */
function fill(path: string, disk: string, kilobytes: number): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - kilobytes * 1024)));
}

async function pauseOf(project: Parameters<typeof tutti>[0]): Promise<string | null> {
  const { stdout, code } = await tutti(project, ['list', '--json']);
  if (code !== 0) return null;
  const value: { runs: { paused: { by: string } | null }[] } = JSON.parse(stdout);
  return value.runs[0]?.paused?.by ?? null;
}
