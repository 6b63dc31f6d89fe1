// One process under supervision:
//
//   held ─► running ─► leaving ─► swept ─► ended
//
//   held      it exists, but waits at the gate; ends by itself when we die
//   running   the gate is open, its clocks run
//   leaving   told to end (`#why` says for what); or `running` went by itself
//   swept     its first process is gone; what it left behind is being killed

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Writable, type Readable } from 'node:stream';

import type { Clock } from '../../ports/clock.ts';
import type { ProcessEnd, ProcessSpec, SupervisedProcess } from '../../ports/process.ts';
import { ByteQueue } from './byte-queue.ts';
import { OutputLog } from './output-log.ts';
import type { ProcessTable } from './process-table.ts';
import { resolveProgram } from './resolve-program.ts';
import { lookAround, signal, type Sweeper, type Tree } from './sweeper.ts';
import type { Watchdog } from './watchdog.ts';

/** How long a process has for leaving in peace. */
export interface Grace {
  /** From SIGINT to SIGTERM. */
  readonly interruptMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly terminateMs: number;
}

/** What every supervision works with. */
export interface Tools {
  readonly clock: Clock;
  readonly table: ProcessTable;
  readonly sweeper: Sweeper;
  readonly watchdog: Watchdog;
  readonly grace: Grace;
}

/**
 * The gate: reads a word from us and becomes the program; at the end of file, which is our death,
 * it goes without having started anything.
 */
const GATE = 'IFS= read -r go <&3 && [ "$go" = go ] || exit 125; exec 3<&-; exec "$@"';
const WAITING_BYTES = 262_144;
const STDERR_TAIL_BYTES = 8_192;
/** How long somebody who hides from us may keep an output open when all others are gone. */
const HELD_OPEN_MS = 200;
/** Names that a shell hands on. Others must go around it. */
const SHELL_NAME = /^[A-Za-z_]\w*$/;

