// Files that we put into the private folder of a task. An agent of the task may have been there before
// us: what it left in their place, a link above all, must lead nothing of ours elsewhere, and nothing
// it wrote there may count as a person's settings. Its processes are gone, so nobody races with us.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Makes a folder below a task's private one; whatever else is in its place goes.
 *
 * @param home - The private folder.
 * @param names - The folders on the way to it, one in the other.
 * @returns Its path: a folder, and by no link.
 */
export function ownFolder(home: string, ...names: readonly string[]): string {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  let path = home;
  for (const name of names) {
    path = join(path, name);
    if (isFolder(path)) continue;
    rmSync(path, { force: true });
    mkdirSync(path, { mode: 0o700 });
  }
  return path;
}

/**
 * Writes a file into a folder of `ownFolder`; whatever is in its place goes.
 *
 * @param path - The file.
 * @param content - All that it is to hold.
 */
export function putFile(path: string, content: string | Uint8Array): void {
  rmSync(path, { recursive: true, force: true });
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

/**
 * Copies a person's file into a folder of `ownFolder`. Where the person has none, none is there.
 *
 * @param from - The person's file.
 * @param to - The copy.
 * @returns Whether there is one.
 */
export function putCopy(from: string, to: string): boolean {
  let content: Uint8Array;
  try {
    content = readFileSync(from);
  } catch {
    rmSync(to, { recursive: true, force: true });
    return false; // not everybody has all of them
  }
  putFile(to, content);
  return true;
}

/**
 * Removes what is in a folder but for what a program remembers of its sessions.
 *
 * @param folder - A folder of `ownFolder`.
 * @param kept - Names of what stays where it is a file or a folder.
 */
export function keepOnly(folder: string, kept: RegExp): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (kept.test(entry.name) && (entry.isFile() || entry.isDirectory())) continue;
    rmSync(join(folder, entry.name), { recursive: true, force: true });
  }
}

/**
 * Opens a file that an agent may have put there.
 *
 * @param path - The file.
 * @returns Its descriptor; `null` = it is no file: a link, a pipe that nobody writes to, or nothing.
 */
export function openTheirs(path: string): number | null {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return null;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return null;
}

/**
 * Tells whether there is a folder, by no link.
 *
 * @param path - Where it is looked for.
 * @returns Whether it is there.
 */
export function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
