// What an agent has closed, by its mode, is opened again for its owner, who is to look at it or move it.

import { chmod, lstat } from 'node:fs/promises';

import { run } from './programs.ts';

/**
 * Opens one file or folder for its owner. Links are not followed; what is somebody else's, or gone, stays
 * as it is: whoever uses it hears why that cannot be done.
 *
 * @param path - The file or folder.
 */
export async function open(path: string | Buffer): Promise<void> {
  const about = await lstat(path).catch(() => null);
  if (about === null || !(about.isDirectory() || about.isFile())) return;
  const wanted = about.isDirectory() ? 0o700 : 0o600;
  if ((about.mode & wanted) === wanted) return;
  await chmod(path, (about.mode & 0o777) | wanted).catch(() => undefined);
}

/**
 * Opens a folder, and all that is in it at any depth, in the same way.
 *
 * @param folder - The folder; no link.
 */
export async function openAll(folder: string): Promise<void> {
  await run('chmod', ['-R', 'u+rwX', '--', folder]);
}
