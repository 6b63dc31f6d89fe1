// A repository that nobody here wrote: the package `path-parse` with its own tests, put into git, and
// the built program at work in it, as a person has it.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';

import type { RuntimeProbe } from '../../src/ports/agent-runtime.ts';
import type {
  AskJson,
  AttemptJson,
  PlanTaskJson,
  ReportJson,
  TaskJson,
} from '../../src/report/json-shapes.ts';
import { found } from '../sandbox.ts';

const dist = process.env['TUTTI_DIST'] ?? fileURLToPath(new URL('../../dist', import.meta.url));
const foreign = fileURLToPath(new URL('node_modules/path-parse', import.meta.url));

/** How a call of the program ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Reads the one document on stdout. */
  readonly json: () => Documents;
}

/** Variables beside the plain ones; they may follow from where the person's home is. */
type Environment =
  | Readonly<Record<string, string>>
  | ((home: string) => Readonly<Record<string, string>>);

/** What the documents hold: each of them a part. */
export interface Documents extends ReportJson {
  readonly task: TaskJson;
  readonly attempts: readonly AttemptJson[];
  readonly asks: readonly AskJson[];
  readonly runtimes: readonly RuntimeProbe[];
  readonly doctor: {
    readonly findings: readonly { readonly name: string; readonly text: string }[];
  };
  readonly plan: { readonly tasks: readonly PlanTaskJson[] };
}

/** A call of the program that goes on. */
export interface Live {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ran>;
}

/** A project under test. */
export interface Project {
  readonly dir: string;
  /** What is outside of the project: the person's home and their own `PATH` folder `bin`. */
  readonly home: string;
  readonly git: (...args: string[]) => string;
  readonly write: (path: string, text: string) => void;
  /** Writes a plan file. */
  readonly plan: (tasks: readonly object[]) => string;
  readonly start: (...args: string[]) => Live;
  readonly tutti: (...args: string[]) => Promise<Ran>;
  /** The command lines of all living processes that name a program of the folder `bin`. */
  readonly left: () => string[];
}

/**
 * Makes a project.
 *
 * @param environment - Variables beside the plain ones.
 * @returns The project; its folder goes when the test is over.
 */
export function makeProject(environment: Environment = {}): Project {
  const home = mkdtempSync(join(tmpdir(), 'tutti-e2e-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  const dir = join(home, 'path-parse');
  cpSync(foreign, dir, { recursive: true });
  mkdirSync(join(home, 'bin'));
  const env = {
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    TUTTI_HOME: join(home, 'state'),
    GIT_CONFIG_NOSYSTEM: '1',
    // Where there is none, agents would not start.
    ...(found.works ? {} : { TUTTI_SANDBOX: 'off' }),
    ...(typeof environment === 'function' ? environment(home) : environment),
  };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: dir, encoding: 'utf8', env }).trimEnd();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  git('config', '--global', 'user.name', 'Ann');
  git('config', '--global', 'user.email', 'ann@example.org');
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'Publish 1.0.5');
  const start = (...args: string[]): Live => startTutti(args, dir, env);
  return {
    dir,
    home,
    git,
    write,
    plan: (tasks) => {
      const path = join(home, 'plan.yaml');
      writeFileSync(path, stringify({ goal: 'Make it better', tasks }));
      return path;
    },
    start,
    tutti: (...args) => start(...args).ended,
    left: () => {
      const all = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
      return all.split('\n').filter((line) => line.includes(join(home, 'bin')));
    },
  };
}

function startTutti(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Live {
  const child = spawn(process.execPath, [join(dist, 'cli/main.js'), ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    kill: (signal) => child.kill(signal),
    ended: new Promise((resolve) => {
      child.on('close', (code) => {
        resolve({ code, ...said, json: () => readDocument(said.stdout, said.stderr) });
      });
    }),
  };
}

function readDocument(stdout: string, stderr: string): Documents {
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the tests compare what is in it
    return JSON.parse(stdout) as Documents;
  } catch {
    throw new Error(`stdout is not one document: ${stdout}\n${stderr}`);
  }
}

/** What of a checkout must not change: its files, and those of git that are a person's. */
const PERSONAL = [
  'HEAD',
  'index',
  'config',
  'hooks',
  'info',
  'logs/HEAD',
  'ORIG_HEAD',
  'FETCH_HEAD',
];

/**
 * Hashes every file of the work tree and of the git directory that belongs to its person; only the
 * run files, which say that git is to ignore them, are left out.
 *
 * @param dir - The checkout.
 * @returns One line a file: its mode, its hash, its path.
 */
export function fingerprint(dir: string): string[] {
  const skip = ['-path', './.git', '-prune', '-o', '-path', './.tutti/runs', '-prune', '-o'];
  const paths = [
    ...find(dir, ['.', ...skip, '-print']),
    ...find(join(dir, '.git'), PERSONAL).map((path) => `.git/${path}`),
  ];
  return paths.toSorted().map((path) => {
    const { mode, mtimeMs } = statSync(join(dir, path));
    const kind = statSync(join(dir, path)).isFile();
    const hash = kind
      ? createHash('sha256')
          .update(readFileSync(join(dir, path)))
          .digest('hex')
      : '';
    return [mode.toString(8), kind ? mtimeMs : '', hash, path].join(' ');
  });
}

function find(cwd: string, args: readonly string[]): string[] {
  try {
    return lines(execFileSync('find', args, { cwd, encoding: 'utf8', stdio: 'pipe' }));
  } catch (error) {
    // Some of the named files need not be there: the rest is listed all the same.
    return error instanceof Error && 'stdout' in error ? lines(String(error.stdout)) : [];
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && line !== './.tutti');
}
