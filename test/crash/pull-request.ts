// `tutti pr` killed at one of the moments at which it changes something, and called again.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { loopbackForge, startAnew, TOKEN } from '../loopback-forge.ts';
import type { LoopbackForge } from '../loopback-forge.ts';
import { counted, makeProject } from './kill.ts';
import type { Project } from './kill.ts';

const PR = ['pr', 'SHOP-1', '--yes'];
const PLAN = `goal: Add a file
tasks:
  - { id: a, title: Add a file, runtime: command, command: [/bin/sh, -c, "echo a > a.txt"] }
`;

/** A project with a finished run that can be offered again and again. */
export interface Offering {
  /** How many moments there are. */
  readonly points: number;
  /** Kills an offer at each of these moments, one call after the other, and gives the command again. */
  readonly killAt: (...at: readonly number[]) => Promise<void>;
}

/**
 * Prepares a finished run and a forge for it.
 *
 * @returns What can be killed; it goes when the test is over.
 */
export async function offering(): Promise<Offering> {
  const project = makeProject(PLAN, 'project: { key: SHOP }\nchecks: []\n');
  const forge = await loopbackForge(project);
  const env = { ...project.env, GITHUB_TOKEN: TOKEN, GITHUB_API_URL: forge.url };
  const offers: Project = { ...project, env };
  writeFileSync(join(project.dir, '.git/info/exclude'), '.tutti/\n');
  const run = ['run', '--plan', join(project.home, 'plan.yaml'), '--yes'];
  const ran = await counted(offers, run, null).ended;
  expect(ran.code, ran.lines.join('\n')).toBe(0);
  const whole = counted(offers, PR, null);
  const ended = await whole.ended;
  expect(ended.code, ended.lines.join('\n')).toBe(0);
  expectOne(forge, 'unharmed');
  const points = whole.passed().length;
  return { points, killAt: (...at) => killAt(offers, forge, at) };
}

async function killAt(
  project: Project,
  forge: LoopbackForge,
  moments: readonly number[],
): Promise<void> {
  startAnew(forge);
  let point = '';
  for (const at of moments) {
    const killed = counted(project, PR, { at, signal: 'SIGKILL' });
    await killed.ended;
    point += `killed at ${at}: ${killed.passed().at(-1) ?? ''}\n`;
  }
  const again = await counted(project, PR, null).ended;
  expect(again.code, [point, ...again.lines].join('\n')).toBe(0);
  expectOne(forge, point);
  const verified = await counted(project, ['verify'], null).ended;
  expect(verified.code, [point, verified.stdout].join('\n')).toBe(0);
}

function expectOne({ pulls }: LoopbackForge, point: string): void {
  expect(pulls, point).toHaveLength(1);
  expect(pulls[0], point).toMatchObject({ state: 'open', base: 'main' });
}
