// Where a tool may act: inside the working directory, outside git's own folder, whatever links lie
// there. The agent's commands run at the same time and may swap a folder for a link at any moment, so
// a path is never checked first and used afterwards: every folder on the way is opened without
// following links, and what is done is done relative to the open folder.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

import { errorCode } from '../../../../util/system-error.ts';

/** Why a tool does not do what it was asked; told to the model. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** An open folder inside the root, and a name in it that is no path. */
export interface Spot {
  /** A way to the name that no link can lead astray while the folder is open. */
  readonly path: string;
  /** The same from the root, for people. */
  readonly shown: string;
  readonly close: () => void;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const MAX_PATH = 4_096;

/**
 * Finds the folder that a path's last part lies in, and holds it open.
 *
 * @param root - The working directory, with its links resolved.
 * @param path - What the model wrote.
 * @param make - Whether folders that are missing are made.
 * @returns The spot, to be closed.
 */
export function openSpot(root: string, path: string, make: boolean): Spot {
  const inside = insidePath(root, path);
  const { known, missing } = followLinks(root, inside);
  const parts = [...known, ...missing];
  const name = parts.pop();
  if (name === undefined) throw new ToolError('this is the working directory itself');
  let folder = openFolder(root, root);
  try {
    for (const part of parts) {
      const next = `${folder.path}${sep}${part}`;
      if (make) makeFolder(next);
      const inner = openFolder(next, join(folder.real, part));
      folder.close();
      folder = inner;
    }
  } catch (error) {
    folder.close();
    throw asToolError(error, path);
  }
  const { close } = folder;
  return { path: `${folder.path}${sep}${name}`, shown: [...parts, name].join('/'), close };
}

/**
 * Opens a regular file to be read: no link, no pipe, no device.
 *
 * @param root - The working directory, with its links resolved.
 * @param path - What the model wrote.
 * @returns The open file and its size.
 */
export function openFile(
  root: string,
  path: string,
): { readonly fd: number; readonly size: number } {
  const spot = openSpot(root, path, false);
  try {
    // A pipe that nobody writes to would never open otherwise.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = openSync(spot.path, flags);
    const found = fstatSync(fd);
    if (found.isFile()) return { fd, size: found.size };
    closeSync(fd);
    throw new ToolError(
      found.isDirectory() ? `${path} is a folder: list it` : `${path} is no regular file`,
    );
  } catch (error) {
    throw asToolError(error, path);
  } finally {
    spot.close();
  }
}

/**
 * Opens a folder to be listed.
 *
 * @param root - The working directory, with its links resolved.
 * @param path - What the model wrote; `.` = the working directory.
 * @returns A way to it that stays the same while it is open.
 */
export function openListed(root: string, path: string): Spot {
  const inside = insidePath(root, path);
  if (inside.length === 0) return { ...openFolder(root, root), shown: '.' };
  const spot = openSpot(root, path, false);
  try {
    const folder = openFolder(spot.path, join(root, spot.shown));
    return { path: folder.path, shown: spot.shown, close: folder.close };
  } catch (error) {
    throw asToolError(error, path);
  } finally {
    spot.close();
  }
}

/**
 * Tells whether a name is git's own folder, as any file system may spell it.
 *
 * @param name - One part of a path.
 * @returns Whether nothing may be done below it.
 */
export function isGitFolder(name: string): boolean {
  // Also what HFS+ ignores, and the short name that NTFS gives it.
  const plain = name.replaceAll(/[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu, '');
  return /^(?:\.git|git~\d+)[. ]*$/iu.test(plain);
}

/** The parts of a path below the root, judged by its letters alone. */
function insidePath(root: string, path: string): string[] {
  if (path.includes('\0')) throw new ToolError('a path holds no NUL');
  if (path.length > MAX_PATH) throw new ToolError('this path is too long');
  if (path.trim() === '') throw new ToolError('a path is needed');
  const inside = relative(root, isAbsolute(path) ? withoutLinks(path) : resolve(root, path));
  const parts = inside === '' ? [] : inside.split(sep);
  if (parts[0] === '..' || isAbsolute(inside)) {
    throw new ToolError(`${path} is outside the working directory`);
  }
  return checked(parts, path);
}

/** The working directory may be known by another name, by way of a link. */
function withoutLinks(path: string): string {
  const whole = resolve(path);
  for (let end = whole.length; end > 0; end = whole.lastIndexOf(sep, end - 1)) {
    const head = whole.slice(0, end);
    try {
      return join(realpathSync(head), whole.slice(end));
    } catch {
      // It does not exist; one further up does.
    }
  }
  return whole;
}

function checked(parts: string[], path: string): string[] {
  if (parts.some((part) => isGitFolder(part))) {
    throw new ToolError(`${path} is in git’s own folder, which is not for tools`);
  }
  return parts;
}

/**
 * Resolves the links on the way: a repository may well hold some. Where they lead must be inside,
 * too; what comes after the last existing part must not exist in any form, a dangling link included.
 */
function followLinks(
  root: string,
  parts: readonly string[],
): { readonly known: readonly string[]; readonly missing: readonly string[] } {
  for (let length = parts.length; length > 0; length -= 1) {
    const head = join(root, ...parts.slice(0, length));
    const path = parts.slice(0, length).join('/');
    if (!isThere(head)) continue;
    let real: string;
    try {
      real = realpathSync(head);
    } catch {
      throw new ToolError(`${path} is a link that leads nowhere`);
    }
    const inside = relative(root, real);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw new ToolError(`${path} leads out of the working directory`);
    }
    const known = checked(inside === '' ? [] : inside.split(sep), path);
    return { known, missing: parts.slice(length) };
  }
  return { known: [], missing: parts };
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

interface Folder {
  readonly path: string;
  readonly real: string;
  readonly close: () => void;
}

/** Linux reaches an open folder by its number; elsewhere its own path has to do. */
function openFolder(path: string, real: string): Folder {
  const fd = openSync(path, FOLDER);
  const byNumber = `/proc/self/fd/${fd}`;
  const close = (): void => closeSync(fd);
  try {
    const found = process.platform === 'linux' ? readlinkSync(byNumber) : realpathSync(real);
    if (found !== real) throw new ToolError('a folder on the way was moved meanwhile');
    return { path: process.platform === 'linux' ? byNumber : real, real, close };
  } catch (error) {
    close();
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * Puts what the system refuses into words for the model.
 *
 * @param error - What was thrown.
 * @param path - What the model wrote.
 * @returns An error of a tool; a bug stays what it is.
 */
export function asToolError(error: unknown, path: string): unknown {
  if (error instanceof ToolError) return error;
  const code = errorCode(error);
  if (code === null) return error;
  const words = WORDS[code];
  return new ToolError(words === undefined ? `${path}: ${code}` : `${path} ${words}`);
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'has a file where a folder should be',
  ELOOP: 'is a link, or has one on its way',
  EACCES: 'may not be opened',
  EPERM: 'may not be changed',
  EROFS: 'is on a read-only disk',
  ENXIO: 'is no regular file',
  EISDIR: 'is a folder',
  ENAMETOOLONG: 'has too long a name',
  ENOSPC: 'does not fit: the disk is full',
};
