// The built program at a terminal: a pseudo terminal that `script` of util-linux makes, and somebody
// who types.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

import { program } from './tutti.ts';
import type { Project } from './tutti.ts';

const SCRIPT = '/usr/bin/script';

/** Whether there are such terminals here. */
export const hasTerminal: boolean = process.platform === 'linux' && existsSync(SCRIPT);

/** What is typed once the terminal shows something; `null` = the input ends. */
export type Typed = readonly [shown: RegExp, keys: string | null];

/**
 * Calls the program at a terminal.
 *
 * @param at - Where.
 * @param args - Its arguments.
 * @param typing - What is typed, one after the other.
 * @returns How it ended, and all that the terminal showed, without colours.
 */
export async function atTerminal(
  at: Project,
  args: readonly string[],
  typing: readonly Typed[],
): Promise<{ code: number | null; shown: string }> {
  const words = [process.execPath, program, ...args];
  const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const child = spawn(SCRIPT, ['-qefc', `stty cols 120 rows 40; exec ${line}`, '/dev/null'], {
    cwd: at.dir,
    env: { ...at.env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = [...typing];
  let shown = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const next = waiting[0];
    if (next === undefined || !next[0].test(plain(shown.slice(seen)))) return;
    waiting.shift();
    seen = shown.length;
    if (next[1] === null) child.stdin.end();
    else child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, shown: plain(shown) };
}

function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r', '');
}
