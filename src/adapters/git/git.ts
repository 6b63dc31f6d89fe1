// Runs git. Every call is hardened alike: no hooks, no file system monitor, no pager, no editor, no
// prompt, nothing inherited from the caller's GIT_* variables, no shell. What is read or made is
// durable before it is named, because the store's transitions name it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

import { watchForStuck } from './stuck.ts';

/** Where and how one git process runs. */
export interface GitOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Lets the person's own configuration count (never their hooks): for their identity, their checkouts. */
  readonly personal?: boolean;
  /** Lets it talk to others; else it fetches nothing, not even what a partial clone lacks. */
  readonly outward?: boolean;
  readonly input?: string | Buffer;
  /** Bytes of output after which git is stopped; 256 MiB unless told. */
  readonly limit?: number;
  /** After which git is ended, with what it has printed so far; any time unless told. */
  readonly timeoutMs?: number;
}

/** What a git process came to. */
interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Whether the output went over the limit and was cut there. */
  readonly cut: boolean;
}

/** Git did what nobody expects of it: a damaged repository, a full disk, a lock left behind. */
export class GitFailure extends Error {
  override readonly name: string = 'GitFailure';
  readonly stderr: string;
  /** What to do. */
  readonly hint: string;

  constructor(command: string, result: GitResult) {
    const said = result.stderr.trim();
    const cut = said.length > MOST_SAID ? `${said.slice(0, MOST_SAID)} …` : said;
    super(`git ${command} failed (${result.code}): ${cut}`);
    this.stderr = result.stderr;
    const lock = lockOf(result.stderr);
    this.hint =
      lock === null
        ? 'see what git says: git status, git fsck; then give the command again'
        : `wait for the other git; if there is none, it died: remove ${lock}`;
  }
}

/**
 * Finds out whether git failed because somebody else holds a lock.
 *
 * @param stderr - What it said.
 * @returns The lock file; `null` when it failed for another reason.
 */
export function lockOf(stderr: string): string | null {
  return /Unable to create '([^\n]+\.lock)': File exists/u.exec(stderr)?.[1] ?? null;
}

/** The oldest git that can merge without a work tree. */
export const OLDEST_GIT: readonly [number, number] = [2, 38];

const OUTPUT_LIMIT = 256 * 1024 * 1024;
const STDERR_LIMIT = 64 * 1024;

const STUCK =
  'fatal: git waits for something that never comes: is there a pipe in the place of a file?\n';

/** Names of files may be of any length, and git says them. */
const MOST_SAID = 2_000;

/** Two movers at once wait for each other; they do not fail. */
export const LOCK_WAIT_MS = 10_000;

const ALWAYS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.fsync=objects,derived-metadata,reference',
  'core.fsyncMethod=batch',
  `core.filesRefLockTimeout=${LOCK_WAIT_MS}`,
  `core.packedRefsTimeout=${LOCK_WAIT_MS}`,
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'protocol.ext.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'log.showSignature=false',
  'advice.addEmbeddedRepo=false',
  'color.ui=false',
];

// The files that git looks for in the home directory even without a configuration.
const IMPERSONAL = [
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'protocol.allow=never',
];

const PERSONAL_VARIABLES = new Set([
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
]);

/**
 * Runs one git process to its end.
 *
 * @param args - The command and its arguments; `-c` settings may come first.
 * @param options - Where and how.
 * @returns Its exit code and output; a code that is not 0 is for the caller to judge.
 * @throws The system's error when git cannot be started at all.
 */
