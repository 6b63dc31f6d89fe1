// Reads a folder that an agent has filled as it liked. Nothing there is trusted: every folder on the
// way is held open and never reached by a link, only plain files are read, and all of it is bounded:
// in number, in size, in depth, and in how long a folder's list may be.

import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const MB = 1_048_576;
/** So much of an outbox is taken. */
export const OUTBOX: Readonly<
  Record<'files' | 'fileBytes' | 'bytes' | 'depth' | 'looked' | 'named', number>
> = { files: 1000, fileBytes: 8 * MB, bytes: 64 * MB, depth: 8, looked: 3000, named: 50 };
/** Further entries are only counted, and no further than that. */
const MOST_COUNTED = 200_000;
const NAME_BYTES = 200;
const PATH_BYTES = 1000;

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Only there can a path lead through a folder that is open. */
const THROUGH_OPEN = process.platform === 'linux';

/** What is found in an outbox. */
export interface OutboxReader {
  /** Takes a file; gives why it is not taken after all, or `null`. */
  take(path: string, content: Buffer): Promise<string | null>;
  refuse(path: string, why: string): void;
  /** So many entries were not looked at. */
  overlooked(count: number): void;
}

/** What is left of the bounds. */
interface Left {
  files: number;
  bytes: number;
  looked: number;
}

/**
 * Reads an outbox.
 *
 * @param path - The folder.
 * @param reader - Takes what is found, in the order of the names.
 * @returns Whether it is a folder at all.
 */
export async function readOutbox(path: string, reader: OutboxReader): Promise<boolean> {
  const folder = await openFolder(path);
  if (folder === null) return false;
  const left: Left = { files: OUTBOX.files, bytes: OUTBOX.bytes, looked: OUTBOX.looked };
  try {
    await readFolder({ folder, path: '', depth: 1 }, reader, left);
  } finally {
    await folder.handle.close();
  }
  return true;
}

/**
 * Reads the beginning of one plain file of an outbox.
 *
 * @param path - The outbox.
 * @param name - The file's name.
 * @param limit - At most so many bytes.
 * @returns What it holds, and whether there is more; `null` = there is no such file.
 */
export async function readHead(
  path: string,
  name: string,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly more: boolean } | null> {
  const folder = await openFolder(path);
  if (folder === null) return null;
  try {
    const file = await open(join(folder.way, name), FILE).catch(() => null);
    if (file === null) return null;
    try {
      if (!(await file.stat()).isFile()) return null;
      const bytes = await readUpTo(file, limit + 1);
      return { bytes: bytes.subarray(0, limit), more: bytes.length > limit };
    } finally {
      await file.close();
    }
  } finally {
    await folder.handle.close();
  }
}

interface OpenFolder {
  readonly handle: FileHandle;
  /** A way into it that nothing can lead astray while it is open. */
  readonly way: string;
}

async function openFolder(path: string): Promise<OpenFolder | null> {
  const handle = await open(path, FOLDER).catch(() => null);
  if (handle === null) return null;
  return { handle, way: THROUGH_OPEN ? `/proc/self/fd/${handle.fd}` : path };
}

interface Here {
  readonly folder: OpenFolder;
  /** From the outbox. */
  readonly path: string;
  readonly depth: number;
}

async function readFolder(here: Here, reader: OutboxReader, left: Left): Promise<void> {
  const names = await namesIn(here.folder.way, reader, left);
  for (const name of names) {
    const path = here.path === '' ? name : `${here.path}/${name}`;
    const why = nameProblem(name, path);
    if (why === null) await readEntry({ ...here, path }, name, { reader, left });
    else reader.refuse(path, why);
  }
}

/** Sorted, so that what is taken of too much does not depend on the disk. */
async function namesIn(way: string, reader: OutboxReader, left: Left): Promise<string[]> {
  const names: string[] = [];
  let more = 0;
  for await (const { name } of await opendir(way)) {
    if (left.looked > 0) {
      left.looked -= 1;
      names.push(name);
    } else more += 1;
    if (more >= MOST_COUNTED) break;
  }
  if (more > 0) reader.overlooked(more);
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

interface Reading {
  readonly reader: OutboxReader;
  readonly left: Left;
}

async function readEntry(at: Here, name: string, { reader, left }: Reading): Promise<void> {
  const { path, depth } = at;
  const way = join(at.folder.way, name);
  const found = await lstat(way).catch(() => null);
  const kind = found === null ? 'it was gone when it was looked at' : kindProblem(found);
  if (kind !== null) reader.refuse(path, kind);
  else if (found?.isDirectory() === true) {
    if (depth >= OUTBOX.depth) reader.refuse(path, `deeper than ${OUTBOX.depth} folders`);
    else await readInner({ path, depth: depth + 1 }, way, { reader, left });
  } else {
    const why = await readFile(path, way, { reader, left });
    if (why !== null) reader.refuse(path, why);
  }
}

async function readInner(
  at: Omit<Here, 'folder'>,
  way: string,
  { reader, left }: Reading,
): Promise<void> {
  const folder = await openFolder(way);
  if (folder === null) {
    reader.refuse(at.path, 'it cannot be read');
    return;
  }
  try {
    await readFolder({ ...at, folder }, reader, left);
  } finally {
    await folder.handle.close();
  }
}

async function readFile(
  path: string,
  way: string,
  { reader, left }: Reading,
): Promise<string | null> {
  if (left.files <= 0) return `more than ${OUTBOX.files} files`;
  const file = await open(way, FILE).catch(() => null);
  if (file === null) return 'it cannot be read';
  try {
    const before = await file.stat();
    const why = before.isFile() ? sizeProblem(before.size, left) : 'no plain file';
    if (why !== null) return why;
    const content = await readUpTo(file, before.size + 1);
    const after = await file.stat();
    const same = content.length === before.size && after.mtimeMs === before.mtimeMs;
    if (!same) return 'it was written while it was read';
    const refused = await reader.take(path, content);
    if (refused !== null) return refused;
    left.files -= 1;
    left.bytes -= content.length;
    return null;
  } finally {
    await file.close();
  }
}

function sizeProblem(size: number, left: Left): string | null {
  if (size > OUTBOX.fileBytes) return `larger than ${OUTBOX.fileBytes / MB} MiB`;
  return size > left.bytes ? `more than ${OUTBOX.bytes / MB} MiB in all` : null;
}

async function readUpTo(file: FileHandle, limit: number): Promise<Buffer> {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const { bytesRead } = await file.read(buffer, length, limit - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function kindProblem(found: Stats): string | null {
  if (found.isFile() || found.isDirectory()) return null;
  if (found.isSymbolicLink()) return 'a symbolic link';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'no plain file';
}

/** Names that people see, that are written into prompts and that programs are given. */
function nameProblem(name: string, path: string): string | null {
  if (name.includes('\ufffd')) return 'its name is no text';
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(name)) return 'its name has characters nobody sees';
  if (name.includes('\\')) return 'its name has a backslash';
  // Who goes there with a shell would have git look into it, and do what it says.
  if (/^(?:\.git|git~\d+)[. ]*$/iu.test(name)) return 'it would be a git repository';
  if (Buffer.byteLength(name) > NAME_BYTES) return 'its name is too long';
  return Buffer.byteLength(path) > PATH_BYTES ? 'its path is too long' : null;
}
