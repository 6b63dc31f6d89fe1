// What a coordinator works with, in memory and moved by hand: a clock, a runtime whose agents do
// nothing until they are told how they end, workspaces and a repository of names only. The store is
// the real one.

import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { openStore } from '../src/adapters/store/sqlite-store.ts';
import type { ProcessIdentity } from '../src/model/attempt.ts';
import { NO_USAGE } from '../src/model/attempt.ts';
import type { AgentRuntime, AttemptResult, AttemptSpec } from '../src/ports/agent-runtime.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Exchange } from '../src/ports/exchange.ts';
import type { Nudge } from '../src/ports/nudge.ts';
import type { ProcessSupervisor } from '../src/ports/process.ts';
import type { Repository } from '../src/ports/repository.ts';
import type { Reserve } from '../src/ports/reserve.ts';
import type { RunFiles } from '../src/ports/run-files.ts';
import type { Store } from '../src/ports/store.ts';
import type { Laid, Workspace, Workspaces } from '../src/ports/workspace.ts';
import type { Workshop } from '../src/run/workshop.ts';
import { createSecrets } from '../src/util/secrets.ts';

/** A port of which only a part is used: all else is an error. */
export function only<T extends object>(part: Partial<T>): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return new Proxy(part, {
    get(target, name, receiver): unknown {
      if (name in target) return Reflect.get(target, name, receiver);
      if (name === 'then') return undefined;
      throw new Error(`nobody said what ${String(name)} does here`);
    },
  }) as T;
}

/** A store with some of its methods replaced. */
export function instead(store: Store, part: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(name in part ? part : target, name);
      return typeof value === 'function' && !(name in part) ? value.bind(target) : value;
    },
  });
}

/** Waits until something is true; it has to become so by itself. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 20_000; turns += 1) {
    if (await condition()) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error('it never came true');
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  wall = 1_000_000;
  #passed = 0;
  #timers: { due: number; callback: () => void }[] = [];

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.#passed;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { due: this.#passed + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass on both clocks. */
  pass(ms: number): void {
    this.wall += ms;
    this.#passed += ms;
    const due = this.#timers.filter((timer) => timer.due <= this.#passed);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#passed);
    for (const { callback } of due) callback();
  }
}

/** An agent at work, which ends when it is told to. */
export interface FakeSession {
  readonly spec: AttemptSpec;
  /** Whether it was let go. */
  readonly let: Promise<boolean>;
  stopped: boolean;
  end(result?: Partial<AttemptResult>): void;
}

/** A runtime that starts nothing. */
export class FakeRuntime {
  readonly sessions: FakeSession[] = [];
  readonly runtime: AgentRuntime;

  constructor() {
    const features = {
      structuredOutput: false,
      cost: false,
      resume: false,
      systemPrompt: false,
      toolList: false,
      permissions: false,
    };
    this.runtime = only<AgentRuntime>({ id: 'fake', features, start: (spec) => this.#start(spec) });
  }

  /** The session of an attempt. */
  async session(attempt: string): Promise<FakeSession> {
    const find = (): FakeSession | undefined =>
      this.sessions.find(({ spec }) => spec.attempt === attempt);
    await until(() => find() !== undefined);
    const found = find();
    if (found === undefined || !(await found.let)) throw new Error(`${attempt} was not let go`);
    return found;
  }

  #start(spec: AttemptSpec): ReturnType<AgentRuntime['start']> {
    const ended = new EventEmitter();
    const result = once(ended, 'end').then(([more]: Partial<AttemptResult>[]) => ({
      ...DONE,
      ...more,
    }));
    const end = (more: Partial<AttemptResult> = {}): void => {
      ended.emit('end', more);
    };
    const may = spec.mayStart(null);
    const session: FakeSession = { spec, let: may, stopped: false, end };
    this.sessions.push(session);
    const stop = (): void => {
      session.stopped = true;
      end({ stopped: true });
    };
    void may.then((yes) => (yes ? undefined : stop()));
    return { events: nothing(), result, stop, answer: () => {} };
  }
}

const DONE: AttemptResult = {
  failure: null,
  stopped: false,
  structured: undefined,
  report: { status: 'done', summary: 'done', question: null, followUps: [] },
  sessionId: null,
  tokens: NO_USAGE,
  costUsd: 0,
};

async function* nothing(): AsyncGenerator<never> {}

/** What several coordinators share: the disk, the machine and its time. */
export class FakeMachine {
  readonly clock: FakeClock = new FakeClock();
  readonly store: Store;
  readonly refs: Map<string, string> = new Map();
  readonly workspaces: Map<string, { commit: string }> = new Map();
  /** Numbers of the processes that are dead. */
  readonly dead: Set<number> = new Set();
  readonly swept: string[] = [];
  /** What becomes of what is no part of a change. */
  keepAside: () => Promise<void> = () => Promise.resolve();
  /** What bringing kept work comes to. */
  restored: Laid = { kind: 'laid' };
  /** Attempts whose whole workspace was put out of the way. */
  readonly setAside: string[] = [];
  /** Whether there is room for the reserve, and whether it is held. */
  room = true;
  held = false;
  readonly reserve: Reserve = {
    bytes: 8,
    path: '/reserve',
    hold: () => {
      this.held ||= this.room;
      return Promise.resolve(this.held);
    },
    giveUp: () => {
      this.held = false;
      return Promise.resolve();
    },
    isTight: () => Promise.resolve(!this.room),
  };
  readonly #listeners = new Map<string, () => void>();
  #epoch = 0;
  #commits = 0;
  /** What each commit builds on. */
  readonly #parents = new Map<string, readonly string[]>();

