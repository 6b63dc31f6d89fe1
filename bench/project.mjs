// A repository for the built program to work in, with a home of its own, and gone afterwards.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { plainEnvironment } from './measure.mjs';

/** The built program. */
export const TUTTI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** @typedef {{ dir: string, env: NodeJS.ProcessEnv, remove: () => void }} Project */

/**
 * Makes an empty folder on the disk that is to be measured.
 *
 * @returns {{ dir: string, remove: () => void }}
 */
export function emptyFolder() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-bench-')));
  // A git in the background may still be tidying up there.
  const remove = () =>
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  return { dir, remove };
}

/**
 * Makes a repository with one commit.
 *
 * @param {object} config What the person has configured.
 * @returns {Project}
 */
export function makeProject(config) {
  const { dir: home, remove } = emptyFolder();
  const dir = join(home, 'shop');
  mkdirSync(dir);
  mkdirSync(join(home, 'config/tutti'), { recursive: true });
  // JSON is YAML.
  writeFileSync(join(home, 'config/tutti/config.yaml'), JSON.stringify(config));
  const env = plainEnvironment({
    HOME: home,
    USER: 'ada',
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    // What it costs is measured by itself: bench -- spawn.
    TUTTI_SANDBOX: 'off',
    // The configuration is ours, and raises some limits.
    TUTTI_TRUST_PROJECT: '1',
  });
  const name = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com'];
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['commit', '-q', '--allow-empty', '-m', 'Start'],
  ]) {
    execFileSync('git', [...name, ...args], { cwd: dir, env });
  }
  return { dir, env, remove };
}
