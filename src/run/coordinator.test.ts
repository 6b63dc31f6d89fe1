import { EventEmitter, once } from 'node:events';

import { beforeEach, describe, expect, it } from 'vitest';

import { FakeMachine, FakeRuntime, instead, until } from '../../test/fakes.ts';
import { sampleAddRun } from '../../test/sample-command.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import type { AddRun } from '../model/command.ts';
import { NO_HISTORY } from '../model/history.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Store } from '../ports/store.ts';
import { Coordinator } from './coordinator.ts';
import type { CoordinatorOptions } from './coordinator.ts';
import { LeaseTaker } from './lease.ts';

const LEASE_MS = 15_000;

let machine: FakeMachine;
let runtime: FakeRuntime;

beforeEach(async () => {
  machine = await FakeMachine.start();
  runtime = new FakeRuntime();
});

const command = ['true'];
const oneTask = (more: Partial<AddRun> = {}): AddRun =>
  sampleAddRun([samplePlanTask('a', { command })], more);

const chainOfTwo = (): AddRun =>
  sampleAddRun([
    samplePlanTask('a', { command }),
    samplePlanTask('b', { command, dependsOn: ['a'] }),
  ]);

async function take(pid: number): Promise<number | null> {
  const workshop = machine.workshop(pid, runtime);
  return (await new LeaseTaker(workshop, LEASE_MS).tryTake(null)).epoch;
}

async function coordinate(
  pid: number,
  more: Partial<CoordinatorOptions> & { store?: Store } = {},
): Promise<Coordinator> {
  const epoch = await take(pid);
  if (epoch === null) throw new Error('the lease is not to be had');
  const workshop = machine.workshop(pid, runtime, more.store);
  const options = {
    epoch,
    slots: 4,
    history: NO_HISTORY,
    checkSlots: 1,
    leaseMs: LEASE_MS,
    ...more,
  };
  return new Coordinator(workshop, options, await machine.store.lastNumber());
}

/** Adds a run and takes it on. */
async function begin(coordinator: Coordinator, run: AddRun = oneTask()): Promise<void> {
  const number = (await machine.store.lastNumber()) + 1;
  const drive = { type: 'drive', run: `SHOP-${number}` } as const;
  const commands = [run, drive].map((given) =>
    coordinator.hear({ type: 'command', id: null, command: given }),
  );
  await Promise.all(commands);
  coordinator.leaveWhenQuiet();
}

async function stored(key = 'SHOP-1'): Promise<Run> {
  const run = await machine.store.run(key);
  if (run === null) throw new Error(`no run ${key}`);
  return run;
}

async function storedTask(number = 1): Promise<Task> {
  const task = (await stored()).tasks[number - 1];
  if (task === undefined) throw new Error(`no task ${number}`);
  return task;
}

const outcomes = async (): Promise<unknown[]> =>
  (await storedTask()).attempts.map(({ status }) =>
    status.state === 'ended' ? status.outcome : status.state,
  );

it('carries a run to its end and gives the lease back', async () => {
  const coordinator = await coordinate(1);
  await begin(coordinator);
  (await runtime.session('SHOP-1.1#1')).end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  const run = await stored();
  expect(run.status.state).toBe('completed');
  expect(machine.refs.get('refs/tutti/runs/SHOP-1/head')).toBe(run.head);
  expect(machine.refs.get(`refs/heads/${run.branch}`)).toBe(run.head);
  expect(machine.workspaces.size).toBe(0);
  expect((await machine.store.lease()).holder).toBeNull();
});

it('asks about a branch that somebody else has made, before anything lands, without judging over and over', async () => {
  const coordinator = await coordinate(1);
  await begin(coordinator);
  const session = await runtime.session('SHOP-1.1#1');
  const { branch } = await stored();
  machine.refs.set(`refs/heads/${branch}`, 'theirs');
  session.end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect(await stored()).toMatchObject({
    head: 'base',
    asks: [{ task: null, kind: 'base', status: { state: 'open' } }],
  });
  expect(machine.refs.get(`refs/heads/${branch}`)).toBe('theirs');
  const { events } = await machine.store.log('SHOP-1');
  const withheld = events.filter(({ event }) => event.type === 'task-withheld');
  expect(withheld.length).toBeLessThanOrEqual(1);
});

