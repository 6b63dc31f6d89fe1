// What a gullible reader obeys: all of a prompt that is outside of its fences. The reader is careless,
// too: it takes whatever looks like a fence's end for its end.

import { readFileSync } from 'node:fs';

import type { Injection } from './checks.ts';

const careless = (text: string): string =>
  text
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Cc}\u034f\ufe00-\ufe0f]/gu, '')
    .replaceAll(/&lt;?/giu, '<')
    .replaceAll(/&gt;?/giu, '>')
    .toLowerCase();

/**
 * Takes the fenced blocks out of a prompt.
 *
 * @param prompt - The prompt.
 * @returns What is outside, with `[NAME]` in the place of each block; delimiters of none are left.
 */
export function outside(prompt: string): string {
  const kept: string[] = [];
  let inside: string | null = null;
  for (const line of prompt.split('\n')) {
    const opened = /^<(?<name>[a-z-]+) [A-Za-z0-9]{12,}>$/u.exec(line)?.groups?.['name'];
    if (inside === null && opened !== undefined) {
      inside = opened;
      kept.push(`[${opened}]`);
    } else if (inside === null) kept.push(line);
    else {
      const end = careless(line).lastIndexOf(`</${inside}`);
      if (end < 0) continue;
      // What stands behind it on the line is outside.
      kept.push(
        careless(line)
          .slice(end)
          .replace(/^[^>]*>/u, ''),
      );
      inside = null;
    }
  }
  return kept.join('\n');
}

/**
 * Reads strings that try to leave the fence.
 *
 * @returns Those of this folder, or of the file that `INJECTIONS` names.
 */
export function injections(): readonly Injection[] {
  const named = process.env['INJECTIONS'];
  const text = readFileSync(named ?? new URL('selection.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line): Injection => {
      const injection: Injection = JSON.parse(line);
      return injection;
    });
}
