// Many agents on one repository, played by scripts: the repository, the run, and everything that must
// hold when it is over — and at any moment before, for what was acknowledged.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'vitest';

import { openStore } from '../../src/adapters/store/sqlite-store.ts';
import type { Run } from '../../src/model/run.ts';
import type { LoggedEvent } from '../../src/model/summary.ts';
import type { Task } from '../../src/model/task.ts';
import type { Script } from '../../src/testing/index.ts';
import { hooksRun, lookAtCheckout, unsettle } from './checkout.ts';
import type { Seen } from './checkout.ts';
import { HAND, RESOLVES, fileName, sharedFiles, storyOf } from './hands-story.ts';
import type { Hand, Size, Story } from './hands-story.ts';
import { leftOver, makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';

/** A project in which a story is played. */
export interface Stage {
  readonly project: Project;
  readonly story: Story;
  /** What its person has, before anything was run. */
  readonly before: Seen;
}

/** What fails on a tree that was put together wrongly. */
const CHECK = `
! grep -rqE '^(<<<<<<<|>>>>>>>) ' shared || { echo marks of a conflict; exit 1; }
for id in $(grep -rhoE '^t[0-9]+ wrote' shared | cut -d' ' -f1); do
  [ -e "hands/$id.txt" ] || { echo "$id did only half of its part"; exit 1; }
done
`;

/**
 * Makes a repository, a plan and what its agents do.
 *
 * @param story - Who does what.
 * @param more - What else its configuration says.
 * @returns The project; nothing was run in it yet.
 */
export function makeStage(story: Story, more: Readonly<Record<string, object>> = {}): Stage {
  const { size, hands } = story;
  const project = makeProject('', '');
  const { dir, home } = project;
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    project.write(path, text);
  };
  const own = (text: string): string => text.replaceAll('HOME', home);
  for (let at = 0; at < size.files; at += 1) file(fileName(at), `file ${at}\n`.repeat(5));
  for (const { path, text } of sharedFiles(story)) file(path, text);
  file('checks/whole.sh', CHECK);
  file('.tutti/config.yaml', JSON.stringify(configOf(home, dir, size.agents, more)));
  mkdirSync(join(home, 'started'));
  writeFileSync(join(home, 'hand.sh'), HAND);
  writeFileSync(join(home, 'script.json'), own(JSON.stringify(scriptOf(hands))));
  writeFileSync(join(home, 'plan.yaml'), JSON.stringify(planOf(hands)));
  // So many files would have git tidy up by itself, later.
  project.git('config', 'gc.auto', '0');
  project.git('add', '-A');
  project.git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', 'commit', '-qm', 'Begin');
  unsettle(project);
  return { project, story, before: lookAtCheckout(project) };
}

function configOf(
  home: string,
  dir: string,
  agents: number,
  more: Readonly<Record<string, object>>,
): object {
  const env = { TUTTI_SCRIPT: join(home, 'script.json'), SHOP: dir };
  return {
    project: { key: 'SHOP', base_branch: 'main' },
    checks: [{ name: 'whole', run: 'sh checks/whole.sh' }],
    runtimes: { default: 'scripted', scripted: { env } },
    workspace: { max: 50 },
    ...more,
    orchestration: {
      max_parallel: agents,
      max_tasks: 100,
      max_attempts: 9,
      retry: { initial_secs: 0 },
      stages: { research: { enabled: false }, review: { enabled: false } },
      ...more['orchestration'],
    },
  };
}

function scriptOf(hands: readonly Hand[]): Script {
  const tasks = hands.map(({ id, steps }) => [id, steps] as const);
  return { tasks: { ...Object.fromEntries(tasks), 'Resolve the conflict of: *': RESOLVES } };
}

function planOf(hands: readonly Hand[]): object {
  return {
    goal: 'Many hands',
    tasks: hands.map(({ id, title, dependsOn, files }) => ({
      id,
      title,
      depends_on: dependsOn,
      files,
    })),
  };
}