it('steps down and touches nothing when another one has taken over', async () => {
  const coordinator = await coordinate(1);
  await begin(coordinator);
  const session = await runtime.session('SHOP-1.1#1');
  const before = await machine.store.log('SHOP-1');
  machine.dead.add(1);
  expect(await take(2)).toBe(2);
  session.end();
  expect(await coordinator.ended).toEqual({ kind: 'superseded' });
  expect(await machine.store.log('SHOP-1')).toEqual(before);
  // The work is where the other one finds it.
  expect([...machine.workspaces.keys()]).toEqual(['SHOP-1.1']);
  expect([...machine.refs.keys()]).toEqual([]);
});

it('learns at its next beat that it was superseded, and stops what it has started', async () => {
  const coordinator = await coordinate(1);
  await begin(coordinator);
  const session = await runtime.session('SHOP-1.1#1');
  machine.dead.add(1);
  await take(2);
  machine.clock.pass(LEASE_MS / 3);
  expect(await coordinator.ended).toEqual({ kind: 'superseded' });
  expect(session.stopped).toBe(true);
  await coordinator.hear({ type: 'tick' });
  await coordinator.readInbox();
  await coordinator.drain(true);
});

it('takes up what a dead one has left', async () => {
  await begin(await coordinate(1));
  await runtime.session('SHOP-1.1#1');
  machine.dead.add(1);
  const second = await coordinate(2);
  await second.drive('SHOP-1');
  second.leaveWhenQuiet();
  await until(async () => (await storedTask()).status.state === 'ready');
  const { mark } = (await storedTask()).attempts[0] ?? {};
  expect(machine.swept).toEqual([mark]);
  machine.clock.pass(10_000);
  (await runtime.session('SHOP-1.1#2')).end();
  expect(await second.ended).toEqual({ kind: 'quiet' });
  expect(await outcomes()).toMatchObject([
    { kind: 'failed', failure: { reason: 'worker_lost' } },
    { kind: 'succeeded' },
  ]);
});

it('takes up a run that a dead one was canceling, when somebody cancels it again', async () => {
  const first = await coordinate(1);
  await begin(first);
  await runtime.session('SHOP-1.1#1');
  const cancel = { type: 'cancel', run: 'SHOP-1', by: 'me' } as const;
  // It dies while it winds the run up.
  await first.hear({ type: 'command', id: null, command: cancel });
  expect((await stored()).status.state).toBe('canceling');
  machine.dead.add(1);
  await machine.store.submit(cancel, 1);
  const holder = await coordinate(2, { slots: 0 });
  await holder.readInbox();
  await until(async () => (await stored()).status.state === 'canceled');
  holder.leaveWhenQuiet();
  expect(await holder.ended).toEqual({ kind: 'quiet' });
  expect(machine.swept).toHaveLength(1);
});

it('gives the lease back only with an empty inbox', async () => {
  let late: number | null = null;
  const store = instead(machine.store, {
    release: async (epoch) => {
      late ??= await machine.store.submit(oneTask(), 1);
      return machine.store.release(epoch);
    },
  });
  const coordinator = await coordinate(1, { store });
  coordinator.leaveWhenQuiet();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect(await machine.store.answer(late ?? 0)).toMatchObject({ ok: true, run: 'SHOP-1' });
});

it('hears every command of the inbox once, however often it looks', async () => {
  const coordinator = await coordinate(1, { stay: () => true });
  await machine.store.submit(oneTask(), 1);
  await machine.store.submit({ type: 'pause', run: 'SHOP-9', now: false, by: 'me' }, 1);
  await machine.store.submit(oneTask(), 1);
  await Promise.all([1, 2, 3, 4].map(() => coordinator.readInbox()));
  machine.clock.pass(1000);
  await coordinator.readInbox();
  expect(await machine.store.lastNumber()).toBe(2);
  coordinator.leaveWhenQuiet();
  await coordinator.drain(true);
  await coordinator.ended;
});

