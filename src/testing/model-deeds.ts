// Turns a move into what the model says, with the tools that it is offered: every agent has others.

import {
  object,
  string,
  type Asked,
  type Json,
  type OfferedTool,
  type Spoken,
} from './model-request.ts';
import type { ModelMove } from './model-scenario.ts';

/** Moves that are spoken; the others are done by the server. */
export type SpokenMove = Exclude<ModelMove, { fail: unknown } | { hang: true }>;

const SHELLS = [
  'Bash',
  'bash',
  'exec_command',
  'shell_command',
  'shell',
  'run_shell_command',
  'run',
];
/** Agents without a place for a schema in their API ask for the answer with a tool of this name. */
const ANSWERS = ['StructuredOutput', 'structured_output', 'answer'];

/**
 * Says what the model answers.
 *
 * @param asked - The request.
 * @param move - What is played.
 * @param step - How many results of tools there were before.
 * @returns The answer.
 */
export function spoken(asked: Asked, move: SpokenMove, step: number): Spoken {
  if ('say' in move) return { say: move.say };
  if ('refuse' in move) return { refuse: move.refuse };
  if ('flood' in move) return { say: flood(move.flood) };
  if ('write' in move) return write(asked, move.write) ?? none('write files');
  if ('run' in move) return shell(asked, move.run) ?? none('run commands');
  if ('loop' in move) return shell(asked, `${move.loop} # ${step}`) ?? none('run commands');
  if ('spawn' in move) {
    // The shell waits for the word: an agent that ends it at once would end what is no session yet.
    const apart = `echo spawned; exec >/dev/null 2>&1 </dev/null; ${move.spawn}`;
    return shell(asked, `{ setsid sh -c ${quote(apart)} & } | cat`) ?? none('run commands');
  }
  if ('use' in move) {
    const { tool, input } = move.use;
    const offered = find(asked, [tool]) ?? { name: tool, schema: {}, freeform: false };
    return { call: { tool: offered, input } };
  }
  const tool = find(asked, ANSWERS);
  if (tool !== null) return { call: { tool, input: move.answer } };
  return { say: JSON.stringify(move.answer) };
}

/** No two words are the same: some agents stop a model that repeats itself. */
function flood(bytes: number): string {
  const words: string[] = ['flood'];
  for (let length = 0; length < bytes;) {
    const word = (words.length * 7919).toString(36);
    words.push(word);
    length += word.length + 1;
  }
  return words.join(' ');
}

function none(what: string): Spoken {
  return { say: `I am offered no tool to ${what}` };
}

function find({ tools }: Asked, names: readonly string[]): OfferedTool | null {
  for (const name of names) {
    const tool = tools.find((each) => each.name === name);
    if (tool !== undefined) return tool;
  }
  return null;
}

function shell(asked: Asked, command: string): Spoken | null {
  const tool = find(asked, SHELLS);
  if (tool === null) return null;
  const key = property(tool, /^(?:command|cmd)$/u) ?? 'command';
  const isList = object(properties(tool)[key])['type'] === 'array';
  return {
    call: { tool, input: filled(tool, { [key]: isList ? ['sh', '-c', command] : command }) },
  };
}

function write(asked: Asked, file: { path: string; content: string }): Spoken | null {
  const { path, content } = file;
  const tool = asked.tools.find(({ name }) => /^write(?:_?file)?$/iu.test(name));
  if (tool !== undefined) {
    const input = {
      [property(tool, /path/iu) ?? 'path']: path,
      [property(tool, /content/iu) ?? 'content']: content,
    };
    return { call: { tool, input: filled(tool, input) } };
  }
  const patch = asked.tools.find(({ name, freeform }) => name === 'apply_patch' && freeform);
  if (patch !== undefined) {
    const lines = content.replace(/\n$/u, '').split('\n');
    const added = lines.map((line) => `+${line}`).join('\n');
    const input = `*** Begin Patch\n*** Add File: ${path}\n${added}\n*** End Patch\n`;
    return { call: { tool: patch, input } };
  }
  const to = quote(path);
  return shell(asked, `mkdir -p -- "$(dirname -- ${to})" && printf '%s' ${quote(content)} > ${to}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function properties(tool: OfferedTool): Json {
  return object(tool.schema['properties']);
}

function property(tool: OfferedTool, name: RegExp): string | undefined {
  return Object.keys(properties(tool)).find((key) => name.test(key));
}

/** What else the tool insists on (a description, a flag) gets something harmless. */
function filled(tool: OfferedTool, input: Json): Json {
  const required = Array.isArray(tool.schema['required']) ? tool.schema['required'] : [];
  const all: Record<string, unknown> = { ...input };
  for (const key of required) {
    if (typeof key === 'string') all[key] ??= instance(object(properties(tool)[key]));
  }
  return all;
}

/**
 * Makes the smallest value that a schema takes.
 *
 * @param schema - The JSON schema; of types it needs no more than the plain ones.
 * @returns A value.
 */
export function instance(schema: Json): unknown {
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (string(type).toLowerCase()) {
    case 'object': {
      const entries = Object.entries(object(schema['properties']));
      return Object.fromEntries(entries.map(([key, value]) => [key, instance(object(value))]));
    }
    case 'array':
      return [];
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    default:
      return 'scripted';
  }
}
