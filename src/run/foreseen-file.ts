// What the coordinator has seen ahead of a run, in a file for whoever looks from another process.
// Nothing is decided by it.

import type { Foreseen } from '../model/foreseen.ts';
import { stillAhead } from '../model/foreseen.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { RunFiles } from '../ports/run-files.ts';
import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';

/** The file's name, in the folder of the run. */
const FILE = 'conflicts.json';
const MOST_BYTES = 1_048_576;
/** Nobody reads more of them at once. */
const MOST = 200;
const MOST_FILES = 100;

/** What was seen of a run. */
interface Seen {
  readonly run: RunKey;
  readonly conflicts: readonly Foreseen[];
  readonly touched: ReadonlyMap<TaskKey, readonly string[]>;
  /** Pairs that there was no time for. */
  readonly left: number;
}

/**
 * Puts what was seen into words for scripts.
 *
 * @param seen - What was seen of a run.
 * @returns The text of the file.
 */
export function foreseenDocument({ conflicts, touched, left }: Seen): string {
  const some = conflicts
    .slice(0, MOST)
    .map(({ a, b, kind, files }) => ({ a, b, kind, files: few(files) }));
  const files = [...touched].map(([task, names]) => [task, few(names)] as const);
  return `${JSON.stringify({ conflicts: some, touched: Object.fromEntries(files), left }, null, 2)}\n`;
}

/**
 * Writes it down.
 *
 * @param files - The files about runs.
 * @param run - The run.
 * @param text - What `foreseenDocument` gave.
 */
export async function writeForeseen(files: RunFiles, run: RunKey, text: string): Promise<void> {
  await files.write(run, FILE, text);
}

/**
 * Reads what is still ahead of a run, as far as its coordinator has seen.
 *
 * @param files - The files about runs.
 * @param key - The run's key.
 * @param whole - Reads the run; asked only where something was seen.
 * @returns The conflicts; none where nobody has looked.
 */
export async function readForeseen(
  files: RunFiles,
  key: RunKey,
  whole: () => Promise<Run | null>,
): Promise<readonly Foreseen[]> {
  const text = await files.read(key, FILE, MOST_BYTES).catch(() => null);
  const seen = text === null ? [] : parsed(text);
  const run = seen.length === 0 ? null : await whole();
  return run === null ? [] : stillAhead(run, seen);
}

function few(files: readonly string[]): readonly string[] {
  return files.slice(0, MOST_FILES);
}

function parsed(text: string): readonly Foreseen[] {
  const value = parseJson(text);
  const conflicts = isRecord(value) ? value['conflicts'] : null;
  return Array.isArray(conflicts) ? conflicts.filter(isForeseen) : [];
}

function isForeseen(value: unknown): value is Foreseen {
  if (!isRecord(value)) return false;
  const { a, b, files, kind } = value;
  return (
    typeof a === 'string' &&
    typeof b === 'string' &&
    Array.isArray(files) &&
    files.every((file) => typeof file === 'string') &&
    (kind === 'head' || kind === 'base' || kind === 'change')
  );
}
