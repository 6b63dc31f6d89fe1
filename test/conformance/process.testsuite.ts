// What every process supervisor must do. Real processes; time is cranked by hand where it decides.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProcessIdentity } from '../../src/model/attempt.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  ProcessEnd,
  ProcessSpec,
  ProcessSupervisor,
  SupervisedProcess,
} from '../../src/ports/process.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
class HandClock implements Clock {
  #now = 1_000_000;
  /** How much the wall clock has been set ahead. */
  ahead = 0;
  readonly timers: Set<Timer> = new Set<Timer>();

  now(): number {
    return this.#now + this.ahead;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.timers].toSorted((a, b) => a.at - b.at)) {
      if (timer.at > this.#now || !this.timers.delete(timer)) continue;
      timer.callback();
    }
  }
}

/** Reads a stream piece by piece until what came holds a text. */
class Reader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];

  constructor(process: SupervisedProcess) {
    this.#iterator = process.stdout[Symbol.asyncIterator]();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      const next = await this.#iterator.next();
      if (next.done === true) throw new Error(`ended after ${JSON.stringify(this.text)}`);
      this.#chunks.push(next.value);
    }
  }
}

async function readAll(process: SupervisedProcess): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdout) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Why it was not started. */
async function message(one: SupervisedProcess): Promise<string> {
  expect(await readAll(one)).toBe('');
  const end = await one.ended;
  return end.kind === 'not_started' ? end.message : end.kind;
}

/** Waits for what no event tells: that a process of somebody else has come or gone. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

function between(least: number, value: number, highest: number): boolean {
  return least <= value && value <= highest;
}

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** How a supervisor is made for the suite. */
export interface Subject {
  /** Whether what is told of a process is its keeper's, which lives on. */
  outlived: boolean;
  /** Variables that it gives every process of its own. */
  adds?: readonly string[];
  /** Whether the system itself knows who belongs to it, whatever he does. */
  holds?: boolean;
  /** How many processes one command is at most; without it, one. */
  processes?: number;
  /** Finds a living process by the number that it has for itself; `null` = there is none. */
  outside?(pid: number, cwd: string): number | null;
  create(clock: Clock): ProcessSupervisor;
  /** Starts a process under the supervisor of another program, which can be killed. */
  byAnotherProcess(
    spec: { argv: string[]; cwd: string },
    gate: 'open' | 'closed',
  ): Promise<{ identity: ProcessIdentity; kill: () => Promise<void> }>;
}

/**
 * Runs the suite.
 *
 * @param subject The supervisor under test.
 */