export function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const limit = options.limit ?? OUTPUT_LIMIT;
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...settings(options.personal === true), ...args], {
      cwd: options.cwd,
      env: environment(options),
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C is for us: a git that it ended would be a repository that is broken. Only what talks to
      // others keeps the terminal, for ssh to ask there.
      detached: options.outward !== true,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let outSize = 0;
    let errSize = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      if (outSize > limit) return;
      out.push(chunk);
      outSize += chunk.length;
      if (outSize > limit) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errSize < STDERR_LIMIT) err.push(chunk);
      errSize += chunk.length;
    });
    // A git that ends before it has read its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    const { timeoutMs } = options;
    const timer =
      timeoutMs === undefined ? null : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stuck = false;
    const onStuck = (): void => {
      stuck = true;
      child.kill('SIGKILL');
    };
    // Somebody far away may take their time.
    const isPatient = options.outward === true || child.pid === undefined;
    const stopWatching = isPatient ? null : watchForStuck(child.pid, onStuck);
    child.on('error', (error) => reject(missing(error, options.cwd)));
    child.on('close', (code) => {
      stopWatching?.();
      if (timer !== null) clearTimeout(timer);
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(out).subarray(0, limit),
        stderr: Buffer.concat(err).toString('utf8') + (stuck ? STUCK : ''),
        cut: outSize > limit,
      });
    });
    child.stdin.end(options.input ?? '');
  });
}

/** The system says the same of a program and of a folder that are not there. */
function missing(error: Error, cwd: string): Error {
  if (existsSync(cwd)) return error;
  const hint =
    'see where the work trees are: git worktree list; forget lost ones: git worktree prune';
  return Object.assign(error, { message: `git was to work in ${cwd}, which is not there`, hint });
}

/**
 * Runs a git process that is expected to succeed.
 *
 * @param args - The command and its arguments.
 * @param options - Where and how.
 * @returns Its output, as text without the newline at the end.
 * @throws {GitFailure} When it fails.
 */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  const result = await git(args, options);
  if (result.code !== 0) throw new GitFailure(commandOf(args), result);
  return result.stdout.toString('utf8').replace(/\n$/, '');
}

/**
 * Runs a git process that is expected to succeed and prints NUL-terminated records.
 *
 * @param args - The command and its arguments, `-z` among them.
 * @param options - Where and how.
 * @returns The records; a name that is not UTF-8 keeps its bytes, one a character (latin1).
 * @throws {GitFailure} When it fails.
 */
export async function gitRecords(args: readonly string[], options: GitOptions): Promise<string[]> {
  const result = await git(args, options);
  if (result.code !== 0) throw new GitFailure(commandOf(args), result);
  return records(result.stdout);
}

/**
 * Splits output at its NULs, keeping every byte.
 *
 * @param output - What git printed with `-z`.
 * @returns The records, one character a byte.
 */
export function records(output: Buffer): string[] {
  const parts = output.toString('latin1').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

/**
 * Makes a record readable.
 *
 * @param record - One character a byte.
 * @returns The text it is in UTF-8; other bytes become U+FFFD.
 */
export function readable(record: string): string {
  return Buffer.from(record, 'latin1').toString('utf8');
}

// Settings may come before the command.
function commandOf(args: readonly string[]): string {
  let at = 0;
  while (args[at] === '-c') at += 2;
  return args[at] ?? '';
}

function settings(personal: boolean): string[] {
  const pairs = personal ? ALWAYS : [...ALWAYS, ...IMPERSONAL];
  return ['--no-pager', ...pairs.flatMap((pair) => ['-c', pair])];
}

function environment(options: GitOptions): NodeJS.ProcessEnv {
  const personal = options.personal === true;
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('GIT_') || (personal && PERSONAL_VARIABLES.has(name)),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    LANGUAGE: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: ':',
    GIT_NO_REPLACE_OBJECTS: '1',
    // A path that cannot be: an empty file would still be announced as deprecated.
    GIT_GRAFT_FILE: '/dev/null/none',
    GIT_ATTR_NOSYSTEM: '1',
    // Stronger than any setting: an object that is missing would be asked for, by a command that the
    // repository names.
    ...(options.outward === true ? {} : { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' }),
    ...(personal ? {} : { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }),
    ...options.env,
  };
}
