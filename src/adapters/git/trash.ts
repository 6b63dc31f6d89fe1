// Removes folders that somebody else filled: renamed away first, so that they are gone at once even
// if this process dies, then deleted by programs that cope with any depth and any mode.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Removes a file or folder, whatever is in it; one that is not there is fine.
 *
 * @param path - What goes. A symbolic link goes itself, not what it leads to.
 * @param trash - Where it is put until it is deleted.
 * @param may - Asked once more between the two: after a no it is put back where it was.
 * @returns Whether it is gone.
 */
export async function discard(
  path: string,
  trash: string,
  may: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  const target = await putAway(path, trash);
  if (target === null) return true;
  if (await may()) {
    await erase(target);
    return true;
  }
  // Whoever works in it has not lost it: to them a folder that is moved stays the same folder.
  await rename(target, path).catch(() => undefined);
  return false;
}

async function putAway(path: string, trash: string): Promise<string | null> {
  const random = randomBytes(8).toString('hex');
  await mkdir(trash, { recursive: true });
  const beside = join(dirname(path), `.${basename(path)}.trash-${random}`);
  for (const target of [join(trash, random), beside]) {
    try {
      await rename(path, target);
      return target;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      // Another file system, or a folder we may not move to another parent: stay beside it.
      if (target === beside) throw error;
    }
  }
  return null;
}

/**
 * Deletes a file or folder, whatever is in it; one that is not there is fine.
 *
 * @param path - What goes.
 */
export async function erase(path: string): Promise<void> {
  if ((await run('rm', ['-rf', '--', path])) === '') return;
  await run('chmod', ['-R', 'u+rwx', '--', path]);
  const problem = await run('rm', ['-rf', '--', path]);
  if (problem !== '') throw new Error(`cannot remove ${path}: ${problem}`);
}

/**
 * Runs a system program quietly.
 *
 * @param program - Its name.
 * @param args - Its arguments.
 * @returns What went wrong, or nothing.
 */
export function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let problem = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (problem.length < 1000) problem += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code === 0 ? '' : problem.trim() || `${program} ended with ${code}`);
    });
  });
}
