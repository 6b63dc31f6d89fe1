// The port `Exchange` over folders:
//
//   <home>/outbox                       what an agent publishes, until it is taken
//   <home>/artifacts/<task>/            copies of what others published, for it to read
//   .tutti/runs/<run>/tasks/<task>/artifacts/       what the task published
//   .tutti/runs/<run>/tasks/<task>/artifacts.json   that, and what was refused
//   .tutti/runs/<run>/tasks/<task>/context.md       what it adds to the run's context

import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { constants, existsSync, lstatSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runOf } from '../../model/key.ts';
import type { RunKey, TaskKey } from '../../model/key.ts';
import type { Published, PublishedFile } from '../../model/published.ts';
import type { Exchange } from '../../ports/exchange.ts';
import type { RunFiles } from '../../ports/run-files.ts';
import { cleanText } from '../../util/clean-text.ts';
import { isRecord } from '../../util/is-record.ts';
import { errorCode } from '../../util/system-error.ts';
import { OUTBOX, readHead, readOutbox } from './outbox.ts';
import { appendOnce } from './run-context.ts';

const MANIFEST = 'artifacts.json';
const MANIFEST_BYTES = 1 << 20;
const FOLDER = 'artifacts';
const HALF = 'artifacts.half-';
const CONTEXT = 'context.md';
const NOTE_BYTES = 65_536;
/** So much of what others published is laid out for one task. */
const LAID_OUT = { files: 5000, bytes: 256 * 1_048_576 } as const;
const READ_ONLY = 0o444;

/**
 * Makes the exchange of a project.
 *
 * @param files - The files about its runs.
 * @param redact - Takes secrets out of what is published.
 * @returns The port.
 */
export function createExchange(files: RunFiles, redact: (text: string) => string): Exchange {
  // Of what was published by this process nothing need be looked for: most tasks publish nothing.
  const known = new Map<TaskKey, Published | null>();
  const publishing = new Map<RunKey, boolean>();
  const adding = new Map<RunKey, Promise<void>>();
  const folder = (task: TaskKey): string => join(files.folder(task), FOLDER);
  const published = async (task: TaskKey): Promise<Published | null> => {
    const before = known.get(task);
    if (before !== undefined) return before;
    const text = await files.read(task, MANIFEST, MANIFEST_BYTES);
    return text === null ? null : readManifest(text);
  };
  return {
    outbox: outboxIn,
    artifacts: artifactsIn,
    folder,
    published,

    async hasPublished(run) {
      const before = publishing.get(run);
      if (before !== undefined) return before;
      const found = await someManifest(files.folder(run));
      publishing.set(run, found);
      return found;
    },

    async layOut(home, from) {
      const isNew = makeFolders(home);
      const left = { files: LAID_OUT.files, bytes: LAID_OUT.bytes };
      if (!isNew) await empty(artifactsIn(home));
      for (const task of from) {
        const there = await published(task);
        if (there === null) continue;
        await copyOut(there.files, { from: folder(task), to: join(artifactsIn(home), task), left });
      }
    },

    async publish(task, home) {
      known.delete(task);
      const outbox = outboxIn(home);
      if (!existsSync(outbox) || isGone(outbox)) {
        known.set(task, null);
        return null;
      }
      const taken = await take(outbox, files.folder(task), redact);
      const { note, ...rest } = taken;
      if (note !== null) await files.write(task, CONTEXT, note);
      const made: Published = { ...rest, note: note !== null };
      await files.write(task, MANIFEST, `${JSON.stringify(made, undefined, 2)}\n`);
      known.set(task, made);
      publishing.set(runOf(task), true);
      return made;
    },

    clear(home) {
      if (!existsSync(home)) return;
      for (const path of [outboxIn(home), artifactsIn(home), home]) isGone(path);
    },

    async note(task, limit) {
      return (await files.read(task, CONTEXT, limit)) ?? '';
    },

    contextPath: (run) => join(files.folder(run), CONTEXT),

    addToContext(run, parts) {
      const before = adding.get(run) ?? Promise.resolve();
      const add = async (): Promise<void> => {
        await mkdir(files.folder(run), { recursive: true });
        await appendOnce(files.folder(run), CONTEXT, parts, redact);
      };
      const next = before.then(add, add);
      adding.set(run, next);
      return next;
    },
  };
}

/** What an earlier process has published. */
async function someManifest(run: string): Promise<boolean> {
  const tasks = join(run, 'tasks');
  for (const task of await readdir(tasks).catch(() => [])) {
    if (existsSync(join(tasks, task, MANIFEST))) return true;
  }
  return false;
}

const outboxIn = (home: string): string => join(home, 'outbox');
const artifactsIn = (home: string): string => join(home, 'artifacts');

/**
 * Without a promise: thousands of plain commands have these folders too. Tells whether nothing was
 * there before.
 */
function makeFolders(home: string): boolean {
  const isNew = mkdirSync(home, { recursive: true, mode: 0o700 }) !== undefined;
  for (const path of [outboxIn(home), artifactsIn(home)]) {
    if (isMade(path)) continue;
    // An agent may have put anything in their place.
    if (lstatSync(path).isDirectory()) continue;
    renameSync(path, putAside(path));
    mkdirSync(path, { mode: 0o700 });
  }
  return isNew;
}