it('keeps a run that was loaded while a decision was on its way to the disk', async () => {
  const first = await coordinate(1);
  await first.hear({ type: 'command', id: null, command: oneTask() });
  first.leaveWhenQuiet();
  await first.ended;
  const gate = new EventEmitter();
  const opened = once(gate, 'open');
  const store = instead(machine.store, {
    write: async (batch) => {
      await opened;
      return machine.store.write(batch);
    },
  });
  const second = await coordinate(2, { store });
  const adding = second.hear({ type: 'command', id: null, command: oneTask() });
  await until(() => true);
  const driving = second.drive('SHOP-1');
  gate.emit('open');
  await Promise.all([adding, driving]);
  second.leaveWhenQuiet();
  await runtime.session('SHOP-1.1#1');
  await second.drain(true);
  expect(await second.ended).toEqual({ kind: 'quiet' });
});

const quota = { reason: 'quota', message: 'later', retryAt: 5_000_000 } as const;

it.each([
  ['as time passes', () => machine.clock.pass(4_000_000)],
  [
    'though the wall clock was set back',
    () => {
      machine.clock.wall -= 3_600_000;
      machine.clock.pass(4_000_000);
    },
  ],
  [
    'after the machine has slept, which timers do not notice',
    () => {
      machine.clock.wall = 5_000_000;
      machine.clock.pass(1000);
    },
  ],
])('stays while a task waits for its time and goes on: %s', async (_, pass) => {
  const coordinator = await coordinate(1);
  await begin(coordinator);
  (await runtime.session('SHOP-1.1#1')).end({ failure: quota });
  await until(async () => (await storedTask()).status.state === 'ready');
  expect((await machine.store.lease()).holder).not.toBeNull();
  pass();
  (await runtime.session('SHOP-1.1#2')).end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
});

const DAY_MS = 24 * 60 * 60_000;

it.each([
  ['is set a day forward', DAY_MS],
  ['is set a day back', -DAY_MS],
  ['stays right', 0],
])('waits out a backoff by its length, whether or not the wall clock %s', async (_, jump) => {
  const coordinator = await coordinate(1);
  await begin(coordinator);
  const why = { reason: 'provider', message: 'overloaded' } as const;
  (await runtime.session('SHOP-1.1#1')).end({ failure: why });
  await until(async () => (await storedTask()).status.state === 'ready');
  machine.clock.wall += jump;
  machine.clock.pass(1999);
  await coordinator.hear({ type: 'woken' });
  expect((await storedTask()).status).toMatchObject({ state: 'ready' });
  machine.clock.pass(1);
  (await runtime.session('SHOP-1.1#2')).end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
});

it('waits after a restart by the wall clock, but never longer than was to be waited', async () => {
  const first = await coordinate(1);
  await begin(first);
  const why = { reason: 'provider', message: 'overloaded' } as const;
  (await runtime.session('SHOP-1.1#1')).end({ failure: why });
  await until(async () => (await storedTask()).status.state === 'ready');
  machine.dead.add(1);
  machine.clock.wall -= DAY_MS;
  const second = await coordinate(2);
  await second.drive('SHOP-1');
  second.leaveWhenQuiet();
  machine.clock.pass(2000);
  (await runtime.session('SHOP-1.1#2')).end();
  expect(await second.ended).toEqual({ kind: 'quiet' });
});

const HOUR_MS = 60 * 60_000;

const limited = (): AddRun => {
  const run = sampleAddRun(['a', 'b', 'c'].map((id) => samplePlanTask(id, { command })));
  return { ...run, settings: { ...run.settings, maxConcurrent: 1, runTimeoutSecs: 7200 } };
};