export function testProcessSupervisor(subject: Subject): void {
  let dir: string;
  let clock: HandClock;
  let supervisor: ProcessSupervisor;
  let started: SupervisedProcess[];
  let marks = 0;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tutti-process-'));
    clock = new HandClock();
    supervisor = subject.create(clock);
    started = [];
  });

  afterEach(async () => {
    for (const process of started) {
      process.stop();
      process.stop();
    }
    await Promise.all(started.map((process) => process.ended));
    rmSync(dir, { recursive: true, force: true });
  });

  const outside = (pid: number): number | null =>
    subject.outside === undefined ? pid : subject.outside(pid, dir);

  const exists = (pid: number): boolean => {
    const number = outside(pid);
    return number !== null && isThere(number);
  };

  function start(argv: readonly string[], more: Partial<ProcessSpec> = {}): SupervisedProcess {
    marks += 1;
    const one = supervisor.start({
      argv,
      cwd: dir,
      env: { PATH: process.env['PATH'] ?? '' },
      mark: `mark-${process.pid}-${marks}-${performance.now()}`,
      stdin: null,
      logPath: join(dir, 'output.log'),
      logLimitBytes: 1_000_000,
      timeoutMs: 60_000,
      idleTimeoutMs: null,
      mayStart: async () => true,
      ...more,
    });
    started.push(one);
    return one;
  }

  /** Time passes until it is over. */
  const timeGoesBy = async (one: SupervisedProcess): Promise<ProcessEnd> => {
    let end: ProcessEnd | null = null;
    void one.ended.then((how) => (end = how));
    void readAll(one).catch(() => {});
    await until(() => {
      clock.advance(100);
      return end !== null;
    });
    return one.ended;
  };

  /** Some of what belongs to it may go by itself when the first is gone. */
  const mostOfOne = subject.processes ?? 1;

  const shell = (script: string, more: Partial<ProcessSpec> = {}): SupervisedProcess =>
    start(['sh', '-c', script], more);

  const log = (): string => readFileSync(join(dir, 'output.log'), 'utf8');

  /** Nothing tells any more where it comes from. */
  const unknown = `(env -i setsid sh -c 'echo $$ > pids; mv pids there; exec sleep 100' &)`;

  /** Short ones fill a pipe to its last byte: whoever prints after them has to wait. */
  const lines = 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done';

  /** Until what has left its number in `there` can print no more, because we do not read. */
  const untilHeldUp = async (): Promise<void> => {
    await until(() => existsSync(join(dir, 'there')));
    const pid = outside(Number(readFileSync(join(dir, 'there'), 'utf8')));
    await until(() => existsSync(join(dir, 'output.log')) && log().length >= 262_144);
    // Now it is not read any more. What is still on its way to us may let it print once or twice.
    let quiet = 0;
    await until(() => {
      quiet = /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')) ? quiet + 1 : 0;
      return quiet === 10;
    });
  };

  describe('a process that goes by itself', () => {
    it('hands on what it prints and how it ended', async () => {
      const one = shell('echo out; echo err >&2; exit 3');
      expect(await readAll(one)).toBe('out\n');
      expect(await one.ended).toEqual({ kind: 'exited', code: 3, signal: null });
      expect(one.stderrTail()).toBe('err\n');
      expect(log().split('\n').toSorted()).toEqual(['', 'err', 'out']);
    });

    it('tells a signal from an exit code', async () => {
      const one = shell('kill -9 $$');
      expect(await one.ended).toEqual({ kind: 'exited', code: null, signal: 'SIGKILL' });
    });

    it('gives it exactly the environment that was named', async () => {
      const env = { PATH: '/usr/bin:/bin', A: 'x\ny', 'odd-name': '1 2', _proto_: '' };
      const one = start(['env', '-0'], { env, mark: 'm1' });
      const adds = new Set(subject.adds);
      const seen = (await readAll(one))
        .split('\0')
        .filter((line) => line !== '' && !adds.has(line.slice(0, line.indexOf('='))));
      expect(seen.toSorted()).toEqual(
        [
          'PATH=/usr/bin:/bin',
          'A=x\ny',
          'odd-name=1 2',
          '_proto_=',
          `PWD=${dir}`,
          'TUTTI_MARK=m1',
        ].toSorted(),
      );
    });

    it('hands on arguments that no shell has looked at', async () => {
      const args = ['$(id)', '', 'a b', '*', '\'"', '-n', 'ü\n'];
      const one = start(['printf', '%s|', ...args]);
      expect(await readAll(one)).toBe(args.map((arg) => `${arg}|`).join(''));
    });

    it('leaves characters whole that came in two pieces', async () => {
      const one = shell("printf '\\342'; printf '\\202' >&2; read x; printf '\\202\\254'", {
        stdin: '\n',
      });
      expect(await readAll(one)).toBe('€');
      await one.ended;
    });

    it('has no standard input, or the one that was given', async () => {
      expect(await readAll(start(['cat']))).toBe('');
      const large = 'x'.repeat(3_000_000);
      expect((await readAll(start(['wc', '-c'], { stdin: large }))).trim()).toBe('3000000');
      const deaf = start(['true'], { stdin: large });
      expect(await deaf.ended).toEqual({ kind: 'exited', code: 0, signal: null });
    });

    it('is written to while it runs, until its input is ended', async () => {
      const said: string[] = [];
      const onStderr = (chunk: Uint8Array): void => void said.push(Buffer.from(chunk).toString());
      const one = shell('while read x; do echo "got $x"; done; echo over >&2', {
        stdin: 'first\n',
        keepsInput: true,
        onStderr,
      });
      const reader = new Reader(one);
      await reader.until('got first');
      await one.write('second\n');
      await reader.until('got second');
      one.endInput();
      expect(await one.ended).toEqual({ kind: 'exited', code: 0, signal: null });
      expect(said.join('')).toBe('over\n');
      await one.write('to nobody\n');
    });

    it('does not confuse a hundred at once', async () => {
      const codes = await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const one = shell(`echo ${i}; exit ${i}`, { logPath: null });
          const text = await readAll(one);
          const end = await one.ended;
          return end.kind === 'exited' && text === `${i}\n` ? end.code : end;
        }),
      );
      expect(codes).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });
  });

  describe('a process that cannot be started', () => {
    it('says what is missing', async () => {
      writeFileSync(join(dir, 'text'), 'true');
      expect(await message(start(['no-such-program']))).toContain('not found: no-such-program');
      expect(await message(start(['./text']))).toContain('not an executable file');
      expect(await message(start([dir]))).toContain('not an executable file');
      expect(await message(start([]))).toContain('no program');
      expect(await message(start(['true'], { cwd: join(dir, 'x') }))).toContain(
        'no such directory',
      );
      expect(await message(start(['true'], { cwd: join(dir, 'text') }))).toContain('directory');
      expect(await message(start(['true', 'a\0b']))).not.toBe('exited');
      expect(await message(start(['true', 'x'.repeat(4_000_000)]))).toContain('E2BIG');
    });

    it('looks relative names up where the process will be', async () => {
      writeFileSync(join(dir, 'here'), '#!/bin/sh\necho found', { mode: 0o755 });
      expect(await readAll(start(['./here']))).toBe('found\n');
      expect(await readAll(start(['here'], { env: { PATH: '/nowhere:.:/bin' } }))).toBe('found\n');
      expect(await message(start(['here'], { env: { PATH: '/bin' } }))).toContain('not found');
    });

    it('can be stopped all the same', async () => {
      const one = start(['no-such-program']);
      one.stop();
      one.stop();
      expect((await one.ended).kind).toBe('not_started');
    });
  });

  describe('the gate', () => {
    const touch = ['touch', 'ran'];

    it('tells who waits there, and holds it back', async () => {
      let tell: (identity: ProcessIdentity) => void;
      const told = new Promise<ProcessIdentity>((resolve) => {
        tell = resolve;
      });
      const one = start(touch, {
        mayStart: async (given) => {
          tell(given);
          expect(supervisor.isAlive(given)).toBe(true);
          expect(existsSync(join(dir, 'ran'))).toBe(false);
          return true;
        },
      });
      expect((await one.ended).kind).toBe('exited');
      expect(existsSync(join(dir, 'ran'))).toBe(true);
      expect(supervisor.isAlive(await told)).toBe(subject.outlived);
    });

    it.each([
      ['no', async () => false],
      ['nothing, because it failed', async () => Promise.reject(new Error('lost'))],
    ])('does not open when it is told %s', async (_, mayStart) => {
      const one = start(touch, { mayStart });
      expect(await one.ended).toEqual({ kind: 'refused' });
      expect(existsSync(join(dir, 'ran'))).toBe(false);
    });

    it('stays closed when it was stopped before, whatever the answer', async () => {
      let answer: (may: boolean) => void;
      const answered = new Promise<boolean>((resolve) => {
        answer = resolve;
      });
      const one = start(touch, { mayStart: () => answered });
      one.stop();
      expect(await one.ended).toEqual({ kind: 'stopped' });
      answer!(true);
      expect(existsSync(join(dir, 'ran'))).toBe(false);
    });

    it('closes for good when the supervisor is killed', async () => {
      const held = await subject.byAnotherProcess({ argv: touch, cwd: dir }, 'closed');
      expect(supervisor.isAlive(held.identity)).toBe(true);
      await held.kill();
      await until(() => !supervisor.isAlive(held.identity));
      expect(existsSync(join(dir, 'ran'))).toBe(false);
    });
  });

  describe('what runs when the supervisor is killed', () => {
    it.each([
      ['in its own group', 'sleep 100 & echo $! > pids; echo $$ >> pids; mv pids there; wait'],
      ['in sessions of its own', "setsid sh -c 'echo $$ > pids; mv pids there; exec sleep 100'"],
      ['deaf', "trap '' INT TERM HUP; echo $$ > pids; mv pids there; while :; do sleep 1; done"],
    ])('goes with it: %s', async (_, script) => {
      const argv = ['sh', '-c', script];
      const running = await subject.byAnotherProcess({ argv, cwd: dir }, 'open');
      await until(() => existsSync(join(dir, 'there')));
      const pids = readFileSync(join(dir, 'there'), 'utf8').trim().split('\n').map(Number);
      expect(pids.filter((pid) => !exists(pid))).toEqual([]);
      await running.kill();
      // A keeper may see the end a moment after what it kept.
      await until(() => !pids.some(exists) && !supervisor.isAlive(running.identity));
      expect(pids.filter(exists)).toEqual([]);
    });

    it.runIf(subject.holds)('goes with it, also without mark, session and parents', async () => {
      const argv = ['sh', '-c', `${unknown} & sleep 100`];
      const running = await subject.byAnotherProcess({ argv, cwd: dir }, 'open');
      await until(() => existsSync(join(dir, 'there')));
      const pid = Number(readFileSync(join(dir, 'there'), 'utf8'));
      expect(exists(pid)).toBe(true);
      await running.kill();
      await until(() => !exists(pid));
    });
  });

  describe('time limits', () => {
    it('ends what takes too long, and only then', async () => {
      const one = shell('echo ready; exec sleep 100');
      const reader = new Reader(one);
      await reader.until('ready');
      clock.advance(59_999);
      clock.advance(1);
      expect(await one.ended).toEqual({ kind: 'timeout' });
      expect(clock.timers.size).toBe(0);
    });

    it.each([
      ['stdout', ''],
      ['stderr', ' >&2'],
    ])('end what is silent too long, counted from the last byte on %s', async (_, to) => {
      const fifo = join(dir, 'fifo');
      const script = `mkfifo ${fifo}; echo ready; read x < ${fifo}; echo more${to}; exec sleep 100`;
      const one = shell(script, { idleTimeoutMs: 1_000 });
      await new Reader(one).until('ready');
      clock.advance(900);
      writeFileSync(fifo, 'x\n');
      await until(() => log().includes('more'));
      let over = false;
      const end = one.ended.finally(() => (over = true));
      clock.advance(999);
      expect(clock.timers.size).toBe(2);
      expect(over).toBe(false);
      clock.advance(1);
      expect(await end).toEqual({ kind: 'idle_timeout' });
    });

    it.each([
      ['ahead', 86_500_000],
      ['back', -86_500_000],
    ])('go by the time that passes when the clock is set a day %s', async (_, by) => {
      const silent = shell('echo ready; exec sleep 100', { idleTimeoutMs: 1_000, logPath: null });
      const long = shell('echo ready; exec sleep 100', { logPath: null });
      for (const one of [silent, long]) await new Reader(one).until('ready');
      clock.ahead = by;
      const over: string[] = [];
      const ends = [silent, long].map(({ ended }) => ended.finally(() => over.push('over')));
      clock.advance(999);
      expect([over, clock.timers.size]).toEqual([[], 3]);
      clock.advance(1);
      expect(await ends[0]).toEqual({ kind: 'idle_timeout' });
      clock.advance(58_999);
      expect(over).toHaveLength(1);
      clock.advance(1);
      expect(await ends[1]).toEqual({ kind: 'timeout' });
    });

    it('does not count while nobody reads', async () => {
      const one = shell(`echo $$ > pid; mv pid there; ${lines}`, {
        idleTimeoutMs: 1_000,
        timeoutMs: 5_000,
      });
      await untilHeldUp();
      clock.advance(2_000);
      clock.advance(2_000);
      clock.advance(2_000);
      expect(await one.ended).toEqual({ kind: 'timeout' });
    });
  });

  describe('silence while a tool is open', () => {
    const idleTimeoutMs = 4_000;
    const long = { idleTimeoutMs, timeoutMs: 100_000_000 };

    /** Lets time pass as it is looked at: in parts. */
    const pass = (parts: number): void => {
      for (let i = 0; i < parts; i += 1) clock.advance(idleTimeoutMs / 4);
    };

    it('is no hang while the tool does something, and is one when it stops', async () => {
      const fifo = join(dir, 'fifo');
      const doneSize = (): number =>
        statSync(join(dir, 'done'), { throwIfNoEntry: false })?.size ?? 0;
      // What works: a child that writes. It stands still when it is told so.
      const script = `mkfifo ${fifo}; echo ready; read x; (while [ ! -e ${dir}/halt ]; do echo x >> ${dir}/done; done; echo 1 > ${dir}/halted; read x < ${fifo}) >&- & wait`;
      const one = shell(script, { ...long, stdin: '', keepsInput: true });
      await new Reader(one).until('ready');
      one.tools(1);
      await one.write('\n');
      let over = false;
      const end = one.ended.finally(() => (over = true));
      for (let i = 0; i < 12; i += 1) {
        pass(1);
        const size = doneSize();
        await until(() => doneSize() > size);
      }
      expect(over).toBe(false);
      writeFileSync(join(dir, 'halt'), '');
      await until(() => existsSync(join(dir, 'halted')));
      await timeGoesBy(one);
      expect(await end).toEqual({ kind: 'idle_timeout' });
    });

    it.each([
      ['the tool does nothing', 'sleep 100 & wait', 1],
      ['no tool is open', '(while :; do :; done) & wait', 0],
    ])('is a hang when %s', async (_, script, tools) => {
      const one = shell(`echo ready; ${script}`, long);
      await new Reader(one).until('ready');
      one.tools(1);
      one.tools(tools);
      expect(await timeGoesBy(one)).toEqual({ kind: 'idle_timeout' });
    });
  });

  describe('limits', () => {
    const none = { memoryBytes: null, processes: null, diskBytes: null, folders: [] };

    const timeoutMs = 100_000_000;

    it('of processes end it with all that it has started', async () => {
      const script = `i=0; while [ $i -lt 40 ]; do (echo x >> ${dir}/count; exec sleep 100) & i=$(($i+1)); done; setsid sleep 100 & wait`;
      const one = shell(script, { timeoutMs, limits: { ...none, processes: 30 } });
      const end = await timeGoesBy(one);
      expect(end).toMatchObject({ kind: 'limit' });
      expect(end.kind === 'limit' && end.message).toMatch(
        /^\d+ processes at once, where limits.processes allows 30$/u,
      );
    });

    it('of processes win against a bomb that doubles, each in a session of its own', async () => {
      // More than two thousand if nobody ends it; then they go by themselves.
      const bomb = [
        'use POSIX; my ($end, $left) = (time + 40, 11);',
        'while ($left > 0 && time < $end) { select undef, undef, undef, 0.05; $left--;',
        '  my $pid = fork; POSIX::setsid() if defined $pid && !$pid } sleep 1 while time < $end',
      ].join(' ');
      const mark = `bomb-${process.pid}-${performance.now()}`;
      const limits = { ...none, processes: 512 };
      const one = start(['perl', '-e', bomb], { timeoutMs, limits, mark });
      const end = await timeGoesBy(one);
      expect(end.kind === 'limit' && end.message).toMatch(/^\d+ processes at once/u);
      expect(await supervisor.sweep([mark])).toBe(0);
    });

    it('of memory end it, counted over all of it', async () => {
      const eat = 'my $x = "x" x 40_000_000; print "."; sleep 100';
      const script = `for i in 1 2 3; do perl -e '${eat}' & done; wait`;
      const one = shell(script, { timeoutMs, limits: { ...none, memoryBytes: 80 << 20 } });
      const end = await timeGoesBy(one);
      expect(end.kind === 'limit' && end.message).toMatch(
        /^\d+ MB of memory, where limits.memory_mb allows 80 MB$/u,
      );
    });

    it('of the disk end it when its folders have grown', async () => {
      const script =
        'i=0; while :; do head -c 1000000 /dev/zero > file$i; i=$(($i+1)); sleep 0.01; done';
      const limits = { ...none, diskBytes: 20 << 20, folders: [dir, join(dir, 'missing')] };
      const end = await timeGoesBy(shell(script, { timeoutMs, limits }));
      expect(end.kind === 'limit' && end.message).toMatch(
        /^\d+ MB on disk, where limits.disk_mb allows 20 MB$/u,
      );
    });

    // A keeper lets its commands go at once: what is there is looked at while they work.
    it.skipIf(subject.outlived)('of the disk count from the first byte', async () => {
      const script = 'head -c 40000000 /dev/zero >all; sleep 600';
      const limits = { ...none, diskBytes: 20 << 20, folders: [dir] };
      const end = await timeGoesBy(shell(script, { timeoutMs, limits }));
      expect(end).toMatchObject({
        kind: 'limit',
        message: expect.stringContaining('limits.disk_mb'),
      });
    });

    it('leave alone whoever keeps to them', async () => {
      const limits = { memoryBytes: 2 ** 30, processes: 50, diskBytes: 2 ** 30, folders: [dir] };
      const one = shell('echo ready; read x; exit 3', { limits, stdin: '', keepsInput: true });
      await new Reader(one).until('ready');
      for (let i = 0; i < 30; i += 1) clock.advance(1_000);
      one.endInput();
      expect((await one.ended).kind).toBe('exited');
      expect(clock.timers.size).toBe(0);
    });
  });

  describe('hold', () => {
    it('stops both clocks until it is let go on', async () => {
      const one = shell('echo ready; sleep 100', { timeoutMs: 5_000, idleTimeoutMs: 3_000 });
      await new Reader(one).until('ready');
      clock.advance(2_000);
      one.hold(true);
      one.hold(true);
      clock.advance(100_000);
      one.hold(false);
      clock.advance(2_900);
      clock.advance(99);
      let over = false;
      void one.ended.then(() => (over = true));
      await Promise.resolve();
      expect(over).toBe(false);
      clock.advance(1);
      clock.advance(3_000);
      expect((await one.ended).kind).toMatch(/timeout/u);
    });
  });

  describe('stop', () => {
    const stubborn =
      'trap "echo int" INT; trap "echo term" TERM; echo ready; while :; do sleep 100 & wait; done';

    it('asks, asks again, and then does not ask any more', async () => {
      const one = shell(stubborn);
      const reader = new Reader(one);
      await reader.until('ready');
      one.stop();
      await reader.until('int');
      clock.advance(2_999);
      expect(reader.text).not.toContain('term');
      clock.advance(1);
      await reader.until('term');
      clock.advance(1_000);
      expect(await one.ended).toEqual({ kind: 'stopped' });
    });

    it('the second time has no patience', async () => {
      const one = shell(stubborn);
      await new Reader(one).until('ready');
      one.stop();
      one.stop();
      one.stop();
      expect(await one.ended).toEqual({ kind: 'stopped' });
      one.stop();
    });

    it('lets it leave in peace', async () => {
      const one = shell(
        'trap "echo bye; exit 7" INT; echo ready; while :; do sleep 100 & wait; done',
      );
      const reader = new Reader(one);
      await reader.until('ready');
      one.stop();
      await reader.until('bye');
      expect(await one.ended).toEqual({ kind: 'stopped' });
      expect(clock.timers.size).toBe(0);
    });

    it('ends a process that stands still', async () => {
      const one = shell('echo ready; kill -STOP $$');
      await new Reader(one).until('ready');
      one.stop();
      one.stop();
      expect(await one.ended).toEqual({ kind: 'stopped' });
    });
  });

  describe('the whole tree', () => {
    it.runIf(subject.holds)('is gone, also without mark, session and parents', async () => {
      const one = shell(`${unknown} & while [ ! -e there ]; do sleep 0.01; done`);
      expect(await one.ended).toEqual({ kind: 'exited', code: 0, signal: null });
      expect(exists(Number(readFileSync(join(dir, 'there'), 'utf8')))).toBe(false);
    });

    const fifo = 'mkfifo f;';
    const told = 'read pid < f; echo $pid';

    it.each([
      ['a child in the background', 'sleep 100 & echo $!'],
      ['a session of its own', `${fifo} setsid sh -c 'echo $$ > f; exec sleep 100' & ${told}`],
      ['a daemon that forked twice', `${fifo} (setsid sh -c 'sleep 100 & echo $! > f' &); ${told}`],
      ['a deaf one', `${fifo} setsid sh -c 'trap "" INT TERM; echo $$ > f; sleep 100' & ${told}`],
      ['one without our environment in the session', 'env -i sleep 100 & echo $!'],
    ])('is gone with its first process: %s', async (_, script) => {
      const one = shell(script);
      const pids = (await readAll(one)).trim().split('\n').map(Number);
      expect(await one.ended).toEqual({ kind: 'exited', code: 0, signal: null });
      expect(pids.length).toBeGreaterThan(0);
      expect(pids.filter(exists)).toEqual([]);
    });

    it('finds descendants without mark and session while their parents live', async () => {
      const one = shell('env -i setsid sh -c "echo \\$\\$; exec sleep 100" & wait');
      const reader = new Reader(one);
      await reader.until('\n');
      one.stop();
      await one.ended;
      expect(exists(Number(reader.text))).toBe(false);
    });

    it('beats a chain in which each starts the next in a new session and goes', async () => {
      const link = join(dir, 'link');
      writeFileSync(
        link,
        `#!/bin/sh\n[ -e ${dir}/halt ] || setsid ${link} & echo x >> ${dir}/count\n`,
        { mode: 0o755 },
      );
      const one = shell(`${link}; echo ready; sleep 100`);
      await new Reader(one).until('ready');
      await until(() => statSync(join(dir, 'count')).size > 20);
      one.stop();
      expect(await one.ended).toEqual({ kind: 'stopped' });
      const size = statSync(join(dir, 'count')).size;
      expect(await supervisor.sweep([`mark-${process.pid}-${marks}`])).toBe(0);
      expect(statSync(join(dir, 'count')).size).toBe(size);
      writeFileSync(join(dir, 'halt'), '');
    });

    it('beats a bomb', async () => {
      const bomb = join(dir, 'bomb');
      writeFileSync(
        bomb,
        `#!/bin/sh\n[ $1 = 0 ] && exec sleep 100\nsetsid ${bomb} $(($1-1)) & ${bomb} $(($1-1)) & echo x >> ${dir}/count; wait`,
        { mode: 0o755 },
      );
      const one = shell(`${bomb} 6`);
      await until(() => existsSync(join(dir, 'count')) && statSync(join(dir, 'count')).size > 30);
      one.stop();
      one.stop();
      expect(await one.ended).toEqual({ kind: 'stopped' });
      const size = statSync(join(dir, 'count')).size;
      expect(await supervisor.sweep(['mark-of-nobody'])).toBe(0);
      expect(statSync(join(dir, 'count')).size).toBe(size);
    });

    it('leaves other trees alone', async () => {
      const stays = shell('echo ready; exec sleep 100', { mark: 'm', logPath: null });
      await new Reader(stays).until('ready');
      await shell('setsid sleep 100 &', { mark: 'm2' }).ended;
      expect(await supervisor.sweep(['m3', 'mm', 'TUTTI_MARK'])).toBe(0);
      let over = false;
      const end = stays.ended.finally(() => (over = true));
      await shell('true').ended;
      expect(over).toBe(false);
      expect(between(1, await supervisor.sweep(['m']), mostOfOne)).toBe(true);
      expect(await end).toEqual({ kind: 'exited', code: null, signal: 'SIGKILL' });
    });

    it('sweeps what runs inside an inner run too', async () => {
      const one = start(['sleep', '100'], { mark: 'outer,inner' });
      expect(between(1, await supervisor.sweep(['outer']), mostOfOne)).toBe(true);
      await one.ended;
    });
  });

  describe('output', () => {
    it('of a silent process leaves no log', async () => {
      await start(['true']).ended;
      expect(existsSync(join(dir, 'output.log'))).toBe(false);
    });

    it('is appended, in a folder that is made', async () => {
      const logPath = join(dir, 'a', 'b', 'output.log');
      await readAll(shell('echo 1', { logPath }));
      await started.at(-1)?.ended;
      await shell('echo 2', { logPath }).ended;
      expect(readFileSync(logPath, 'utf8')).toBe('1\n2\n');
    });

    it('that cannot be written does not stop the process', async () => {
      writeFileSync(join(dir, 'file'), '');
      const one = shell('echo 1', { logPath: join(dir, 'file', 'output.log') });
      expect(await readAll(one)).toBe('1\n');
      expect((await one.ended).kind).toBe('exited');
    });

    it('keeps head and tail of a flood, in flat memory', async () => {
      const one = shell('echo first; yes 0123456789 | head -c 200000000; echo; echo last');
      const before = process.memoryUsage().rss;
      let bytes = 0;
      let most = 0;
      for await (const chunk of one.stdout) {
        bytes += chunk.length;
        most = Math.max(most, process.memoryUsage().rss - before);
      }
      expect((await one.ended).kind).toBe('exited');
      expect(bytes).toBe(200_000_000 + 'first\n\nlast\n'.length);
      expect(log()).toMatch(/^first\n/);
      expect(log()).toMatch(/\n\[… 199000012 bytes cut …\]\n/);
      expect(log()).toMatch(/\nlast\n$/);
      expect(log().length).toBeLessThan(1_000_100);
      expect(existsSync(join(dir, 'output.log.tail'))).toBe(false);
      expect(most).toBeLessThan(100_000_000);
    });

    it('that is no text is kept as it came', async () => {
      const bytes = Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x28, 0x00, 0xe2, 0x82]);
      const one = shell("printf '\\377\\376\\n\\303\\050\\000'; printf '\\342\\202'");
      const chunks: Uint8Array[] = [];
      for await (const chunk of one.stdout) chunks.push(chunk);
      await one.ended;
      expect(Buffer.concat(chunks)).toEqual(bytes);
      expect(readFileSync(join(dir, 'output.log'))).toEqual(bytes);
    });

    it('on stderr keeps the last of it for messages', async () => {
      const one = shell('yes ü | head -c 3000000 >&2; echo the end >&2');
      await one.ended;
      expect(one.stderrTail()).toMatch(/^(ü|\n)/);
      expect(one.stderrTail()).toMatch(/the end\n$/);
      expect(one.stderrTail().length).toBeLessThan(10_000);
    });

    it('slows a process whose reader is slow', async () => {
      const one = shell('head -c 20000000 /dev/zero; echo done > finished');
      await until(() => existsSync(join(dir, 'output.log')));
      for (let i = 0; i < 50; i += 1) await until(() => true);
      expect(existsSync(join(dir, 'finished'))).toBe(false);
      expect((await readAll(one)).length).toBe(20_000_000);
      expect(existsSync(join(dir, 'finished'))).toBe(true);
    });

    it('that nobody reads any more does not hold it up', async () => {
      const one = shell('echo 1; head -c 5000000 /dev/zero; exit 4');
      for await (const chunk of one.stdout) if (chunk.length > 0) break;
      expect(await one.ended).toEqual({ kind: 'exited', code: 4, signal: null });
      const two = shell('echo 1');
      expect((await two.ended).kind).toBe('exited');
      expect(await readAll(two)).toBe('1\n');
    });

    it('that nobody ever reads does not hold up its end', async () => {
      const one = shell(`echo $$ > pid; mv pid there; ${lines}`);
      await untilHeldUp();
      one.stop();
      expect(await one.ended).toEqual({ kind: 'stopped' });
    });

    it('comes to its end although we stand still again and again', async () => {
      const one = shell('head -c 500000 /dev/zero');
      // As on a machine that has no time for us: whatever waits for a time finds that it has passed.
      const busy = setInterval(() => {
        const end = performance.now() + 250;
        while (performance.now() < end);
        setImmediate(() => {
          const later = performance.now() + 250;
          while (performance.now() < later);
        });
      }, 1);
      const end = await one.ended.finally(() => clearInterval(busy));
      expect(end).toEqual({ kind: 'exited', code: 0, signal: null });
      expect((await readAll(one)).length).toBe(500_000);
    });

    it('that somebody else holds up does not hold up its end', async () => {
      const fifo = join(dir, 'fifo');
      const one = shell(
        `mkfifo ${fifo}; (${lines}) & echo $! > pid; mv pid there; read x < ${fifo}; exit 6`,
      );
      await untilHeldUp();
      writeFileSync(fifo, 'x\n');
      expect(await one.ended).toEqual({ kind: 'exited', code: 6, signal: null });
    });

    it('closed early does not end the process', async () => {
      const one = shell('echo 1; exec >&- 2>&-; sleep 0.02; exit 5');
      expect(await readAll(one)).toBe('1\n');
      expect(await one.ended).toEqual({ kind: 'exited', code: 5, signal: null });
    });
  });

  describe('identity', () => {
    it('is alive only as that very process', () => {
      const self = supervisor.self();
      expect(self.pid).toBe(process.pid);
      expect(supervisor.isAlive(self)).toBe(true);
      expect(supervisor.isAlive({ ...self, startTime: `${self.startTime}0` })).toBe(false);
      expect(supervisor.isAlive({ ...self, bootId: 'another' })).toBe(false);
      expect(supervisor.isAlive({ ...self, pid: 2 ** 22 + 1 })).toBe(false);
    });
  });
}