  constructor(store: Store) {
    this.store = store;
  }

  static async start(): Promise<FakeMachine> {
    const dir = mkdtempSync(join(tmpdir(), 'tutti-core-'));
    const store = await openStore(join(dir, 'tutti.db'));
    onTestFinished(() => {
      store.close();
      rmSync(dir, { recursive: true, force: true });
    });
    return new FakeMachine(store);
  }

  /** What a process with this number works with. */
  workshop(pid: number, runtime: FakeRuntime, store: Store = this.store): Workshop {
    let ids = 0;
    return only<Workshop>({
      store,
      clock: this.clock,
      reserve: this.reserve,
      supervisor: this.#supervisor(pid),
      sandbox: () => Promise.resolve({ kind: 'off' }),
      repository: this.#repository(),
      workspaces: this.#workspaces(),
      files: FILES,
      exchange: EXCHANGE,
      ports: { take: () => Promise.resolve(null) },
      nudge: this.nudge(pid),
      runtimes: new Map([['fake', runtime.runtime]]),
      agents: new Map(),
      environment: {},
      secrets: createSecrets({}),
      randomId: () => `${pid}-${(ids += 1)}`,
    });
  }

  nudge(pid: number): Nudge {
    return only<Nudge>({
      listen: (onNudge) => {
        this.#listeners.set(String(pid), onNudge);
        return Promise.resolve({ address: String(pid), close: () => {} });
      },
      send: (address) => {
        this.#listeners.get(address)?.();
        return Promise.resolve();
      },
    });
  }

  #supervisor(pid: number): ProcessSupervisor {
    return only<ProcessSupervisor>({
      self: () => identity(pid),
      isAlive: (process) => !this.dead.has(process.pid),
      sweep: (marks) => {
        this.swept.push(...marks);
        return Promise.resolve(marks.length);
      },
    });
  }

  #repository(): Repository {
    return only<Repository>({
      root: '/project',
      resolve: (name) => Promise.resolve(this.refs.get(name) ?? null),
      isAncestor: (one, other) => Promise.resolve(this.#buildsOn(other, one)),
      checkedOutAt: () => Promise.resolve([]),
      refs: () => Promise.resolve([]),
      diff: () => Promise.resolve(''),
      merge: (_base, _ours, theirs) => Promise.resolve({ kind: 'merged', tree: `tree-${theirs}` }),
      commit: ({ parents }) => Promise.resolve(this.#commit(parents)),
      epoch: async () => null,
      setEpoch: (epoch) => {
        this.#epoch = Math.max(this.#epoch, epoch);
        return Promise.resolve();
      },
      move: (moves, epoch) => {
        if (epoch !== this.#epoch) return Promise.resolve({ kind: 'superseded' });
        for (const move of moves) this.refs.set(move.ref, move.new);
        return Promise.resolve({ kind: 'moved' });
      },
    });
  }

  #workspaces(): Workspaces {
    return only<Workspaces>({
      prepare: (spec) => {
        this.workspaces.set(spec.name, { commit: spec.commit });
        return Promise.resolve({ ok: true, workspace: this.#workspace(spec.name) });
      },
      ahead: () => {},
      rest: () => Promise.resolve(),
      find: (name) => Promise.resolve(this.workspaces.has(name) ? this.#workspace(name) : null),
      list: () =>
        Promise.resolve(
          [...this.workspaces.keys()].map((name) => ({ name, path: `/${name}`, complete: true })),
        ),
      homePath: (name) => `/home/${name}`,
      makeHome: (name) => Promise.resolve(`/home/${name}`),
      removeHome: () => Promise.resolve(),
      homes: () => Promise.resolve([]),
      emptyTrash: () => Promise.resolve(),
    });
  }

  #workspace(name: string): Workspace {
    return only<Workspace>({
      path: `/${name}`,
      reads: [],
      restore: () => Promise.resolve(this.restored),
      keepAside: () => this.keepAside(),
      setAside: (as) => {
        this.setAside.push(as);
        this.workspaces.delete(name);
        return Promise.resolve(`/left/${as}`);
      },
      collect: () => {
        const base = this.workspaces.get(name)?.commit ?? 'base';
        const commit = this.#commit([base]);
        const change = { commit, tree: `tree-${commit}`, base, files: ['a.ts'] };
        return Promise.resolve({ kind: 'change', change, secrets: [] });
      },
      remove: () => {
        this.workspaces.delete(name);
        return Promise.resolve();
      },
    });
  }

  #commit(parents: readonly string[]): string {
    this.#commits += 1;
    const commit = `commit-${this.#commits}`;
    this.#parents.set(commit, parents);
    return commit;
  }

  #buildsOn(commit: string, one: string): boolean {
    if (commit === one) return true;
    return (this.#parents.get(commit) ?? []).some((parent) => this.#buildsOn(parent, one));
  }
}

function identity(pid: number): ProcessIdentity {
  return { pid, startTime: '1', bootId: 'boot' };
}

const FILES: RunFiles = {
  folder: (key) => `/files/${key}`,
  begin: () => Promise.resolve(),
  write: () => Promise.resolve(),
  writeAt: () => Promise.resolve(true),
  read: () => Promise.resolve(null),
};

const EXCHANGE: Exchange = only<Exchange>({
  outbox: (home) => `${home}/outbox`,
  artifacts: (home) => `${home}/artifacts`,
  layOut: () => Promise.resolve(),
  publish: () => Promise.resolve(null),
  published: () => Promise.resolve(null),
  clear: () => {},
  contextPath: (run) => `/files/${run}/context.md`,
  addToContext: () => Promise.resolve(),
});