/** A run as the store has it. */
export interface Told {
  readonly run: Run;
  readonly events: readonly LoggedEvent[];
}

/**
 * Plays a story that nobody disturbs: everything lands, agents were at work at once, met conflicts and
 * put them right.
 *
 * @param size - How much there is of it.
 * @returns The run at its end.
 */
export async function playTogether(size: Size): Promise<Run> {
  const stage = makeStage(storyOf(1, size));
  const { project } = stage;
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  const { run, events } = await expectStory(stage);
  expect(mostAtOnce(events)).toBe(size.agents);
  const reasons = run.tasks.flatMap(({ attempts }) =>
    attempts.flatMap(({ status }) =>
      status.state === 'ended' && status.outcome.kind === 'failed'
        ? [status.outcome.failure.reason]
        : [],
    ),
  );
  expect([...new Set(reasons)]).toEqual(['conflict']);
  // Its own agent has lost what others wrote: another task has put it right.
  expect(run.tasks.filter(({ spec }) => spec.kind === 'resolve')).not.toEqual([]);
  project.remove();
  return run;
}

/** How many agents were at work at the same time, at most. */
function mostAtOnce(events: Told['events']): number {
  const working = new Set<string>();
  let most = 0;
  for (const { event } of events) {
    if (event.type === 'attempt-started') working.add(event.attempt);
    if (event.type === 'attempt-handed-in' || event.type === 'attempt-ended') {
      working.delete(event.attempt);
    }
    most = Math.max(most, working.size);
  }
  return most;
}

/**
 * Reads all runs, and what happened in them.
 *
 * @param project - Where.
 * @returns The runs that were acknowledged.
 */
export async function told(project: Project): Promise<readonly Told[]> {
  const path = join(project.dir, '.git', 'tutti', 'tutti.db');
  if (!existsSync(path)) return [];
  const store = await openStore(path, { readOnly: true });
  try {
    const found: Told[] = [];
    for (const { run: short } of await store.summaries({ unfinishedOnly: false })) {
      const run = await store.run(short.key);
      if (run !== null) found.push({ run, events: (await store.log(short.key)).events });
    }
    return found;
  } finally {
    store.close();
  }
}

/**
 * Names the tasks whose change is on the branch, as the log says.
 *
 * @param told - The run.
 * @returns Their ids in the plan; what resolved a conflict stands for whose it was.
 */
export function landed({ run, events }: Told): readonly string[] {
  return events.flatMap(({ event }) =>
    event.type === 'task-completed' ? [originOf(run, event.task)] : [],
  );
}

function originOf(run: Run, key: string): string {
  const { resolves, id } = taskAt(run, key).spec;
  return resolves === undefined ? id : originOf(run, resolves);
}

function taskAt({ tasks }: Run, key: string): Task {
  const task = tasks.find((one) => one.key === key);
  if (task === undefined) throw new Error(`no task ${key}`);
  return task;
}

/** Every line that stands in the run's branch and not in its base, as often as it stands there. */
function addedLines({ project }: Stage, { baseCommit, head }: Run): Map<string, number> {
  const added = new Map<string, number>();
  const diff = project.git('diff', '--no-renames', '--unified=0', baseCommit, head);
  for (const line of diff.split('\n')) {
    if (/^\+t\d+ wrote/u.test(line)) added.set(line.slice(1), (added.get(line.slice(1)) ?? 0) + 1);
  }
  return added;
}

/**
 * What was acknowledged is on the branch.
 *
 * @param stage - Where.
 * @param told - The run.
 * @param about - Said when it is not.
 */
export function expectAcknowledged(stage: Stage, { run, events }: Told, about: string): void {
  const added = addedLines(stage, run);
  const ids = new Set(landed({ run, events }));
  const lines = stage.story.hands.flatMap((hand) => (ids.has(hand.id) ? hand.lines : []));
  const wrong = lines.flatMap((line) => (added.get(line) === 1 ? [] : [[line, added.get(line)]]));
  expect(wrong, about).toEqual([]);
}

