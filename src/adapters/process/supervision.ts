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
import type { Writable } from 'node:stream';

import type { Clock } from '../../ports/clock.ts';
import type { ProcessEnd, ProcessSpec, SupervisedProcess } from '../../ports/process.ts';
import type { ConfinedCommand, PlainCommand, Sandbox } from '../../ports/sandbox.ts';
import type { RedactedStream } from '../../util/redact.ts';
import type { Body, Exit } from './body.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Cgroup, Cgroups } from './cgroups.ts';
import { confinedEnd, innerGroup } from './confined.ts';
import { diskWatchOf, type DiskWatch } from './disk-watch.ts';
import { GatedChild } from './gated-child.ts';
import { IdleWatch } from './idle-watch.ts';
import type { Keepers } from './keeper.ts';
import type { LimitWatch } from './limit-watch.ts';
import { workOf } from './members.ts';
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
  readonly keepers: Keepers;
  readonly limits: LimitWatch;
  /** Where one was delegated to us. */
  readonly cgroups: Cgroups | null;
  /** Confines what is to be confined. */
  readonly sandbox: Pick<Sandbox, 'confine'>;
  readonly grace: Grace;
  /** Makes what takes secrets out of a log; `null` = it is kept as it comes. */
  readonly redacted: (() => RedactedStream) | null;
}

/**
 * The gate: reads a word from us and becomes the program; at the end of file, which is our death,
 * it goes without having started anything.
 */
const GATE = 'IFS= read -r go <&3 && [ "$go" = go ] || exit 125; exec 3<&-; exec "$@"';
const WAITING_BYTES = 262_144;
const STDERR_TAIL_BYTES = 8_192;
/** Names that a shell hands on. Others must go around it. */
const SHELL_NAME = /^[A-Za-z_]\w*$/;

/** The mark, behind the one that we carry ourselves. */
function markOf(spec: ProcessSpec): string {
  const outer = process.env['TUTTI_MARK'];
  return outer === undefined || outer === '' ? spec.mark : `${outer},${spec.mark}`;
}

