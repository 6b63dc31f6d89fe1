// Keepers start plain commands. To start a process costs what its parent is large, and ours is: a
// keeper is a shell that does nothing else, leads a session of its own and runs one command at a
// time, which it is told only when the command may start. So it is the command's gate too: when we
// die it reads the end of file, and starts nothing.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';

import type { Body, Exit, Listener } from './body.ts';
import { exitOfStatus } from './exit-status.ts';
import { drainOutputs, outputsOf, whenQuiet } from './gated-child.ts';

/** What a keeper is asked to run. */
export interface Order {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Signals for the command reach its whole group, hence the keeper: it takes them, and a subshell has
 * them as they are by default. What the shell itself has to say is not the command's output.
 */
const PRELUDE = 'trap : INT TERM HUP QUIT; exec 4>&2 2>/dev/null\n';
/** Names that no shell lets anybody set, or sets by itself. */
const SHELLS_OWN =
  /^(?:BASH.*|DIRSTACK|EUID|FUNCNAME|GROUPS|IFS|OLDPWD|OPTARG|OPTIND|PPID|PS4|RANDOM|SECONDS|SHELLOPTS|SHLVL|UID|_)$/u;
const NAME = /^[A-Za-z_]\w*$/u;
/** Characters of arguments and environment together: what is longer goes another way. */
const LONGEST = 30_000;
/** How long nothing more of the output may come when nothing writes any more. */
const REST_MS = 2_000;

function isOdd(name: string): boolean {
  return !NAME.test(name) || SHELLS_OWN.test(name);
}

/** What no program can be given is told by the system in its own words, to whoever tries. */
function canBeTold({ args, env }: Order): boolean {
  const words = [...args, ...Object.values(env)];
  const length = words.reduce((sum, word) => sum + word.length, 0);
  return length <= LONGEST && !words.some((word) => word.includes('\0'));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The end of an output, which nobody else can print: it is not known before. */
function makeToken(): Buffer {
  return Buffer.from(`\0${randomBytes(12).toString('hex')}`);
}

function scriptOf({ program, args, cwd, env }: Order, token: Buffer): string {
  const set = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  const argv = [program, ...args].map(quoted).join(' ');
  const end = `printf '\\000${token.toString('latin1', 1)}'`;
  // The status comes first: nothing holds it up, the rest waits for whoever reads the output.
  return [
    `( cd ${quoted(cwd)} || exit 125; unset OLDPWD; export ${set.join(' ')}; `,
    `exec </dev/null 2>&4 3>&- 4>&-; exec ${argv} ); echo $? >&3; ${end}; ${end} >&4\n`,
  ].join('');
}

/** One output of a keeper: passes on what comes until the token of the present command. */
class Outlet {
  #token: Buffer | null = null;
  /** What may be the beginning of the token. */
  #held: Buffer = Buffer.alloc(0);
  #take: (chunk: Buffer) => void = () => {};
  #ended: () => void = () => {};

  begin(token: Buffer, take: (chunk: Buffer) => void): Promise<void> {
    this.#token = token;
    this.#take = take;
    this.#held = Buffer.alloc(0);
    return new Promise((resolve) => {
      this.#ended = resolve;
    });
  }

  read(chunk: Buffer): void {
    const token = this.#token;
    if (token === null) return;
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const at = all.indexOf(token);
    if (at >= 0) {
      this.#token = null;
      if (at > 0) this.#take(all.subarray(0, at));
      this.#ended();
      return;
    }
    const begin = all.indexOf(0, Math.max(0, all.length - token.length + 1));
    const cut = begin < 0 ? all.length : begin;
    this.#held = all.subarray(cut);
    if (cut > 0) this.#take(all.subarray(0, cut));
  }

  /** Nothing more will come. */
  close(): void {
    if (this.#token !== null && this.#held.length > 0) this.#take(this.#held);
    this.#token = null;
    this.#ended();
  }
}

/** A shell that runs one command at a time. */
class Keeper {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly out: Outlet = new Outlet();
  readonly err: Outlet = new Outlet();
  dead = false;
  #done: (exit: Exit) => void = () => {};
  #status = '';

  constructor(child: ChildProcess, pid: number) {
    this.child = child;
    this.pid = pid;
    child.on('error', () => {});
    for (const stream of child.stdio) stream?.on('error', () => {});
    child.stdout?.on('data', (chunk: Buffer) => this.out.read(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.err.read(chunk));
    child.stdio[3]?.on('data', (chunk: Buffer) => this.#hear(chunk));
    child.on('exit', (code, signal) => {
      this.dead = true;
      this.#done({ code, signal });
    });
    this.#tell(PRELUDE);
    this.hold(false);
  }

  /** Runs a command; resolves when it is gone, or the keeper. */
  run(order: Order, token: Buffer): void {
    this.#tell(scriptOf(order, token));
  }

  get gone(): Promise<Exit> {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  /** Whether this process lives on for its sake. */
  hold(on: boolean): void {
    const handles: unknown[] = [this.child, ...this.child.stdio];
    for (const handle of handles) {
      if (!hasRef(handle)) continue;
      if (on) handle.ref();
      else handle.unref();
    }
  }

  #tell(script: string): void {
    if (this.child.stdin instanceof Writable) this.child.stdin.write(script);
  }

  #hear(chunk: Buffer): void {
    this.#status += chunk.toString('latin1');
    if (!this.#status.endsWith('\n')) return;
    const status = Number(this.#status);
    this.#status = '';
    this.#done(exitOfStatus(status));
  }
}

function hasRef(handle: unknown): handle is { ref(): void; unref(): void } {
  return typeof handle === 'object' && handle !== null && 'ref' in handle && 'unref' in handle;
}

/** A command that a keeper runs; see `Body`. */
class KeptCommand implements Body {
  readonly pid: number;
  readonly kept: boolean = true;
  readonly gone: Promise<Exit>;
  readonly #keeper: Keeper;
  readonly #order: Order;
  readonly #free: () => void;
  readonly #token: Buffer = makeToken();
  #rest: Promise<unknown> = Promise.resolve();

  constructor(keeper: Keeper, order: Order, free: () => void) {
    this.pid = keeper.pid;
    this.#keeper = keeper;
    this.#order = order;
    this.#free = free;
    this.gone = keeper.gone;
  }

  listen(listener: Listener): void {
    const { out, err } = this.#keeper;
    this.#rest = Promise.all([
      out.begin(this.#token, (chunk) => listener.stdout(chunk)),
      err.begin(this.#token, (chunk) => listener.stderr(chunk)),
    ]);
  }

  open(): void {
    this.#keeper.run(this.#order, this.#token);
  }

  pause(): void {
    this.#keeper.child.stdout?.pause();
  }

  resume(): void {
    this.#keeper.child.stdout?.resume();
  }

  async drain(): Promise<void> {
    const { child, out, err } = this.#keeper;
    this.resume();
    if (!this.#keeper.dead) {
      const takeBack = whenQuiet(outputsOf(child), REST_MS, () => child.kill('SIGKILL'));
      await new Promise<unknown>((resolve) => {
        child.once('exit', resolve);
        void this.#rest.then(resolve).finally(() => child.off('exit', resolve));
      });
      takeBack();
    }
    if (!this.#keeper.dead) {
      this.#free();
      return;
    }
    await drainOutputs(child);
    out.close();
    err.close();
  }
}

/** All keepers: as many as commands run at once. */
export class Keepers {
  #idle: Keeper[] = [];

  /**
   * Gets a keeper for a command.
   *
   * @param order What is to run.
   * @returns The command, held; `null` when a keeper cannot run it as it is meant.
   */
  take(order: Order): Body | null {
    if (Object.keys(order.env).some(isOdd) || !canBeTold(order)) return null;
    this.#idle = this.#idle.filter(({ dead }) => !dead);
    const keeper = this.#idle.pop() ?? makeKeeper();
    if (keeper === null) return null;
    keeper.hold(true);
    return new KeptCommand(keeper, order, () => {
      keeper.hold(false);
      this.#idle.push(keeper);
    });
  }
}

function makeKeeper(): Keeper | null {
  const child = spawn('/bin/sh', [], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.on('error', () => {});
  return child.pid === undefined ? null : new Keeper(child, child.pid);
}
