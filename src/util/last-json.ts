import { isRecord } from './is-record.ts';
import { parseJson } from './parse-json.ts';

/** How much of the end is looked at: an answer is far smaller. */
const WINDOW = 1 << 20;
/** Unclosed braces make the search start over; this many looks at each character are enough. */
const LOOKS = 8;

/**
 * Finds the last JSON object in a text that may hold anything else too: prose, fences, logs. An
 * object inside another one is a part of that one.
 *
 * @param text - The text.
 * @returns The object, or `undefined` where there is none.
 */
export function lastJsonDocument(text: string): Readonly<Record<string, unknown>> | undefined {
  const tail = text.length > WINDOW ? text.slice(text.length - WINDOW) : text;
  let found: Readonly<Record<string, unknown>> | undefined;
  let budget = tail.length * LOOKS;
  let at = tail.indexOf('{');
  while (at >= 0 && budget > 0) {
    const end = closingBrace(tail, at);
    budget -= (end < 0 ? tail.length : end) - at;
    const value = end < 0 ? undefined : parseObject(tail.slice(at, end));
    if (value !== undefined) found = value;
    at = tail.indexOf('{', value === undefined ? at + 1 : end);
  }
  return found;
}

/** Where the object that begins at `start` ends, or -1 where it does not. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b) depth += 1;
    else if (char === 0x7d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isRecord(value) ? value : undefined;
}
