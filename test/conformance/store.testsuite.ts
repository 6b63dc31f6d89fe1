// What every store must do. The opener opens the same store again and again, as processes would.

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Command } from '../../src/model/command.ts';
import { CHAIN_START, eventHash } from '../../src/model/event-chain.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { PlanRevision } from '../../src/model/plan.ts';
import type { Run } from '../../src/model/run.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { Batch, Holder, RunLog, Store } from '../../src/ports/store.ts';
import {
  SAMPLE_START,
  sampleAttempt,
  sampleDiamond,
  samplePlanTask,
  sampleRun,
  sampleTask,
} from '../sample-run.ts';
import { anyRun } from './any-run.ts';

/** Somebody who takes the lease. */
const HOLDER: Holder = { pid: 7, startTime: '123', bootId: 'boot', socket: '/run/x.sock' };

/**
 * Fills up a batch.
 *
 * @param epoch - The writer's epoch.
 * @param more - What is in it.
 * @returns The batch.
 */
export function batchOf(epoch: number, more: Partial<Batch>): Batch {
  const rows = { runs: [], tasks: [], attempts: [], asks: [], plans: [], messages: [] };
  return { epoch, events: [], ...rows, answers: [], ...more };
}

/**
 * Makes the batch that stores a run with everything in it.
 *
 * @param epoch - The writer's epoch.
 * @param run - The run.
 * @param events - What has happened.
 * @returns The batch.
 */
export function wholeRun(epoch: number, run: Run, events: readonly RunEvent[] = []): Batch {
  return batchOf(epoch, {
    events,
    runs: [run],
    tasks: run.tasks,
    attempts: run.tasks.flatMap((task) => task.attempts),
    asks: run.asks,
    plans: run.plans.map((plan) => ({ run: run.key, plan })),
    messages: run.discussion.map((message) => ({ run: run.key, message })),
  });
}

/**
 * Takes the lease, whoever has it.
 *
 * @param store - The store.
 * @returns The epoch.
 */
export async function takeOver(store: Store): Promise<number> {
  const epoch = await store.take(await store.lease(), HOLDER);
  if (epoch === null) throw new Error('somebody was faster');
  return epoch;
}

/**
 * Checks that every hash follows from the one before it, and that the end is the recorded one.
 *
 * @param log - The log of a run.
 */
export function expectChain({ events, recorded }: RunLog): void {
  let hash = CHAIN_START;
  for (const [index, happened] of events.entries()) {
    hash = eventHash(hash, index + 1, happened);
    expect({ seq: happened.seq, hash: happened.hash }).toEqual({ seq: index + 1, hash });
  }
  expect(recorded).toEqual({ count: events.length, hash });
}

const paused = (reason: string): RunEvent => ({
  run: 'SHOP-1',
  at: SAMPLE_START,
  event: { type: 'run-paused', pause: { by: 'person', reason } },
});

const drive: Command = { type: 'drive', run: 'SHOP-1' };

const verdict: Verdict = {
  kind: 'check',
  name: 'tests',
  ok: false,
  command: 'npm test',
  exitCode: 1,
  tree: 'd'.repeat(40),
  durationMs: 12.5,
  summary: '1 failed',
  findings: [{ file: 'a.ts', line: 3, severity: 'major', message: 'no' }],
};

/** Where a test stands: one open store, and a way to open it once more. */
interface Place {
  readonly store: Store;
  open(): Promise<Store>;
}

