// What is remembered of a workspace, in a file that is written last: one without it was never finished.

import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';

import { parseJson } from '../../../util/parse-json.ts';
import type { WorkspaceRecord } from './change.ts';

/**
 * Reads what is remembered of a workspace.
 *
 * @param path - The file.
 * @returns The record; `null` when there is none that can be read.
 */
export async function readRecord(path: string): Promise<WorkspaceRecord | null> {
  const value = await readJson(path);
  return isRecord(value) ? value : null;
}

/**
 * Reads a file of ours.
 *
 * @param path - The file.
 * @returns What it holds; `null` when there is none, or no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : (parseJson(text) ?? null);
}

/**
 * Writes a file of ours, on disk before it has its name.
 *
 * @param path - The file.
 * @param value - What it is to hold.
 */
export async function writeJson(path: string, value: object): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(fresh, 'wx');
  try {
    await file.writeFile(JSON.stringify(value));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

function isRecord(value: unknown): value is WorkspaceRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { work, start, kind, snapshot, copied } = value as Partial<Record<string, unknown>>;
  return (
    typeof work === 'string' &&
    typeof start === 'string' &&
    (kind === 'commit' || kind === 'tree') &&
    (snapshot === null || typeof snapshot === 'string') &&
    Array.isArray(copied) &&
    copied.every((path) => typeof path === 'string')
  );
}
