// Reads one YAML (hence also JSON) document into plain values that know where they were written.
//
// The parser's own conversion is not used: it expands aliases, follows tags and merge keys and takes
// quadratic time for large mappings. Text from outside gets none of that: no tags, no merge keys, no
// prototypes, aliases shared and counted, everything bounded before it costs anything.

import { isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, parseDocument } from 'yaml';
import type { Document, YAMLMap } from 'yaml';

/** What is wrong, and where. */
export interface Problem {
  readonly message: string;
  /** The key it is about, such as `tasks[2].depends_on`; empty for the whole text. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What was probably meant, or what is allowed. */
  readonly hint: string | null;
}

/** A line and a column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The way to a value: keys of mappings, indices of lists. */
export type Path = readonly (string | number)[];

/** A value with the place of everything in it. */
export interface Tree {
  readonly value: unknown;
  /** The place of a value, or of the nearest thing around it that exists. */
  readonly place: (path: Path) => Place;
  /** The place of a mapping's key. */
  readonly keyPlace: (path: Path, key: string) => Place;
}

/** What reading came to. */
export type ReadTree =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly problems: Problem[] };

/** More than this is not a file that a person or a planner writes. */
const MAX_CHARACTERS = 1_048_576;
const MAX_DEPTH = 64;
/** Anchors and aliases are a convenience of people: nobody needs many. */
const MAX_ALIASES = 200;
/** The parser takes up to 20 µs for each of them where every one is a mistake. */
const MAX_LEXEMES = 200_000;
/** Values after aliases are followed. */
const MAX_VALUES = 200_000;
/** What YAML calls printable; written as what is allowed, so that anything new is refused. */
const UNPRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** The parser's marks between lexemes; they stand for no text. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

/** What a bracket does to the depth. */
const NESTING: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 };

interface Located {
  readonly value: unknown;
  readonly offset: number;
  readonly children: ReadonlyMap<string | number, Child>;
  /** How many values it holds when aliases are followed. */
  readonly size: number;
}
interface Child {
  readonly keyOffset: number;
  readonly node: Located;
}
interface Flaw {
  readonly message: string;
  readonly offset: number;
  readonly path: Path;
  readonly hint?: string;
}

const NO_CHILDREN: ReadonlyMap<string | number, Child> = new Map();

/**
 * Writes a path as people do: `tasks[2].depends_on`, `routing["*api*"]`.
 *
 * @param path - The keys and indices.
 * @returns The text; empty for the whole document.
 */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]{1,80}$/u.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${quote(part)}]`;
  }
  return text;
}

/**
 * Quotes a piece of somebody's text for a message, short and without control characters.
 *
 * @param text - What was written.
 * @returns One line of at most 60 characters, with dots where it was cut.
 */
export function quote(text: string): string {
  const quoted = JSON.stringify(text.length > 60 ? text.slice(0, 60) : text);
  return quoted.length > 60 ? `${quoted.slice(0, 58)}…"` : quoted;
}

/**
 * Looks at the lexemes alone, which takes linear time, for what the parser would choke on.
 *
 * @param text - The document.
 * @returns The first flaw, if any.
 */
function flawOfLexemes(text: string): Flaw | null {
  let offset = 0;
  let depth = 0;
  let nestedInLine = 0;
  let aliases = 0;
  let count = 0;
  for (const { lexeme, kind } of lexemes(text)) {
    count += 1;
    depth += NESTING[kind] ?? 0;
    if (kind === '\n') nestedInLine = 0;
    else if (lexeme === '-' || lexeme === '?') nestedInLine += 1;
    else if (kind === '&' || kind === '*') aliases += 1;
    if (kind === '!') return { message: 'tags are not read here', offset, path: [] };
    if (aliases > MAX_ALIASES) return { message: 'too many anchors and aliases', offset, path: [] };
    if (count > MAX_LEXEMES) return { message: 'too many words and signs', offset, path: [] };
    if (Math.max(depth, nestedInLine) > MAX_DEPTH) return tooDeep(offset);
    offset += lexeme.length;
  }
  return null;
}

/**
 * Splits a text into lexemes, each with the character that tells its kind: its first one, a line
 * feed for a line's end, nothing for a plain scalar, which may begin with anything.
 *
 * @param text - The document.
 * @yields {{lexeme: string, kind: string}} One lexeme after the other; together they are the text.
 */
function* lexemes(text: string): Generator<{ lexeme: string; kind: string }> {
  let plain = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (MARKS.has(lexeme)) {
      plain = lexeme === '\u001f';
      continue;
    }
    yield {
      lexeme,
      kind: plain ? '' : lexeme.charAt(lexeme.endsWith('\n') ? lexeme.length - 1 : 0),
    };
    plain = false;
  }
}

function tooDeep(offset: number): Flaw {
  return { message: `nested more than ${MAX_DEPTH} levels deep`, offset, path: [] };
}

/** Turns the parser's nodes into values with places, collecting what is not allowed. */
class Conversion {
  readonly flaws: Flaw[] = [];
  readonly #anchors = new Map<string, Located>();