/** The argument vector of the gate, with the environment for it. */
function gated(spec: ProcessSpec, program: string): { args: string[]; env: NodeJS.ProcessEnv } {
  const outer = process.env['TUTTI_MARK'];
  const mark = outer === undefined || outer === '' ? spec.mark : `${outer},${spec.mark}`;
  const env: NodeJS.ProcessEnv = {};
  const odd: string[] = [];
  for (const [name, value] of Object.entries(spec.env)) {
    if (SHELL_NAME.test(name)) env[name] = value;
    else odd.push(`${name}=${value}`);
  }
  const around = odd.length === 0 ? [] : ['/usr/bin/env', ...odd];
  return {
    args: ['-c', GATE, 'sh', ...around, program, ...spec.argv.slice(1)],
    env: { ...env, PWD: spec.cwd, TUTTI_MARK: mark },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** See `SupervisedProcess`. */
export class Supervision implements SupervisedProcess {
  readonly stdout: ByteQueue;
  readonly ended: Promise<ProcessEnd>;

  readonly #spec: ProcessSpec;
  readonly #tools: Tools;
  readonly #log: OutputLog | null;
  #state: 'held' | 'running' | 'leaving' | 'swept' | 'ended' = 'held';
  #child: ChildProcess | null = null;
  #tree: Tree | null = null;
  /** Why it is told to leave; `null` = nobody told it. */
  #why: ProcessEnd | null = null;
  #timers: (() => void)[] = [];
  #lastByteAt = 0;
  #stderrTail: Buffer = Buffer.alloc(0);

  constructor(spec: ProcessSpec, tools: Tools) {
    this.#spec = spec;
    this.#tools = tools;
    this.#log = spec.logPath === null ? null : new OutputLog(spec.logPath, spec.logLimitBytes);
    this.stdout = new ByteQueue(WAITING_BYTES, () => this.#child?.stdout?.resume());
    this.ended = this.#live();
  }

  stop(): void {
    if (this.#why === null) this.#leave({ kind: 'stopped' });
    else this.#kill();
  }

  stderrTail(): string {
    // The cut may be inside a character.
    const start = this.#stderrTail.findIndex((byte) => (byte & 0xc0) !== 0x80);
    return this.#stderrTail.toString('utf8', Math.max(start, 0));
  }

  async #live(): Promise<ProcessEnd> {
    const at = performance.now();
    const child = this.#spawn();
    if (typeof child === 'string') return this.#notStarted(child);
    const exit = once(child, 'exit');
    if (child.pid === undefined) {
      const error: unknown = await exit.catch((cause: unknown) => cause);
      return this.#notStarted(messageOf(error));
    }
    // Later errors are about signals and pipes of a process that is gone.
    child.on('error', () => {});
    this.#child = child;
    const { pid } = child;
    const startTime = this.#tools.table.find(pid)?.startTime ?? '0';
    this.#tree = { mark: this.#spec.mark, leader: { pid, startTime, at }, seen: new Map() };
    this.#connect(child);
    // Who cannot be asked has not agreed.
    this.#openGate(child, startTime).catch(() => this.#leave({ kind: 'refused' }));
    await exit;
    const end = this.#why ?? {
      kind: 'exited',
      code: child.exitCode,
      signal: child.signalCode,
    };
    this.#state = 'swept';
    this.#disarm();
    signal(-pid, 'SIGKILL');
    await this.#tools.sweeper.gone(this.#tree);
    this.#tools.watchdog.release(pid);
    await this.#drain(child);
    await this.#log?.close();
    this.#state = 'ended';
    return end;
  }

  #notStarted(message: string): ProcessEnd {
    this.#state = 'ended';
    this.stdout.end();
    return { kind: 'not_started', message };
  }

  #spawn(): ChildProcess | string {
    const { argv, cwd, env, mark, stdin } = this.#spec;
    if (mark === '') return 'it has no mark by which it could be found again';
    const program = resolveProgram(argv[0] ?? '', cwd, env['PATH']);
    if (!program.ok) return program.message;
    try {
      const gate = gated(this.#spec, program.path);
      return spawn('/bin/sh', gate.args, {
        cwd,
        env: gate.env,
        detached: true,
        stdio: [stdin === null ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      return messageOf(error);
    }
  }

  #connect(child: ChildProcess): void {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#took(chunk);
      this.stdout.push(chunk);
      if (this.stdout.full && this.#state !== 'swept') child.stdout?.pause();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#took(chunk);
      this.#stderrTail = Buffer.concat([this.#stderrTail, chunk.subarray(-STDERR_TAIL_BYTES)]);
      this.#stderrTail = this.#stderrTail.subarray(-STDERR_TAIL_BYTES);
    });
    // A process need not read what it is given, and may be gone before the gate is told.
    for (const stream of child.stdio) stream?.on('error', () => {});
    child.stdin?.end(this.#spec.stdin);
  }

  #took(chunk: Uint8Array): void {
    this.#lastByteAt = this.#tools.clock.monotonic();
    this.#log?.write(chunk);
  }

  async #openGate(child: ChildProcess, startTime: string): Promise<void> {
    const identity = { pid: child.pid ?? 0, startTime, bootId: this.#tools.table.bootId };
    const may = await this.#spec.mayStart(identity);
    if (this.#state !== 'held') return;
    if (!may) {
      this.#leave({ kind: 'refused' });
      return;
    }
    this.#state = 'running';
    this.#arm();
    this.#tools.watchdog.guard(identity.pid, this.#spec.mark);
    const gate = child.stdio[3];
    if (gate instanceof Writable) gate.end('go\n');
  }

  #arm(): void {
    const { clock } = this.#tools;
    const { timeoutMs, idleTimeoutMs } = this.#spec;
    this.#lastByteAt = clock.monotonic();
    this.#timers.push(clock.after(timeoutMs, () => this.#leave({ kind: 'timeout' })));
    if (idleTimeoutMs !== null) this.#armIdle(idleTimeoutMs, idleTimeoutMs);
  }

  #armIdle(limitMs: number, delayMs: number): void {
    const cancel = this.#tools.clock.after(delayMs, () => {
      this.#timers = this.#timers.filter((timer) => timer !== cancel);
      const left = this.#lastByteAt + limitMs - this.#tools.clock.monotonic();
      if (left > 0) this.#armIdle(limitMs, left);
      // It is silent because nobody reads what it has to say.
      else if (this.stdout.full) this.#armIdle(limitMs, limitMs);
      else this.#leave({ kind: 'idle_timeout' });
    });
    this.#timers.push(cancel);
  }

  #disarm(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }

  #leave(why: ProcessEnd): void {
    if (this.#state !== 'held' && this.#state !== 'running') return;
    const wasHeld = this.#state === 'held';
    this.#why = why;
    this.#state = 'leaving';
    this.#disarm();
    if (wasHeld) {
      this.#kill();
      return;
    }
    const { clock, grace } = this.#tools;
    this.#signal('SIGINT');
    const terminate = (): void => {
      this.#signal('SIGTERM');
      this.#timers.push(clock.after(grace.terminateMs, () => this.#kill()));
    };
    this.#timers.push(clock.after(grace.interruptMs, terminate));
  }

  #kill(): void {
    if (this.#state === 'leaving') this.#signal('SIGKILL');
  }

  /** Looks first who is there: when their parents are gone nobody can tell. */
  #signal(name: NodeJS.Signals): void {
    if (this.#tree === null || this.#tree.leader === null) return;
    lookAround(this.#tools.table, this.#tree);
    signal(-this.#tree.leader.pid, name);
  }

  /** All writers are dead, so that what is left is little, and the end of it is near. */
  async #drain(child: ChildProcess): Promise<void> {
    const streams = [child.stdout, child.stderr].filter((s): s is Readable => s !== null);
    const closed = Promise.all(streams.filter((s) => !s.closed).map((s) => once(s, 'close')));
    for (const stream of streams) stream.resume();
    const timer = setTimeout(() => {
      for (const stream of streams) stream.destroy();
    }, HELD_OPEN_MS);
    await closed;
    clearTimeout(timer);
    this.stdout.end();
    for (const stream of child.stdio) stream?.destroy();
  }
}
