// Runs the built program the way a person or a script does: a real process in a real repository, with
// a home of its own.

import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';

import { withoutStages } from '../without-stages.ts';

/** The built program; another build can be tried with TUTTI_MAIN. */
export const program: string =
  process.env['TUTTI_MAIN'] ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a call ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A call that is under way. */
interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as its stderr has said this. */
  readonly until: (text: string | RegExp) => Promise<void>;
}

/** A project to call it in. */
export interface Project {
  readonly dir: string;
  readonly env: Record<string, string>;
  readonly write: (path: string, text: string) => string;
  readonly git: (...args: string[]) => string;
  /** Starts it; standard input is closed unless told. */
  readonly start: (args: readonly string[], options?: CallOptions) => Started;
  readonly tutti: (args: readonly string[], options?: CallOptions) => Promise<Ended>;
  /** Calls it with `--json` and reads the one document of its stdout. */
  readonly json: (
    args: readonly string[],
  ) => Promise<{ readonly code: number | null; readonly document: Document }>;
}

/** What a call is made with. */
interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** In a process group of its own, which a test can kill as a whole. */
  readonly group?: boolean;
}

/** A JSON document of unknown shape. */
interface Document {
  readonly [key: string]: Document;
}

/** An empty folder that goes when the test is over. */
export function emptyFolder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-cli-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * Makes a repository with one commit.
 *
 * @param options - What its scripted agents do, and its configuration.
 * @returns The project; it goes when the test is over.
 */
export function project(
  options: { script?: object; config?: Readonly<Record<string, object>> } = {},
): Project {
  const home = emptyFolder();
  const dir = join(home, 'shop');
  mkdirSync(dir);
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    USER: 'ada',
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    TMPDIR: home,
    // What is tried here is the same with and without; sandbox.test.ts tries the sandbox.
    TUTTI_SANDBOX: 'off',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args], {
      cwd: dir,
      env,
      encoding: 'utf8',
    }).trim();
  const write = (path: string, text: string): string => {
    const whole = join(dir, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
    return whole;
  };
  git('init', '-q', '-b', 'main');
  write('README.md', '# Shop\n');
  git('add', '.');
  git('commit', '-q', '-m', 'Start');
  const script = join(home, 'script.json');
  writeFileSync(script, JSON.stringify(options.script ?? {}));
  const config = { runtimes: { default: 'scripted', scripted: { env: { TUTTI_SCRIPT: script } } } };
  mkdirSync(join(home, 'config/tutti'), { recursive: true });
  writeFileSync(
    join(home, 'config/tutti/config.yaml'),
    stringify({
      ...config,
      ...options.config,
      orchestration: withoutStages(options.config?.['orchestration']),
    }),
  );
  const start = (args: readonly string[], call: CallOptions = {}): Started =>
    begin(args, { cwd: dir, ...call, env: { ...env, ...call.env } });
  const tutti = (args: readonly string[], call?: CallOptions): Promise<Ended> =>
    start(args, call).ended;
  const json: Project['json'] = async (args) => {
    const { code, stdout } = await tutti([...args, '--json']);
    const document: Document = JSON.parse(stdout);
    return { code, document };
  };
  return { dir, env, write, git, start, tutti, json };
}

function begin(
  args: readonly string[],
  { cwd, env, input, group = false }: CallOptions & { env: Readonly<Record<string, string>> },
): Started {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env,
    stdio: 'pipe',
    detached: group,
  });
  let stdout = '';
  let stderr = '';
  const heard = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const hear of heard) hear();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const until = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const hear = (): void => {
        if (typeof text === 'string' ? !stderr.includes(text) : !text.test(stderr)) return;
        heard.delete(hear);
        resolve();
      };
      heard.add(hear);
      child.on('close', () => reject(new Error(`it never said ${String(text)}:\n${stderr}`)));
      hear();
    });
  return { child, ended, until };
}

/**
 * Writes a plan file.
 *
 * @param tasks - Its tasks.
 * @returns The text.
 */
export function plan(...tasks: readonly object[]): string {
  return stringify({ goal: 'Try it', tasks });
}

/**
 * A task that is a plain command.
 *
 * @param id - Its id.
 * @param line - A shell command line.
 * @param more - What else the plan says of it.
 * @returns The task.
 */
export function command(id: string, line: string, more: object = {}): object {
  return { id, title: `Do ${id}`, runtime: 'command', command: ['/bin/sh', '-c', line], ...more };
}

/**
 * Has so many processes add a run at the same moment.
 *
 * @param where - The project.
 * @param count - How many.
 * @returns The keys they got, sorted; a call that failed shows what it said instead.
 */
export async function addAtOnce({ tutti }: Project, count: number): Promise<string[]> {
  const ended = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      tutti(['add', `Goal ${index}`, '--no-orchestrate', '--json']),
    ),
  );
  const keys = ended.map(({ stdout, stderr, code }) => {
    if (code !== 0 || stderr !== '') return `${code}: ${stderr}`;
    const document: { run: { key: string } } = JSON.parse(stdout);
    return document.run.key;
  });
  return keys.toSorted(byNumber);
}

/**
 * Lists the keys that so many runs get.
 *
 * @param count - How many.
 * @returns The keys, sorted.
 */
export function keysUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `SHOP-${index + 1}`);
}

function byNumber(a: string, b: string): number {
  return Number(a.replace(/^.*-/u, '')) - Number(b.replace(/^.*-/u, ''));
}
