// The built program at a terminal: a pseudo terminal that `script` of util-linux makes, and somebody
// who types.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { program } from './tutti.ts';
import type { Project } from './tutti.ts';

const SCRIPT = '/usr/bin/script';

/** Whether there are such terminals here. */
export const hasTerminal: boolean = process.platform === 'linux' && existsSync(SCRIPT);

/** Ends the program there and then, as a power cut would. */
export const KILL: unique symbol = Symbol('kill -9');

/** What is typed once the terminal shows something; `null` = the input ends. */
export type Typed = readonly [
  shown: RegExp,
  keys: string | null | typeof KILL | (() => Promise<string>),
];

/**
 * Calls the program at a terminal.
 *
 * @param at - Where.
 * @param args - Its arguments.
 * @param typing - What is typed, one after the other.
 * @param columns - How wide the terminal is.
 * @returns How it ended, and all that the terminal showed, without colours.
 */
export async function atTerminal(
  at: Project,
  args: readonly string[],
  typing: readonly Typed[],
  columns = 120,
): Promise<{ code: number | null; shown: string }> {
  const words = [process.execPath, program, ...args];
  const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const pidFile = join(at.env['HOME'] ?? at.dir, 'pid');
  const start = `stty cols ${columns} rows 40; echo $$ > '${pidFile}'; exec ${line}`;
  const child = spawn(SCRIPT, ['-qefc', start, '/dev/null'], {
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
    const [, keys] = next;
    if (keys === KILL) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    else if (keys === null) child.stdin.end();
    else if (typeof keys === 'string') child.stdin.write(keys);
    else void keys().then((typed) => child.stdin.write(typed));
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  return { code, shown: plain(shown) };
}

function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r', '');
}
