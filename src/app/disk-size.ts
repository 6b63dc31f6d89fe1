import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Adds up what a file or folder takes on the disk. What cannot be looked into counts as nothing.
 *
 * @param path - A file or folder; links are not followed.
 * @returns Bytes.
 */
export async function diskSize(path: string): Promise<number> {
  let bytes = 0;
  const left = [path];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const stat = await lstat(at).catch(() => null);
    if (stat === null) continue;
    bytes += stat.blocks * 512;
    if (!stat.isDirectory()) continue;
    for (const name of await readdir(at).catch(() => [])) left.push(join(at, name));
  }
  return bytes;
}
