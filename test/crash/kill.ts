// Runs that are killed at a chosen moment — when the n-th thing has happened — and resumed.

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const DIST = process.env['TUTTI_DIST'] ?? fileURLToPath(new URL('../../dist', import.meta.url));
const MAIN = join(DIST, 'cli', 'main.js');
const FAILPOINTS = fileURLToPath(new URL('failpoints.mjs', import.meta.url));

/** A project in a temporary folder, for real processes of tutti. */
export interface Project {
  readonly home: string;
  readonly dir: string;
  readonly env: Record<string, string>;
  /** How often each attempt of a task began its work: one line each. */
  journal(): string[];
  git(...args: string[]): string;
  /** Writes a file of the project. */
  write(path: string, text: string): void;
  remove(): void;
}

/**
 * Makes a project whose tasks write a journal of what they really did.
 *
 * @param plan - Its plan file; `JOURNAL` in it stands for the journal's path.
 * @param config - Its configuration file.
 * @param where - The folder of its repository; made where it is missing.
 * @returns The project.
 */
export function makeProject(plan: string, config: string, where?: string): Project {
  const home = mkdtempSync(join(tmpdir(), 'tutti-crash-'));
  const dir = where ?? join(home, 'shop');
  const journal = join(home, 'journal');
  mkdirSync(join(dir, '.tutti'), { recursive: true });
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TUTTI_HOME: join(home, 'state'),
    TMPDIR: home,
    GIT_CONFIG_NOSYSTEM: '1',
    NO_COLOR: '1',
    // What runs notes it in a journal beside the project.
    TUTTI_SANDBOX: 'off',
    // The configuration is ours, and raises some limits.
    TUTTI_TRUST_PROJECT: '1',
  };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: dir, env, encoding: 'utf8' }).trimEnd();
  writeFileSync(join(dir, 'base.txt'), 'start\n');
  writeFileSync(join(dir, '.tutti', 'config.yaml'), config);
  writeFileSync(join(home, 'plan.yaml'), plan.replaceAll('JOURNAL', journal));
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', 'commit', '-qm', 'Start');
  return {
    home,
    dir,
    env,
    journal: () => (existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : []),
    git,
    write: (path, text) => writeFileSync(join(dir, path), text),
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Where a process is killed or stopped: at a call by which it changes something outside. */
export interface Point {
  /** The n-th call, or the first whose name holds a text. */
  readonly at: number | string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}

/** A process of tutti whose points are counted. */
export interface Counted {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** The points that it has passed, one line each. */
  passed(): string[];
}

/**
 * Starts tutti with its points counted (see `failpoints.mjs`).
 *
 * @param project - Where.
 * @param args - Its arguments.
 * @param point - Where it is killed or stopped; `null` = it is only counted.
 * @returns The process.
 */
export function counted(project: Project, args: readonly string[], point: Point | null): Counted {
  const trail = join(project.home, `trail-${randomUUID()}`);
  const child = spawn(process.execPath, ['--import', FAILPOINTS, MAIN, ...args], {
    cwd: project.dir,
    env: {
      ...project.env,
      TUTTI_POINTS: `${point?.at ?? 0}:${point?.signal ?? ''}:${trail}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return {
    pid: child.pid ?? 0,
    ended: endOf(child, () => {}),
    passed: () => (existsSync(trail) ? readFileSync(trail, 'utf8').trimEnd().split('\n') : []),
  };
}

function endOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  onLines: (lines: readonly string[]) => void,
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const lines = (): string[] => stderr.split('\n').slice(0, -1);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onLines(lines());
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, lines: lines() }));
  });
}

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** Its lines on stderr. */
  readonly lines: readonly string[];
}

/**
 * Runs tutti; kills it as soon as it has said something so many times, or something is true.
 *
 * @param project - Where.
 * @param args - Its arguments.
 * @param killAfter - Lines after which it is killed with SIGKILL, or when; `null` = it may end by
 *   itself.
 * @returns How it ended.
 */
export function tutti(
  project: Project,
  args: readonly string[],
  killAfter: number | ((stdout: string) => boolean) | null = null,
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: project.dir,
    env: project.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (text: string) => (said += text));
  const look =
    typeof killAfter === 'function'
      ? setInterval(() => {
          if (killAfter(said)) child.kill('SIGKILL');
        }, 5)
      : undefined;
  child.once('exit', () => clearInterval(look));
  const ended = endOf(child, (lines) => {
    if (typeof killAfter === 'number' && lines.length >= killAfter) child.kill('SIGKILL');
  });
  if (killAfter === 0) child.kill('SIGKILL');
  return ended;
}

/**
 * Finds processes that a run left behind.
 *
 * @param project - The project; whatever its runs start has its folder in the environment.
 * @returns Their command lines.
 */
export function leftOver(project: Project): string[] {
  const pids = execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).split('\n');
  return pids.flatMap((pid) => {
    try {
      const env = readFileSync(`/proc/${pid.trim()}/environ`, 'utf8');
      if (
        !env.includes(`TUTTI_HOME=${project.env['TUTTI_HOME'] ?? ''}`) &&
        !env.includes(project.home)
      )
        return [];
      return [readFileSync(`/proc/${pid.trim()}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return []; // it ended while we looked
    }
  });
}