function testReading(at: Place): void {
  it('gives back every state of every entity as it was written', async () => {
    const epoch = await takeOver(at.store);
    const reader = await at.open();
    let last = '';
    await fc.assert(
      fc.asyncProperty(anyRun, async (run) => {
        // Rows of the sample before it are overwritten: only what this one has is compared.
        expect(await at.store.write(wholeRun(epoch, run))).toEqual({ kind: 'written' });
        const read = await reader.run('SHOP-1');
        expect(read).not.toBeNull();
        if (read === null) return;
        const mine = {
          ...read,
          tasks: run.tasks.flatMap(({ attempts }, i) => {
            const task = read.tasks[i];
            return task === undefined
              ? []
              : [{ ...task, attempts: task.attempts.slice(0, attempts.length) }];
          }),
          asks: read.asks.slice(0, run.asks.length),
          plans: read.plans.slice(0, run.plans.length),
          discussion: read.discussion.slice(0, run.discussion.length),
        };
        expect(mine).toEqual(run);
        last = run.goal;
        const { tasks: _tasks, plans: _plans, discussion: _said, ...more } = run;
        const { asks: _asks, settings: _settings, ...short } = more;
        expect((await reader.summary('SHOP-1'))?.run).toEqual(short);
      }),
      { numRuns: 150 },
    );
    expect((await reader.run('SHOP-1'))?.goal).toBe(last);
  });

  it('knows nothing at first', async () => {
    expect(await at.store.lease()).toEqual({ epoch: 0, beat: 0, holder: null });
    expect(await at.store.lastNumber()).toBe(0);
    expect(await at.store.pastTasks()).toEqual([]);
    expect(await at.store.outcomes({ since: 0, newest: 9, moments: true })).toEqual([]);
    expect(await at.store.reassignments(9)).toEqual([]);
    expect(await at.store.unfinished()).toEqual([]);
    expect(await at.store.undoing()).toEqual([]);
    expect(await at.store.run('SHOP-1')).toBeNull();
    expect(await at.store.summary('SHOP-1')).toBeNull();
    expect(await at.store.summaries({ unfinishedOnly: false })).toEqual([]);
    expect(await at.store.log('SHOP-1')).toEqual({ events: [], recorded: { count: 0, hash: '' } });
    expect(await at.store.pending()).toEqual([]);
    expect(await at.store.answer(1)).toBeNull();
    expect(await at.store.openAsks()).toEqual([]);
    expect(await at.store.verdicts('SHOP-1')).toEqual([]);
  });
}

function testLease(at: Place): void {
  it('gives the lease to one of many who saw the same', async () => {
    const seen = await at.store.lease();
    const others = await Promise.all(Array.from({ length: 5 }, () => at.open()));
    const epochs = await Promise.all(others.map((other) => other.take(seen, HOLDER)));
    expect(epochs.filter((epoch) => epoch !== null)).toEqual([1]);
    const now = await at.store.lease();
    expect(now).toMatchObject({ epoch: 1, holder: HOLDER });
    expect(await at.store.beat(1)).toBe(true);
    // The holder has shown that it is alive since it was looked at.
    expect(await at.store.take(now, HOLDER)).toBeNull();
    expect(await at.store.take(await at.store.lease(), { ...HOLDER, pid: 8, socket: null })).toBe(
      2,
    );
    expect(await at.store.beat(1)).toBe(false);
  });

  it('gives the lease back only when no command waits', async () => {
    const epoch = await takeOver(at.store);
    const id = await (await at.open()).submit(drive, SAMPLE_START);
    expect(await at.store.release(epoch)).toBe('inbox');
    expect(await at.store.pending()).toEqual([{ id, command: drive }]);
    const answer = { ok: false, code: 'x', message: 'no\0', hint: '' } as const;
    await at.store.write(batchOf(epoch, { answers: [{ id, answer }] }));
    expect(await at.store.answer(id)).toEqual(answer);
    expect(await at.store.pending()).toEqual([]);
    expect(await at.store.release(epoch)).toBe('released');
    expect((await at.store.lease()).holder).toBeNull();
    expect(await at.store.release(epoch)).toBe('not-held');
    // A lease that was given back allows nothing, not even to the one that had it last.
    expect(await at.store.write(batchOf(epoch, {}))).toEqual({ kind: 'superseded' });
    expect(await at.store.beat(epoch)).toBe(false);
  });

  it('does not let one who was superseded give back the lease of its successor', async () => {
    const old = await takeOver(at.store);
    const epoch = await takeOver(await at.open());
    expect(await at.store.release(old)).toBe('not-held');
    expect(await at.store.lease()).toMatchObject({ epoch, holder: HOLDER });
  });
}

