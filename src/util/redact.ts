// Takes secrets out of text: the one function for it. It goes by the values that are known here, in
// every form they may take, and by what well-known keys look like.

import { SecretFinder } from './find-secrets.ts';
import { TELLING_WORDS } from './secret-shapes.ts';

/** What stands where a secret stood. */
const REDACTED = '[redacted]';

/**
 * Tells whether something was taken out of a text.
 *
 * @param text - The text.
 * @returns Whether it holds what stands where a secret stood.
 */
export function isRedacted(text: string): boolean {
  return text.includes(REDACTED);
}

/** Holds back what may be the beginning of a private key, or of a token without end, no further. */
const LONGEST_KEY = 16_384;
const LONGEST_TOKEN = 4096;
/** Of a longer token only so much is held back: no key begins further from what tells it. */
const LAST_OF_TOKEN = 256;

/**
 * Makes a function that takes secrets out of texts.
 *
 * @param known - The secrets that are known: values of variables, keys, tokens.
 * @returns The function; it gives the text back as it is where it holds no secret.
 */
export function redactor(known: readonly string[]): (text: string) => string {
  const finder = new SecretFinder(known);
  return (text) => {
    let out = '';
    let done = 0;
    for (let found = finder.next(text, 0); found !== null; found = finder.next(text, done)) {
      out += text.slice(done, found.start) + REDACTED;
      done = found.end;
    }
    return done === 0 ? text : out + text.slice(done);
  };
}

/** Takes secrets out of bytes that come in pieces. */
export interface RedactedStream {
  /** Takes a piece; gives what can be told to be free of secrets by now. */
  push(chunk: Uint8Array): Uint8Array;
  /** Gives the rest. */
  end(): Uint8Array;
}

/**
 * Makes streams that take secrets out of what goes through them, also where a secret is cut into
 * pieces. Bytes that are no valid text go through as they are.
 *
 * @param known - As for `redactor`.
 * @returns Makes a stream.
 */
export function streamRedactor(known: readonly string[]): () => RedactedStream {
  // Each byte is one letter here: so nothing is lost of bytes that are no text.
  const finder = new SecretFinder(known, 'latin1');
  const beginnings = new Map<string, string[]>();
  for (const form of finder.forms) {
    const first = form.charAt(0);
    beginnings.set(first, [...(beginnings.get(first) ?? []), form]);
  }
  const longest = finder.forms.reduce((most, form) => Math.max(most, form.length), 0);
  return () => new Pieces(finder, { beginnings, longest });
}

/** The forms of known secrets, by their first letter. */
interface Beginnings {
  readonly beginnings: ReadonlyMap<string, readonly string[]>;
  readonly longest: number;
}

class Pieces implements RedactedStream {
  readonly #finder: SecretFinder;
  readonly #forms: Beginnings;
  #held = '';
  /** In the middle of a token whose beginning was taken out already. */
  #inToken = false;

  constructor(finder: SecretFinder, forms: Beginnings) {
    this.#finder = finder;
    this.#forms = forms;
  }

  push(chunk: Uint8Array): Uint8Array {
    const came = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    const text = this.#held + this.#pastToken(came);
    return this.#take(text, safeEnd(text, this.#forms));
  }

  end(): Uint8Array {
    return this.#take(this.#held, this.#held.length);
  }

  /** Gives the text up to there, redacted, and holds back what follows. */
  #take(text: string, safe: number): Uint8Array {
    const out: string[] = [];
    let done = 0;
    let end = safe;
    for (let found = this.#finder.next(text, 0); found !== null;) {
      if (found.start >= end) break;
      // What is found across the cut is one secret, or the beginning of a longer one.
      if (found.end > end && text.length - found.start <= LONGEST_KEY) {
        end = found.start;
        break;
      }
      out.push(text.slice(done, found.start), REDACTED);
      done = found.end;
      this.#inToken = done > end && done === text.length;
      found = this.#finder.next(text, done);
    }
    end = Math.max(end, done);
    out.push(text.slice(done, end));
    this.#held = text.slice(end);
    return Buffer.from(out.join(''), 'latin1');
  }

  #pastToken(text: string): string {
    if (!this.#inToken) return text;
    const rest = text.replace(/^[\w~+/=.-]+/u, '');
    this.#inToken = rest === '';
    return rest;
  }
}

/** How far the text can be judged: no secret that is cut off begins before that. */
function safeEnd(text: string, forms: Beginnings): number {
  return Math.min(tokenStart(text), openPrivateKey(text), beginningOfKnown(text, forms));
}

/** Where the token that the text ends with begins, with the words before it that make it telling. */
function tokenStart(text: string): number {
  const least = Math.max(0, text.length - LONGEST_TOKEN);
  let start = text.length;
  while (start > least && isTokenLetter(text.charCodeAt(start - 1))) start -= 1;
  if (start > 0 && start === least) return text.length - LAST_OF_TOKEN;
  const before = text.slice(Math.max(0, start - 64), start);
  return start - (TELLING_WORDS.exec(before)?.[0].length ?? 0);
}

/** Letters, digits and `_ - . ~ + / =`. */
function isTokenLetter(code: number): boolean {
  if (code >= 97 && code <= 122) return true;
  if (code >= 65 && code <= 90) return true;
  if (code >= 45 && code <= 57) return true;
  return code === 95 || code === 61 || code === 43 || code === 126;
}

/** Where a private key begins whose end has not come yet; the text's end where there is none. */
function openPrivateKey(text: string): number {
  const start = text.lastIndexOf('-----BEGIN');
  if (start < 0 || text.length - start > LONGEST_KEY) return text.length;
  const rest = text.slice(start);
  const open =
    /^-----BEGIN[A-Z0-9 ]*-{0,4}$/u.test(rest) ||
    (/^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/u.test(rest) &&
      !/-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/u.test(rest));
  return open ? start : text.length;
}

/** Where a known secret begins that the text may be cut off in. */
function beginningOfKnown(text: string, { beginnings, longest }: Beginnings): number {
  for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1) {
    const forms = beginnings.get(text.charAt(at));
    if (forms === undefined) continue;
    const rest = text.slice(at);
    if (forms.some((form) => form.length > rest.length && form.startsWith(rest))) return at;
  }
  return text.length;
}
