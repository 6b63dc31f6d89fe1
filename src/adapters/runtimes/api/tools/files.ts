// Reading and writing files: bounded, text only, never through a link.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { asToolError, openFile, openSpot, ToolError } from './place.ts';

/** A larger file is read in pieces, and not edited. */
const MAX_EDIT_BYTES = 8 << 20;
const MAX_WRITE_BYTES = 8 << 20;
/** So much of a file goes to the model at once. */
const MAX_READ_CHARS = 60_000;
const MAX_LINES = 2_000;
const MAX_LINE_CHARS = 2_000;
const CHUNK = 1 << 16;

/**
 * Reads lines of a file.
 *
 * @param root - The working directory.
 * @param path - The file.
 * @param from - The first line, counted from 1.
 * @param count - So many lines at most.
 * @returns The lines with their numbers; says where it goes on.
 */
export function readLines(root: string, path: string, from: number, count: number): string {
  const { fd, size } = openFile(root, path);
  try {
    const wanted = Math.min(Math.max(count, 1), MAX_LINES);
    const page = new Page(Math.max(from, 1), wanted);
    const decoder = new TextDecoder();
    const chunk = Buffer.alloc(CHUNK);
    for (let at = 0; !page.full;) {
      const length = readSync(fd, chunk, 0, CHUNK, at);
      if (length === 0) break;
      const bytes = chunk.subarray(0, length);
      if (bytes.includes(0)) throw new ToolError(`${path} is no text (${size} bytes)`);
      at += length;
      page.take(decoder.decode(bytes, { stream: true }));
    }
    return page.text();
  } finally {
    closeSync(fd);
  }
}

/** Picks a range of lines out of a text that comes in pieces, and forgets the rest. */
class Page {
  readonly #from: number;
  readonly #to: number;
  #line = 1;
  #current = '';
  #cut = false;
  #chars = 0;
  readonly #lines: string[] = [];

  constructor(from: number, count: number) {
    this.#from = from;
    this.#to = from + count;
  }

  get full(): boolean {
    return this.#line >= this.#to || this.#chars >= MAX_READ_CHARS;
  }

  take(text: string): void {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#endLine();
      if (this.full) return;
      this.#add(part);
    }
  }

  #add(part: string): void {
    const room = MAX_LINE_CHARS - this.#current.length;
    this.#cut ||= part.length > room;
    this.#current += part.slice(0, Math.max(room, 0));
  }

  #endLine(): void {
    if (this.full) return;
    if (this.#line >= this.#from) {
      const line = `${this.#line}\t${this.#current}${this.#cut ? ' […]' : ''}`;
      this.#chars += line.length;
      this.#lines.push(line);
    }
    this.#line += 1;
    this.#current = '';
    this.#cut = false;
  }

  text(): string {
    const more = this.full;
    if (this.#current !== '') this.#endLine();
    if (this.#lines.length === 0) return this.#line === 1 ? '(empty)' : '(no such lines)';
    const rest = more ? `\n(there is more: go on from line ${this.#line})` : '';
    return this.#lines.join('\n') + rest;
  }
}

/**
 * Writes a file anew, whole or not at all.
 *
 * @param root - The working directory.
 * @param path - The file; folders on the way are made.
 * @param content - All of it.
 * @returns Whether it was there before.
 */
export function writeWhole(root: string, path: string, content: string): boolean {
  const bytes = Buffer.from(content, 'utf8');
  if (bytes.length > MAX_WRITE_BYTES) throw new ToolError('this is too much for one file');
  const spot = openSpot(root, path, true);
  try {
    const before = modeOf(spot.path, path);
    // Beside it and under a new name: what reads it meanwhile sees all of the old or of the new, and
    // another name of the same file elsewhere keeps what it had.
    const fresh = join(dirname(spot.path), `.tutti-${randomBytes(9).toString('hex')}`);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = openSync(fresh, flags, 0o666);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      if (before !== null) fchmodSync(fd, before & 0o777);
      renameSync(fresh, spot.path);
    } catch (error) {
      unlinkSync(fresh);
      throw error;
    } finally {
      closeSync(fd);
    }
    return before !== null;
  } catch (error) {
    throw asToolError(error, path);
  } finally {
    spot.close();
  }
}

/** The mode of a regular file; `null` where there is nothing. */
function modeOf(at: string, path: string): number | null {
  try {
    const found = lstatSync(at);
    if (found.isFile()) return found.mode;
  } catch {
    return null;
  }
  throw new ToolError(`${path} is no regular file`);
}

/**
 * Replaces a piece of a file.
 *
 * @param root - The working directory.
 * @param path - The file.
 * @param change - What to replace, by what, and whether wherever it stands.
 * @param change.old - The piece as it stands there.
 * @param change.new - What stands there afterwards.
 * @param change.all - Whether it may stand there several times.
 * @returns How often it was replaced.
 */
export function editFile(
  root: string,
  path: string,
  change: { readonly old: string; readonly new: string; readonly all: boolean },
): number {
  const text = readText(root, path);
  if (change.old === '') throw new ToolError('`old` is empty: use write for a new file');
  if (change.old === change.new) throw new ToolError('`old` and `new` are the same');
  const pieces = text.split(change.old);
  const times = pieces.length - 1;
  if (times === 0) {
    throw new ToolError(`\`old\` does not stand in ${path}: read it again, spaces count`);
  }
  if (times > 1 && !change.all) {
    throw new ToolError(`\`old\` stands ${times} times in ${path}: take more of it, or set all`);
  }
  writeWhole(root, path, pieces.join(change.new));
  return times;
}

function readText(root: string, path: string): string {
  const { fd, size } = openFile(root, path);
  try {
    if (size > MAX_EDIT_BYTES) throw new ToolError(`${path} is too large to be edited`);
    const bytes = Buffer.alloc(size);
    let length = 0;
    for (let got = -1; got !== 0 && length < size; length += got) {
      got = readSync(fd, bytes, length, size - length, length);
    }
    // What is no UTF-8 would be written back as something else.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(0, length),
    );
  } catch (error) {
    if (error instanceof TypeError) throw new ToolError(`${path} is no UTF-8 text`);
    throw error;
  } finally {
    closeSync(fd);
  }
}