function testBatches(at: Place): void {
  it('writes nothing of a batch of a superseded coordinator', async () => {
    const old = await takeOver(at.store);
    await at.store.write(wholeRun(old, sampleDiamond(), [paused('one')]));
    const id = await at.store.submit(drive, SAMPLE_START);
    const other = await at.open();
    const epoch = await takeOver(other);
    const before = await other.log('SHOP-1');
    const late = batchOf(old, {
      events: [paused('late')],
      runs: [sampleRun([], { key: 'SHOP-2', number: 2 })],
      tasks: [sampleTask(1, { state: 'pending' })],
      answers: [{ id, answer: { ok: true, run: null, text: '' } }],
    });
    expect(await at.store.write(late)).toEqual({ kind: 'superseded' });
    expect(await at.store.write({ ...late, epoch: epoch + 1 })).toEqual({ kind: 'superseded' });
    expect(await other.log('SHOP-1')).toEqual(before);
    expect(await other.run('SHOP-1')).toEqual(sampleDiamond());
    expect(await other.run('SHOP-2')).toBeNull();
    expect(await other.answer(id)).toBeNull();
    expect(await other.write(batchOf(epoch, { events: [paused('mine')] }))).toEqual({
      kind: 'written',
    });
  });

  it('writes nothing of a batch of which something is impossible', async () => {
    const epoch = await takeOver(at.store);
    const run = sampleDiamond();
    await at.store.write(wholeRun(epoch, run, [paused('one')]));
    const before = await at.store.log('SHOP-1');
    const renamed = { ...run, title: 'another' };
    const impossible: Partial<Batch>[] = [
      { answers: [{ id: 99, answer: { ok: true, run: null, text: '' } }] },
      { events: [{ ...paused('two'), run: 'SHOP-9' }] },
      { tasks: [sampleTask(9, { state: 'waiting', ask: 'SHOP-1?77' })] },
      { tasks: [sampleTask(9, { state: 'pending' }, { run: 'SHOP-9', key: 'SHOP-9.9' })] },
      { attempts: [sampleAttempt('SHOP-1.77', 1)] },
    ];
    for (const more of impossible) {
      const batch = batchOf(epoch, { events: [paused('two')], runs: [renamed], ...more });
      await expect(at.store.write(batch)).rejects.toThrow(/./u);
      expect(await at.store.log('SHOP-1')).toEqual(before);
      expect(await at.store.run('SHOP-1')).toEqual(run);
    }
    expect(await at.store.write(batchOf(epoch, { runs: [renamed] }))).toEqual({ kind: 'written' });
  });

  it('answers a command once', async () => {
    const epoch = await takeOver(at.store);
    const id = await at.store.submit(drive, SAMPLE_START);
    const answers = [{ id, answer: { ok: true, run: null, text: 'first' } as const }];
    await at.store.write(batchOf(epoch, { answers }));
    await expect(at.store.write(batchOf(epoch, { answers }))).rejects.toThrow(/wait/u);
    expect(await at.store.answer(id)).toMatchObject({ text: 'first' });
  });
}

const to2 = (event: RunEvent): RunEvent => ({ ...event, run: 'SHOP-2' });
const judged = (verdicts: readonly Verdict[], at: number): RunEvent => ({
  run: 'SHOP-1',
  at,
  event: { type: 'task-refuted', task: 'SHOP-1.1', verdicts },
});

