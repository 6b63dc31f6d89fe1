// A scratch folder in which a hostile repository is set up, the way the vectors expect it: the trusted
// `main`, its clone `clone`, a home of its own, and a canary that appears when something was run.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A scratch folder. */
export interface Scene {
  readonly dir: string;
  readonly env: Record<string, string>;
  /** Runs a script in it, as whoever plants something or is careless; its exit code. */
  readonly sh: (script: string, canary?: string) => number;
  /** What has been run or written so far, by name. */
  readonly canaries: () => readonly string[];
}

/** What the vectors expect to be there. */
export const PRELUDE: string = `
git config --global user.name t; git config --global user.email t@example.invalid
git config --global init.defaultBranch main; git config --global advice.detachedHead false
git init -q main
cd main; printf 'a\\n' > a.txt; mkdir dir; printf 'b\\n' > dir/b.txt; git add .; git commit -qm base; cd ..
git clone -q --shared main clone
`;

/** Longer than anything that does not wait for ever. */
const PATIENCE_MS = 60_000;

/**
 * Makes a scratch folder with the prelude of the vectors done.
 *
 * @returns The scene; it goes when the test is over, with what it has started.
 */
export function makeScene(): Scene {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-vector-')));
  for (const name of ['home', 'canaries', 'tmp']) mkdirSync(join(dir, name));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(dir, 'home'),
    TMPDIR: join(dir, 'tmp'),
    W: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  const sh = (script: string, canary = 'canary'): number => {
    const CANARY = join(dir, 'canaries', canary);
    const { status } = spawnSync('bash', ['-c', `cd "$W"\n${script}`], {
      env: { ...env, CANARY },
      stdio: 'ignore',
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    return status ?? -1;
  };
  onTestFinished(() => {
    const server = join(dir, 'srv.pid');
    const pid = existsSync(server) ? Number(readFileSync(server, 'utf8')) : 0;
    try {
      if (pid > 1) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    // Node's own would run out of names in very deep folders.
    spawnSync('rm', ['-rf', '--', dir]);
  }, PATIENCE_MS);
  if (sh(`set -eu\n${PRELUDE}`) !== 0) throw new Error('the scene could not be made');
  return { dir, env, sh, canaries: () => readdirSync(join(dir, 'canaries')) };
}

/**
 * Describes every file below a folder: kind, mode, content or where it leads.
 *
 * @param top - The folder.
 * @param skip - What of it may change, by its path from there.
 * @returns A line each, sorted.
 */
export function fingerprint(top: string, skip: (path: string) => boolean): readonly string[] {
  const lines: string[] = [];
  const visit = (path: string): void => {
    if (path !== '' && skip(path)) return;
    const full = join(top, path);
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (stat === undefined) return;
    let what = 'special';
    if (stat.isSymbolicLink()) what = `-> ${readlinkSync(full)}`;
    else if (stat.isDirectory()) what = 'folder';
    else if (stat.isFile() && stat.size < 4_000_000) {
      what = createHash('sha256').update(readFileSync(full)).digest('hex').slice(0, 16);
    } else if (stat.isFile()) what = String(stat.size);
    lines.push(`${path} ${stat.mode.toString(8)} ${what}`);
    if (!stat.isDirectory() || path.length > 2000) return;
    for (const name of readdirSync(full)) visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return lines.toSorted();
}
