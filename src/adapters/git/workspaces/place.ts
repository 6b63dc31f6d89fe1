// Where the workspaces of a repository lie, and what is remembered of them.
//
//   <state>/workspaces/<name>/workspace.json   what is remembered; written last, so that a
//                                              workspace without it was never finished
//   <state>/workspaces/<name>/index            our index over the work tree
//   <state>/workspaces/<name>/work             the work tree, unless the settings put it elsewhere
//   <state>/spares, <state>/warm               what is made ahead: spares.ts, warm.ts
//   <state>/homes/<name>                       what the task's runtime remembers
//   <state>/kept, <state>/left                 what is kept beside git: aside.ts
//   <state>/trash/<random>                     what is being deleted: trash.ts
//   <state>/trash/<random>.elsewhere           a link to such on another disk

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import type { WorkspaceSpec } from '../../../ports/workspace.ts';
import type { Layout } from '../layout.ts';
import type { WorkspaceRecord } from './change.ts';
import { readRecord } from './record.ts';
import type { SparePlace } from './spares.ts';
import { Trash } from './trash.ts';

/** A repository, and where its workspaces lie. */
export interface Place {
  readonly layout: Layout;
  readonly stateDir: string;
  readonly secrets: () => readonly string[];
  readonly spares: SparePlace;
  readonly warmFolder: string;
  readonly trash: Trash;
}

/**
 * Says where the workspaces of a repository lie.
 *
 * @param layout - The repository's.
 * @param folder - The folder that all of it lies in.
 * @param secrets - What is known to be secret at any moment.
 * @returns The place.
 */
export function placeOf(layout: Layout, folder: string, secrets: Place['secrets']): Place {
  const stateDir = resolve(folder);
  const trash = new Trash(join(stateDir, 'trash'));
  const spares = { layout, folder: join(stateDir, 'spares'), trash };
  return { layout, stateDir, secrets, spares, warmFolder: join(stateDir, 'warm'), trash };
}

/**
 * Tells whether something may be the name of a workspace: one folder, never a way out.
 *
 * @param name - The name.
 * @returns Whether it may.
 */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._#-]{0,199}$/.test(name);
}

/**
 * Says where what is remembered of a workspace lies.
 *
 * @param place - The place.
 * @param name - The workspace's.
 * @returns The folder.
 */
export function homeOf({ stateDir }: Place, name: string): string {
  return join(stateDir, 'workspaces', name);
}

/**
 * Says where the work tree of a workspace that is to be made lies. Several projects may have the same
 * folder for theirs: what is there under that name has to be ours.
 *
 * @param place - The place.
 * @param spec - What is to be made.
 * @returns The folder.
 */
export function workOf(place: Place, { name, settings }: WorkspaceSpec): string {
  return settings.dir === null
    ? join(homeOf(place, name), 'work')
    : join(resolve(settings.dir), basename(place.stateDir), name);
}

/**
 * Says where the private folder of a task lies.
 *
 * @param place - The place.
 * @param name - The task's workspace.
 * @returns The folder.
 */
export function taskHome({ stateDir }: Place, name: string): string {
  if (!isName(name)) throw new Error(`not a name for a folder: ${name}`);
  return join(stateDir, 'homes', name);
}

/**
 * Says where what an attempt leaves beside its change is kept.
 *
 * @param place - The place.
 * @param as - The attempt's key.
 * @returns A private folder.
 */
export function asideOf({ stateDir }: Place, as: string): string {
  if (!isName(as)) throw new Error(`not a name for a folder: ${as}`);
  return join(stateDir, 'kept', as.replace('#', '-'));
}

/**
 * Finds the whole work tree of an attempt, where it could not be taken: put out of the way, or in place.
 *
 * @param place - The place.
 * @param as - The attempt's key.
 * @param last - Whether no attempt came after it.
 * @returns Its path; `null` = there is none.
 */
export async function leftOf(place: Place, as: string, last: boolean): Promise<string | null> {
  const prefix = `${as.replaceAll('#', '-')}-`;
  const folder = join(place.stateDir, 'left');
  const found = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(prefix));
  const newest = found.toSorted().at(-1);
  if (newest !== undefined) return join(folder, newest);
  const record = last ? await readRecordOf(place, as.replace(/#.*$/u, '')) : null;
  return record?.work ?? null;
}

/**
 * Finds what is kept of attempts in folders of their own.
 *
 * @param place - The place.
 * @returns Their keys, each with the folders.
 */
export async function asidesOf({
  stateDir,
}: Place): Promise<readonly { readonly name: string; readonly paths: readonly string[] }[]> {
  const found = new Map<string, string[]>();
  for (const [folder, pattern] of [
    ['kept', /^(.+)-(\d+)$/u],
    ['left', /^(.+)-(\d+)-\d+$/u],
  ] as const) {
    for (const entry of await readdir(join(stateDir, folder)).catch(() => [])) {
      const [, task, number] = isName(entry) ? (pattern.exec(entry) ?? []) : [];
      if (task === undefined || number === undefined) continue;
      const name = `${task}#${number}`;
      found.set(name, [...(found.get(name) ?? []), join(stateDir, folder, entry)]);
    }
  }
  return [...found].map(([name, paths]) => ({ name, paths }));
}

/**
 * Says where a whole work tree that cannot be taken is put out of the way now.
 *
 * @param place - The place.
 * @param as - The attempt's key.
 * @returns A path at which nothing is.
 */
export function leftNow({ stateDir }: Place, as: string): string {
  return join(stateDir, 'left', `${as.replaceAll('#', '-')}-${Date.now()}`);
}

/**
 * Lists workspaces, finished or not.
 *
 * @param place - The place.
 * @returns Their names.
 */
export async function namesOf(place: Place): Promise<readonly string[]> {
  const dir = join(place.stateDir, 'workspaces');
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && isName(entry.name))
    .map(({ name }) => name);
}

/**
 * Reads what is remembered of a workspace.
 *
 * @param place - The place.
 * @param name - The workspace's.
 * @returns The record; `null` when it was never finished, or the record cannot be read.
 */
export function readRecordOf(place: Place, name: string): Promise<WorkspaceRecord | null> {
  return readRecord(recordOf(place, name));
}

/**
 * Tells whether a workspace was finished once, readable or not.
 *
 * @param place - The place.
 * @param name - The workspace's.
 * @returns Whether it was.
 */
export function isFinished(place: Place, name: string): boolean {
  return existsSync(recordOf(place, name));
}

/**
 * Says where the record of a workspace lies.
 *
 * @param place - The place.
 * @param name - The workspace's.
 * @returns The file.
 */
export function recordOf(place: Place, name: string): string {
  return join(homeOf(place, name), 'workspace.json');
}
