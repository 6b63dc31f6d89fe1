// Which folders a program needs to be able to run at all: its own, those of its PATH, and what is
// installed beside them.

import { basename, delimiter, dirname, isAbsolute, join, normalize, resolve } from 'node:path';

import type { Confinement, PlainCommand } from '../../ports/sandbox.ts';
import type { Disk } from './disk.ts';

/** Beside a folder of programs lie their libraries. */
const BESIDE = ['lib', 'lib64', 'libexec'];
const PROGRAMS = /^s?bin$/u;
/** As many as the system itself follows. */
const MOST_LINKS = 40;
const PACKAGES = `${join('/', 'node_modules')}/`;

/**
 * Tells whether a path lies in a folder, or is it.
 *
 * @param path - The path, absolute.
 * @param folder - The folder, absolute.
 * @returns Whether it does.
 */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/**
 * Counts the folders above a path.
 *
 * @param path - The path, absolute.
 * @returns How deep it lies.
 */
export function aboveOf(path: string): number {
  return path.split('/').filter((part) => part !== '').length;
}

/**
 * Lists the folders that a program lies in and finds others in.
 *
 * @param command - The program and its environment.
 * @param confinement - What else is visible.
 * @param disk - Where links lead.
 * @returns The folders; none of them is the person's home or holds it.
 */
export function foldersOf(
  command: Pick<PlainCommand, 'program' | 'env'>,
  { personHome }: Pick<Confinement, 'personHome'>,
  disk: Disk,
): string[] {
  const path = (command.env['PATH'] ?? '').split(delimiter).filter(isAbsolute).map(normalize);
  const real = disk.realPath(command.program);
  const links = hopsOf(command.program, disk);
  const own = [...links, ...(real === null ? [] : [real])].map(installationOf);
  const folders = [...path.map((folder) => folder.replace(/(?<=.)\/+$/u, '')), ...own];
  const beside = folders.flatMap((folder) => besideOf(folder, personHome));
  const harmless = (folder: string): boolean =>
    folder !== '/' && !(personHome !== null && isWithin(personHome, folder));
  return [...new Set([...folders, ...beside])].filter(
    (folder) => harmless(folder) && disk.exists(folder),
  );
}

/** A program may be a link to a link: each on the way has to be there. */
function hopsOf(program: string, disk: Disk): string[] {
  const hops = [program];
  for (let at = program; hops.length < MOST_LINKS;) {
    const link = disk.linkOf(at);
    if (link === null) break;
    at = resolve(dirname(at), link);
    hops.push(at);
  }
  return hops;
}

/** A program from a package needs the packages around it. */
function installationOf(program: string): string {
  const at = program.indexOf(PACKAGES);
  return at < 0 ? dirname(program) : program.slice(0, at + PACKAGES.length - 1);
}

function besideOf(folder: string, personHome: string | null): string[] {
  const prefix = dirname(folder);
  if (!PROGRAMS.test(basename(folder)) || prefix === '/' || prefix === personHome) return [];
  return BESIDE.map((name) => join(prefix, name));
}
