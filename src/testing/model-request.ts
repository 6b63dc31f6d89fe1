// A request to a model as a scripted model sees it, whichever API it came by.

import { isRecord } from '../util/is-record.ts';
import type { ModelMove } from './model-scenario.ts';

/** A JSON object of somebody else's. */
export type Json = Readonly<Record<string, unknown>>;

/** A part of the conversation. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Of a tool's result: it failed. */
  readonly failed: boolean;
}

/** A tool that the model may use. */
export interface OfferedTool {
  readonly name: string;
  readonly schema: Json;
  /** It takes plain text, no object. */
  readonly freeform: boolean;
}

/** A request, in words of our own. */
export interface Asked {
  readonly model: string;
  /** It is to be answered in pieces. */
  readonly stream: boolean;
  /** The schema that the answer is to have, where the API has a place for one. */
  readonly schema: Json | null;
  readonly tools: readonly OfferedTool[];
  readonly turns: readonly Turn[];
}

/** What the model answers. */
export type Spoken =
  | { readonly say: string }
  | { readonly refuse: string }
  | { readonly call: { readonly tool: OfferedTool; readonly input: Json | string } };

/** An answer in the words of an API. */
export interface Reply {
  readonly whole: Json;
  /** The same in pieces: the event's name where the API has names, and its data. */
  readonly events: Iterable<readonly [name: string | null, data: Json | string]>;
}

/** An API that models are asked by. */
export interface Dialect {
  readonly name: string;
  /** Whether a request is one of this API. */
  readonly speaks: (path: string) => boolean;
  readonly read: (body: Json, path: string) => Asked;
  readonly reply: (asked: Asked, spoken: Spoken) => Reply;
  /** How it says that something failed: headers and body. */
  readonly error: (
    fail: Extract<ModelMove, { fail: unknown }>['fail'],
    now: number,
  ) => { readonly headers: Readonly<Record<string, string>>; readonly body: Json };
}

/** What every answer is said to have used. */
export const USED = { input: 100, cached: 10, output: 20 } as const;

/**
 * Takes a value for an object.
 *
 * @param value - Anything.
 * @returns The object; an empty one where it is none.
 */
export function object(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/**
 * Takes a value for a list of objects.
 *
 * @param value - Anything.
 * @returns The objects in it.
 */
export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item) => isRecord(item)) : [];
}

/**
 * Takes a value for a text.
 *
 * @param value - Anything.
 * @returns The text; an empty one where it is none.
 */
export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * Finds all text in the content of a message: a text, blocks of it, or blocks in blocks.
 *
 * @param content - The content.
 * @returns The text, a line for each block.
 */
export function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map((item) => textIn(item)).join('\n');
  if (!isRecord(content)) return '';
  return textIn(content['text'] ?? content['content'] ?? content['output'] ?? '');
}

/** Large texts come in pieces of this many characters. */
const PIECE = 32_768;

/**
 * Cuts a text as a model that streams does.
 *
 * @param text - The text.
 * @returns Its pieces, at least one.
 */
export function pieces(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += PIECE) found.push(text.slice(at, at + PIECE));
  return found.length === 0 ? [''] : found;
}
