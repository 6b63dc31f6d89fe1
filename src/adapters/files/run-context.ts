// The context of a run is one file that only grows. Beside it stands what was added already, and what
// is about to be added at which place: so a part that was cut off by a crash is completed, and none
// is added twice.

import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ContextPart } from '../../ports/exchange.ts';
import { isRecord } from '../../util/is-record.ts';

const STATE = '.context.json';

/** What was added. */
interface Added {
  readonly done: readonly string[];
  readonly next: { readonly id: string; readonly at: number } | null;
}

/**
 * Adds parts that are not there yet.
 *
 * @param folder - The run's folder; it is there.
 * @param name - The file's name.
 * @param parts - What is to be there, in this order.
 * @param redact - Takes secrets out of it.
 */
export async function appendOnce(
  folder: string,
  name: string,
  parts: readonly ContextPart[],
  redact: (text: string) => string,
): Promise<void> {
  let added = await readAdded(folder);
  const done = new Set(added.done);
  for (const { id, text } of parts) {
    if (done.has(id)) continue;
    const path = join(folder, name);
    const bytes = Buffer.from(redact(await text()));
    const begun = added.next?.id === id ? added.next.at : null;
    const at = begun ?? (await sizeOf(path));
    if (begun === null) await writeAdded(folder, { ...added, next: { id, at } });
    await writeAt(path, bytes, at);
    done.add(id);
    added = { done: [...done], next: null };
    await writeAdded(folder, added);
  }
}

/** Goes on from what is there of it; where somebody has written meanwhile, it comes after that. */
async function writeAt(path: string, bytes: Buffer, at: number): Promise<void> {
  const file = await open(path, 'a+', 0o644);
  try {
    const { size } = await file.stat();
    const there = Buffer.alloc(Math.min(Math.max(0, size - at), bytes.length));
    if (there.length > 0) await file.read(there, 0, there.length, at);
    const isBegun = size - at <= bytes.length && bytes.subarray(0, there.length).equals(there);
    const isWhole = there.length === bytes.length && bytes.equals(there);
    if (isWhole) return;
    await file.write(bytes.subarray(isBegun ? there.length : 0));
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return 0;
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function readAdded(folder: string): Promise<Added> {
  const nothing = { done: [], next: null };
  const text = await readFile(join(folder, STATE), 'utf8').catch(() => '');
  if (text === '') return nothing;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || !Array.isArray(value['done'])) return nothing;
    const ids: unknown[] = value['done'];
    const { next } = value;
    const isNext =
      isRecord(next) && typeof next['id'] === 'string' && typeof next['at'] === 'number';
    return {
      done: ids.filter((id) => typeof id === 'string'),
      next: isNext ? { id: String(next['id']), at: Number(next['at']) } : null,
    };
  } catch {
    return nothing;
  }
}

async function writeAdded(folder: string, added: Added): Promise<void> {
  const half = join(folder, `${STATE}.new`);
  await writeFile(half, JSON.stringify(added));
  await rename(half, join(folder, STATE));
}