/**
 * The run is done, everything is on its branch once and reads well, and its person finds everything as
 * it was.
 *
 * @param stage - Where.
 * @param about - Said when something is wrong.
 * @returns The run.
 */
export async function expectStory(stage: Stage, about = ''): Promise<Told> {
  const { project, story } = stage;
  const [whole, ...others] = await told(project);
  if (whole === undefined) throw new Error(`the run is gone: ${about}`);
  expect(others, about).toEqual([]);
  const { run } = whole;
  expect(run.status, about).toMatchObject({ state: 'completed', outcome: 'full' });
  expect(landed(whole).toSorted(), about).toEqual(story.hands.map(({ id }) => id));
  expectAcknowledged(stage, whole, about);
  expect(project.git('rev-parse', run.branch ?? ''), about).toBe(run.head);
  expectHistory(stage, whole, about);
  expect(existsSync(join(project.home, 'missed')), `${about}: began too early`).toBe(false);
  await expectClean(stage, about);
  return whole;
}

/** A commit a task, one on the other, with its title and who made it, after all that it waited for. */
function expectHistory({ project }: Stage, { run }: Told, about: string): void {
  const format = '%H%x09%P%x09%s%x09%(trailers:separator=%x2C)';
  const range = `${run.baseCommit}..${run.head}`;
  const log = project.git('log', '--reverse', `--format=${format}`, range).split('\n');
  let parent = run.baseCommit;
  const done = new Set<string>();
  const keys: string[] = [];
  for (const line of log) {
    const [commit = '', parents, subject = '', trailers = ''] = line.split('\t');
    const key = /^(\S+): /u.exec(subject)?.[1] ?? '';
    const task = taskAt(run, key);
    const attempt = task.attempts.at(-1);
    expect([parents, subject, trailers], about).toEqual([
      parent,
      `${key}: ${task.spec.title}`,
      [
        `Tutti-Attempt: ${attempt?.key}`,
        `Tutti-Agent: ${attempt?.agent}`,
        `Tutti-Runtime: ${attempt?.runtime}`,
      ].join(),
    ]);
    expect(task.status, about).toMatchObject({ state: 'completed', commit, proof: 'proven' });
    expect(
      task.dependsOn.filter((other) => !done.has(other)),
      about,
    ).toEqual([]);
    keys.push(key);
    done.add(key);
    parent = commit;
  }
  const completed = run.tasks.filter(({ status }) => status.state === 'completed');
  expect(keys.toSorted(), about).toEqual(completed.map(({ key }) => key).toSorted());
}

/**
 * Nothing is left of anything, nothing is broken, and the person's checkout is what it was.
 *
 * @param stage - Where; nothing is run there just now.
 * @param about - Said when something is wrong.
 */
async function expectClean(stage: Stage, about: string): Promise<void> {
  const { project, before } = stage;
  const verified = await tutti(project, ['verify', '--json']);
  expect(verified.code, about + verified.stdout).toBe(0);
  expect(leftOver(project), about).toEqual([]);
  expect(lookAtCheckout(project), about).toEqual(before);
  expect(hooksRun(project), about).toEqual([]);
  expect(project.git('fsck', '--full', '--no-dangling'), about).toBe('');
  expect(remains(stage), about).toEqual([]);
}

/**
 * Lock files, merges that are announced, and workspaces that nobody needs any more. Of large ones the
 * last may not be deleted yet: they are when the next run begins.
 */
function remains({ project: { dir, env }, story }: Stage): readonly string[] {
  const git = readdirSync(join(dir, '.git'), { recursive: true, encoding: 'utf8' });
  const state = join(env['TUTTI_HOME'] ?? '', 'tutti');
  const places = existsSync(state) ? readdirSync(state, { recursive: true, encoding: 'utf8' }) : [];
  const left =
    story.size.files < 1000 ? /(?:^|\/)(?:workspaces|trash)\/[^/]+$/u : /\/workspaces\/./u;
  return [
    ...git.filter((name) => name.endsWith('.lock') || name.endsWith('merge.json')),
    ...places.filter((name) => left.test(name)),
  ];
}