function testLogs(at: Place): void {
  it('chains the events of each run, however they are spread over batches', async () => {
    const epoch = await takeOver(at.store);
    const other = sampleRun([], { key: 'SHOP-2', number: 2 });
    await at.store.write(wholeRun(epoch, sampleRun([]), [paused('a')]));
    const mixed = [to2(paused('b')), paused('c\0\uD800'), to2(paused('d'))];
    await at.store.write(batchOf(epoch, { runs: [other], events: mixed }));
    await at.store.write(batchOf(epoch, { runs: [sampleRun([], { title: 'x' })] }));
    await at.store.write(batchOf(epoch, { events: [paused('e')] }));
    const log = await at.store.log('SHOP-1');
    expect(log.events.map(({ event }) => event)).toEqual(
      [paused('a'), paused('c\0\uD800'), paused('e')].map(({ event }) => event),
    );
    expectChain(log);
    expectChain(await at.store.log('SHOP-2'));
    expect(await at.store.eventsAfter('SHOP-1', 2)).toEqual(log.events.slice(2));
    expect(await at.store.eventsAfter('SHOP-1', 3)).toEqual([]);
  });

  it('keeps verdicts with the attempt that they judged', async () => {
    const epoch = await takeOver(at.store);
    const task = sampleTask(1, { state: 'running', phase: 'verify', publication: null });
    const first = sampleAttempt('SHOP-1.1', 1);
    const run = sampleRun([{ ...task, attempts: [first] }]);
    const { agent, runtime, fence, mark } = first;
    const leased: RunEvent = {
      run: 'SHOP-1',
      at: 2,
      event: { type: 'attempt-leased', attempt: 'SHOP-1.1#2', agent, runtime, fence, mark },
    };
    await at.store.write(wholeRun(epoch, sampleRun([task]), [judged([verdict], 0)]));
    await at.store.write(wholeRun(epoch, run));
    const passed = {
      ...verdict,
      kind: 'review',
      ok: true,
      exitCode: null,
      command: null,
    } as const;
    await at.store.write(
      batchOf(epoch, {
        events: [judged([verdict], 1), leased, judged([verdict, passed], 3), judged([], 4)],
        attempts: [sampleAttempt('SHOP-1.1', 2)],
      }),
    );
    const row = { run: 'SHOP-1', task: 'SHOP-1.1', verdict };
    expect(await at.store.verdicts('SHOP-1')).toEqual([
      { ...row, at: 0, attempt: null },
      { ...row, at: 1, attempt: 'SHOP-1.1#1' },
      { ...row, at: 3, attempt: 'SHOP-1.1#2' },
      { ...row, at: 3, attempt: 'SHOP-1.1#2', verdict: passed },
    ]);
  });
}

