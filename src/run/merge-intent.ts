// What a merge has announced before it does it, in one file beside the store. As long as the file is
// there no other merge begins, and whoever comes after a kill knows what is to be finished.

import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { ProcessIdentity } from '../model/attempt.ts';
import type { RunKey } from '../model/key.ts';
import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';
import { errorCode } from '../util/system-error.ts';
import type { Workshop } from './workshop.ts';

/** A branch move that is under way. */
export interface BranchMove {
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly from: string;
  readonly to: string;
}

/** What a merge has announced. */
export interface MergeIntent {
  readonly run: RunKey;
  /** The process that merges. */
  readonly holder: ProcessIdentity;
  /** Finds whatever its checks leave behind. */
  readonly mark: string;
  /** `null` = nothing has been moved yet. */
  readonly move: BranchMove | null;
}

/**
 * Reads what is announced.
 *
 * @param commonDir - The common git directory.
 * @returns The intent, or `null`.
 */
export async function readIntent(commonDir: string): Promise<MergeIntent | null> {
  const text = await readFile(pathIn(commonDir), 'utf8').catch(() => null);
  if (text === null) return null;
  const value = parseJson(text);
  // It is whole before it has its name: what is no intent somebody else has written over it.
  return isIntent(value) ? value : NOBODYS;
}

/**
 * Announces a merge, unless another one is announced.
 *
 * @param commonDir - The common git directory.
 * @param intent - What is to be done.
 * @returns Whether it is announced.
 */
export async function announceIntent(commonDir: string, intent: MergeIntent): Promise<boolean> {
  const fresh = await writeAside(commonDir, intent);
  try {
    await link(fresh, pathIn(commonDir));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
    await syncFolder(commonDir);
  }
}

/**
 * Says more of an announced merge.
 *
 * @param commonDir - The common git directory.
 * @param intent - What is to be done now.
 */
export async function replaceIntent(commonDir: string, intent: MergeIntent): Promise<void> {
  await rename(await writeAside(commonDir, intent), pathIn(commonDir));
  await syncFolder(commonDir);
}

/**
 * Takes an announcement back, because it is done.
 *
 * @param commonDir - The common git directory.
 * @param mark - The mark of the one that is meant.
 */
export async function dropIntent(commonDir: string, mark: string): Promise<void> {
  if ((await readIntent(commonDir))?.mark === mark) await rm(pathIn(commonDir), { force: true });
}

const CHECKS = '.merge-checks';

/**
 * Names the folder in which the merged result of a run is checked.
 *
 * @param run - The run.
 * @returns The name.
 */
export function mergeChecksOf(run: RunKey): string {
  return `${run}${CHECKS}`;
}

/**
 * Tells whether a merge is at work in a folder: its run is over, but that is not for others to remove.
 *
 * @param tools - Where the announcement lies, and who knows whether its process lives.
 * @param name - The folder's.
 * @returns Whether it is.
 */
export async function isMergedIn(
  { repository, supervisor }: Pick<Workshop, 'repository' | 'supervisor'>,
  name: string,
): Promise<boolean> {
  if (!name.endsWith(CHECKS)) return false;
  const intent = await readIntent(repository.commonDir);
  return intent !== null && mergeChecksOf(intent.run) === name && supervisor.isAlive(intent.holder);
}

const NOBODYS: MergeIntent = {
  run: '',
  holder: { pid: 0, startTime: '', bootId: '' },
  mark: '',
  move: null,
};

function pathIn(commonDir: string): string {
  return join(commonDir, 'tutti', 'merge.json');
}

async function writeAside(commonDir: string, intent: MergeIntent): Promise<string> {
  await mkdir(join(commonDir, 'tutti'), { recursive: true });
  const fresh = `${pathIn(commonDir)}.${intent.mark}`;
  const file = await open(fresh, 'w');
  try {
    await file.writeFile(JSON.stringify(intent));
    await file.sync();
  } finally {
    await file.close();
  }
  return fresh;
}

async function syncFolder(commonDir: string): Promise<void> {
  const folder = await open(join(commonDir, 'tutti'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isIntent(value: unknown): value is MergeIntent {
  if (!isRecord(value)) return false;
  const { run, holder, mark, move } = value;
  return (
    typeof run === 'string' &&
    typeof mark === 'string' &&
    isRecord(holder) &&
    typeof holder['pid'] === 'number' &&
    typeof holder['startTime'] === 'string' &&
    typeof holder['bootId'] === 'string' &&
    (move === null || (isRecord(move) && isMove(move)))
  );
}

function isMove({ branch, from, to }: Readonly<Record<string, unknown>>): boolean {
  return typeof branch === 'string' && typeof from === 'string' && typeof to === 'string';
}