function isMade(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a folder that has nothing in it; tells whether there is none now. */
function isGone(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}

/** What cannot be removed, for the modes it was given, goes with the home. */
const putAside = (path: string): string => `${path}.old-${randomBytes(6).toString('hex')}`;

async function empty(path: string): Promise<void> {
  if ((await readdir(path)).length === 0) return;
  const aside = putAside(path);
  await rename(path, aside);
  await rm(aside, { recursive: true, force: true }).catch(() => undefined);
  await mkdir(path, { mode: 0o700 });
}

async function copyOut(
  files: readonly PublishedFile[],
  { from, to, left }: { from: string; to: string; left: { files: number; bytes: number } },
): Promise<void> {
  for (const { path, bytes } of files) {
    if (left.files < 1 || left.bytes < bytes) continue;
    const [source, target] = [join(from, path), join(to, path)];
    if (lstatSync(source, { throwIfNoEntry: false })?.isFile() !== true) continue;
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, READ_ONLY);
    left.files -= 1;
    left.bytes -= bytes;
  }
}

type Taken = Omit<Published, 'note'> & { readonly note: string | null };

/** Takes all that can be taken into a folder beside, which then becomes the one with that name. */
async function take(
  outbox: string,
  folder: string,
  redact: (text: string) => string,
): Promise<Taken> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    // What a process has left that was killed.
    if (name.startsWith(HALF)) await rm(join(folder, name), { recursive: true, force: true });
  }
  const half = join(folder, `${HALF}${randomBytes(6).toString('hex')}`);
  const found: PublishedFile[] = [];
  const refused: { name: string; why: string }[] = [];
  let more = 0;
  const refuse = (path: string, why: string): void => {
    if (refused.length < OUTBOX.named) refused.push({ name: shownName(redact(path)), why });
    else more += 1;
  };
  const head = await readHead(outbox, CONTEXT, NOTE_BYTES);
  const isFolder = await readOutbox(outbox, {
    refuse,
    overlooked: (count) => {
      more += count;
    },
    take: async (path, content) => {
      if (path === CONTEXT) return null;
      const clean = redact(path) === path ? redacted(content, redact) : null;
      if (clean === null) return 'it holds a secret';
      const why = await put(join(half, path), clean);
      if (why === null) found.push({ path, bytes: clean.length });
      return why;
    },
  });
  if (!isFolder) refuse('outbox', 'it is no folder');
  const target = join(folder, FOLDER);
  await rm(target, { recursive: true, force: true });
  if (found.length > 0) await rename(half, target);
  const note = head === null ? '' : cleanText(head.bytes.toString('utf8')).trim();
  const cut = head?.more === true ? '\n[cut: the rest was left out]' : '';
  return {
    files: found,
    // Too long it is cut, not refused.
    refused: refused.filter(({ name }) => name !== CONTEXT || note === ''),
    moreRefused: more,
    note: note === '' ? null : `${redact(note)}${cut}\n`,
  };
}

/** Text without its secrets; of other bytes nothing can be taken out: `null` = they hold one. */
function redacted(content: Buffer, redact: (text: string) => string): Buffer | null {
  if (isUtf8(content)) {
    const text = content.toString('utf8');
    const clean = redact(text);
    return clean === text ? content : Buffer.from(clean);
  }
  const bytes = content.toString('latin1');
  return redact(bytes) === bytes ? content : null;
}

async function put(path: string, content: Buffer): Promise<string | null> {
  await mkdir(dirname(path), { recursive: true });
  let file: FileHandle;
  try {
    file = await open(path, 'wx', READ_ONLY);
  } catch (error) {
    // Where case does not count.
    if (errorCode(error) === 'EEXIST') return 'there is another one of this name';
    throw error;
  }
  try {
    await file.writeFile(content);
    await file.datasync();
    return null;
  } finally {
    await file.close();
  }
}

/** Fit for a line: what nobody sees is written out. */
function shownName(name: string): string {
  const seen = name.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return seen.length > 200 ? `${seen.slice(0, 199)}…` : seen;
}

function readManifest(text: string): Published | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || !Array.isArray(value['files'])) return null;
    const listed: unknown[] = value['files'];
    const files = listed.flatMap((one) => {
      if (!isRecord(one)) return [];
      const { path, bytes } = one;
      return typeof path === 'string' && typeof bytes === 'number' ? [{ path, bytes }] : [];
    });
    const others: unknown[] = Array.isArray(value['refused']) ? value['refused'] : [];
    const refused = others.flatMap((one) => {
      if (!isRecord(one)) return [];
      const { name, why } = one;
      return typeof name === 'string' && typeof why === 'string' ? [{ name, why }] : [];
    });
    const { moreRefused } = value;
    return {
      files,
      refused,
      moreRefused: typeof moreRefused === 'number' ? moreRefused : 0,
      note: value['note'] === true,
    };
  } catch {
    return null;
  }
}
