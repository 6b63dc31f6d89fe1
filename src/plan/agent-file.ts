// Reads an agent's markdown file: front matter that says who it is, then its prompt. The files are
// those of Claude Code, whose own reader is forgiving; so is this one.

import type { Agent, AgentOrigin } from '../model/agent.ts';
import { boundedText } from '../util/bounded-text.ts';
import { isRecord } from '../util/is-record.ts';
import { nearest } from '../util/nearest.ts';
import { quote, readTree } from '../util/yaml-tree.ts';

/** What reading an agent's file came to. */
export type ReadAgent =
  | { readonly ok: true; readonly agent: Agent }
  | {
      readonly ok: false;
      readonly path: string;
      readonly line: number;
      readonly message: string;
      readonly hint: string;
    };

/** Prompts are long, but not books. */
const LONGEST_FILE = 262_144;
const LONGEST_DESCRIPTION = 8000;
const LONGEST_KEY = 64;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/u;
const KEYS: ReadonlySet<string> = new Set([
  'name',
  'description',
  'tools',
  'model',
  'runtime',
  'capabilities',
]);
/** What concerns nobody but a screen. */
const SHOWN_ONLY: ReadonlySet<string> = new Set(['color']);

/**
 * Reads an agent's file.
 *
 * @param text - The file's content.
 * @param from - Its path, and whose file it is.
 * @returns The agent, or the first thing that is wrong.
 */
export function readAgentFile(
  text: string,
  from: { readonly path: string; readonly origin: AgentOrigin },
): ReadAgent {
  const refuse = (line: number, message: string, hint: string): ReadAgent => ({
    ok: false,
    path: from.path,
    line,
    message,
    hint,
  });
  if (text.length > LONGEST_FILE) return refuse(1, 'larger than 256 KiB', 'keep prompts short');
  const lines = text.replace(/^\ufeff/u, '').split(/\r\n?|\n/u);
  const end = lines.findIndex((line, index) => index > 0 && /^---\s*$/u.test(line));
  if (!/^---\s*$/u.test(lines[0] ?? '')) {
    return refuse(1, 'no front matter', 'begin with "---", name:, description:, "---"');
  }
  if (end === -1) return refuse(1, 'the front matter has no end', 'put "---" before the prompt');
  const fields = readFields(lines.slice(1, end));
  const wrong = wrongShape(fields);
  if (wrong !== null) return refuse(lineOf(lines, wrong.key), wrong.message, wrong.hint);
  const name = textOf(fields.get('name'));
  if (name === null) return missing('name', fields, refuse);
  if (!NAME.test(name)) {
    const hint = 'letters, digits, "-" and "_", at most 64';
    return refuse(lineOf(lines, 'name'), `the name ${quote(name)} is not safe`, hint);
  }
  const description = textOf(fields.get('description'));
  if (description === null) return missing('description', fields, refuse);
  const model = textOf(fields.get('model'));
  const ignored = [...fields.keys()].filter((key) => !KEYS.has(key) && !SHOWN_ONLY.has(key));
  return {
    ok: true,
    agent: {
      name,
      description: boundedText(description, LONGEST_DESCRIPTION),
      prompt: boundedText(
        lines
          .slice(end + 1)
          .join('\n')
          .trim(),
        LONGEST_FILE,
      ),
      tools: listOf(fields.get('tools')),
      model: model === 'inherit' ? null : model,
      runtime: textOf(fields.get('runtime')),
      capabilities: listOf(fields.get('capabilities')) ?? [],
      origin: from.origin,
      path: from.path,
      ...(ignored.length > 0 && { ignored: ignored.map((key) => key.slice(0, LONGEST_KEY)) }),
    },
  };
}

type Fields = ReadonlyMap<string, unknown>;

/**
 * Finds a value of another shape than its key has: a list of tools that is none must not become
 * "every tool".
 *
 * @param fields - The fields.
 * @returns The first one that is wrong, or `null`.
 */