describe('the working time of a run', () => {
  it('is measured by the monotonic clock, only while an agent is at work, and survives a crash', async () => {
    const first = await coordinate(1);
    await begin(first, limited());
    await runtime.session('SHOP-1.1#1');
    machine.clock.wall += DAY_MS;
    machine.clock.pass(HOUR_MS);
    await first.hear({ type: 'woken' });
    expect((await stored()).worked).toEqual({ ms: HOUR_MS, since: 0 });
    machine.dead.add(1);
    machine.clock.pass(DAY_MS);
    const second = await coordinate(2);
    await second.drive('SHOP-1');
    await until(async () => (await storedTask()).status.state === 'ready');
    machine.clock.pass(10_000);
    await second.hear({ type: 'woken' });
    expect((await stored()).worked.ms).toBe(HOUR_MS);
    await runtime.session('SHOP-1.2#1').catch(() => null);
    await second.drain(true);
    second.leaveWhenQuiet();
    await second.ended;
  });

  it('pauses the run when it is used up, live agents end, and grants as much again', async () => {
    const coordinator = await coordinate(1, { stay: () => true });
    await begin(coordinator, limited());
    const session = await runtime.session('SHOP-1.1#1');
    machine.clock.pass(2 * HOUR_MS);
    await until(async () => (await stored()).paused !== null);
    const run = await stored();
    expect(run.paused).toMatchObject({ by: 'time_limit' });
    expect(run.asks).toMatchObject([{ task: null, kind: 'time_limit', status: { state: 'open' } }]);
    session.end();
    await until(async () => (await storedTask()).status.state === 'completed');
    expect((await storedTask(2)).status.state).toBe('ready');
    const answer = { type: 'answer', ask: 'SHOP-1?1', answer: 'continue', by: 'me' } as const;
    await coordinator.hear({ type: 'command', id: null, command: answer });
    const next = await runtime.session('SHOP-1.2#1');
    machine.clock.pass(2 * HOUR_MS - 1000);
    await coordinator.hear({ type: 'woken' });
    expect((await stored()).paused).toBeNull();
    machine.clock.pass(1000);
    await until(async () => (await stored()).paused !== null);
    next.end();
    await coordinator.drain(true);
    await coordinator.ended;
    expect((await stored()).worked).toEqual({ ms: 4 * HOUR_MS, since: 2 * HOUR_MS });
  });

  it('costs no event for every short attempt', async () => {
    const coordinator = await coordinate(1);
    await begin(coordinator, limited());
    for (const number of [1, 2, 3]) {
      const session = await runtime.session(`SHOP-1.${number}#1`);
      machine.clock.pass(400);
      session.end();
    }
    expect(await coordinator.ended).toEqual({ kind: 'quiet' });
    const { events } = await machine.store.log('SHOP-1');
    const worked = events.flatMap(({ event }) => (event.type === 'run-worked' ? event.ms : []));
    expect(worked).toEqual([1200]);
  });
});

it('leaves when only a person can go on, and stays when one is there', async () => {
  let there = true;
  const coordinator = await coordinate(1, { stay: () => there });
  await begin(coordinator, oneTask({ preapproved: false }));
  await coordinator.hear({ type: 'tick' });
  expect((await machine.store.lease()).holder).not.toBeNull();
  there = false;
  coordinator.leaveWhenQuiet();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect((await stored()).status.state).toBe('awaiting_approval');
});

it('starts nothing without slots, and waits for nothing', async () => {
  await machine.store.submit(oneTask(), 1);
  await machine.store.submit({ type: 'drive', run: 'SHOP-1' }, 1);
  const holder = await coordinate(1, { slots: 0 });
  await holder.readInbox();
  await machine.store.submit({ type: 'drive', run: 'SHOP-1' }, 1);
  await holder.readInbox();
  holder.leaveWhenQuiet();
  expect(await holder.ended).toEqual({ kind: 'quiet' });
  expect(runtime.sessions).toEqual([]);
  expect((await stored()).status.state).toBe('approved');
});

