// Secrets in what an agent changed are taken out in its work tree, before git sees it: no object that
// holds one is ever made. Its workspace is used by nobody else, and is removed soon after.

import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';

import { SecretFinder } from '../../../util/find-secrets.ts';
import type { FoundSecret } from '../../../util/find-secrets.ts';
import { readFiles } from '../contents.ts';
import { git, readable } from '../git.ts';
import type { GitOptions } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { fullPath, isInside } from './changed-paths.ts';

/** Where to look. */
interface Place {
  readonly work: string;
  readonly index: string;
  /** The commit whose secrets are old news. */
  readonly start: string;
}

/** A file above this size is looked at in pieces of it. */
const PIECE = 64 * 1024 * 1024;
const MOST_TOLD = 20;

/**
 * Takes secrets out of what was changed: out of files, links and names. What the start has already
 * stays as it is, moved to another file too.
 *
 * @param layout - The repository's.
 * @param place - The work tree.
 * @param paths - What was changed, one character a byte.
 * @param known - The secrets that are known.
 * @returns Where they were, a line each, without saying them.
 */
export async function takeOutSecrets(
  layout: Layout,
  place: Place,
  paths: readonly string[],
  known: readonly string[],
): Promise<string[]> {
  const view = own(layout, { workTree: place.work, index: place.index });
  const finder = new SecretFinder(known, 'latin1');
  const told: string[] = [];
  let texts: Promise<string> | null = null;
  const before = (): Promise<string> => (texts ??= textBefore(layout, place.start, paths));
  for (const path of paths) {
    const found = await inFile(finder, { ...place, view, before }, path);
    const inName = found === null ? [] : secretsIn(finder, path);
    if (inName.length > 0) {
      await renameClean(place.work, path, without(path, inName));
      told.push(`the name of ${readable(without(path, inName))} holds ${inName[0]?.name ?? ''}`);
    }
    for (const { line, name } of found ?? []) {
      told.push(`${readable(without(path, inName))}:${line} holds ${name}`);
    }
  }
  const more = told.length - MOST_TOLD;
  return more > 0 ? [...told.slice(0, MOST_TOLD), `and ${more} more`] : told;
}

/**
 * Finds the files and links in which set-up commands have put secrets, such as a login for a package
 * registry. Nothing is changed: what is there is needed, but it belongs into no change.
 *
 * @param layout - The repository's.
 * @param place - The work tree.
 * @param paths - What they wrote, one character a byte.
 * @param known - The secrets that are known.
 * @returns Their paths.
 */
export async function pathsWithSecrets(
  layout: Layout,
  place: Place,
  paths: readonly string[],
  known: readonly string[],
): Promise<string[]> {
  const view = own(layout, { workTree: place.work, index: place.index });
  const finder = new SecretFinder(known, 'latin1');
  const found: string[] = [];
  for (const path of paths) {
    const text = `${path}\0${await textOf(fullPath(place.work, path))}`;
    const secrets = secretsIn(finder, text);
    const base = secrets.length === 0 ? '' : await textAt(view, `${place.start}:${path}`);
    if (secrets.some(({ start, end }) => !base.includes(text.slice(start, end)))) {
      found.push(Buffer.from(path, 'latin1').toString());
    }
  }
  return found;
}

async function textOf(path: Buffer): Promise<string> {
  const stat = await lstat(path).catch(() => null);
  if (stat?.isSymbolicLink() === true) return (await readlink(path, 'buffer')).toString('latin1');
  if (stat?.isFile() !== true) return '';
  return (await readFile(path).catch(() => Buffer.alloc(0))).toString('latin1');
}

/** How the start is asked. */
interface Start {
  readonly view: GitOptions;
  /** The text of all that was changed, from which a secret may have been moved. */
  readonly before: () => Promise<string>;
}

async function textBefore(
  layout: Layout,
  commit: string,
  paths: readonly string[],
): Promise<string> {
  const asked = paths.map((path) => ({ commit, path: Buffer.from(path, 'latin1').toString() }));
  // What is too much to be read is told by its id: no secret is found in that.
  const texts = await readFiles(layout, asked, PIECE, true);
  return Buffer.from(texts.map((text) => text ?? '').join('\0')).toString('latin1');
}

interface Line {
  readonly line: number;
  readonly name: string;
}

/** Cleans one file; tells what was in it, `null` when there is no such file or link. */
async function inFile(
  finder: SecretFinder,
  place: Place & Start,
  path: string,
): Promise<Line[] | null> {
  const full = fullPath(place.work, path);
  if (!(await isInside(full))) return null;
  const stat = await lstat(full).catch(() => null);
  if (stat?.isSymbolicLink() === true) return await inLink(finder, full);
  if (stat?.isFile() !== true) return null;
  // What cannot be read, git cannot take either, and says why.
  const bytes = await readFile(full).catch(() => null);
  if (bytes === null) return [];
  const pieces: string[] = [];
  const lines: Line[] = [];
  let base: string | null = null;
  let line = 1;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const text = bytes.toString('latin1', at, at + PIECE);
    let found = secretsIn(finder, text);
    if (found.length > 0) {
      base ??= await textAt(place.view, `${place.start}:${path}`);
      const old = base;
      found = found.filter(({ start, end }) => !old.includes(text.slice(start, end)));
    }
    if (found.length > 0) {
      const moved = await place.before();
      found = found.filter(({ start, end }) => !moved.includes(text.slice(start, end)));
    }
    for (const { start, name } of found) {
      lines.push({ line: line + count(text, start), name });
    }
    line += count(text, text.length);
    pieces.push(without(text, found));
  }
  if (lines.length > 0) await writeFile(full, Buffer.from(pieces.join(''), 'latin1'));
  return lines;
}

async function inLink(finder: SecretFinder, full: Buffer): Promise<Line[]> {
  const target = (await readlink(full, 'buffer')).toString('latin1');
  const found = secretsIn(finder, target);
  if (found.length === 0) return [];
  await rm(full);
  await symlink(Buffer.from(without(target, found), 'latin1'), full);
  return found.map(({ name }) => ({ line: 1, name }));
}

async function renameClean(work: string, from: string, to: string): Promise<void> {
  // Two names may be the same without what is taken out.
  const end = createHash('sha256').update(from).digest('hex').slice(0, 8);
  const target = fullPath(work, `${to}-${end}`);
  const folder = target.subarray(0, target.lastIndexOf('/'));
  await mkdir(folder, { recursive: true });
  await rename(fullPath(work, from), target).catch(() => rm(fullPath(work, from), { force: true }));
}

function secretsIn(finder: SecretFinder, text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  let at = 0;
  for (let one = finder.next(text, at); one !== null; one = finder.next(text, at)) {
    if (one.strong) found.push(one);
    at = one.end;
  }
  return found;
}

function without(text: string, found: readonly FoundSecret[]): string {
  let clean = '';
  let done = 0;
  for (const { start, end } of found) {
    clean += `${text.slice(done, start)}[redacted]`;
    done = end;
  }
  return clean + text.slice(done);
}

async function textAt(view: GitOptions, object: string): Promise<string> {
  const blob = await git(['cat-file', 'blob', Buffer.from(object, 'latin1').toString()], view);
  return blob.code === 0 ? blob.stdout.toString('latin1') : '';
}

function count(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1))
    lines += 1;
  return lines;
}