function wrongShape(
  fields: Fields,
): { readonly key: string; readonly message: string; readonly hint: string } | null {
  for (const key of KEYS) {
    const value = fields.get(key) ?? null;
    const isList = key === 'tools' || key === 'capabilities';
    if (value === null || typeof value === 'string' || typeof value === 'number') continue;
    if (isList && Array.isArray(value) && value.every((item) => typeof item === 'string')) continue;
    const wanted = isList ? 'a list of words' : 'a text';
    const hint = isList ? `such as ${key}: Read, Grep` : `put it in quotes: ${key}: "…"`;
    return { key, message: `${key} is not ${wanted}`, hint };
  }
  return null;
}

function missing(
  key: string,
  fields: Fields,
  refuse: (line: number, message: string, hint: string) => ReadAgent,
): ReadAgent {
  const unknown = [...fields.keys()].filter((each) => !KEYS.has(each));
  const near = nearest(key, unknown);
  return refuse(1, `${key} is missing`, near === null ? `add ${key}: …` : `rename ${near}`);
}

function lineOf(lines: readonly string[], key: string): number {
  return lines.findIndex((line) => line.startsWith(`${key}:`)) + 1;
}

/**
 * Reads front matter as YAML, or line by line where it is none: descriptions with colons in them
 * are common, and Claude Code takes them.
 *
 * @param lines - The lines between the dashes.
 * @returns The fields by key.
 */
function readFields(lines: readonly string[]): Fields {
  const read = readTree(lines.join('\n'));
  if (read.ok && isRecord(read.tree.value)) return new Map(Object.entries(read.tree.value));
  const fields = new Map<string, unknown>();
  let last: { key: string; parts: string[] } | null = null;
  const keep = (): void => {
    if (last !== null) fields.set(last.key, plainValue(last.parts));
  };
  for (const line of lines) {
    const match = /^(?<key>[A-Za-z][\w-]*):(?:\s+(?<value>.*))?$/u.exec(line);
    const key = match?.groups?.['key'];
    if (key !== undefined) {
      keep();
      last = { key, parts: [match?.groups?.['value'] ?? ''] };
    } else if (last !== null && !/^\s*#/u.test(line)) last.parts.push(line);
  }
  keep();
  return fields;
}

function plainValue(parts: readonly string[]): unknown {
  const [first = '', ...more] = parts.map((part) => part.trim());
  const items = more.filter((part) => part.startsWith('- ')).map((part) => part.slice(2).trim());
  if (first === '' && items.length > 0) return items;
  const head = /^[|>][+-]?$/u.test(first)
    ? ''
    : first.replace(/^(?<mark>["'])(?<text>.*)\k<mark>$/u, '$<text>');
  return [head, ...more].filter((part) => part !== '').join(' ');
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** A list is written as one, or as words with commas between them; `*` is everything. */
function listOf(value: unknown): readonly string[] | null {
  const text = textOf(value);
  const items = Array.isArray(value)
    ? value.filter((item) => typeof item === 'string')
    : text?.split(/,(?![^(]*\))/u);
  const words = (items ?? []).map((item) => item.trim()).filter((item) => item !== '');
  return words.length === 0 || words.includes('*') ? null : words;
}

const RANK: Readonly<Record<AgentOrigin, number>> = {
  'built-in': 0,
  domain: 1,
  claude: 2,
  project: 3,
  // As in the configuration, the person has the last word in what works for them.
  person: 4,
};

/**
 * Picks one agent for each name: the person's over the project's over Claude Code's over the
 * built-in; of one origin the first.
 *
 * @param agents - All that were read, in any order.
 * @returns The agents that count, in the order in which their names first came up.
 */
export function pickAgents(agents: readonly Agent[]): readonly Agent[] {
  const picked = new Map<string, Agent>();
  for (const agent of agents) {
    const known = picked.get(agent.name);
    if (known === undefined || RANK[agent.origin] > RANK[known.origin])
      picked.set(agent.name, agent);
  }
  return [...picked.values()];
}
