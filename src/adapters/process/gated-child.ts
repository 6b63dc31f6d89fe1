// A process of its own that waits at a gate.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Writable, type Readable } from 'node:stream';

import type { ProcessSpec } from '../../ports/process.ts';
import type { Body, Exit, Listener } from './body.ts';

/** What a process is given on its standard input. */
type Input = Pick<ProcessSpec, 'stdin' | 'keepsInput'>;

/** How long somebody who hides from us may keep an output open when all others are gone. */
const HELD_OPEN_MS = 200;

/**
 * Takes all that is still to be read from the outputs of a process whose whole tree is dead.
 *
 * @param child The process.
 */
export async function drainOutputs(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((s): s is Readable => s !== null);
  const closed = Promise.all(streams.filter((s) => !s.closed).map((s) => once(s, 'close')));
  for (const stream of streams) stream.resume();
  const timer = setTimeout(() => {
    for (const stream of streams) stream.destroy();
  }, HELD_OPEN_MS);
  await closed;
  clearTimeout(timer);
  for (const stream of child.stdio) stream?.destroy();
}

/** See `Body`: the gate is the fourth of its open files. */
export class GatedChild implements Body {
  readonly pid: number;
  readonly kept: boolean = false;
  readonly gone: Promise<Exit>;
  readonly #child: ChildProcess;

  /**
   * @param child - The process, at its gate.
   * @param pid - Its number.
   * @param input - What it is given, and whether more comes later.
   */
  constructor(child: ChildProcess, pid: number, input: Input) {
    this.pid = pid;
    this.#child = child;
    this.gone = once(child, 'exit').then(() => ({
      code: child.exitCode,
      signal: child.signalCode,
    }));
    // Later errors are about signals and pipes of a process that is gone.
    child.on('error', () => {});
    // A process need not read what it is given, and may be gone before the gate is told.
    for (const stream of child.stdio) stream?.on('error', () => {});
    if (input.keepsInput !== true) child.stdin?.end(input.stdin);
    else if (input.stdin !== '') child.stdin?.write(input.stdin);
  }

  listen(listener: Listener): void {
    this.#child.stdout?.on('data', (chunk: Buffer) => listener.stdout(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => listener.stderr(chunk));
  }

  open(): void {
    const gate = this.#child.stdio[3];
    if (gate instanceof Writable) gate.end('go\n');
  }

  pause(): void {
    this.#child.stdout?.pause();
  }

  resume(): void {
    this.#child.stdout?.resume();
  }

  /** All writers are dead, so that what is left is little, and the end of it is near. */
  drain(): Promise<void> {
    return drainOutputs(this.#child);
  }
}