/** The argument vector of the gate, with the environment for it. */
function gated(command: PlainCommand): { args: string[]; env: NodeJS.ProcessEnv } {
  const env: NodeJS.ProcessEnv = {};
  const odd: string[] = [];
  for (const [name, value] of Object.entries(command.env)) {
    if (SHELL_NAME.test(name)) env[name] = value;
    else odd.push(`${name}=${value}`);
  }
  const around = odd.length === 0 ? [] : ['/usr/bin/env', ...odd];
  return {
    args: ['-c', GATE, 'sh', ...around, command.program, ...command.args],
    env,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the table can tell: where the system lets us open nothing at this moment, that is nothing. */
function asked<T>(look: () => T | null): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}

/** See `SupervisedProcess`. */
export class Supervision implements SupervisedProcess {
  readonly stdout: ByteQueue;
  readonly ended: Promise<ProcessEnd>;

  readonly #spec: ProcessSpec;
  readonly #tools: Tools;
  readonly #log: OutputLog | null;
  #state: 'held' | 'running' | 'leaving' | 'swept' | 'ended' = 'held';
  #body: Body | null = null;
  #tree: Tree | null = null;
  /** Why it is told to leave; `null` = nobody told it. */
  #why: ProcessEnd | null = null;
  #timers: (() => void)[] = [];
  #input: Writable | null = null;
  /** When its time is up, by the monotonic clock; while it is held, how much of it is left. */
  #endsAt = 0;
  #left: number | null = null;
  /** Closes what was opened for its confinement. */
  #close: () => void = () => {};
  readonly #idle: IdleWatch | null;
  #unwatch: () => void = () => {};
  #cgroup: Cgroup | null = null;
  #stderrTail: Buffer = Buffer.alloc(0);

  constructor(spec: ProcessSpec, tools: Tools) {
    this.#spec = spec;
    this.#tools = tools;
    this.#log =
      spec.logPath === null
        ? null
        : new OutputLog(spec.logPath, spec.logLimitBytes, tools.redacted?.() ?? null);
    const limitMs = spec.idleTimeoutMs;
    this.#idle = limitMs === null ? null : this.#idleWatch(limitMs);
    this.stdout = new ByteQueue(WAITING_BYTES, () => this.#body?.resume());
    this.ended = this.#live();
  }

  stop(): void {
    if (this.#why === null) this.#leave({ kind: 'stopped' });
    else this.#kill();
  }

  write(text: string): Promise<void> {
    const input = this.#input;
    if (input === null || !input.writable) return Promise.resolve();
    return new Promise((resolve) => {
      input.write(text, () => resolve());
    });
  }

  endInput(): void {
    this.#input?.end();
  }

  hold(held: boolean): void {
    if (this.#state !== 'running' || held === (this.#left !== null)) return;
    if (held) {
      this.#left = Math.max(0, this.#endsAt - this.#tools.clock.monotonic());
      this.#disarm();
      return;
    }
    const left = this.#left ?? 0;
    this.#left = null;
    this.#arm(left);
  }

  tools(open: number): void {
    this.#idle?.tools(open);
  }

  stderrTail(): string {
    // The cut may be inside a character.
    const start = this.#stderrTail.findIndex((byte) => (byte & 0xc0) !== 0x80);
    return this.#stderrTail.toString('utf8', Math.max(start, 0));
  }

  async #live(): Promise<ProcessEnd> {
    const at = performance.now();
    const before = asked(() => this.#tools.table.pulse());
    const { limits } = this.#spec;
    if (limits !== undefined) this.#cgroup = this.#tools.cgroups?.make(limits) ?? null;
    // Not later than this turn where it can be: it may be stopped at once.
    const made = this.#make();
    const body = made instanceof Promise ? await made : made;
    if (typeof body === 'string') return this.#notStarted(body);
    this.#body = body;
    const { pid } = body;
    const { table } = this.#tools;
    const startTime = asked(() => table.find(pid))?.startTime ?? '0';
    const leader = { pid, startTime, at };
    this.#tree = {
      mark: this.#spec.mark,
      leader,
      // A keeper is older than all that it starts, and is no part of it.
      ...(body.kept && { since: { ...leader, pid: before ?? pid }, keeper: pid }),
      seen: new Map(),
    };
    this.#listen(body);
    // Who cannot be asked has not agreed.
    this.#openGate(body, startTime).catch(() => this.#leave({ kind: 'refused' }));
    const exit = await body.gone;
    this.#state = 'swept';
    this.#unwatch();
    this.#disarm();
    if (!body.kept) signal(-pid, 'SIGKILL');
    const broken = this.#leaveCgroup(body);
    await Promise.all([this.#tools.sweeper.gone(this.#tree), this.#cgroup?.gone()]);
    this.#tools.watchdog.release(pid);
    await body.drain();
    this.#close();
    this.stdout.end();
    await this.#log?.close();
    this.#state = 'ended';
    return this.#why ?? broken ?? this.#endOf(exit);
  }

  #endOf(exit: Exit): ProcessEnd {
    const confined = (this.#spec.confine ?? null) !== null;
    return confined ? confinedEnd(exit, this.stderrTail()) : { kind: 'exited', ...exit };
  }

  #notStarted(message: string): ProcessEnd {
    this.#state = 'ended';
    this.#close();
    this.#cgroup?.remove();
    this.stdout.end();
    return { kind: 'not_started', message };
  }

  #make(): Body | string | Promise<string> {
    const { argv, cwd, env, mark, stdin } = this.#spec;
    if (mark === '') return 'it has no mark by which it could be found again';
    const program = resolveProgram(argv[0] ?? '', cwd, env['PATH']);
    if (!program.ok) return program.message;
    const own = { PWD: cwd, TUTTI_MARK: markOf(this.#spec) };
    const plain = { program: program.path, args: argv.slice(1), cwd, env: { ...env, ...own } };
    const confined = this.#confined(plain);
    if (typeof confined === 'string') return confined;
    const command = { ...confined, cwd };
    if (this.#spec.plain === true && stdin === null) {
      const kept = this.#tools.keepers.take(command);
      if (kept !== null) return kept;
    }
    const child = this.#spawn(command);
    if (typeof child === 'string') return child;
    if (child.pid !== undefined) {
      if (this.#spec.keepsInput === true) this.#input = child.stdin;
      return new GatedChild(child, child.pid, this.#spec);
    }
    return once(child, 'exit').then(() => '', messageOf);
  }

  /** What cannot be confined as it is told is not started. */
  #confined(command: PlainCommand): ConfinedCommand | string {
    const { confine } = this.#spec;
    if (confine === undefined || confine === null) return { ...command, close: () => {} };
    try {
      const confined = this.#tools.sandbox.confine(command, confine);
      this.#close = () => confined.close();
      return confined;
    } catch (error) {
      return `the sandbox cannot be made: ${messageOf(error)}`;
    }
  }

  #spawn(command: PlainCommand): ChildProcess | string {
    const { cwd, stdin } = this.#spec;
    try {
      const gate = gated(command);
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

  #listen(body: Body): void {
    body.listen({
      stdout: (chunk) => {
        this.#took(chunk);
        this.stdout.push(chunk);
        if (this.stdout.full && this.#state !== 'swept') body.pause();
      },
      stderr: (chunk) => {
        this.#took(chunk);
        this.#spec.onStderr?.(chunk);
        this.#stderrTail = Buffer.concat([this.#stderrTail, chunk.subarray(-STDERR_TAIL_BYTES)]);
        this.#stderrTail = this.#stderrTail.subarray(-STDERR_TAIL_BYTES);
      },
    });
  }

  #took(chunk: Uint8Array): void {
    this.#idle?.heard();
    this.#log?.write(chunk);
  }

  async #openGate(body: Body, startTime: string): Promise<void> {
    const identity = { pid: body.pid, startTime, bootId: this.#tools.table.bootId };
    const { limits, plain = false } = this.#spec;
    const disk = limits === undefined ? null : diskWatchOf(limits);
    // Of thousands of plain commands each would cost as much again.
    const measured = plain ? null : disk?.begin();
    const [may] = await Promise.all([this.#spec.mayStart(identity), measured]);
    if (this.#state !== 'held') return;
    if (!may) {
      this.#leave({ kind: 'refused' });
      return;
    }
    this.#state = 'running';
    this.#arm(this.#spec.timeoutMs);
    this.#tools.watchdog.guard(identity.pid, this.#spec.mark);
    this.#watch(identity.pid, disk);
    body.open();
  }

  #arm(timeoutMs: number): void {
    const { clock } = this.#tools;
    this.#endsAt = clock.monotonic() + timeoutMs;
    this.#timers.push(clock.after(timeoutMs, () => this.#leave({ kind: 'timeout' })));
    this.#idle?.start();
  }

  #idleWatch(limitMs: number): IdleWatch {
    const { clock, table } = this.#tools;
    return new IdleWatch({
      clock,
      limitMs,
      isHeldUp: () => this.stdout.full,
      moment: () => table.moment(),
      work: (since) => (this.#tree === null ? null : workOf(table, this.#tree, since)),
      idle: () => this.#leave({ kind: 'idle_timeout' }),
    });
  }

  /** Whoever uses more than it may has no time left for leaving in peace. */
  #watch(pid: number, disk: DiskWatch | null): void {
    const { limits } = this.#spec;
    const tree = this.#tree;
    if (limits === undefined || tree === null) return;
    this.#cgroup?.add(pid);
    const over = (message: string): void => {
      this.#leave({ kind: 'limit', message });
      this.#kill();
    };
    this.#unwatch = this.#tools.limits.watch({ tree, limits, disk, over });
  }

  /** Ends all that are left in it, without the keeper; tells which limit they have run into. */
  #leaveCgroup(body: Body): ProcessEnd | null {
    if (body.kept && this.#cgroup !== null) this.#tools.cgroups?.takeBack(body.pid);
    this.#cgroup?.kill();
    const message = this.#cgroup?.brokenLimit ?? null;
    return message === null ? null : { kind: 'limit', message };
  }

  #disarm(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    this.#idle?.stop();
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
    if (this.#state !== 'leaving') return;
    this.#cgroup?.kill();
    this.#signal('SIGKILL');
  }

  /** Looks first who is there: when their parents are gone nobody can tell. */
  #signal(name: NodeJS.Signals): void {
    if (this.#tree === null || this.#tree.leader === null) return;
    lookAround(this.#tools.table, this.#tree);
    signal(-(this.#inside(name) ?? this.#tree.leader.pid), name);
  }

  /** The sandbox hands no signal on, and would go itself: what has to leave in peace is inside. */
  #inside(name: NodeJS.Signals): number | null {
    const confined = (this.#spec.confine ?? null) !== null;
    if (!confined || name === 'SIGKILL' || this.#tree === null) return null;
    return innerGroup(this.#tools.table, this.#tree);
  }
}
