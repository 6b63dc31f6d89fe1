// Plants hostile things where a repository or an agent can put them, and has every verb given there: which
// canaries appear, and after which verb, what was written outside, and what was not said as it should be.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { loopbackForge, TOKEN } from '../loopback-forge.ts';
import { withoutStages } from '../without-stages.ts';
import { carelessGit } from './git-play.ts';
import { fingerprint, makeScene, PRELUDE } from './git-scene.ts';
import type { Scene } from './git-scene.ts';
import type { Vector } from './git-vectors.ts';
import { everyVerb, illBehaved } from './verb-story.ts';
import type { Outcome } from './verb-story.ts';

/** Who plants, and how the agents work. */
export interface Setting {
  /** The person's repository, submodules of it, or agents in workspaces of theirs. */
  readonly place: 'repository' | 'submodule' | 'agent';
  readonly mode: 'clone' | 'worktree';
  readonly sandbox: 'on' | 'off';
  /** The git that is found forgets how it is to be hardened. */
  readonly careless?: boolean;
  /** Only verbs that come near git are given. */
  readonly brief?: boolean;
}

/** What came of it. */
export interface VerbsPlayed {
  /** Whose setup went through. */
  readonly planted: readonly string[];
  /** What was run, and after which verb it was found: `vector: verb`. */
  readonly ran: readonly string[];
  readonly written: readonly string[];
  /** What was not said or done as it should be, whatever was planted. */
  readonly wrong: readonly string[];
  readonly outcomes: readonly Outcome[];
}

/** In a workspace, what a clone of somebody else's has is made first. */
const LIKE_A_CLONE = `
rm -rf "$W/clone"; ln -s "$1" "$W/clone"
gd=$(git -C "$1" rev-parse --git-dir)
mkdir -p "$gd/hooks" "$gd/logs" "$gd/refs/heads"; touch "$gd/logs/HEAD"
git -C "$W/clone" remote add origin "$W/main"
git -C "$W/clone" config user.name evil; git -C "$W/clone" config user.email evil@example.invalid
`;

/**
 * Has every verb given where sets of vectors were planted.
 *
 * @param setting - Who plants, and how agents work.
 * @param sets - What: by agents each set in a workspace of its own; else only the first counts.
 * @returns What came of it.
 */
export async function playVerbs(
  setting: Setting,
  sets: readonly (readonly Vector[])[],
): Promise<VerbsPlayed> {
  const scene = makeScene();
  const isAgent = setting.place === 'agent';
  const root = join(scene.dir, ROOTS[setting.place]);
  const shared = join(scene.dir, 'shared');
  for (const name of ['', 'planted-1', 'planted-2']) mkdirSync(join(shared, name));
  const planted = setting.place === 'submodule' ? inSubmodules(scene, sets) : [];
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, env: scene.env, encoding: 'utf8' });
  if (!isAgent) git('remote', 'remove', 'origin');
  const forge = await loopbackForge({ git });
  if (setting.place === 'repository') planted.push(...plant(scene, sets.flat()));
  const env = environment(scene, setting);
  configure(env, setting, { shared, forge: forge.url });
  const ids = isAgent ? sets.map((_, at) => `t${at}`) : ['t0'];
  const plan = join(scene.dir, 'tmp/plan.yaml');
  writeFileSync(plan, planOf(scene, { ids, sets: isAgent ? sets : [], shared, setting }));
  const canaries = join(scene.dir, 'canaries');
  clear(canaries);
  const watch = watching(scene, setting);
  const outcomes = await everyVerb({
    root,
    env,
    aside: shared,
    plan,
    tasks: ids.length + 1,
    isShort: setting.brief === true,
    isPlanted: (time) => readdirSync(join(shared, `planted-${time}`)).length >= ids.length,
    onPlanted: (time) => {
      // What they do to themselves is no deed of ours.
      if (isAgent) clear(canaries);
      if (time === 2) writeFileSync(join(shared, 'go'), '');
    },
    after: watch.after,
  });
  if (isAgent) planted.push(...plantedIn(shared));
  const { ran, written } = watch;
  return { planted, ran, written: [...written], wrong: illBehaved(outcomes), outcomes };
}

const ROOTS: Readonly<Record<Setting['place'], string>> = {
  repository: 'clone',
  submodule: 'outer',
  agent: 'main',
};

function plant(scene: Scene, vectors: readonly Vector[]): readonly string[] {
  return vectors.flatMap(({ id, setup }) => (scene.sh(`set -eu\n${setup}`, id) === 0 ? [id] : []));
}

function addSubmodule(at: number): string {
  return `set -eu
    git clone -q --shared main outer/sub${at}; rm -rf clone; ln -s outer/sub${at} clone
    git -C outer -c protocol.file.allow=always submodule --quiet add ../main sub${at}`;
}

/** Each set in a submodule of its own. */
function inSubmodules(scene: Scene, sets: readonly (readonly Vector[])[]): string[] {
  if (
    scene.sh('set -eu; git clone -q --shared main outer; git clone -q --shared main outer/x') !== 0
  ) {
    throw new Error('no repository around');
  }
  for (const at of sets.keys())
    if (scene.sh(addSubmodule(at)) !== 0) throw new Error('no submodule');
  if (scene.sh('rm -rf outer/x; git -C outer commit -qm "Add submodules"') !== 0) {
    throw new Error('no commit');
  }
  return sets.flatMap((set, at) => {
    scene.sh(`rm -rf clone; ln -s outer/sub${at} clone`);
    return [...plant(scene, set)];
  });
}