/** A store on a disk that is full but for the reserve. */
function crowded(): Store {
  return instead(machine.store, {
    write: (batch) =>
      machine.held && !machine.room
        ? Promise.resolve({ kind: 'full', message: 'no room' })
        : machine.store.write(batch),
  });
}

it('starts nothing that is not on disk', async () => {
  const store = instead(machine.store, {
    write: () => Promise.resolve({ kind: 'full', message: 'no room' }),
  });
  const coordinator = await coordinate(1, { store });
  await begin(coordinator);
  expect(await coordinator.ended).toEqual({ kind: 'full', message: 'no room' });
  expect(runtime.sessions).toEqual([]);
  expect(await machine.store.run('SHOP-1')).toBeNull();
});

it('gives the reserve up on a full disk to write down what it heard, and that the run is paused', async () => {
  const coordinator = await coordinate(1, { store: crowded() });
  await begin(coordinator, chainOfTwo());
  const session = await runtime.session('SHOP-1.1#1');
  expect(machine.held).toBe(true);
  machine.room = false;
  session.end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect(machine.held).toBe(false);
  const run = await stored();
  expect(run).toMatchObject({
    paused: { by: 'full_disk', reason: 'the disk is full: no room' },
    asks: [{ task: null, kind: 'full_disk', status: { state: 'open' } }],
  });
  // What was acknowledged or handed in before goes its way to the end.
  expect(run.tasks.map(({ status }) => status.state)).toEqual(['completed', 'ready']);
});

it('lets a run go on only when the reserve is held again', async () => {
  const first = await coordinate(1, { store: crowded() });
  await begin(first, chainOfTwo());
  const session = await runtime.session('SHOP-1.1#1');
  machine.room = false;
  session.end();
  await first.ended;
  const resume = { type: 'resume', run: 'SHOP-1', by: 'me' } as const;
  const early = await machine.store.submit(resume, 1);
  const answer = { type: 'answer', ask: 'SHOP-1?1', answer: 'continue', by: 'me' } as const;
  const answered = await machine.store.submit(answer, 1);
  const holder = await coordinate(2, { slots: 0 });
  await holder.readInbox();
  holder.leaveWhenQuiet();
  await holder.ended;
  for (const id of [early, answered]) {
    expect(await machine.store.answer(id)).toMatchObject({ ok: false, code: 'full_disk' });
  }
  expect((await stored()).paused).not.toBeNull();
  machine.room = true;
  const second = await coordinate(3);
  await second.drive('SHOP-1');
  await second.hear({ type: 'command', id: null, command: resume });
  second.leaveWhenQuiet();
  (await runtime.session('SHOP-1.2#1')).end();
  expect(await second.ended).toEqual({ kind: 'quiet' });
  expect(machine.held).toBe(true);
  expect((await stored()).status.state).toBe('completed');
});

it('starts no run where there is no room for the reserve', async () => {
  machine.room = false;
  const coordinator = await coordinate(1);
  await begin(coordinator);
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect(runtime.sessions).toEqual([]);
  expect((await stored()).paused).toMatchObject({ by: 'full_disk' });
});

it('pauses when an effect fails for want of room, and whoever resumes does it again', async () => {
  let full = true;
  const coordinator = await coordinate(1);
  const { repository } = coordinator.workshop;
  const move = repository.move.bind(repository);
  repository.move = (moves, epoch) =>
    full && epoch === 1
      ? Promise.reject(new Error('cannot lock ref: No space left on device'))
      : move(moves, epoch);
  await begin(coordinator);
  (await runtime.session('SHOP-1.1#1')).end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect((await stored()).paused).toMatchObject({ by: 'full_disk' });
  full = false;
  machine.dead.add(1);
  const second = await coordinate(2);
  await second.drive('SHOP-1');
  const resume = { type: 'resume', run: 'SHOP-1', by: 'me' } as const;
  await second.hear({ type: 'command', id: null, command: resume });
  second.leaveWhenQuiet();
  await until(async () => ['ready', 'running'].includes((await storedTask()).status.state));
  machine.clock.pass(10_000);
  (await runtime.session('SHOP-1.1#2')).end();
  expect(await second.ended).toEqual({ kind: 'quiet' });
  expect((await stored()).status.state).toBe('completed');
});

