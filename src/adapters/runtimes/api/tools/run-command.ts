// Runs one command for the model: bounded in time and in what is kept of its output. It is a process
// group of its own; what leaves the group is found by its marker when the attempt ends.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

/** What to run. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How it went. */
export interface CommandEnd {
  readonly ok: boolean;
  /** How it ended and what it printed, stdout and stderr as they came. */
  readonly text: string;
}

/** What is kept of the beginning, and of the end. */
const HEAD_BYTES = 12_000;
const TAIL_BYTES = 20_000;
/** What still holds its output open afterwards has been started in the background. */
const DRAIN_MS = 250;
const GRACE_MS = 2_000;

/**
 * Runs a command to its end.
 *
 * @param command - What to run, where, and for how long at most.
 * @returns How it went; never rejects.
 */
export function runCommand(command: Command): Promise<CommandEnd> {
  const [program = '', ...args] = command.argv;
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        cwd: command.cwd,
        env: command.env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
    } catch (error) {
      resolve({ ok: false, text: `cannot start ${program}: ${String(error)}` });
      return;
    }
    const output = new HeadAndTail();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => output.add(bytes));
    }
    let why = '';
    const end = (reason: string): void => {
      why ||= reason;
      killGroup(child, 'SIGTERM');
      setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS).unref();
    };
    const abort = (): void => end('stopped');
    const timer = setTimeout(
      () => end(`ended after ${Math.round(command.timeoutMs / 1000)} s`),
      command.timeoutMs,
    );
    command.signal.addEventListener('abort', abort, { once: true });
    if (command.signal.aborted) abort();
    const over = (how: string, ok: boolean): void => {
      clearTimeout(timer);
      command.signal.removeEventListener('abort', abort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ ok: ok && why === '', text: describe(why || how, output) });
    };
    child.on('error', (error) => over(`cannot start ${program}: ${error.message}`, false));
    child.on('exit', (code, signal) => {
      const how = signal === null ? `exit ${code}` : `ended by ${signal}`;
      const done = (): void => over(how, code === 0);
      const drained = setTimeout(done, DRAIN_MS);
      child.on('close', () => {
        clearTimeout(drained);
        done();
      });
    });
  });
}

function describe(how: string, output: HeadAndTail): string {
  const text = output.text().trimEnd();
  return text === '' ? `(${how}, no output)` : `${text}\n(${how})`;
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, constants.signals[signal]);
  } catch {
    // It has ended already.
  }
}

/** Keeps the beginning and the end of what may be endless. */
class HeadAndTail {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer = Buffer.alloc(0);
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #cutBytes = 0;

  add(bytes: Buffer): void {
    const room = HEAD_BYTES - this.#headBytes;
    if (room > 0) {
      // A copy: a piece of a buffer keeps all of it alive.
      this.#head.push(Buffer.from(bytes.subarray(0, room)));
      this.#headBytes += Math.min(bytes.length, room);
    }
    if (bytes.length <= room) return;
    this.#pending.push(Buffer.from(bytes.subarray(Math.max(room, 0))));
    this.#pendingBytes += bytes.length - Math.max(room, 0);
    if (this.#pendingBytes > 4 * TAIL_BYTES) this.#fold();
  }

  text(): string {
    this.#fold();
    const head = Buffer.concat(this.#head).toString('utf8');
    const tail = this.#tail.toString('utf8');
    const cut = this.#cutBytes > 0 ? `\n[… ${this.#cutBytes} bytes left out …]\n` : '';
    return `${head}${cut}${tail}`;
  }

  #fold(): void {
    const all = Buffer.concat([this.#tail, ...this.#pending]);
    const cut = Math.max(0, all.length - TAIL_BYTES);
    this.#cutBytes += cut;
    this.#tail = Buffer.from(all.subarray(cut));
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