  convert(node: unknown, path: Path, at: number): Located {
    const offset = startOf(node) ?? at;
    if (path.length > MAX_DEPTH) {
      this.flaws.push(tooDeep(offset));
      return leaf(null, offset);
    }
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined) return { ...target, offset };
      // Also what an anchor's own content refers to it by: a value that contains itself.
      this.flaws.push({ message: `unknown alias ${quote(`*${node.source}`)}`, offset, path });
      return leaf(null, offset);
    }
    const located = this.#convertContent(node, path, offset);
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, located);
    }
    return located;
  }

  #convertContent(node: unknown, path: Path, offset: number): Located {
    if (isMap(node)) return this.#convertMap(node, path, offset);
    if (isSeq(node)) {
      const children = new Map<string | number, Child>();
      const value: unknown[] = [];
      for (const [index, item] of node.items.entries()) {
        const child = this.convert(item, [...path, index], offset);
        children.set(index, { keyOffset: child.offset, node: child });
        value.push(child.value);
      }
      return collection(value, offset, children);
    }
    return leaf(isScalar(node) ? node.value : null, offset);
  }

  #convertMap(map: YAMLMap, path: Path, offset: number): Located {
    const children = new Map<string | number, Child>();
    const value: Record<string, unknown> = {};
    for (const pair of map.items) {
      const keyOffset = startOf(pair.key) ?? offset;
      const key = this.#key(pair.key, path, keyOffset);
      if (key === null) continue;
      if (children.has(key)) {
        const message = `the key ${quote(key)} is there twice`;
        this.flaws.push({ message, offset: keyOffset, path: [...path, key] });
        continue;
      }
      // A value that is not there is where its key is.
      const child = this.convert(pair.value, [...path, key], keyOffset);
      children.set(key, { keyOffset, node: child });
      value[key] = child.value;
    }
    return collection(value, offset, children);
  }

  #key(key: unknown, path: Path, offset: number): string | null {
    const text =
      isScalar(key) && key.value !== null ? (key.source ?? JSON.stringify(key.value)) : null;
    if (text === null) {
      this.flaws.push({ message: 'a key must be plain text', offset, path });
    } else if (text === '__proto__' || text === '<<') {
      this.flaws.push({ message: `unknown key ${quote(text)}`, offset, path: [...path, text] });
      return null;
    }
    return text;
  }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function leaf(value: unknown, offset: number): Located {
  return { value, offset, children: NO_CHILDREN, size: 1 };
}

function collection(
  value: unknown,
  offset: number,
  children: ReadonlyMap<string | number, Child>,
): Located {
  let size = 1;
  for (const child of children.values()) size += child.node.size;
  return { value, offset, children, size };
}

/**
 * Reads one YAML or JSON document.
 *
 * @param source - The text, with or without a byte order mark.
 * @returns The values with their places, or everything that is wrong with the text.
 */
export function readTree(source: string): ReadTree {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source;
  const lines = new LineCounter();
  lines.addNewLine(0);
  const refuse = (flaws: readonly Flaw[]): ReadTree => ({
    ok: false,
    problems: flaws.map((flaw) => ({
      message: flaw.message,
      path: pathText(flaw.path),
      ...placeOf(lines, flaw.offset),
      hint: flaw.hint ?? null,
    })),
  });
  if (text.length > MAX_CHARACTERS) {
    return refuse([{ message: 'larger than 1 MiB', offset: 0, path: [] }]);
  }
  for (const end of text.matchAll(/\n/gu)) lines.addNewLine(end.index + 1);
  const unprintable = UNPRINTABLE.exec(text);
  if (unprintable !== null) {
    const code = (text.codePointAt(unprintable.index) ?? 0).toString(16).padStart(4, '0');
    const message = `a character that no text may hold (U+${code.toUpperCase()})`;
    return refuse([{ message, offset: unprintable.index, path: [] }]);
  }
  const flaw = flawOfLexemes(text);
  if (flaw !== null) return refuse([flaw]);
  const document = parse(text);
  if (document === null) return refuse([tooDeep(0)]);
  if (document.errors.length > 0) {
    return refuse(
      document.errors.map((error) => ({
        message:
          error.code === 'MULTIPLE_DOCS' ? 'more than one document in a file' : error.message,
        offset: error.pos[0],
        path: [],
      })),
    );
  }
  const conversion = new Conversion();
  const root = conversion.convert(document.contents, [], 0);
  if (conversion.flaws.length > 0) return refuse(conversion.flaws);
  if (root.size > MAX_VALUES) {
    return refuse([{ message: 'too many values (after aliases)', offset: 0, path: [] }]);
  }
  return { ok: true, tree: treeOf(root, lines) };
}

/**
 * Parses the text, which was found harmless before.
 *
 * @param text - The document.
 * @returns The parser's document; `null` when it is nested too deep even to be parsed.
 */
function parse(text: string): Document | null {
  try {
    // Duplicate keys are found by the conversion: the parser compares every key with every other.
    return parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function treeOf(root: Located, lines: LineCounter): Tree {
  const find = (path: Path): Located => {
    let node = root;
    for (const part of path) {
      const child = node.children.get(part);
      if (child === undefined) break;
      node = child.node;
    }
    return node;
  };
  return {
    value: root.value,
    place: (path) => placeOf(lines, find(path).offset),
    keyPlace(path, key) {
      const parent = find(path);
      return placeOf(lines, parent.children.get(key)?.keyOffset ?? parent.offset);
    },
  };
}
