// Finds secrets in text. What is looked at is mostly long and free of secrets, so four letters at a
// time are looked up in a table first; only where a secret may begin, it is looked at closely.

import { secretForms } from './secret-forms.ts';
import { SECRET_SHAPES } from './secret-shapes.ts';

const BEGINNING = 4;
const TABLE = 0x10000;

/** A secret in a text. */
export interface FoundSecret {
  readonly start: number;
  readonly end: number;
  /** What it is, without saying it. */
  readonly name: string;
  /** Whether it can be nothing else: a known one, or of a shape that nothing else has. */
  readonly strong: boolean;
}

/** What may begin at a place: a known text, or a shape. */
type Rule =
  | { readonly kind: 'known'; readonly form: string }
  | {
      readonly kind: 'shape';
      readonly name: string;
      readonly pattern: RegExp;
      readonly apart: boolean;
      readonly strong: boolean;
    };

/** Finds secrets: those it was told of, in any form, and what looks like a well-known kind of key. */
export class SecretFinder {
  /** The forms of the known ones. */
  readonly forms: readonly string[];
  readonly #table = new Uint8Array(TABLE);
  readonly #rules = new Map<string, Rule[]>();

  /**
   * @param known - The secrets that are known.
   * @param encoding - `latin1`: what is looked at are bytes, one a letter.
   */
  constructor(known: readonly string[], encoding: 'utf8' | 'latin1' = 'utf8') {
    const forms = secretForms(known);
    this.forms =
      encoding === 'utf8' ? forms : forms.map((form) => Buffer.from(form).toString('latin1'));
    for (const form of this.forms) this.#add(form.slice(0, BEGINNING), { kind: 'known', form });
    for (const { begins, pattern, ...shape } of SECRET_SHAPES) {
      const flags = shape.apart ? 'y' : 'iy';
      const rule: Rule = { kind: 'shape', ...shape, pattern: new RegExp(pattern, flags) };
      for (const beginning of begins) this.#add(beginning, rule);
    }
  }

  /**
   * Finds the next secret.
   *
   * @param text - The text.
   * @param from - Where to begin.
   * @returns The first one from there on, as long as it can be; `null` when there is none.
   */
  next(text: string, from: number): FoundSecret | null {
    let hash = 0;
    for (let at = from; at < text.length; at += 1) {
      // Four bits a letter and sixteen in all: a letter is forgotten after four.
      hash = ((hash << 4) ^ text.charCodeAt(at)) & (TABLE - 1);
      if (this.#table[hash] === 0 || at < from + BEGINNING - 1) continue;
      const found = this.#look(text, at - BEGINNING + 1);
      if (found !== null) return found;
    }
    return null;
  }

  #add(beginning: string, rule: Rule): void {
    let hash = 0;
    for (let at = 0; at < BEGINNING; at += 1) hash = (hash << 4) ^ beginning.charCodeAt(at);
    this.#table[hash & (TABLE - 1)] = 1;
    const rules = this.#rules.get(beginning);
    if (rules === undefined) this.#rules.set(beginning, [rule]);
    else rules.push(rule);
  }

  #look(text: string, start: number): FoundSecret | null {
    const rules = this.#rules.get(text.slice(start, start + BEGINNING));
    if (rules === undefined) return null;
    let best: FoundSecret | null = null;
    for (const rule of rules) {
      const found =
        rule.kind === 'known' ? knownAt(rule.form, text, start) : shaped(rule, text, start);
      if (found !== null && (best === null || found.end > best.end)) best = found;
    }
    return best;
  }
}

function knownAt(form: string, text: string, start: number): FoundSecret | null {
  if (!text.startsWith(form, start)) return null;
  return { start, end: start + form.length, name: 'a secret of the environment', strong: true };
}

function shaped(
  { name, pattern, apart, strong }: Extract<Rule, { kind: 'shape' }>,
  text: string,
  start: number,
): FoundSecret | null {
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (match === null || (apart && !beginsWord(text, start))) return null;
  const kept = match[1]?.length ?? 0;
  return { start: start + kept, end: start + match[0].length, name, strong };
}

/** Whether a word can begin there; what is escaped, coloured or encoded before it is no part of it. */
function beginsWord(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 16), start);
  return /(?:^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9a-f]{4}|%[0-9A-F]{2}|\[[0-9;]{0,10}m)$/iu.test(before);
}
