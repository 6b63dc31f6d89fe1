// What every store must do. The opener opens the same store again and again, as processes would.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Ask } from '../../src/model/ask.ts';
import type { Attempt, AttemptOutcome } from '../../src/model/attempt.ts';
import type { Command } from '../../src/model/command.ts';
import { CHAIN_START, eventHash } from '../../src/model/event-chain.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Failure } from '../../src/model/failure.ts';
import type { PlanRevision } from '../../src/model/plan.ts';
import type { Run, RunStatus } from '../../src/model/run.ts';
import type { TaskStatus } from '../../src/model/task.ts';
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

/** Somebody who takes the lease. */
export const HOLDER: Holder = { pid: 7, startTime: '123', bootId: 'boot', socket: '/run/x.sock' };

/**
 * Fills up a batch.
 *
 * @param epoch - The writer's epoch.
 * @param more - What is in it.
 * @returns The batch.
 */
export function batchOf(epoch: number, more: Partial<Batch>): Batch {
  const nothing = { events: [], runs: [], tasks: [], attempts: [], asks: [], plans: [] };
  return { epoch, ...nothing, answers: [], ...more };
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

// ---- arbitrary entities ----

// NUL, a lone surrogate and what looks like the store's own marks, besides plain and odd text.
const nasty = ['', '\0', 'a\0b', '\uD800', 'json:"x"', 'json:', "'; DROP TABLE runs; --", 'null'];
const words = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 12 }));
const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const failure: fc.Arbitrary<Failure> = fc.record(
  { reason: fc.constantFrom('quota', 'internal'), message: words, retryAt: moment },
  { requiredKeys: ['reason', 'message'] },
);
const outcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('succeeded') }),
  fc.record({ kind: fc.constant('failed'), failure }),
  fc.record({ kind: fc.constant('canceled'), why: fc.constantFrom('paused', 'question') }),
);
const report = fc.record({
  status: fc.constantFrom('done', 'blocked', 'failed'),
  summary: words,
  question: maybe(words),
  followUps: fc.array(fc.record({ title: words, description: words }), { maxLength: 2 }),
});
const change = fc.record({ commit: words, tree: words, base: words, files: fc.array(words) });
const identity = maybe(fc.record({ pid: fc.nat(), startTime: words, bootId: words }));
const attemptStatus: fc.Arbitrary<Attempt['status']> = fc.oneof(
  fc.record({ state: fc.constant('leased') }),
  fc.record({ state: fc.constant('running'), process: identity }),
  fc.record({ state: fc.constant('stopping'), process: identity, as: outcome }),
  fc.record({ state: fc.constant('handed_in'), change: maybe(change), report }),
  fc.record({
    state: fc.constant('ended'),
    outcome,
    change: maybe(change),
    report: maybe(report),
    finishedAt: moment,
  }),
);
const because = fc.record(
  {
    reason: fc.constantFrom('skipped_dependency', 'canceled'),
    task: words,
    until: fc.double({ min: 0, max: 1e13, noNaN: true }).map((value) => value + 0),
    text: words,
  },
  { requiredKeys: ['reason'] },
);
const proof = fc.constantFrom('proven', 'unproven', null);
const publication = fc.record({ ref: words, old: words, new: words, tree: words, proof });
const taskStatus: fc.Arbitrary<TaskStatus> = fc.oneof(
  fc.record({ state: fc.constant('pending') }),
  fc.record({ state: fc.constant('ready'), notBefore: fc.constantFrom(0, 1.5, SAMPLE_START) }),
  fc.record({
    state: fc.constant('running'),
    phase: fc.constantFrom('work', 'verify'),
    publication: fc.constant(null),
  }),
  fc.record({
    state: fc.constant('running'),
    phase: fc.constant('integrate'),
    publication: maybe(publication),
  }),
  fc.record({ state: fc.constant('waiting'), ask: fc.constant('SHOP-1?1') }),
  fc.record({ state: fc.constant('completed'), proof, commit: maybe(words), tree: maybe(words) }),
  fc.record({ state: fc.constant('failed'), failure, aborts: fc.boolean() }),
  fc.record({ state: fc.constantFrom('skipped', 'canceled'), because }),
);
const askStatus: fc.Arbitrary<Ask['status']> = fc.oneof(
  fc.record({ state: fc.constant('open') }),
  fc.record({ state: fc.constant('answered'), answer: words, by: words, at: moment }),
  fc.record({ state: fc.constant('withdrawn'), at: moment }),
);
const runStatus: fc.Arbitrary<RunStatus> = fc.oneof(
  fc.record({
    state: fc.constantFrom(
      'queued',
      'planning',
      'awaiting_approval',
      'approved',
      'running',
      'canceling',
    ),
  }),
  fc.record({
    state: fc.constant('completed'),
    outcome: fc.constantFrom('full', 'partial'),
    finishedAt: moment,
  }),
  fc.record({ state: fc.constant('failed'), failure, finishedAt: moment }),
  fc.record({ state: fc.constant('canceled'), finishedAt: moment }),
);
const planState = fc.constantFrom('draft', 'approved', 'rejected', 'superseded');
const anyRun: fc.Arbitrary<Run> = fc
  .record({
    status: runStatus,
    text: words,
    paused: maybe(fc.record({ by: fc.constantFrom('person', 'breaker'), reason: words })),
    tasks: fc.array(
      fc.record({
        status: taskStatus,
        instruction: maybe(words),
        startedAt: maybe(moment),
        approved: fc.boolean(),
        attempts: fc.array(
          fc.record({
            status: attemptStatus,
            sessionId: maybe(words),
            keptRef: maybe(words),
            costUsd: fc.constantFrom(0, 0.1, 1234.56789, 1e-9),
          }),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 12 },
    ),
    asks: fc.array(fc.record({ status: askStatus, task: maybe(fc.constant('SHOP-1.1')) }), {
      minLength: 1,
      maxLength: 12,
    }),
    plans: fc.array(fc.record({ state: planState, by: words }), { maxLength: 3 }),
    env: fc.dictionary(words, words),
  })
  .map(({ status, text, paused: pause, tasks, asks, plans, env }) => {
    const base = sampleRun([]);
    const runtime = { model: null, maxParallel: null, binary: null, args: [text], env };
    return sampleRun(
      tasks.map(({ attempts, status: at, ...task }, i) => {
        const key = `SHOP-1.${i + 1}`;
        const tried = attempts.map((attempt, j) => sampleAttempt(key, j + 1, attempt));
        return sampleTask(i + 1, at, { ...task, attempts: tried });
      }),
      {
        status,
        goal: text,
        title: text,
        queue: [text],
        paused: pause,
        sameFailures: { reason: text, count: 3 },
        settings: { ...base.settings, runtimes: { claude: runtime } },
        asks: asks.map((ask, i) => ({
          key: `SHOP-1?${i + 1}`,
          run: 'SHOP-1',
          task: tasks.length > 0 ? ask.task : null,
          kind: 'failure',
          question: text,
          choices: [text, ''],
          freeText: i % 2 === 0,
          status: ask.status,
          createdAt: SAMPLE_START,
        })),
        plans: plans.map(({ state, by }, i): PlanRevision => ({
          revision: i + 1,
          state,
          by,
          tasks: [samplePlanTask('one', { title: text })],
          warnings: [text],
          createdAt: SAMPLE_START,
        })),
      },
    );
  });

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
    let place: ReturnType<typeof prepare>;
    let store: Store;
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      const another = await place.open();
      opened.push(another);
      return another;
    };

    beforeEach(async () => {
      place = prepare();
      store = await open();
    });
    afterEach(() => {
      for (const one of opened.splice(0)) {
        one.close();
        one.close();
      }
      place.remove();
    });

    it('gives back every state of every entity as it was written', async () => {
      const epoch = await takeOver(store);
      const reader = await open();
      let last = '';
      await fc.assert(
        fc.asyncProperty(anyRun, async (run) => {
          // Rows of the sample before it are overwritten: only what this one has is compared.
          expect(await store.write(wholeRun(epoch, run))).toEqual({ kind: 'written' });
          const read = await reader.run('SHOP-1');
          expect(read).not.toBeNull();
          if (read === null) return;
          const mine = {
            ...read,
            tasks: read.tasks.slice(0, run.tasks.length).map((task, i) => ({
              ...task,
              attempts: task.attempts.slice(0, run.tasks[i]?.attempts.length),
            })),
            asks: read.asks.slice(0, run.asks.length),
            plans: read.plans.slice(0, run.plans.length),
          };
          expect(mine).toEqual(run);
          last = run.goal;
          const { tasks: _tasks, plans: _plans, asks: _asks, settings: _settings, ...short } = run;
          expect((await reader.summary('SHOP-1'))?.run).toEqual(short);
        }),
        { numRuns: 150 },
      );
      expect((await reader.run('SHOP-1'))?.goal).toBe(last);
    });

    it('knows nothing at first', async () => {
      expect(await store.lease()).toEqual({ epoch: 0, beat: 0, holder: null });
      expect(await store.lastNumber()).toBe(0);
      expect(await store.unfinished()).toEqual([]);
      expect(await store.run('SHOP-1')).toBeNull();
      expect(await store.summary('SHOP-1')).toBeNull();
      expect(await store.summaries({ unfinishedOnly: false })).toEqual([]);
      expect(await store.log('SHOP-1')).toEqual({ events: [], recorded: { count: 0, hash: '' } });
      expect(await store.pending()).toEqual([]);
      expect(await store.answer(1)).toBeNull();
      expect(await store.openAsks()).toEqual([]);
      expect(await store.verdicts('SHOP-1')).toEqual([]);
    });

    it('gives the lease to one of many who saw the same', async () => {
      const seen = await store.lease();
      const others = await Promise.all(Array.from({ length: 5 }, open));
      const epochs = await Promise.all(others.map((other) => other.take(seen, HOLDER)));
      expect(epochs.filter((epoch) => epoch !== null)).toEqual([1]);
      const now = await store.lease();
      expect(now).toMatchObject({ epoch: 1, holder: HOLDER });
      expect(await store.beat(1)).toBe(true);
      // The holder has shown that it is alive since it was looked at.
      expect(await store.take(now, HOLDER)).toBeNull();
      expect(await store.take(await store.lease(), { ...HOLDER, pid: 8, socket: null })).toBe(2);
      expect(await store.beat(1)).toBe(false);
    });

    it('gives the lease back only when no command waits', async () => {
      const epoch = await takeOver(store);
      const id = await (await open()).submit(drive, SAMPLE_START);
      expect(await store.release(epoch)).toBe(false);
      expect(await store.pending()).toEqual([{ id, command: drive }]);
      const answer = { ok: false, code: 'x', message: 'no\0', hint: '' } as const;
      await store.write(batchOf(epoch, { answers: [{ id, answer }] }));
      expect(await store.answer(id)).toEqual(answer);
      expect(await store.pending()).toEqual([]);
      expect(await store.release(epoch)).toBe(true);
      expect((await store.lease()).holder).toBeNull();
      expect(await store.release(epoch)).toBe(true);
      // A lease that was given back allows nothing, not even to the one that had it last.
      expect(await store.write(batchOf(epoch, {}))).toEqual({ kind: 'superseded' });
      expect(await store.beat(epoch)).toBe(false);
    });

    it('does not let one who was superseded give back the lease of its successor', async () => {
      const old = await takeOver(store);
      const epoch = await takeOver(await open());
      expect(await store.release(old)).toBe(true);
      expect(await store.lease()).toMatchObject({ epoch, holder: HOLDER });
    });

    it('writes nothing of a batch of a superseded coordinator', async () => {
      const old = await takeOver(store);
      await store.write(wholeRun(old, sampleDiamond(), [paused('one')]));
      const id = await store.submit(drive, SAMPLE_START);
      const other = await open();
      const epoch = await takeOver(other);
      const before = await other.log('SHOP-1');
      const late = batchOf(old, {
        events: [paused('late')],
        runs: [sampleRun([], { key: 'SHOP-2', number: 2 })],
        tasks: [sampleTask(1, { state: 'pending' })],
        answers: [{ id, answer: { ok: true, run: null, text: '' } }],
      });
      expect(await store.write(late)).toEqual({ kind: 'superseded' });
      expect(await store.write({ ...late, epoch: epoch + 1 })).toEqual({ kind: 'superseded' });
      expect(await other.log('SHOP-1')).toEqual(before);
      expect(await other.run('SHOP-1')).toEqual(sampleDiamond());
      expect(await other.run('SHOP-2')).toBeNull();
      expect(await other.answer(id)).toBeNull();
      expect(await other.write(batchOf(epoch, { events: [paused('mine')] }))).toEqual({
        kind: 'written',
      });
    });

    it('writes nothing of a batch of which something is impossible', async () => {
      const epoch = await takeOver(store);
      const run = sampleDiamond();
      await store.write(wholeRun(epoch, run, [paused('one')]));
      const before = await store.log('SHOP-1');
      const change = { ...run, title: 'another' };
      const impossible: Partial<Batch>[] = [
        { answers: [{ id: 99, answer: { ok: true, run: null, text: '' } }] },
        { events: [{ ...paused('two'), run: 'SHOP-9' }] },
        { tasks: [sampleTask(9, { state: 'waiting', ask: 'SHOP-1?77' })] },
        { tasks: [sampleTask(9, { state: 'pending' }, { run: 'SHOP-9', key: 'SHOP-9.9' })] },
        { attempts: [sampleAttempt('SHOP-1.77', 1)] },
      ];
      for (const more of impossible) {
        const batch = batchOf(epoch, { events: [paused('two')], runs: [change], ...more });
        await expect(store.write(batch)).rejects.toThrow(/./u);
        expect(await store.log('SHOP-1')).toEqual(before);
        expect(await store.run('SHOP-1')).toEqual(run);
      }
      expect(await store.write(batchOf(epoch, { runs: [change] }))).toEqual({ kind: 'written' });
    });

    it('answers a command once', async () => {
      const epoch = await takeOver(store);
      const id = await store.submit(drive, SAMPLE_START);
      const answers = [{ id, answer: { ok: true, run: null, text: 'first' } as const }];
      await store.write(batchOf(epoch, { answers }));
      await expect(store.write(batchOf(epoch, { answers }))).rejects.toThrow(/wait/u);
      expect(await store.answer(id)).toMatchObject({ text: 'first' });
    });

    it('chains the events of each run, however they are spread over batches', async () => {
      const epoch = await takeOver(store);
      const other = sampleRun([], { key: 'SHOP-2', number: 2 });
      const to2 = (event: RunEvent): RunEvent => ({ ...event, run: 'SHOP-2' });
      await store.write(wholeRun(epoch, sampleRun([]), [paused('a')]));
      const mixed = [to2(paused('b')), paused('c\0\uD800'), to2(paused('d'))];
      await store.write(batchOf(epoch, { runs: [other], events: mixed }));
      await store.write(batchOf(epoch, { runs: [sampleRun([], { title: 'x' })] }));
      await store.write(batchOf(epoch, { events: [paused('e')] }));
      const log = await store.log('SHOP-1');
      expect(log.events.map(({ event }) => event)).toEqual(
        [paused('a'), paused('c\0\uD800'), paused('e')].map(({ event }) => event),
      );
      expectChain(log);
      expectChain(await store.log('SHOP-2'));
      expect(await store.eventsAfter('SHOP-1', 2)).toEqual(log.events.slice(2));
      expect(await store.eventsAfter('SHOP-1', 3)).toEqual([]);
    });

    it('keeps verdicts with the attempt that they judged', async () => {
      const epoch = await takeOver(store);
      const task = sampleTask(1, { state: 'running', phase: 'verify', publication: null });
      const first = sampleAttempt('SHOP-1.1', 1);
      const run = sampleRun([{ ...task, attempts: [first] }]);
      const judged = (verdicts: readonly Verdict[], at: number): RunEvent => ({
        run: 'SHOP-1',
        at,
        event: { type: 'task-refuted', task: 'SHOP-1.1', verdicts },
      });
      const { agent, runtime, fence, mark } = first;
      const leased: RunEvent = {
        run: 'SHOP-1',
        at: 2,
        event: { type: 'attempt-leased', attempt: 'SHOP-1.1#2', agent, runtime, fence, mark },
      };
      await store.write(wholeRun(epoch, sampleRun([task]), [judged([verdict], 0)]));
      await store.write(wholeRun(epoch, run));
      const passed = {
        ...verdict,
        kind: 'review',
        ok: true,
        exitCode: null,
        command: null,
      } as const;
      await store.write(
        batchOf(epoch, {
          events: [judged([verdict], 1), leased, judged([verdict, passed], 3), judged([], 4)],
          attempts: [sampleAttempt('SHOP-1.1', 2)],
        }),
      );
      const row = { run: 'SHOP-1', task: 'SHOP-1.1', verdict };
      expect(await store.verdicts('SHOP-1')).toEqual([
        { ...row, at: 0, attempt: null },
        { ...row, at: 1, attempt: 'SHOP-1.1#1' },
        { ...row, at: 3, attempt: 'SHOP-1.1#2' },
        { ...row, at: 3, attempt: 'SHOP-1.1#2', verdict: passed },
      ]);
    });

    it('sums up runs, the newest first', async () => {
      const epoch = await takeOver(store);
      const over = { status: { state: 'canceled', finishedAt: 1 } } as const;
      await store.write(wholeRun(epoch, sampleDiamond()));
      await store.write(wholeRun(epoch, sampleRun([], { key: 'SHOP-10', number: 10, ...over })));
      await store.write(wholeRun(epoch, sampleRun([], { key: 'SHOP-2', number: 2 })));
      const all = await store.summaries({ unfinishedOnly: false });
      expect(all.map(({ run }) => run.key)).toEqual(['SHOP-10', 'SHOP-2', 'SHOP-1']);
      const unfinished = await store.summaries({ unfinishedOnly: true });
      expect(unfinished).toEqual(all.slice(1));
      expect(await store.unfinished()).toEqual(['SHOP-1', 'SHOP-2']);
      expect(await store.lastNumber()).toBe(10);
      const diamond = await store.summary('SHOP-1');
      expect(diamond).toEqual(all[2]);
      expect(diamond).toMatchObject({
        openAsks: 1,
        counts: { completed: 1, running: 1, waiting: 1, pending: 1, failed: 1, skipped: 1 },
        tokens: { input: 12_000, output: 3000, cached: 500 },
      });
      expect(diamond?.costUsd).toBeCloseTo(0.35);
      expect(await store.openAsks()).toEqual(sampleDiamond().asks);
    });

    it('takes a goal of a megabyte', async () => {
      const epoch = await takeOver(store);
      const goal = 'ü'.repeat(1_000_000);
      await store.write(wholeRun(epoch, sampleRun([], { goal })));
      expect((await store.run('SHOP-1'))?.goal).toBe(goal);
    });

    it('has a version that changes with every change, whoever makes it', async () => {
      const other = await open();
      const versions = [await store.version()];
      const epoch = await takeOver(other);
      versions.push(await store.version());
      await store.write(wholeRun(epoch, sampleDiamond()));
      versions.push(await store.version());
      await other.submit(drive, 1);
      versions.push(await store.version());
      await store.beat(epoch);
      versions.push(await store.version());
      expect(new Set(versions).size).toBe(versions.length);
      await other.summaries({ unfinishedOnly: true });
      expect(await store.version()).toBe(versions.at(-1));
    });
  });
}
