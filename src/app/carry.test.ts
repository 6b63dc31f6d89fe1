import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FakeMachine, FakeRuntime, instead, only, until } from '../../test/fakes.ts';
import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { DEFAULTS } from '../config/defaults.ts';
import type { AddRun, Command } from '../model/command.ts';
import type { Store } from '../ports/store.ts';
import type { App } from './app.ts';
import { carry } from './carry.ts';
import type { CarryEnd, Carrier } from './carry.ts';
import type { Result } from './result.ts';
import { send } from './send.ts';

let machine: FakeMachine;
let home: string;

beforeEach(async () => {
  machine = await FakeMachine.start();
  home = mkdtempSync(join(tmpdir(), 'tutti-carry-'));
});

afterEach(() => rmSync(home, { recursive: true }));

/** One process on the machine. */
interface Process {
  readonly app: App;
  readonly runtime: FakeRuntime;
  readonly seen: string[];
  readonly followed: number[];
  carry(keys: readonly string[], more?: Partial<Carrier>): Promise<Result<CarryEnd>>;
  interrupt(): void;
}

function start(pid: number, store: Store = machine.store): Process {
  const runtime = new FakeRuntime();
  const workshop = machine.workshop(pid, runtime, store);
  const config = DEFAULTS;
  const app = only<App>({
    root: home,
    environment: { XDG_STATE_HOME: home },
    clock: machine.clock,
    nudge: machine.nudge(pid),
    processors: 2,
    workshop: () => Promise.resolve({ ok: true, value: workshop }),
    settings: () =>
      Promise.resolve({
        ok: true,
        value: { config, sources: {}, widening: [], untrusted: [], initialized: true },
      }),
  });
  const abort = new AbortController();
  const seen: string[] = [];
  const followed: number[] = [];
  const carrier: Carrier = {
    onEvents: (events) => seen.push(...events.map(({ run, event }) => `${run} ${event.type}`)),
    onFollow: (holder) => followed.push(holder),
    mayAnswer: () => false,
    interrupted: abort.signal,
    hurried: new AbortController().signal,
  };
  return {
    app,
    runtime,
    seen,
    followed,
    carry: (keys, more = {}) => carry(app, keys, { ...carrier, ...more }),
    interrupt: () => abort.abort(),
  };
}

const oneTask = (more: Partial<AddRun> = {}): AddRun =>
  sampleAddRun([samplePlanTask('a', { command: ['true'] })], more);

const state = async (key: string): Promise<string | undefined> =>
  (await machine.store.run(key))?.status.state;

/** Lets a follower look again, and again. */
async function untilPolled(condition: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => {
    machine.clock.pass(50);
    return condition();
  });
}

const SETTLED = { ok: true, value: { kind: 'settled' } };

describe('send', () => {
  it('decides by itself when nobody coordinates, and starts nothing', async () => {
    const { app, runtime } = start(1);
    expect(await send(app, oneTask())).toEqual({
      ok: true,
      value: { run: 'SHOP-1', text: 'SHOP-1' },
    });
    expect(await send(app, { type: 'cancel', run: 'SHOP-9', by: 'me' })).toMatchObject({
      ok: false,
      problem: { code: 'unknown_key', exit: 2 },
    });
    expect(runtime.sessions).toEqual([]);
    expect((await machine.store.lease()).holder).toBeNull();
  });

  it('says so when the disk is full, and nothing has happened', async () => {
    const full = instead(machine.store, {
      write: () => Promise.resolve({ kind: 'full', message: 'no room' }),
    });
    expect(await send(start(1, full).app, oneTask())).toMatchObject({
      ok: false,
      problem: { code: 'full_disk', exit: 3 },
    });
    expect(await machine.store.lastNumber()).toBe(0);
  });

  it('gives the command to whoever coordinates', async () => {
    const [one, two] = [start(1), start(2)];
    await send(one.app, oneTask());
    const carried = one.carry(['SHOP-1']);
    await one.runtime.session('SHOP-1.1#1');
    const cancel: Command = { type: 'cancel', run: 'SHOP-1', by: 'me' };
    const said: unknown[] = [];
    const sent = send(two.app, cancel).then((answer) => said.push(answer));
    await untilPolled(() => said.length > 0);
    await sent;
    expect(said).toMatchObject([{ ok: true }]);
    expect(await carried).toEqual(SETTLED);
    expect(await state('SHOP-1')).toBe('canceled');
  });
});

