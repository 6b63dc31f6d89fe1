// What is being made ahead has a name that tells who makes it, until it is whole.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

import { isRunning } from '../../../util/is-running.ts';

/**
 * Makes the name of something that is not whole yet.
 *
 * @returns A name for a folder.
 */
export function unfinishedName(): string {
  return `.new-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/**
 * Tells whether a folder was left half-made by a process that is gone.
 *
 * @param name - Its name.
 * @returns Whether nobody makes it any more.
 */
export function isAbandoned(name: string): boolean {
  const pid = Number(/^\.new-(\d+)-/u.exec(name)?.[1]);
  return !Number.isNaN(pid) && !isRunning(pid);
}

/**
 * Names this boot of the machine: what was not synced is not to be relied on after another one.
 *
 * @returns The name.
 */
export async function bootId(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  return id?.trim() ?? `since ${Math.round((Date.now() / 1000 - uptime()) / 100)}`;
}