it.each(['EIO: i/o error, copyfile', 'ENOSPC: no space left on device, mkdir'])(
  'counts what an agent has cost although what it left cannot be kept: %s',
  async (message) => {
    const broken = Object.assign(new Error(message), {
      code: message.slice(0, message.indexOf(':')),
    });
    machine.keepAside = () => Promise.reject(broken);
    await begin(await coordinate(1));
    (await runtime.session('SHOP-1.1#1')).end({ costUsd: 1.5 });
    await until(async () => (await storedTask()).attempts[0]?.status.state === 'ended');
    expect((await storedTask()).attempts[0]).toMatchObject({ costUsd: 1.5 });
  },
);

it('takes up what a dead one has left although it cannot be kept', async () => {
  await begin(await coordinate(1));
  await runtime.session('SHOP-1.1#1');
  machine.dead.add(1);
  const broken = Object.assign(new Error('EIO: i/o error, copyfile'), { code: 'EIO' });
  machine.keepAside = () => Promise.reject(broken);
  const second = await coordinate(2);
  await second.drive('SHOP-1');
  second.leaveWhenQuiet();
  await until(async () => (await storedTask()).status.state === 'ready');
  machine.clock.pass(10_000);
  const session = await runtime.session('SHOP-1.1#2');
  expect(machine.setAside).toEqual(['SHOP-1.1#1']);
  machine.keepAside = () => Promise.resolve();
  session.end();
  expect(await second.ended).toEqual({ kind: 'quiet' });
  expect((await stored()).status.state).toBe('completed');
});

it('lets nobody go on from kept work that was laid only in part, and pauses when the disk is full', async () => {
  await begin(await coordinate(1));
  await runtime.session('SHOP-1.1#1');
  machine.dead.add(1);
  const message = 'git read-tree failed (128): error: unable to write file a.ts';
  machine.restored = { kind: 'failed', message };
  const second = await coordinate(2);
  await second.drive('SHOP-1');
  await until(async () => (await storedTask()).status.state === 'ready');
  machine.clock.pass(10_000);
  await until(async () => (await stored()).paused !== null);
  expect((await stored()).paused).toMatchObject({ by: 'full_disk' });
  expect(machine.workspaces.size).toBe(0);
  machine.restored = { kind: 'laid' };
  second.leaveWhenQuiet();
  const resume = { type: 'resume', run: 'SHOP-1', by: 'me' } as const;
  await second.hear({ type: 'command', id: null, command: resume });
  await until(async () => {
    machine.clock.pass(10_000);
    return ((await storedTask()).attempts.at(-1)?.status.state ?? '') === 'running';
  });
  const { key = '' } = (await storedTask()).attempts.at(-1) ?? {};
  expect([...machine.refs.keys()].filter((ref) => ref.includes('kept'))).toEqual([
    'refs/tutti/kept/SHOP-1.1/1',
  ]);
  (await runtime.session(key)).end();
  expect(await second.ended).toEqual({ kind: 'quiet' });
  expect((await stored()).status.state).toBe('completed');
});

it('keeps trying to show that it is alive when there is no room for its beat', async () => {
  let beats = 0;
  const store = instead(machine.store, {
    beat: (epoch) => {
      beats += 1;
      return beats < 3
        ? Promise.reject(new Error('there is no room left on the disk'))
        : machine.store.beat(epoch);
    },
  });
  const coordinator = await coordinate(1, { store });
  await begin(coordinator);
  const session = await runtime.session('SHOP-1.1#1');
  const { beat } = await machine.store.lease();
  for (let round = 0; round < 3; round += 1) {
    machine.clock.pass(LEASE_MS / 3);
    await until(() => beats === round + 1);
    await coordinator.hear({ type: 'woken' });
  }
  expect((await machine.store.lease()).beat).toBe(beat + 1);
  session.end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
});

