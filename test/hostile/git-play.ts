// Plants hostile things in one of the places where they can be, does everything that tutti does with
// git, and tells what was run or written that should not have been.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { WorkspaceMode } from '../../src/model/plan.ts';
import { everything } from './git-operations.ts';
import type { Outcomes } from './git-operations.ts';
import { fingerprint, makeScene } from './git-scene.ts';
import type { Scene } from './git-scene.ts';
import type { Vector } from './git-vectors.ts';

/** Where a hostile thing is planted: in the person's clone, in a submodule of it, by an agent. */
export type Place = 'repository' | 'submodule' | WorkspaceMode;

export const PLACES: readonly Place[] = ['repository', 'submodule', 'clone', 'worktree'];

/** What came of it. */
export interface Played {
  /** Whose setup went through. */
  readonly planted: readonly string[];
  /** What was run, and in which operation: `vector operation`. */
  readonly ran: readonly string[];
  /** What was written outside, or in the person's checkout, before it had to move. */
  readonly written: readonly string[];
  readonly outcomes: Outcomes;
}

/** A push goes where the configuration of the clone says: that is what a remote is. */
const WHERE_IT_IS_SENT = /^push: (?:evil|evil\.git|there2?\.git|main)\//u;

const WITH_SUBMODULE = `
git clone -q --shared main outer
rm -rf clone; git clone -q --shared main outer/sub; ln -s outer/sub clone
git -C outer -c protocol.file.allow=always submodule --quiet add ../main sub
git -C outer commit -qm "Add sub"
`;

/** In a workspace, what a clone of somebody else's has is made first. */
const LIKE_A_CLONE = `
mkdir -p clone/.git/hooks clone/.git/logs clone/.git/refs/heads; touch clone/.git/logs/HEAD
git -C clone remote add origin "$W/main"
git -C clone config user.name evil; git -C clone config user.email evil@example.invalid
`;

/**
 * Plants vectors at one place, all at once, and does everything.
 *
 * @param place - Where.
 * @param vectors - What; each has a canary of its own.
 * @param careless - Whether git is kept from hearing how it is to be hardened.
 * @returns What came of it.
 */
export async function playAt(
  place: Place,
  vectors: readonly Vector[],
  careless: boolean = false,
): Promise<Played> {
  const scene = makeScene();
  inherit(scene.env);
  if (careless) process.env['PATH'] = carelessGit(scene);
  const planted: string[] = [];
  const ran: string[] = [];
  const known = new Set<string>();
  const plant = (): void => {
    for (const { id, setup } of vectors) {
      if (scene.sh(`set -eu\n${setup}`, id) === 0) planted.push(id);
    }
    clearCanaries(scene);
  };
  const isAgent = place !== 'repository' && place !== 'submodule';
  if (place === 'submodule') {
    if (scene.sh(`set -eu\n${WITH_SUBMODULE}`) !== 0) throw new Error('no submodule');
  }
  const root = join(scene.dir, place === 'submodule' ? 'outer' : 'clone');
  let agentRoot = root;
  if (isAgent) agentRoot = join(scene.dir, 'main');
  else plant();
  const skip = skipping(place);
  let before = fingerprint(scene.dir, skip);
  const written = new Set<string>();
  const outcomes = await everything({
    root: agentRoot,
    state: join(scene.dir, 'state'),
    mode: place === 'worktree' ? 'worktree' : 'clone',
    agent: (path) => {
      if (!isAgent) return;
      rmSync(join(scene.dir, 'clone'), { recursive: true, force: true });
      symlinkSync(path, join(scene.dir, 'clone'));
      scene.sh(LIKE_A_CLONE);
      plant();
      before = fingerprint(scene.dir, skip);
    },
    after: (operation) => {
      for (const canary of scene.canaries()) {
        if (!known.has(canary)) ran.push(`${canary} ${operation}`);
        known.add(canary);
      }
      // What a merge brings into the person's checkout is what they have asked for.
      if (operation === 'follow') return;
      const old = new Set(before);
      for (const line of fingerprint(scene.dir, skip).filter((one) => !old.has(one))) {
        const text = `${operation}: ${line}`;
        // What was sent stays there.
        if (WHERE_IT_IS_SENT.test(text)) before = [...before, line];
        else written.add(text);
      }
    },
  });
  return { planted, ran, written: [...written], outcomes };
}

/** Forgets every setting that it is given, and works in the git directory that it finds. */
const CARELESS = `#!/bin/sh
[ "$1" = --no-pager ] && shift
while [ "$1" = -c ]; do shift 2; done
for name in GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_ALLOW_PROTOCOL GIT_NO_LAZY_FETCH \
  GIT_NO_REPLACE_OBJECTS GIT_GRAFT_FILE GIT_OPTIONAL_LOCKS GIT_COMMON_DIR; do unset $name; done
case "$GIT_DIR" in */tutti/git)
  if [ -e "$GIT_WORK_TREE/.git/index" ]; then GIT_DIR="$GIT_WORK_TREE/.git"; else GIT_DIR="\${GIT_DIR%/tutti/git}"; fi
esac
PATH="\${PATH#*:}" exec git "$@"
`;

/**
 * Makes a git that forgets every setting that it is given.
 *
 * @param scene - Where.
 * @returns A `PATH` on which it is found.
 */
export function carelessGit(scene: Scene): string {
  mkdirSync(join(scene.dir, 'tmp/careless'));
  writeFileSync(join(scene.dir, 'tmp/careless/git'), CARELESS, { mode: 0o755 });
  return `${join(scene.dir, 'tmp/careless')}:${process.env['PATH'] ?? ''}`;
}

function clearCanaries(scene: Scene): void {
  rmSync(join(scene.dir, 'canaries'), { recursive: true, force: true });
  mkdirSync(join(scene.dir, 'canaries'));
}

/** What tutti is there to write: objects, refs and things of its own; and what the plants use. */
function skipping(place: Place): (path: string) => boolean {
  const ofGit =
    /^(?:clone|main|outer)\/\.git\/(?:objects|tutti|refs\/tutti|refs\/heads\/SHOP-1|worktrees|logs\/refs|refs\/heads$)/u;
  return (path) =>
    /^(?:state|canaries|tmp)(?:\/|$)/u.test(path) ||
    ofGit.test(path) ||
    /\.git\/refs$|^(?:clone|main|outer)\/\.git$/u.test(path) ||
    (place !== 'repository' && path === 'clone');
}

/**
 * As if tutti had been started in that scene, until the test is over.
 *
 * @param env - The environment of the scene.
 */
export function inherit(env: Readonly<Record<string, string>>): void {
  const old = { ...process.env };
  replaceEnvironment(env);
  onTestFinished(() => replaceEnvironment(old));
}

function replaceEnvironment(by: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, by);
}
