// A small project in a temporary folder and the real wiring over it: real git, real SQLite, real
// processes; only the agents are scripted.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';

import type { App } from '../../src/app/app.ts';
import { newRun } from '../../src/app/new-run.ts';
import { proceed } from '../../src/app/proceed.ts';
import type { Proceeded } from '../../src/app/proceed.ts';
import type { Result } from '../../src/app/result.ts';
import type { RunRequest } from '../../src/app/run-request.ts';
import { send } from '../../src/app/send.ts';
import { compose } from '../../src/compose.ts';
import type { PartialConfig } from '../../src/config/config.ts';
import type { Command } from '../../src/model/command.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Run } from '../../src/model/run.ts';
import type { Task } from '../../src/model/task.ts';
import type { Script } from '../../src/testing/index.ts';
import { withoutStages } from '../without-stages.ts';

/** A project under test. */
export interface Rig {
  readonly dir: string;
  readonly app: App;
  /** Everything that happened, in order. */
  readonly events: RunEvent[];
  git(...args: string[]): string;
  write(path: string, text: string): void;
  /** Takes a plan in and carries it on until nothing can go on without a person. */
  run(plan: readonly object[], more?: Partial<RunRequest>): Promise<Run>;
  /** Takes a goal in, to be planned, and carries it on. */
  goal(goal: string, more?: Partial<RunRequest>): Promise<Run>;
  /** Goes on with a run. */
  resume(key: string): Promise<Run>;
  send(command: Command): Promise<void>;
  /** What the file holds on the branch of a run. */
  onBranch(run: Run, path: string): string;
}

const NEVER = new AbortController().signal;

/** What a rig is made with. */
export interface RigOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly script?: Script;
  readonly config?: PartialConfig;
}

/**
 * Makes a project with one commit.
 *
 * @param options - Its files, what its agents do, and its configuration.
 * @returns The rig; the folder goes when the test is over.
 */
export function makeRig(options: RigOptions = {}): Rig {
  const home = mkdtempSync(join(tmpdir(), 'tutti-scenario-'));
  const dir = join(home, 'shop');
  mkdirSync(dir);
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: dir, encoding: 'utf8', env: plainEnv(home) }).trimEnd();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  git('init', '-q', '-b', 'main');
  const files = { 'README.md': '# shop\n', ...options.files };
  for (const [path, text] of Object.entries(files)) write(path, text);
  git('add', '-A');
  git('commit', '-qm', 'Start');
  const script = join(home, 'script.json');
  writeFileSync(script, JSON.stringify(options.script ?? {}));
  const composed = compose({
    dir,
    environment: { ...plainEnv(home), TUTTI_HOME: join(home, 'state') },
    flags: {
      ...options.config,
      orchestration: withoutStages(options.config?.orchestration),
      // Where there is a sandbox, agents work in it. What a test and its agents tell one another lies
      // beside the project.
      sandbox: { write: [home], ...options.config?.sandbox },
      runtimes: {
        default: 'scripted',
        ...options.config?.runtimes,
        scripted: { env: { TUTTI_SCRIPT: script } },
      },
    },
  });
  if (!composed.ok) throw new Error(composed.problem.message);
  const app = composed.value;
  onTestFinished(() => {
    app.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  const events: RunEvent[] = [];
  const carry = async (key: string): Promise<Run> => {
    const end = value<Proceeded>(await proceed(app, [key], faceOf(events)));
    const run = end.runs[0];
    if (run === undefined) throw new Error(`no run ${key}`);
    return run;
  };
  const take = async (request: Partial<RunRequest>): Promise<Run> =>
    carry(
      value(await newRun(app, { goal: null, plan: null, yes: true, now: true, ...request })).run,
    );
  return {
    dir,
    app,
    events,
    git,
    write,
    run: (tasks, more) =>
      take({ plan: { path: 'plan.yaml', text: stringify({ goal: 'A goal', tasks }) }, ...more }),
    goal: (goal, more) => take({ goal, orchestrate: true, ...more }),
    resume: carry,
    send: async (command) => {
      value(await send(app, command));
    },
    onBranch: (run, path) => git('show', `${run.branch}:${path}`),
  };
}

function faceOf(events: RunEvent[]): Parameters<typeof proceed>[2] {
  return {
    onEvents: (happened) => events.push(...happened),
    mayAnswer: () => false,
    interrupted: NEVER,
    hurried: NEVER,
    approve: async () => 'later',
  };
}

/**
 * Unwraps a result.
 *
 * @param result - The result.
 * @returns Its value; a problem fails the test with its words.
 */
export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.problem.message} — ${result.problem.hint}`);
  return result.value;
}

/**
 * Finds a task by its id in the plan.
 *
 * @param run - The run.
 * @param id - The id.
 * @returns The task.
 */
export function taskOf(run: Run, id: string): Task {
  const task = run.tasks.find(({ spec }) => spec.id === id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

/**
 * Tells the states of a run's tasks.
 *
 * @param run - The run.
 * @returns The states by the ids of the plan.
 */
export function states(run: Run): Record<string, string> {
  return Object.fromEntries(run.tasks.map(({ spec, status }) => [spec.id, status.state]));
}

function plainEnv(home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.org',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.org',
  };
}
