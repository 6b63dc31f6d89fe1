// Makes a repository of an odd shape and has a run carried out there, up to its merge.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';
import { stringify } from 'yaml';

import { withoutStages } from '../without-stages.ts';
import { makeScene } from './git-scene.ts';
import type { Scene } from './git-scene.ts';
import type { Shape } from './shapes.ts';
import { begin, illBehaved } from './verb-story.ts';
import type { Outcome } from './verb-story.ts';

/** No call takes longer, even where it waits for a pipe until that is noticed more than once. */
const LONG_MS = 150_000;

const BRIEF: readonly string[] = ['status', 'conflicts', 'diff KEY'];
const LOOKS: readonly string[] = [...BRIEF, 'show KEY --diff', 'report KEY', 'verify'];

/**
 * Tries a shape.
 *
 * @param shape - The shape.
 * @param isBrief - Whether fewer verbs are given.
 * @returns What a person has had before and has lost: nothing, whatever was said.
 */
export async function tryShape(shape: Shape, isBrief: boolean): Promise<readonly string[]> {
  const scene = makeScene();
  const root = join(scene.dir, 'main');
  expect(scene.sh(`set -e; cd main\n${shape.make}`), 'it could not be made').toBe(0);
  const env = environment(scene, shape);
  const before = peopleHave(scene, root);
  const call = async (line: string, asJson: boolean = true): Promise<Outcome> => {
    const outcome = await begin({ root, env }, line, asJson).ended;
    expect(illBehaved([outcome], asJson)).toEqual([]);
    expect(outcome.ms, line).toBeLessThan(LONG_MS);
    return outcome;
  };
  const run = await call(`run --plan ${join(scene.dir, 'tmp/plan.yaml')} --yes`);
  if (shape.refused === undefined) {
    expect(run.code, run.stderr).toBe(0);
    const { run: made }: { run: { key: string } } = JSON.parse(run.stdout);
    for (const line of (isBrief ? BRIEF : LOOKS).map((look) => look.replace('KEY', made.key))) {
      const { code, stderr } = await call(line, line !== 'status' && line !== 'conflicts');
      expect(code, `${line}: ${stderr}`).toBe(0);
    }
    await merged(shape, () => call(`merge ${made.key} --yes`));
  } else {
    expect(run.code, run.stderr).not.toBe(0);
    expect(run.stderr).toMatch(shape.refused);
    for (const line of isBrief ? ['doctor'] : ['status', 'doctor']) await call(line, false);
  }
  if (!isBrief) await call('cleanup --yes');
  if (shape.untouched !== undefined) {
    expect(existsSync(join(scene.dir, shape.untouched)), shape.untouched).toBe(false);
  }
  const after = new Set(peopleHave(scene, root));
  return before.filter((one) => !after.has(one));
}

async function merged({ unmerged }: Shape, merge: () => Promise<Outcome>): Promise<void> {
  const { code, stderr } = await merge();
  if (unmerged === undefined) {
    expect(code, stderr).toBe(0);
    return;
  }
  expect(code, stderr).not.toBe(0);
  expect(stderr).toMatch(unmerged);
}

function environment({ dir, env }: Scene, shape: Shape): Record<string, string> {
  const config = join(dir, 'home/.config/tutti');
  mkdirSync(config, { recursive: true });
  writeFileSync(
    join(config, 'config.yaml'),
    stringify({
      orchestration: withoutStages({ max_attempts: 1 }),
      runtimes: { default: 'command' },
      checks: [{ name: 'there', run: 'test -e made.txt' }],
      project: { key: 'SHOP', base_branch: 'main' },
    }),
  );
  const command = ['/bin/sh', '-c', 'echo made > made.txt'];
  const task = { id: 'make', title: 'Make it', runtime: 'command', command };
  writeFileSync(join(dir, 'tmp/plan.yaml'), stringify({ goal: 'Make it', tasks: [task] }));
  const more = Object.entries(shape.env ?? {}).map(([name, value]): [string, string] => [
    name,
    value.replaceAll('$W', dir),
  ]);
  return {
    ...env,
    USER: 'ada',
    XDG_CONFIG_HOME: join(dir, 'home/.config'),
    XDG_STATE_HOME: join(dir, 'home/.state'),
    TUTTI_SANDBOX: 'off',
    NO_COLOR: '1',
    ...Object.fromEntries(more),
  };
}

/** Every commit of a branch that can be read, and a file of the checkout. */
function peopleHave({ env }: Scene, root: string): readonly string[] {
  const file = join(root, 'a.txt');
  const log = spawnSync('git', ['-C', root, 'log', '--format=%H', '--branches', '-50', '--'], {
    env,
    encoding: 'utf8',
    timeout: 5_000,
  });
  const commits = log.status === 0 ? log.stdout.split('\n') : [];
  return [...commits, existsSync(file) ? readFileSync(file, 'utf8') : ''];
}
