// Every limit and every reason to wait, in whole runs: real processes that wait until they are told to
// end, so that nothing depends on time. What is going on meanwhile is what people and scripts see.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';

import { showList } from '../../src/app/list.ts';
import { newRun } from '../../src/app/new-run.ts';
import { proceed } from '../../src/app/proceed.ts';
import type { Proceeded } from '../../src/app/proceed.ts';
import type { Result } from '../../src/app/result.ts';
import type { RunRequest } from '../../src/app/run-request.ts';
import { showKey } from '../../src/app/show.ts';
import type { Shown } from '../../src/app/shown.ts';
import { showStatus } from '../../src/app/status.ts';
import type { RunEvent } from '../../src/model/event.ts';
import { taskOf as taskKeyOf } from '../../src/model/key.ts';
import { PLAIN } from '../../src/util/style.ts';
import { makeRig, value } from './rig.ts';
import type { Rig, RigOptions } from './rig.ts';

/** A project whose commands wait until they are told to go on. */
class Stage {
  readonly rig: Rig;
  readonly #events: RunEvent[] = [];
  #watchers: (() => void)[] = [];
  readonly #stop = new AbortController();
  readonly #ends: Promise<Result<Proceeded>>[] = [];

  constructor(options: RigOptions = {}) {
    this.rig = makeRig(options);
    mkdirSync(join(this.rig.dir, '../stage'));
    onTestFinished(async () => {
      this.#stop.abort();
      await Promise.all(this.#ends);
    });
  }

  /** A task that waits. */
  task(id: string, more: object = {}): object {
    const fifo = join(this.rig.dir, '../stage', id);
    execFileSync('mkfifo', [fifo]);
    const command = ['sh', '-c', `read word < ${fifo}; echo ${id} > ${id}.txt`];
    return { id, title: `Do ${id}`, runtime: 'command', command, ...more };
  }

  /** Takes a plan in and carries it on. */
  async begin(tasks: readonly object[], more: Partial<RunRequest> = {}): Promise<string> {
    const { app } = this.rig;
    const plan = { path: 'plan.yaml', text: stringify({ goal: 'A goal', tasks }) };
    const request = { goal: null, plan, yes: true, now: true, ...more };
    const { run } = value(await newRun(app, request));
    const face = {
      onEvents: (happened: readonly RunEvent[]): void => {
        this.#events.push(...happened);
        for (const watcher of this.#watchers.splice(0)) watcher();
      },
      mayAnswer: () => false,
      interrupted: this.#stop.signal,
      hurried: this.#stop.signal,
      approve: async () => 'later' as const,
    };
    this.#ends.push(proceed(app, [run], face));
    return run;
  }

  /** Waits until tasks have got their slots. */
  async started(...tasks: readonly string[]): Promise<void> {
    await this.#until(() => tasks.every((task) => this.leased().includes(task)));
  }

  async happened(type: RunEvent['event']['type']): Promise<void> {
    await this.#until(() => this.#events.some(({ event }) => event.type === type));
  }

  /** The tasks that have got a slot so far, in that order. */
  leased(): string[] {
    return this.#events.flatMap(({ event }) =>
      event.type === 'attempt-leased' ? taskKeyOf(event.attempt) : [],
    );
  }

  /** Tells waiting commands to go on. */
  async go(...ids: readonly string[]): Promise<void> {
    for (const id of ids) await writeFile(join(this.rig.dir, '../stage', id), 'go\n');
  }

  /** Why a task does not go on, as `show --json` tells it. */
  async because(key: string): Promise<unknown> {
    return (await this.#shown<{ task: { because: unknown } }>(key)).task.because;
  }

  async attempts(key: string): Promise<readonly { worker: string | null }[]> {
    return (await this.#shown<{ attempts: { worker: string | null }[] }>(key)).attempts;
  }

  /** How a run is shown to people. */
  async text(shown: Promise<Result<Shown>>): Promise<string> {
    return value(await shown).text({ width: 120, style: PLAIN });
  }

  /** Waits until every run that was begun is over or cannot go on. */
  async ended(): Promise<string[]> {
    const ends = await Promise.all(this.#ends);
    return ends.flatMap((end) => value(end).runs.map(({ status }) => status.state));
  }

  async #shown<T>(key: string): Promise<T> {
    const parts = { stages: false, attempts: true, evidence: false, diff: false };
    const { json } = value(await showKey(this.rig.app, key, parts));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return json as T;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }
}

const slot = (text: string | null): object => ({ reason: 'slot', task: null, until: null, text });

describe('a ready task waits for a slot', () => {
  it('of all there are, and show, status and list say so', async () => {
    const stage = new Stage({ config: { orchestration: { max_parallel: 1 } } });
    await stage.begin([stage.task('a'), stage.task('b'), stage.task('c')]);
    await stage.started('SHOP-1.1');
    const { app } = stage.rig;
    expect(await stage.because('SHOP-1.2')).toEqual(slot(null));
    const parts = { stages: false, attempts: false, evidence: false, diff: false };
    expect(await stage.text(showKey(app, 'SHOP-1', parts))).toContain('waits for a free slot');
    expect(await stage.text(showStatus(app))).toContain('2 tasks: waits for a free slot');
    const list = showList(app, { state: null, planned: false });
    expect(await stage.text(list)).toContain('2 tasks: waits for a free slot');
    expect(value(await list).json).toMatchObject({
      runs: [{ held: [{ reason: 'slot', tasks: 2, until: null }] }],
    });
    await stage.go('a');
    await stage.started('SHOP-1.2');
    expect(stage.leased()).toEqual(['SHOP-1.1', 'SHOP-1.2']);
    await stage.go('b', 'c');
    expect(await stage.ended()).toEqual(['completed']);
  });

  it.each([
    [
      'of its runtime',
      { runtimes: { default: 'command', command: { max_parallel: 1 } } },
      '1 of command at once',
    ],
    [
      'of its agent',
      { agents: { max_parallel: { 'qa-engineer': 1 } } },
      '1 of qa-engineer at once',
    ],
    [
      'of its run',
      { orchestration: { stages: { implementation: { max_concurrent: 1 } } } },
      '1 tasks of SHOP-1 at once',
    ],
  ] as const)('%s', async (_, config, text) => {
    const stage = new Stage({ config });
    const agent = 'qa-engineer';
    await stage.begin([stage.task('a', { agent }), stage.task('b', { agent })]);
    await stage.started('SHOP-1.1');
    expect(await stage.because('SHOP-1.2')).toEqual(slot(text));
    await stage.go('a');
    await stage.started('SHOP-1.2');
    await stage.go('b');
    expect(await stage.ended()).toEqual(['completed']);
  });
});

describe('a ready task waits', () => {
  it('for a workspace, which a command in the checkout does without', async () => {
    const stage = new Stage({ config: { workspace: { max: 1 } } });
    const plain = { workspace: 'none', command: ['true'] };
    await stage.begin([stage.task('a'), stage.task('b'), stage.task('c', plain)]);
    await stage.started('SHOP-1.1', 'SHOP-1.3');
    expect(await stage.because('SHOP-1.2')).toMatchObject({
      reason: 'workspace',
      text: '1 are in use',
    });
    await stage.go('a', 'b');
    expect(await stage.ended()).toEqual(['completed']);
  });

  it('for a worker that can do it; who did it is told', async () => {
    const subagents = [
      { id: 'py', specialization: 'python', max_concurrent_issues: 1, capabilities: ['fastapi'] },
      { id: 'db', specialization: 'sql', max_concurrent_issues: 1, capabilities: [] },
    ];
    const stage = new Stage({ config: { subagents } });
    const requires = ['fastapi', 'python'];
    await stage.begin([
      stage.task('a', { requires }),
      stage.task('b', { requires: ['fastapi'] }),
      stage.task('c', { requires: ['sql'] }),
      stage.task('d'),
    ]);
    await stage.started('SHOP-1.1', 'SHOP-1.3', 'SHOP-1.4');
    expect(await stage.because('SHOP-1.2')).toMatchObject({
      reason: 'capability',
      text: 'fastapi; py busy',
    });
    const workers = ['SHOP-1.1', 'SHOP-1.3', 'SHOP-1.4'].map((key) => stage.attempts(key));
    expect((await Promise.all(workers)).map((attempts) => attempts[0]?.worker)).toEqual([
      'py',
      'db',
      null,
    ]);
    await stage.go('a', 'b', 'c', 'd');
    expect(await stage.ended()).toEqual(['completed']);
    expect((await stage.attempts('SHOP-1.2')).map(({ worker }) => worker)).toEqual(['py']);
  });

  it('for a lock, which holds over all runs', async () => {
    const stage = new Stage();
    const locks = ['database'];
    await stage.begin([stage.task('a', { locks }), stage.task('b', { locks }), stage.task('c')]);
    await stage.started('SHOP-1.1', 'SHOP-1.3');
    await stage.begin([stage.task('d', { locks }), stage.task('e')]);
    await stage.started('SHOP-2.2');
    const held = { reason: 'lock', task: 'SHOP-1.1', until: null, text: 'database' };
    expect(await stage.because('SHOP-1.2')).toEqual(held);
    expect(await stage.because('SHOP-2.1')).toEqual(held);
    await stage.go('a', 'b', 'd');
    await stage.started('SHOP-1.2', 'SHOP-2.1');
    await stage.go('c', 'e');
    expect(await stage.ended()).toEqual(['completed', 'completed']);
  });

  it('for who works on the same files, until that is on the branch', async () => {
    const stage = new Stage();
    await stage.begin([
      stage.task('a', { files: ['src/**'] }),
      stage.task('b', { files: ['docs/**', 'src/api/*.ts'] }),
      stage.task('c', { files: ['docs/**'] }),
      stage.task('d', { files: ['lib/a.ts'] }),
    ]);
    await stage.started('SHOP-1.1', 'SHOP-1.3', 'SHOP-1.4');
    expect(await stage.because('SHOP-1.2')).toMatchObject({
      reason: 'overlap',
      task: 'SHOP-1.1',
      text: 'src/**',
    });
    await stage.go('a', 'c', 'd');
    await stage.started('SHOP-1.2');
    await stage.go('b');
    expect(await stage.ended()).toEqual(['completed']);
    const order = stage.rig.git('log', '--first-parent', '--format=%s', 'main..SHOP-1/a-goal');
    expect(order.split('\n').at(0)).toBe('SHOP-1.2: Do b');
  });

  it('for nothing where overlaps are only warned of', async () => {
    const stage = new Stage({ config: { orchestration: { overlap: 'warn' } } });
    const files = ['src/**'];
    await stage.begin([stage.task('a', { files }), stage.task('b', { files })]);
    await stage.started('SHOP-1.1', 'SHOP-1.2');
    await stage.go('a', 'b');
    expect(await stage.ended()).toEqual(['completed']);
  });

  it('for the quota of its runtime, once one was told of it; other runtimes go on', async () => {
    const quota = { reason: 'quota', message: 'used up', retry_after_secs: 3600 };
    const stage = new Stage({
      script: { tasks: { a: [{ fail: quota }], b: [{ say: 'b' }] } },
      config: { orchestration: { stages: { implementation: { max_concurrent: 1 } } } },
    });
    const plain = { workspace: 'none', runtime: 'scripted' };
    await stage.begin([
      { id: 'a', title: 'A', priority: 'high', ...plain },
      { id: 'b', title: 'B', priority: 'high', ...plain },
      stage.task('c'),
    ]);
    await stage.started('SHOP-1.1', 'SHOP-1.3');
    const [own, other] = [await stage.because('SHOP-1.1'), await stage.because('SHOP-1.2')];
    const until: unknown = expect.stringMatching(/^\d{4}-.*Z$/u);
    expect(own).toEqual({ reason: 'quota', task: null, until, text: null });
    expect(other).toMatchObject({ reason: 'quota', task: 'SHOP-1.1', until });
    await stage.go('c');
    await stage.happened('task-completed');
    expect(stage.leased()).toEqual(['SHOP-1.1', 'SHOP-1.3']);
    expect(await stage.attempts('SHOP-1.1')).toHaveLength(1);
  });

  it('for the starts that its runtime may have within a minute', async () => {
    const stage = new Stage({
      config: { runtimes: { default: 'command', command: { starts_per_minute: 2 } } },
    });
    await stage.begin([stage.task('a'), stage.task('b'), stage.task('c')]);
    await stage.started('SHOP-1.1', 'SHOP-1.2');
    const until: unknown = expect.stringMatching(/^\d{4}-.*Z$/u);
    const text = '2 starts of command a minute';
    expect(await stage.because('SHOP-1.3')).toEqual({
      reason: 'rate_limited',
      task: null,
      until,
      text,
    });
    await stage.go('a', 'b');
    expect(stage.leased()).toHaveLength(2);
  });

  it('for approval, without a slot', async () => {
    const stage = new Stage({ config: { orchestration: { max_parallel: 1 } } });
    await stage.begin([
      stage.task('a', { priority: 'high' }),
      stage.task('b', { approval: true }),
      stage.task('c'),
    ]);
    await stage.started('SHOP-1.1');
    expect(await stage.because('SHOP-1.2')).toMatchObject({ reason: 'approval' });
    await stage.go('a', 'c');
    await stage.started('SHOP-1.3');
    expect(await stage.ended()).toEqual(['running']);
  });

  it('while its run is paused; a running one is finished', async () => {
    const stage = new Stage({ config: { orchestration: { max_parallel: 1 } } });
    await stage.begin([stage.task('a'), stage.task('b')]);
    await stage.started('SHOP-1.1');
    await stage.rig.send({ type: 'pause', run: 'SHOP-1', now: false, by: 'ann' });
    expect(await stage.because('SHOP-1.2')).toMatchObject({ reason: 'paused' });
    await stage.go('a');
    expect(await stage.ended()).toEqual(['running']);
    expect(stage.leased()).toEqual(['SHOP-1.1']);
  });
});

const badPlan = (message: string): object => ({
  ok: false,
  problem: { code: 'bad_plan', exit: 2, message: expect.stringContaining(message) },
});

it('refuses a plan that asks for what nobody offers', async () => {
  const subagents = [
    { id: 'py', specialization: 'python', max_concurrent_issues: 1, capabilities: [] },
    { id: 'db', specialization: 'sql', max_concurrent_issues: 1, capabilities: [] },
  ];
  const { app } = makeRig({ config: { subagents } });
  const ask = async (requires: readonly string[]): Promise<unknown> => {
    const tasks = [{ id: 'a', title: 'A', requires, runtime: 'command', command: ['true'] }];
    const plan = { path: 'plan.yaml', text: stringify({ goal: 'A goal', tasks }) };
    return newRun(app, { goal: null, plan, yes: true, now: true });
  };
  expect(await ask(['phyton'])).toMatchObject(
    badPlan('no worker offers "phyton" (did you mean python?)'),
  );
  expect(await ask(['python', 'sql'])).toMatchObject(
    badPlan('no single worker offers all of python, sql'),
  );
  expect(await ask(['sql'])).toMatchObject({ ok: true });
});
