// `tutti doctor --fix`: what can be mended without asking. Only files of our own are touched.

import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { plural } from '../util/amount.ts';
import type { App } from './app.ts';
import { finishKilledMerge } from './merge-rest.ts';

/** What is older was left by a process that died: nobody takes so long. */
const STALE_MS = 3_600_000;
/** Names of what is made aside and renamed, in our folder of the git directory. */
const ASIDE = /^(?:git\.[0-9a-f]{12}|index-[0-9a-f]{12}(?:\.lock)?|merge\.json\.[0-9a-f]+)$/u;
const OWNER_FILE = 0o600;
const OWNER_FOLDER = 0o700;
const IGNORE_ALL = '*\n';

/**
 * Mends what can be mended without asking.
 *
 * @param app - The application.
 * @returns What was done, a line each.
 */
export async function mend(app: App): Promise<readonly string[]> {
  const done: string[] = [];
  const opened = await app.repository();
  if (!opened.ok) return done;
  const { commonDir } = opened.value;
  const home = join(commonDir, 'tutti');
  for (const folder of [home, join(app.root, '.tutti', 'runs')]) {
    const count = await openUp(folder);
    if (count > 0) done.push(`made ${plural(count, 'file')} in ${folder} readable and writable`);
  }
  if (await makeIgnored(join(app.root, '.tutti', 'runs'))) done.push('git ignores .tutti/runs');
  const stale = await dropStale(home, app.clock.now());
  if (stale > 0) done.push(`removed ${plural(stale, 'half-made file')} in ${home}`);
  const locks = await opened.value.dropLeftLocks();
  if (locks > 0) done.push(`removed ${plural(locks, 'lock')} of a git that died`);
  const sockets = await app.nudge.leftBehind();
  for (const folder of sockets) await rm(folder, { recursive: true, force: true });
  if (sockets.length > 0)
    done.push(`removed ${plural(sockets.length, 'socket')} of dead processes`);
  // Opening it for writing brings it up to date.
  if ((await lstat(join(home, 'tutti.db')).catch(() => null)) !== null) await app.store();
  const merge = await finishKilledMerge(app, commonDir);
  if (merge !== null) done.push(merge);
  return done;
}

/** Gives their owner, who is us, back what was taken away. */
async function openUp(root: string): Promise<number> {
  let count = 0;
  const left = [root];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const stat = await lstat(at).catch(() => null);
    if (stat === null || stat.isSymbolicLink() || stat.uid !== process.getuid?.()) continue;
    const wanted = stat.isDirectory() ? OWNER_FOLDER : OWNER_FILE;
    if ((stat.mode & wanted) !== wanted) {
      await chmod(at, (stat.mode & 0o777) | wanted);
      count += 1;
    }
    if (!stat.isDirectory()) continue;
    for (const name of await readdir(at).catch(() => [])) left.push(join(at, name));
  }
  return count;
}

async function makeIgnored(runs: string): Promise<boolean> {
  const file = join(runs, '.gitignore');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === IGNORE_ALL) return false;
  await mkdir(runs, { recursive: true });
  await writeFile(file, IGNORE_ALL);
  return true;
}

async function dropStale(home: string, now: number): Promise<number> {
  let count = 0;
  for (const name of await readdir(home).catch(() => [])) {
    const path = join(home, name);
    const stat = ASIDE.test(name) ? await lstat(path).catch(() => null) : null;
    if (stat === null || now - stat.mtimeMs < STALE_MS) continue;
    await rm(path, { recursive: true, force: true });
    count += 1;
  }
  return count;
}
