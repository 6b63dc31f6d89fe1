// What every agent runtime must do, shown with real processes under the real supervisor. Time
// limits are cranked by hand.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import type {
  AgentEvent,
  AgentRuntime,
  AttemptResult,
  AttemptSpec,
  Session,
} from '../../src/ports/agent-runtime.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ProcessSupervisor } from '../../src/ports/process.ts';

/** What an agent is made to do. */
export type Job =
  /** Writes a file, then says `wrote it`. */
  | { readonly do: 'write'; readonly path: string; readonly content: string }
  /** Runs a shell command in the working directory, whatever it is; then says `ran it`. */
  | { readonly do: 'shell'; readonly command: string }
  /** Gives a structured answer. */
  | { readonly do: 'answer'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly do: 'fail' };

/** A runtime and how to make its agents do something. */
export interface RuntimeUnderTest {
  readonly create: (supervisor: ProcessSupervisor) => AgentRuntime;
  /** What makes an agent do a job; files it needs may be put into `dir`. */
  readonly play: (job: Job, dir: string) => Partial<AttemptSpec>;
  /** A spec whose program is missing, and what the message then names. */
  readonly missing: { readonly spec: Partial<AttemptSpec>; readonly names: string };
  /** Left out: all is tried. `rest` = what the suite of the real programs does not try by itself. */
  readonly extent?: 'rest';
  /** Whether nothing is known of what its agents use. */
  readonly untold?: boolean;
}

/** A clock that stands still until it is told to go on. */
export class StillClock implements Clock {
  #now = 1_000_000;
  readonly #timers: Set<{ at: number; callback: () => void }> = new Set();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback();
    }
  }
}

/**
 * Makes a spec with everything in it that a test does not care about.
 *
 * @param dir - A folder of the test's own.
 * @param more - What it does care about.
 * @returns The spec.
 */
export function plainSpec(dir: string, more: Partial<AttemptSpec>): AttemptSpec {
  return {
    attempt: 'SHOP-1.1#1',
    agent: {
      name: 'general-purpose',
      description: '',
      prompt: 'You work carefully.',
      tools: null,
      model: null,
      runtime: null,
      capabilities: [],
      origin: 'built-in',
      path: '',
    },
    prompt: 'Do it.',
    command: null,
    answer: 'work',
    schema: null,
    sessionId: null,
    cwd: join(dir, 'work'),
    homeDir: join(dir, 'home'),
    env: { PATH: process.env['PATH'] ?? '', TUTTI_ATTEMPT: 'SHOP-1.1#1' },
    mark: `test-${Math.random().toString(36).slice(2)}`,
    settings: {
      model: null,
      maxParallel: null,
      startsPerMinute: null,
      binary: null,
      args: [],
      env: {},
    },
    model: null,
    allowedCommands: [],
    fullPermissions: false,
    resultPath: join(dir, 'result.json'),
    logPath: join(dir, 'output.log'),
    logLimitBytes: 1 << 20,
    timeoutMs: 600_000,
    idleTimeoutMs: null,
    limits: { memoryBytes: null, processes: null, diskBytes: null, folders: [] },
    budgetUsd: null,
    budgetTokens: null,
    mayStart: () => Promise.resolve(true),
    ...more,
  };
}

/** Lets a moment pass, where nothing tells of what is waited for. */
async function soon(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

/**
 * Waits for what no event tells.
 *
 * @param condition - What is waited for.
 */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await soon();
}

/**
 * Tells whether a process runs; one that nobody has buried yet does not.
 *
 * @param pid - Its number.
 * @returns Whether it runs.
 */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Registers the tests of a runtime; to be called inside `describe`.
 *
 * @param subject - The runtime.
 */
