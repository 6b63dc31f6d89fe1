// What the steps of a script do.

import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ScriptStep } from './script.ts';

/** How a script ends before its last step. */
export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  | {
      readonly kind: 'fail';
      readonly reason: string;
      readonly message: string;
      /** Epoch milliseconds. */
      readonly retryAt?: number;
    };

/** What a step acts on. */
export interface Stage {
  readonly cwd: string;
  readonly prompt: string;
  readonly emit: (line: Readonly<Record<string, unknown>>) => void;
  /** What `{word}` in a text stands for. */
  readonly words: Readonly<Record<string, string>>;
  /** What was said so far. */
  readonly said: string[];
}

/** How often a file that is waited for is looked for. */
const LOOK_MS = 10;

/**
 * Performs one step.
 *
 * @param stage - What it acts on.
 * @param step - A checked step.
 * @returns How the script ends with it, or `null` when it goes on.
 */
export async function performStep(stage: Stage, step: ScriptStep): Promise<Ending | null> {
  if (step.if_prompt !== undefined && !matches(step.if_prompt, stage.prompt)) return null;
  if (step.unless_prompt !== undefined && matches(step.unless_prompt, stage.prompt)) return null;
  if (step.fail !== undefined) {
    const {
      reason = 'agent_error',
      message = 'the script says so',
      retry_after_secs: after,
    } = step.fail;
    const retryAt = after === undefined ? {} : { retryAt: Date.now() + after * 1000 };
    return { kind: 'fail', reason, message: fill(stage, message), ...retryAt };
  }
  if (step.exit !== undefined) return { kind: 'exit', code: step.exit };
  try {
    changeFiles(stage, step);
    runCommands(stage, step);
    speak(stage, step);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'fail', reason: 'agent_error', message };
  }
  await pause(stage, step);
  return null;
}

function matches(pattern: string, prompt: string): boolean {
  return new RegExp(pattern, 'u').test(prompt);
}

function changeFiles(stage: Stage, step: ScriptStep): void {
  const { write, append, edit } = step;
  if (write !== undefined) {
    tool(stage, 'Write', write.path, (path) => writeFileSync(path, fill(stage, write.content)));
  }
  if (append !== undefined) {
    tool(stage, 'Edit', append.path, (path) => appendFileSync(path, fill(stage, append.content)));
  }
  if (edit !== undefined) {
    tool(stage, 'Edit', edit.path, (path) => {
      if (!existsSync(path)) throw new Error(`edit: there is no ${edit.path}`);
      const text = readFileSync(path, 'utf8');
      const at = text.indexOf(edit.find);
      if (at < 0) throw new Error(`edit: ${edit.path} does not hold ${JSON.stringify(edit.find)}`);
      const after = text.slice(at + edit.find.length);
      writeFileSync(path, text.slice(0, at) + fill(stage, edit.replace) + after);
    });
  }
  if (step.delete !== undefined) {
    tool(stage, 'Delete', step.delete, (path) => rmSync(path, { recursive: true, force: true }));
  }
}

function tool(stage: Stage, name: string, path: string, act: (absolute: string) => void): void {
  stage.emit({ type: 'tool_use', name, summary: path });
  const absolute = confine(stage.cwd, fill(stage, path));
  mkdirSync(dirname(absolute), { recursive: true });
  act(absolute);
  stage.emit({ type: 'tool_result', ok: true });
}

/** A script stays in its working directory, by links too: it may be somebody else's. */
function confine(cwd: string, path: string): string {
  const root = realpathSync(cwd);
  let existing = resolve(root, path);
  const rest: string[] = [];
  while (!existsSync(existing)) {
    rest.unshift(basename(existing));
    existing = dirname(existing);
  }
  const real = join(realpathSync(existing), ...rest);
  const inside = relative(root, real);
  if (inside === '' || isAbsolute(inside) || inside === '..' || inside.startsWith('../')) {
    throw new Error(`${path} is outside of the working directory`);
  }
  return real;
}

function runCommands(stage: Stage, step: ScriptStep): void {
  if (step.run !== undefined) {
    const command = fill(stage, step.run);
    stage.emit({ type: 'tool_use', name: 'Bash', summary: command });
    // Its output goes to our stderr: stdout is for events.
    const { status } = spawnSync('/bin/sh', ['-c', command], {
      cwd: stage.cwd,
      stdio: ['ignore', 2, 2],
    });
    stage.emit({ type: 'tool_result', ok: status === 0 });
  }
  if (step.spawn !== undefined) {
    const command = fill(stage, step.spawn);
    stage.emit({ type: 'tool_use', name: 'Bash', summary: command });
    spawn('/bin/sh', ['-c', command], { cwd: stage.cwd, stdio: 'ignore', detached: true }).unref();
    stage.emit({ type: 'tool_result', ok: true });
  }
}

function speak(stage: Stage, step: ScriptStep): void {
  if (step.say !== undefined) {
    const text = fill(stage, step.say);
    stage.said.push(text);
    stage.emit({ type: 'text', text });
  }
  if (step.answer !== undefined) stage.emit({ type: 'answer', value: step.answer });
  if (step.usage !== undefined) stage.emit({ type: 'usage', ...step.usage });
  if (step.ignore_signals === true) {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  }
}

async function pause(stage: Stage, step: ScriptStep): Promise<void> {
  if (step.wait?.ms !== undefined) await sleep(step.wait.ms);
  if (step.wait?.file !== undefined) {
    const file = resolve(stage.cwd, fill(stage, step.wait.file));
    while (!existsSync(file)) await sleep(LOOK_MS);
  }
  if (step.hang === true) for (;;) await sleep(1 << 30);
}

function fill(stage: Stage, text: string): string {
  return text.replaceAll(
    /\{(task|attempt|session|turn)\}/gu,
    (_, word: string) => stage.words[word] ?? '',
  );
}
