// What is kept beside git of an attempt, see aside.ts, is told and brought back.

import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Aside } from '../../../ports/workspace.ts';
import { isRecord } from '../../../util/is-record.ts';
import { errorCode } from '../../../util/system-error.ts';
import { open } from './open-up.ts';
import { run } from './programs.ts';
import { readJson } from './record.ts';

/**
 * Tells what is kept beside git.
 *
 * @param folder - Where it would be.
 * @param left - A whole work tree that could not be taken; `null` = none.
 * @returns What there is; `null` = nothing.
 */
export async function readAside(folder: string, left: string | null): Promise<Aside | null> {
  const about = await readJson(join(folder, 'about.json'));
  const named = isRecord(about) && Array.isArray(about['leftOut']) ? about['leftOut'] : [];
  const leftOut = named.filter((one): one is string => typeof one === 'string');
  const there = [join(folder, 'files'), ...(left === null ? [] : [left])];
  const sums = await Promise.all(there.map((one) => sizeOf(one)));
  const files = sums.reduce((sum, one) => sum + one.files, 0);
  const bytes = sums.reduce((sum, one) => sum + one.bytes, 0);
  const gitDir = join(folder, 'git');
  const isKept = (await lstat(join(gitDir, 'config')).catch(() => null)) !== null;
  const commits = isKept ? gitDir : null;
  if (files === 0 && leftOut.length === 0 && commits === null) return null;
  return { files, bytes, leftOut, whole: left !== null, commits };
}

async function sizeOf(path: string | Buffer): Promise<{ files: number; bytes: number }> {
  const about = await lstat(path).catch(() => null);
  if (about === null) return { files: 0, bytes: 0 };
  if (!about.isDirectory()) return { files: 1, bytes: about.size };
  const sum = { files: 0, bytes: 0 };
  for (const name of await readdir(path, { encoding: 'buffer' }).catch(() => [])) {
    if (name.toString('latin1') === '.git') continue;
    const inner = await sizeOf(below(path, name));
    sum.files += inner.files;
    sum.bytes += inner.bytes;
  }
  return sum;
}

/** A name need not be UTF-8. */
function below(folder: string | Buffer, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), name]);
}

/**
 * Copies what is kept beside git into a folder, over what lies there. A link that lies there is replaced,
 * never followed: a repository or an agent says where it leads.
 *
 * @param from - The folders it lies in, those that are there.
 * @param to - The folder.
 * @throws {Error} When not all of it could be copied; all the rest is.
 */
export async function copyAside(from: readonly string[], to: string): Promise<void> {
  const problems: string[] = [];
  for (const folder of from) {
    if ((await lstat(folder).catch(() => null))?.isDirectory() !== true) continue;
    // An agent may have closed what is in there.
    await run('chmod', ['-R', 'u+rX', '--', folder]);
    await clearWay(folder, to);
    const problem = await copyAll(folder, to);
    if (problem !== '') problems.push(problem);
  }
  await hideRepositories(Buffer.from(to));
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/** Names are handed on by a program: ours can hand on only what is UTF-8. */
function copyAll(folder: string, to: string): Promise<string> {
  const copy = 'to=$1; shift; exec cp -a -- "$@" "$to"';
  const names = ['-mindepth', '1', '-maxdepth', '1', '!', '-name', '.git'];
  return run('find', [folder, ...names, '-exec', 'sh', '-c', copy, 'sh', to, '{}', '+']);
}

/** Removes what is in the way of a copy: it would be written through a link, to wherever that leads. */
async function clearWay(from: string | Buffer, to: string | Buffer): Promise<void> {
  const options = { encoding: 'buffer', withFileTypes: true } as const;
  for (const entry of await readdir(from, options).catch(() => [])) {
    const source = below(from, entry.name);
    const target = below(to, entry.name);
    const there = await lstat(target).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (there === null) continue;
    const areFolders = entry.isDirectory() && there.isDirectory();
    await (areFolders ? clearWay(source, target) : rm(target, { recursive: true }));
  }
}

/** The configuration of a repository that an agent made is not to be read by the person's git. */
async function hideRepositories(folder: Buffer): Promise<void> {
  await open(folder);
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => []);
  for (const name of names) {
    const path = below(folder, name);
    if (name.toString('latin1').toLowerCase() === '.git') {
      await rename(path, below(folder, Buffer.from('dot-git')));
    } else if ((await lstat(path).catch(() => null))?.isDirectory() === true) {
      await hideRepositories(path);
    }
  }
}