describe('carry', () => {
  it('takes on all its runs, though the first one has nothing to do', async () => {
    const one = start(1);
    await send(one.app, oneTask({ preapproved: false }));
    await send(one.app, oneTask());
    const carried = one.carry(['SHOP-1', 'SHOP-2']);
    (await one.runtime.session('SHOP-2.1#1')).end();
    expect(await carried).toEqual(SETTLED);
    expect(await state('SHOP-1')).toBe('awaiting_approval');
    expect(await state('SHOP-2')).toBe('completed');
    expect(one.seen.filter((line) => line === 'SHOP-2 run-completed')).toHaveLength(1);
    expect(one.seen.slice(0, 3)).toEqual([
      'SHOP-1 run-created',
      'SHOP-1 plan-drafted',
      'SHOP-2 run-created',
    ]);
  });

  it('follows whoever coordinates, who carries its run too', async () => {
    const [one, two] = [start(1), start(2)];
    await send(one.app, oneTask());
    await send(one.app, oneTask());
    const first = one.carry(['SHOP-1']);
    const held = await one.runtime.session('SHOP-1.1#1');
    const second = two.carry(['SHOP-2']);
    (await one.runtime.session('SHOP-2.1#1')).end();
    await untilPolled(async () => (await state('SHOP-2')) === 'completed');
    await untilPolled(() => two.seen.includes('SHOP-2 run-completed'));
    expect(await second).toEqual(SETTLED);
    expect(two.followed).toEqual([1]);
    expect(two.runtime.sessions).toEqual([]);
    held.end();
    expect(await first).toEqual(SETTLED);
  });

  it('goes on as a follower when the one it follows is interrupted', async () => {
    const [one, two] = [start(1), start(2)];
    await send(one.app, oneTask());
    await send(one.app, oneTask());
    const first = one.carry(['SHOP-1']);
    await one.runtime.session('SHOP-1.1#1');
    const second = two.carry(['SHOP-2']);
    await one.runtime.session('SHOP-2.1#1');
    one.interrupt();
    expect(await first).toEqual({ ok: true, value: { kind: 'interrupted', detached: false } });
    await untilPolled(() => two.runtime.sessions.length > 0);
    (await two.runtime.session('SHOP-2.1#2')).end();
    expect(await second).toEqual(SETTLED);
    expect(await state('SHOP-1')).toBe('running');
    expect(two.seen.filter((line) => line.endsWith('run-completed'))).toHaveLength(1);
  });

  it('goes on as a follower when the one it follows dies', async () => {
    const [one, two] = [start(1), start(2)];
    await send(one.app, oneTask());
    const first = one.carry(['SHOP-1']);
    await one.runtime.session('SHOP-1.1#1');
    const second = two.carry(['SHOP-1']);
    await untilPolled(() => two.followed.length > 0);
    machine.dead.add(1);
    await untilPolled(() => two.runtime.sessions.length > 0);
    (await two.runtime.session('SHOP-1.1#2')).end();
    expect(await second).toEqual(SETTLED);
    // The dead one was only asleep: it follows now, and sees that all is done.
    await untilPolled(() => one.seen.includes('SHOP-1 run-completed'));
    expect(await first).toEqual(SETTLED);
  });

  it('detaches a follower that is interrupted, and nothing else', async () => {
    const [one, two] = [start(1), start(2)];
    await send(one.app, oneTask());
    const first = one.carry(['SHOP-1']);
    const session = await one.runtime.session('SHOP-1.1#1');
    const second = two.carry(['SHOP-1']);
    await untilPolled(() => two.followed.length > 0);
    two.interrupt();
    expect(await second).toEqual({ ok: true, value: { kind: 'interrupted', detached: true } });
    session.end();
    expect(await first).toEqual(SETTLED);
  });

  it('goes on with what only has to become ready', async () => {
    const one = start(1);
    await send(one.app, oneTask());
    const first = one.carry(['SHOP-1']);
    await one.runtime.session('SHOP-1.1#1');
    one.interrupt();
    await first;
    const two = start(2);
    await send(two.app, { type: 'cancel', run: 'SHOP-1', by: 'me' });
    await send(two.app, { type: 'retry', key: 'SHOP-1', instruction: null, by: 'me' });
    expect((await machine.store.run('SHOP-1'))?.tasks[0]?.status.state).toBe('pending');
    const second = two.carry(['SHOP-1']);
    (await two.runtime.session('SHOP-1.1#2')).end();
    expect(await second).toEqual(SETTLED);
    expect(await state('SHOP-1')).toBe('completed');
  });
});