it('keeps the work for the next one when the disk is full at its end', async () => {
  let full = false;
  const store = instead(machine.store, {
    write: (batch) =>
      full ? Promise.resolve({ kind: 'full', message: '' }) : machine.store.write(batch),
  });
  const first = await coordinate(1, { store });
  await begin(first);
  const session = await runtime.session('SHOP-1.1#1');
  full = true;
  session.end();
  expect(await first.ended).toMatchObject({ kind: 'full' });
  machine.dead.add(1);
  const second = await coordinate(2);
  await second.drive('SHOP-1');
  second.leaveWhenQuiet();
  await until(async () => (await storedTask()).status.state === 'ready');
  expect((await storedTask()).attempts[0]?.keptRef).toBe('refs/tutti/kept/SHOP-1.1/1');
  await second.drain(true);
  await second.ended;
});

it('ends as broken when the inbox cannot be read', async () => {
  const cause = new Error('the disk is gone');
  const store = instead(machine.store, { pending: () => Promise.reject(cause) });
  const coordinator = await coordinate(1, { store });
  await begin(coordinator);
  const session = await runtime.session('SHOP-1.1#1');
  machine.clock.pass(1000);
  expect(await coordinator.ended).toEqual({ kind: 'broken', cause });
  expect(session.stopped).toBe(true);
});

it('drains at once: what is alive is stopped and kept, the run is as it was', async () => {
  const coordinator = await coordinate(1);
  await begin(coordinator, sampleAddRun(['a', 'b'].map((id) => samplePlanTask(id, { command }))));
  await runtime.session('SHOP-1.1#1');
  await runtime.session('SHOP-1.2#1');
  await coordinator.drain(true);
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  const run = await stored();
  expect(run.status.state).toBe('running');
  expect(run.tasks.map(({ status }) => status.state)).toEqual(['ready', 'ready']);
  expect(await outcomes()).toEqual([{ kind: 'canceled', why: 'interrupted' }]);
  expect((await storedTask()).attempts[0]?.keptRef).toBe('refs/tutti/kept/SHOP-1.1/1');
  expect((await machine.store.lease()).holder).toBeNull();
});

it('drains in peace: what is alive ends, nothing more starts', async () => {
  const plan = [
    samplePlanTask('a', { command }),
    samplePlanTask('b', { command, dependsOn: ['a'] }),
  ];
  const coordinator = await coordinate(1);
  await begin(coordinator, sampleAddRun(plan));
  const session = await runtime.session('SHOP-1.1#1');
  await coordinator.drain(false);
  session.end();
  expect(await coordinator.ended).toEqual({ kind: 'quiet' });
  expect((await stored()).tasks.map(({ status }) => status.state)).toEqual(['completed', 'ready']);
  expect(runtime.sessions).toHaveLength(1);
});

it('gives the lease to one of two who want it', async () => {
  const epochs = await Promise.all([take(1), take(2)]);
  expect(epochs.filter((epoch) => epoch !== null)).toEqual([1]);
});

it('takes the lease of a silent holder after the time of a lease, not before', async () => {
  expect(await take(1)).toBe(1);
  const taker = new LeaseTaker(machine.workshop(2, runtime), LEASE_MS);
  expect((await taker.tryTake(null)).epoch).toBeNull();
  machine.clock.pass(LEASE_MS - 1);
  await machine.store.beat(1);
  expect((await taker.tryTake(null)).epoch).toBeNull();
  machine.clock.pass(LEASE_MS - 1);
  expect((await taker.tryTake(null)).row?.holder?.pid).toBe(1);
  machine.clock.pass(1);
  expect((await taker.tryTake(null)).epoch).toBe(2);
});

it('takes the lease of a dead holder at once', async () => {
  await take(1);
  machine.dead.add(1);
  expect(await take(2)).toBe(2);
});