function testSummaries(at: Place): void {
  it('sums up runs, the newest first', async () => {
    const epoch = await takeOver(at.store);
    const over = { status: { state: 'canceled', finishedAt: 1 } } as const;
    await at.store.write(wholeRun(epoch, sampleDiamond()));
    await at.store.write(wholeRun(epoch, sampleRun([], { key: 'SHOP-10', number: 10, ...over })));
    await at.store.write(wholeRun(epoch, sampleRun([], { key: 'SHOP-2', number: 2 })));
    const all = await at.store.summaries({ unfinishedOnly: false });
    expect(all.map(({ run }) => run.key)).toEqual(['SHOP-10', 'SHOP-2', 'SHOP-1']);
    const unfinished = await at.store.summaries({ unfinishedOnly: true });
    expect(unfinished).toEqual(all.slice(1));
    const current = await at.store.summaries({ unfinishedOnly: true, andLast: true });
    expect(current).toEqual([...all.slice(1), all[0]]);
    expect(await at.store.keys()).toEqual(['SHOP-1', 'SHOP-2', 'SHOP-10']);
    expect(await at.store.flaws()).toEqual([]);
    expect(await at.store.unfinished()).toEqual(['SHOP-1', 'SHOP-2']);
    const undo = {
      task: 'SHOP-11.1',
      failure: { reason: 'undone', message: '' },
      mark: 'm',
      publication: null,
    } as const;
    await at.store.write(
      wholeRun(epoch, sampleRun([], { key: 'SHOP-11', number: 11, ...over, undo })),
    );
    await at.store.write(wholeRun(epoch, sampleRun([], { key: 'SHOP-12', number: 12, undo })));
    expect(await at.store.undoing()).toEqual(['SHOP-11']);
    expect(await at.store.lastNumber()).toBe(12);
    expect(await at.store.pastTasks()).toEqual([
      expect.objectContaining({ kind: 'work', minutes: expect.any(Number) }),
    ]);
    const outcomes = await at.store.outcomes({ since: 0, newest: 4, moments: false });
    expect(outcomes.map(({ key }) => key)).toEqual(['SHOP-12', 'SHOP-11', 'SHOP-10', 'SHOP-2']);
    // What only commands have tried is left out, of the rest every attempt is there.
    const wish = { since: 0, newest: 9, moments: false };
    const whole = (await at.store.outcomes(wish)).flatMap(({ tasks }) => tasks);
    const byAgents = (await at.store.outcomes({ ...wish, byAgents: true })).flatMap(
      ({ tasks }) => tasks,
    );
    expect(byAgents).toEqual(
      whole.filter(({ attempts }) => attempts.some(({ runtime }) => runtime !== 'command')),
    );
    expect(byAgents.length).toBeGreaterThan(0);
    const diamond = await at.store.summary('SHOP-1');
    expect(diamond).toEqual(all[2]);
    expect(diamond).toMatchObject({
      openAsks: 1,
      counts: { completed: 1, running: 1, waiting: 1, pending: 1, failed: 1, skipped: 1 },
      tokens: { input: 12_000, output: 3000, cached: 500 },
    });
    expect(diamond?.costUsd).toBeCloseTo(0.35);
    expect(await at.store.openAsks()).toEqual(sampleDiamond().asks);
  });

  // Some of these look like what a store may keep of other texts in their place.
  it.each(['json:"omitempty" tags are lost', 'json:"x"', 'a\0b', 'a\uD800', '"', '{}'])(
    'gives back the title %j for figures too',
    async (title) => {
      const epoch = await takeOver(at.store);
      const spec = samplePlanTask('a', { title, agentReason: 'named' });
      const task = { ...sampleTask(1, { state: 'pending' }), spec };
      const revision = (number: number, by: string, agent: string): PlanRevision => ({
        revision: number,
        state: 'approved',
        by,
        tasks: [{ ...spec, agent }],
        warnings: [],
        createdAt: SAMPLE_START,
      });
      const plans = [revision(1, 'rules', 'one'), revision(2, 'person', 'json:"two')];
      await at.store.write(wholeRun(epoch, sampleRun([task], { source: 'direct', plans })));
      const [run] = await at.store.outcomes({ since: 0, newest: 9, moments: true });
      expect(run?.tasks.map((one) => one.title)).toEqual([title]);
      expect(await at.store.reassignments(9)).toEqual([
        { title, from: 'one', to: 'json:"two' },
        { title, from: null, to: 'one' },
      ]);
    },
  );

  it('takes a goal of a megabyte', async () => {
    const epoch = await takeOver(at.store);
    const goal = 'ü'.repeat(1_000_000);
    await at.store.write(wholeRun(epoch, sampleRun([], { goal })));
    expect((await at.store.run('SHOP-1'))?.goal).toBe(goal);
  });

  it('has a version that changes with every change, whoever makes it', async () => {
    const other = await at.open();
    const versions = [await at.store.version()];
    const epoch = await takeOver(other);
    versions.push(await at.store.version());
    await at.store.write(wholeRun(epoch, sampleDiamond()));
    versions.push(await at.store.version());
    await other.submit(drive, 1);
    versions.push(await at.store.version());
    await at.store.beat(epoch);
    versions.push(await at.store.version());
    expect(new Set(versions).size).toBe(versions.length);
    await other.summaries({ unfinishedOnly: true });
    expect(await at.store.version()).toBe(versions.at(-1));
  });
}

/**
 * Holds a store to the port.
 *
 * @param name - The adapter's name.
 * @param prepare - Makes an empty place; gives a function that opens the store there, and cleans up.
 */
export function testStore(
  name: string,
  prepare: () => { readonly open: () => Promise<Store>; readonly remove: () => void },
): void {
  describe(`the store in ${name}`, () => {
    const opened: Store[] = [];
    let place: ReturnType<typeof prepare>;
    const at: Place = {
      get store(): Store {
        if (opened[0] === undefined) throw new Error('no store is open');
        return opened[0];
      },
      async open(): Promise<Store> {
        const store = await place.open();
        opened.push(store);
        return store;
      },
    };

    beforeEach(async () => {
      place = prepare();
      await at.open();
    });
    afterEach(() => {
      for (const store of opened.splice(0)) {
        store.close();
        store.close();
      }
      place.remove();
    });

    testReading(at);
    testLease(at);
    testBatches(at);
    testLogs(at);
    testSummaries(at);
  });
}
