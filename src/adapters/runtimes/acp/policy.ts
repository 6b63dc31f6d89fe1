// What an agent may do without anybody being asked: work on files of its workspace, and run the
// commands that were approved as they stand.

import { isAbsolute, relative, resolve, sep } from 'node:path';

import type { Abilities } from '../../../model/specialist.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is to be decided about. */
export interface Wish {
  readonly kind: string;
  /** What it wants, in a line. */
  readonly summary: string;
  /** It is too much to be judged by a person. */
  readonly isLong: boolean;
  /** The command line, where it wants to run one. */
  readonly command: string | null;
  /** The files, where it names any. */
  readonly paths: readonly string[];
}

/** What the attempt may do. */
export interface Allowance {
  readonly cwd: string;
  /** Folders outside of it that it may read, and those where it may also write. */
  readonly readable?: readonly string[];
  readonly writable?: readonly string[];
  readonly allowedCommands: readonly string[];
  readonly fullPermissions: boolean;
  readonly may: Abilities;
}

/** What becomes of a wish. */
export type Decision = 'allow' | 'deny' | 'ask';

const EDITS: ReadonlySet<string> = new Set(['edit', 'delete', 'move']);
const LOOKS: ReadonlySet<string> = new Set(['read', 'search', 'think']);
/** Characters that make one command line do more than its first words say. */
const SHELL = /[;&|<>$`\n\r(){}*?[\]\\"'~#!]/u;
/** Nobody reads more than this before saying yes. */
const MAX_SUMMARY = 2_000;

/**
 * Reads what an agent wants to do.
 *
 * @param toolCall - The tool call of its request, as it came.
 * @returns Its wish.
 */
export function readWish(toolCall: Json): Wish {
  const input = isRecord(toolCall['rawInput']) ? toolCall['rawInput'] : {};
  const command = commandOf(input);
  const title = typeof toolCall['title'] === 'string' ? toolCall['title'] : '';
  const kind = typeof toolCall['kind'] === 'string' ? toolCall['kind'] : 'other';
  const paths = pathsOf(toolCall, input);
  // The title is the agent's word; where it would write is what counts.
  const named = [title === kind ? '' : title, ...paths.filter((path) => !title.includes(path))];
  const what = command ?? named.filter((part) => part !== '').join(' ');
  // Whoever is asked has to see all of it, and where its lines end.
  const isLong = what.length > MAX_SUMMARY;
  const summary = boundedText(what, MAX_SUMMARY).replaceAll(/[\n\r]+/gu, ' ⏎ ');
  return { kind: boundedText(kind, 40), summary, isLong, command, paths };
}

/**
 * Decides about a wish.
 *
 * @param wish - What the agent wants.
 * @param allowance - What it may do.
 * @returns Whether it may, may not, or a person has to say.
 */
export function decideWish(wish: Wish, allowance: Allowance): Decision {
  const { kind, command, paths } = wish;
  if (isWithheld(kind, allowance.may)) return 'deny';
  if (allowance.fullPermissions) return 'allow';
  const isUsual =
    kind === 'execute'
      ? isAllowed(command, allowance.allowedCommands)
      : (LOOKS.has(kind) || (EDITS.has(kind) && paths.length > 0)) &&
        paths.every((path) => isIn(placesOf(kind, allowance), allowance.cwd, path));
  if (isUsual) return 'allow';
  return wish.isLong ? 'deny' : 'ask';
}

/** The agent's own definition does without it: then nobody need be asked. */
function isWithheld(kind: string, may: Abilities): boolean {
  if (EDITS.has(kind)) return !may.write;
  return (kind === 'execute' && !may.run) || (kind === 'fetch' && !may.browse);
}

/** The very line, or the same with plain words after it. */
function isAllowed(command: string | null, allowed: readonly string[]): boolean {
  if (command === null) return false;
  const line = command.trim();
  return allowed.some((each) => {
    const start = each.trim();
    if (line === start) return true;
    return line.startsWith(`${start} `) && !SHELL.test(line.slice(start.length));
  });
}

function placesOf(
  kind: string,
  { cwd, readable = [], writable = [] }: Allowance,
): readonly string[] {
  return [cwd, ...writable, ...(LOOKS.has(kind) ? readable : [])];
}

function isIn(places: readonly string[], cwd: string, path: string): boolean {
  return places.some((place) => isInside(place, resolve(cwd, path)));
}

/** Inside by its name; what a link makes of it is for the sandbox. `.git` is nobody's to edit. */
function isInside(cwd: string, path: string): boolean {
  const way = relative(cwd, resolve(cwd, path));
  if (way === '' || isAbsolute(way)) return false;
  const parts = way.split(sep);
  return parts[0] !== '..' && !parts.some((part) => part.toLowerCase() === '.git');
}

function commandOf(input: Json): string | null {
  const { command } = input;
  if (typeof command === 'string') return command;
  if (!Array.isArray(command)) return null;
  const words: unknown[] = command;
  return words.every((word) => typeof word === 'string' && !/\s/u.test(word))
    ? words.join(' ')
    : JSON.stringify(words);
}

const PATHS = ['path', 'file_path', 'filePath', 'absolute_path', 'target', 'from', 'to'];

function pathsOf(toolCall: Json, input: Json): string[] {
  const content: unknown[] = Array.isArray(toolCall['content']) ? toolCall['content'] : [];
  const locations: unknown[] = Array.isArray(toolCall['locations']) ? toolCall['locations'] : [];
  const named = [...content, ...locations].flatMap((item) =>
    isRecord(item) && typeof item['path'] === 'string' ? [item['path']] : [],
  );
  const given = PATHS.flatMap((key) => (typeof input[key] === 'string' ? [input[key]] : []));
  return [...new Set([...named, ...given])];
}