function environment(scene: Scene, { sandbox, careless }: Setting): Record<string, string> {
  const { dir, env } = scene;
  const home = join(dir, 'home');
  return {
    ...env,
    ...(careless === true ? { PATH: carelessGit(scene) } : {}),
    USER: 'ada',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_STATE_HOME: join(home, '.state'),
    TUTTI_SANDBOX: sandbox,
    NO_COLOR: '1',
    GITHUB_TOKEN: TOKEN,
  };
}

function configure(
  env: Readonly<Record<string, string>>,
  { mode }: Setting,
  { shared, forge }: { readonly shared: string; readonly forge: string },
): void {
  const folder = join(env['XDG_CONFIG_HOME'] ?? '', 'tutti');
  mkdirSync(folder, { recursive: true });
  const text = stringify({
    orchestration: withoutStages({
      max_parallel: 40,
      max_tasks: 60,
      max_attempts: 1,
      max_same_failures: 100,
      default_failure_strategy: 'skip',
      overlap: 'warn',
    }),
    runtimes: { default: 'command' },
    checks: [{ name: 'there', run: 'test -e neighbour.txt || test -e a.txt || test -e dir' }],
    workspace: { mode, max: 60 },
    sandbox: { write: [shared] },
    limits: { processes: 4096 },
    forge: { api_url: forge },
    project: { key: 'SHOP' },
  });
  writeFileSync(join(folder, 'config.yaml'), text);
}

/** Each agent plants its set, tells so, and waits for ever when nobody has said that it may go on. */
function planOf(
  scene: Scene,
  given: {
    readonly ids: readonly string[];
    readonly sets: readonly (readonly Vector[])[];
    readonly shared: string;
    readonly setting: Setting;
  },
): string {
  const { ids, sets, shared, setting } = given;
  const tasks = [...ids, 'neighbour'].map((id, at) => {
    const set = sets[at] ?? [];
    const script = join(shared, `${id}.sh`);
    writeFileSync(script, agentOf(scene, { id, set, shared, setting }));
    const command =
      id === 'neighbour' ? ['/bin/sh', '-c', 'echo n > neighbour.txt'] : ['/bin/bash', script];
    return { id, title: `Do ${id}`, runtime: 'command', command, expect_changes: false };
  });
  return stringify({ goal: 'Try it', tasks });
}

interface Agent {
  readonly id: string;
  readonly set: readonly Vector[];
  readonly shared: string;
  readonly setting: Setting;
}

function agentOf(scene: Scene, given: Agent): string {
  const { id, set, shared, setting } = given;
  // In the sandbox it has a home of its own; without one, the person's is open to it.
  const home = setting.sandbox === 'on' ? '$W/home' : join(scene.dir, 'home');
  // Where it plants nothing it gives git no occasion to run what others have planted.
  const plants = set.length === 0 ? '' : plantsOf(scene, given);
  return `work=$PWD
export W='${shared}/${id}'-$TUTTI_ATTEMPT HOME="${home}" GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
unset GIT_DIR
# Whoever is tried again later, because of a conflict for example, plants no more.
if ! test -e '${shared}/go'; then :
${plants}
fi
cd "$work"; echo ${id} > ${id}.txt
time=1; test -e '${shared}/planted-1/${id}' && time=2
touch '${shared}/planted-'$time/${id}
while ! test -e '${shared}/go'; do sleep 0.2; done
exit 0
`;
}

function plantsOf(scene: Scene, { id, set, shared }: Agent): string {
  const plants = set.map(
    (vector) => `(
cd "$W"; export CANARY='${join(scene.dir, 'canaries', vector.id)}'
set -eu
${vector.setup}
) </dev/null >/dev/null 2>&1 && echo '${vector.id}' >> '${shared}/ids-${id}'`,
  );
  return `mkdir -p "$W/home" "$W/canaries"; cd "$W"
{
${PRELUDE}
set -- "$work"
${LIKE_A_CLONE}
} >/dev/null 2>&1
cd "$W"
${plants.join('\n')}`;
}

function plantedIn(shared: string): readonly string[] {
  const ids = readdirSync(shared)
    .filter((name) => name.startsWith('ids-'))
    .flatMap((name) => readFileSync(join(shared, name), 'utf8').trim().split('\n'));
  return [...new Set(ids)];
}

function clear(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
}

interface Watch {
  readonly ran: string[];
  readonly written: Set<string>;
  readonly after: (verb: string) => void;
}

/** Agents that are not held write where they like; so do people, when they merge. */
function watching(scene: Scene, { place, sandbox }: Setting): Watch {
  const ran: string[] = [];
  const written = new Set<string>();
  const known = new Set<string>();
  let before = new Set(fingerprint(scene.dir, skipped));
  const after = (verb: string): void => {
    // Some vectors have more than one, with an ending of its own.
    for (const canary of scene.canaries().map((name) => name.replace(/\..*$/u, ''))) {
      if (!known.has(canary)) ran.push(`${canary}: ${verb}`);
      known.add(canary);
    }
    const now = fingerprint(scene.dir, skipped);
    const isTheirs =
      verb.startsWith('merge') ||
      (place === 'agent' && sandbox === 'off' && /run|resume/u.test(verb));
    if (!isTheirs) for (const line of now) if (!before.has(line)) written.add(`${verb}: ${line}`);
    before = new Set(now);
  };
  return { ran, written, after };
}

/** What tutti is there to write: objects, refs and files of its own. */
function skipped(path: string): boolean {
  return (
    /^(?:shared|canaries|tmp)(?:\/|$)/u.test(path) ||
    /^home(?:\/(?:\.state|\.config|\.cache|\.local)(?:\/|$)|$)/u.test(path) ||
    /^(?:clone|main|outer)(?:\/\.tutti(?:\/|$)|$)/u.test(path) ||
    /^(?:clone|main|outer)\/\.git(?:\/(?:objects|tutti|refs|worktrees|logs|packed-refs)(?:\/|$)|$)/u.test(
      path,
    )
  );
}