export function testRuntime(subject: RuntimeUnderTest): void {
  const isWhole = subject.extent !== 'rest';
  let dir: string;
  let clock: StillClock;
  let runtime: AgentRuntime;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tutti-runtime-'));
    mkdirSync(join(dir, 'work'));
    mkdirSync(join(dir, 'home'));
    clock = new StillClock();
    runtime = subject.create(createSupervisor(clock));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));

  const start = (job: Job, more: Partial<AttemptSpec> = {}): Session => {
    const played = subject.play(job, dir);
    const env = { ...plainSpec(dir, {}).env, ...played.env, ...more.env };
    const prompt =
      more.prompt === undefined ? {} : { prompt: `${more.prompt}${played.prompt ?? ''}` };
    return runtime.start(plainSpec(dir, { ...played, ...more, ...prompt, env }));
  };
  const work = (path: string): string => join(dir, 'work', path);
  const WRITE: Job = { do: 'write', path: 'hello.txt', content: 'hi' };
  const ANSWER = { status: 'blocked', summary: 'half of it', question: 'Which half?' };
  const HANG: Job = { do: 'shell', command: 'touch started; sleep 600' };

  /** Lets time pass until the session is over: graces go by the same clock. */
  const crank = async (session: Session, stepMs: number): Promise<AttemptResult> => {
    const over = session.result.then(() => true);
    for (;;) {
      clock.advance(stepMs);
      const isOver = await Promise.race([over, soon()]);
      if (isOver === true) return session.result;
    }
  };

  describe('what it does', () => {
    if (isWhole) {
      it('does the work and says so', async () => {
        const session = start(WRITE);
        const events: AgentEvent[] = [];
        for await (const event of session.events) events.push(event);
        const result = await session.result;
        expect(result).toMatchObject({ failure: null, stopped: false });
        expect(result.report).toMatchObject({
          status: 'done',
          summary: 'wrote it',
          question: null,
        });
        expect(readFileSync(work('hello.txt'), 'utf8')).toBe('hi');
        expect(events.some(({ type }) => type === 'session')).toBe(runtime.features.resume);
      });
    }

    if (isWhole) {
      it('needs nobody to read its events', async () => {
        expect(await start(WRITE).result).toMatchObject({ failure: null, stopped: false });
      });
    }

    if (isWhole) {
      it('reads a work answer', async () => {
        const result = await start({ do: 'answer', value: ANSWER }).result;
        expect(result.failure).toBeNull();
        expect(result.structured).toMatchObject(ANSWER);
        expect(result.report).toMatchObject(ANSWER);
      });
    }

    it('hands on any other answer unread', async () => {
      const value = { goal: 'x', tasks: [{ id: 'a', title: 'A' }] };
      const result = await start({ do: 'answer', value }, { answer: 'plan' }).result;
      expect(result).toMatchObject({ failure: null, structured: value });
      // It is no text for people.
      expect(result.report.summary).toBe('');
    });

    it('takes an answer from the result file', async () => {
      const path = join(dir, 'result.json');
      const command = `printf '%s' '${JSON.stringify(ANSWER)}' > "${path}"`;
      const result = await start({ do: 'shell', command }).result;
      expect(result.report).toMatchObject(ANSWER);
    });

    it('fails when the agent gives up', async () => {
      const value = { status: 'failed', summary: 'cannot be done' };
      const result = await start({ do: 'answer', value }).result;
      expect(result.failure).toEqual({ reason: 'agent_error', message: 'cannot be done' });
    });

    if (isWhole) {
      it('tells a failure with its reason', async () => {
        const result = await start({ do: 'fail' }).result;
        expect(result.stopped).toBe(false);
        expect(result.failure?.reason).toMatch(/^(?:agent_error|provider)$/u);
        expect(result.failure?.message).not.toBe('');
      });
    }

    if (isWhole) {
      it('reports what was used, where it can', async () => {
        const result = await start(WRITE).result;
        expect((result.costUsd ?? 0) > 0).toBe(runtime.features.cost);
        // What costs nobody knows how much tells its tokens: they have a price.
        expect(result.tokens.input > 0).toBe(
          subject.untold !== true && (result.costUsd === null || result.costUsd > 0),
        );
      });
    }
  });

  describe('what it is given', () => {
    if (isWhole) {
      it('takes a prompt of a megabyte', async () => {
        const result = await start(WRITE, { prompt: 'word '.repeat(205_000) }).result;
        expect(result).toMatchObject({ failure: null });
        expect(readFileSync(work('hello.txt'), 'utf8')).toBe('hi');
      });
    }

    it.each(['--help\n', '-p\n', '--\n', '/help '])(
      'takes %j at the head of a prompt for text',
      async (head) => {
        const result = await start(WRITE, { prompt: head }).result;
        expect(result).toMatchObject({ failure: null });
        expect(readFileSync(work('hello.txt'), 'utf8')).toBe('hi');
      },
    );

    if (isWhole) {
      it('continues a session where it can, and starts afresh where there is none', async () => {
        const first = await start(WRITE).result;
        const again = await start({ do: 'shell', command: 'true' }, { sessionId: first.sessionId })
          .result;
        expect(again.failure).toBeNull();
        expect(again.sessionId).toBe(first.sessionId);
        const unknown = '00000000-0000-4000-8000-000000000001';
        const fresh = await start({ do: 'shell', command: 'true' }, { sessionId: unknown }).result;
        expect(fresh.failure).toBeNull();
        expect(fresh.sessionId).not.toBe(unknown);
        expect(fresh.sessionId !== null).toBe(runtime.features.resume);
      });
    }

    it('says what is missing', async () => {
      const session = runtime.start(plainSpec(dir, subject.missing.spec));
      const result = await session.result;
      expect(['agent_error', 'setup_failed']).toContain(result.failure?.reason);
      expect(result.failure?.message).toContain(subject.missing.names);
      for await (const event of session.events) throw new Error(`event: ${event.type}`);
    });

    it('starts nothing without leave', async () => {
      const result = await start(WRITE, { mayStart: () => Promise.resolve(false) }).result;
      expect(result.stopped).toBe(true);
      expect(existsSync(work('hello.txt'))).toBe(false);
    });
  });

  describe('how it ends', () => {
    if (isWhole) {
      it('leaves nothing alive when it is stopped, and may be stopped twice', async () => {
        const command = `setsid sh -c 'echo $$ > child.tmp; mv child.tmp child.pid; exec sleep 600' & sleep 600`;
        const session = start({ do: 'shell', command });
        await until(() => existsSync(work('child.pid')));
        session.stop();
        session.stop();
        const result = await session.result;
        expect(result).toMatchObject({ stopped: true, failure: null });
        expect(isAlive(Number(readFileSync(work('child.pid'), 'utf8')))).toBe(false);
        session.stop();
      });
    }

    it('is over after its time', async () => {
      const session = start(HANG, { timeoutMs: 60_000 });
      await until(() => existsSync(work('started')));
      clock.advance(59_999);
      const result = await crank(session, 1_000);
      expect(result).toMatchObject({ stopped: false, failure: { reason: 'timeout' } });
      expect(result.failure?.message).toContain('60 s');
    });

    if (isWhole) {
      it('is over when it says nothing', async () => {
        const session = start(HANG, { idleTimeoutMs: 5_000 });
        await until(() => existsSync(work('started')));
        const result = await crank(session, 1_000);
        expect(result).toMatchObject({ stopped: false, failure: { reason: 'idle_timeout' } });
      });
    }
  });
}
