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
/** So often it is looked whether something has come in that time. */
const LOOKS = 4;
/** Somebody who hides and goes on printing is not listened to for ever: what was left is less. */
const MOST_LOOKS = 100;

/**
 * Calls back when nothing has come for a while. That is counted in looks, between which there is
 * always time to read: a clock alone would say so of a machine that had no time for us, too.
 *
 * @param streams Where something may come.
 * @param ms The while.
 * @param callback What to do then.
 * @returns Takes it back.
 */
export function whenQuiet(
  streams: readonly Readable[],
  ms: number,
  callback: () => void,
): () => void {
  let quiet = 0;
  let looks = 0;
  const heard = (): void => {
    quiet = 0;
  };
  for (const stream of streams) stream.on('data', heard);
  const timer = setInterval(() => {
    quiet += 1;
    looks += 1;
    if (quiet < LOOKS && looks < MOST_LOOKS) return;
    takeBack();
    callback();
  }, ms / LOOKS);
  const takeBack = (): void => {
    clearInterval(timer);
    for (const stream of streams) stream.off('data', heard);
  };
  return takeBack;
}

/**
 * The outputs of a process.
 *
 * @param child The process.
 * @returns Stdout and stderr, where they are read.
 */
export function outputsOf(child: ChildProcess): readonly Readable[] {
  return [child.stdout, child.stderr].filter((stream): stream is Readable => stream !== null);
}

/**
 * Takes all that is still to be read from the outputs of a process whose whole tree is dead.
 *
 * @param child The process.
 */
export async function drainOutputs(child: ChildProcess): Promise<void> {
  const streams = outputsOf(child);
  const closed = Promise.all(streams.filter((s) => !s.closed).map((s) => once(s, 'close')));
  for (const stream of streams) stream.resume();
  const takeBack = whenQuiet(streams, HELD_OPEN_MS, () => {
    for (const stream of streams) stream.destroy();
  });
  await closed;
  takeBack();
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
