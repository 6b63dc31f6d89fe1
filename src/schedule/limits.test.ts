// Random plans under random limits, worked on by agents that end in random order: no limit is ever
// broken, and no slot is idle while a task could run. What "could" means is said here a second time,
// slowly and without any of the code under test.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sampleAddRun } from '../../test/sample-command.ts';
import { SAMPLE_SETTINGS, samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld } from '../../test/simulated-world.ts';
import type { PlanTask, Priority } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { NO_RUNTIME_SETTINGS } from '../model/settings.ts';
import type { RunSettings } from '../model/settings.ts';
import type { Task } from '../model/task.ts';
import { scoreOf } from './order.ts';
import { whyHeld } from './why-held.ts';

const RUNTIMES = ['one', 'two'] as const;
const FILES = ['src/**', 'src/api', 'docs/a.md', 'docs/*', 'lib'] as const;
/** Which of them have a path in common. */
const CLASH: ReadonlySet<string> = new Set(['src/**,src/api', 'docs/*,docs/a.md']);

const anyTasks: fc.Arbitrary<readonly PlanTask[]> = fc
  .array(
    fc.record({
      dependsOn: fc.array(fc.nat(11), { maxLength: 2 }),
      runtime: fc.constantFrom(...RUNTIMES),
      agent: fc.constantFrom('ann', 'bob'),
      locks: fc.subarray(['db', 'port'], { maxLength: 1 }),
      files: fc.subarray([...FILES], { maxLength: 2 }),
      requires: fc.subarray(['x', 'y'], { maxLength: 1 }),
      workspace: fc.constantFrom<PlanTask['workspace']>('clone', 'none'),
      priority: fc.constantFrom<Priority>('high', 'medium'),
    }),
    { minLength: 4, maxLength: 12, size: 'max' },
  )
  .map((tasks) =>
    tasks.map(({ dependsOn, ...more }, index) =>
      samplePlanTask(`t${index}`, {
        ...more,
        expectChanges: more.workspace === 'clone',
        dependsOn: [...new Set(dependsOn.filter((at) => at < index).map((at) => `t${at}`))],
      }),
    ),
  );

const limit = fc.integer({ min: 1, max: 3 });
interface Sizes {
  readonly maxConcurrent: number;
  readonly overlap: RunSettings['overlap'];
  readonly runtime: number;
  readonly agent: number;
  readonly worker: number;
  readonly workspaces: number;
}

const anySizes: fc.Arbitrary<Sizes> = fc.record({
  maxConcurrent: limit,
  overlap: fc.constantFrom<RunSettings['overlap']>('serialize', 'warn'),
  runtime: limit,
  agent: limit,
  worker: limit,
  workspaces: limit,
});

function settingsOf(sizes: Sizes): RunSettings {
  const { maxConcurrent, overlap, runtime, agent, worker, workspaces } = sizes;
  return {
    ...SAMPLE_SETTINGS,
    maxConcurrent,
    overlap,
    runtimes: { one: { ...NO_RUNTIME_SETTINGS, maxParallel: runtime } },
    agentLimits: { ann: agent },
    subagents: [
      { id: 'w', specialization: 'x', maxConcurrent: worker, capabilities: ['y'] },
      { id: 'v', specialization: 'x', maxConcurrent: 1, capabilities: [] },
    ],
    workspace: { ...SAMPLE_SETTINGS.workspace, max: workspaces },
  };
}

interface Busy {
  readonly slots: number;
  readonly settings: RunSettings;
  readonly running: readonly Task[];
}

/** Everything that is wrong with so many tasks running at once. */
function broken({ slots, settings, running }: Busy): string[] {
  const working = running.filter(
    ({ status }) => status.state !== 'running' || status.phase === 'work',
  );
  const count = (wanted: (task: Task) => boolean): number => working.filter(wanted).length;
  const problems: string[] = [];
  const check = (name: string, used: number, most: number): void => {
    if (used > most) problems.push(`${name}: ${used} of ${most}`);
  };
  check('slots', working.length, slots);
  for (const run of new Set(working.map((task) => task.run))) {
    check(
      run,
      count((task) => task.run === run),
      settings.maxConcurrent,
    );
  }
  check(
    'one',
    count(({ spec }) => spec.runtime === 'one'),
    settings.runtimes['one']?.maxParallel ?? 0,
  );
  check(
    'ann',
    count(({ spec }) => spec.agent === 'ann'),
    settings.agentLimits['ann'] ?? 0,
  );
  const clones = running.filter(({ spec }) => spec.workspace === 'clone');
  check('workspaces', clones.length, settings.workspace.max);
  for (const lock of ['db', 'port']) {
    check(lock, running.filter(({ spec }) => spec.locks.includes(lock)).length, 1);
  }
  for (const [index, a] of clones.entries()) {
    for (const b of clones.slice(index + 1)) {
      if (settings.overlap === 'serialize' && a.run === b.run && clash(a, b)) {
        problems.push(`${a.key} and ${b.key} overlap`);
      }
    }
  }
  return problems;
}

function clash({ spec: a }: Task, { spec: b }: Task): boolean {
  return a.files.some((x) =>
    b.files.some((y) => x === y || CLASH.has(`${x},${y}`) || CLASH.has(`${y},${x}`)),
  );
}

/** How many attempts of a worker are at work. */
function busyWorkers(tasks: readonly Task[]): (id: string) => number {
  const attempts = tasks
    .filter(({ status }) => status.state === 'running' && status.phase === 'work')
    .flatMap((task) => task.attempts.at(-1) ?? []);
  return (id) => attempts.filter(({ worker }) => worker === id).length;
}

/** Whether somebody who offers it is free. */
function hasWorker({ spec }: Task, settings: RunSettings, busy: (id: string) => number): boolean {
  if (spec.requires.length === 0) return true;
  const able = settings.subagents.filter((worker) =>
    spec.requires.every((one) => [worker.specialization, ...worker.capabilities].includes(one)),
  );
  return able.some(({ id, maxConcurrent }) => busy(id) < maxConcurrent);
}

const tasksOf = (sim: SimulatedWorld): Task[] =>
  [...sim.world.runs.values()].flatMap(({ tasks }) => tasks);

function inspect(sim: SimulatedWorld, slots: number, settings: RunSettings): void {
  const tasks = tasksOf(sim);
  const running = tasks.filter(({ status }) => status.state === 'running');
  expect(broken({ slots, settings, running })).toEqual([]);
  const busy = busyWorkers(tasks);
  for (const { id, maxConcurrent } of settings.subagents) {
    expect(busy(id)).toBeLessThanOrEqual(maxConcurrent);
  }
  const runs: Run[] = [...sim.world.runs.values()];
  for (const task of tasks.filter(({ status }) => status.state === 'ready')) {
    const could =
      broken({ slots, settings, running: [...running, task] }).length === 0 &&
      hasWorker(task, settings, busy);
    expect(could, `${task.key} could run`).toBe(false);
    const run = sim.run(task.run);
    const others = runs.filter((other) => other !== run);
    // What is shown is a reason that is there, and the task it names is one that runs.
    const because = whyHeld(
      task,
      { ...run, settings: { ...settings, maxParallel: slots } },
      others,
      sim.now,
    );
    if (because.task !== undefined) {
      expect(running.map(({ key }) => key)).toContain(because.task);
    }
  }
}

describe('limits together', () => {
  it('are kept, and no slot is idle while a task could run', () => {
    fc.assert(
      fc.property(
        fc.tuple(anyTasks, anyTasks),
        anySizes,
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(1000), { minLength: 200, maxLength: 200 }),
        ([first, second], sizes, slots, picks) => {
          const settings = settingsOf(sizes);
          const sim = new SimulatedWorld(slots);
          sim.begin(sampleAddRun(first, { settings }));
          inspect(sim, slots, settings);
          sim.begin(sampleAddRun(second, { settings }));
          for (const pick of picks) {
            inspect(sim, slots, settings);
            const doing = sim.doing[pick % Math.max(1, sim.doing.length)];
            if (doing === undefined) break;
            sim.goOn(doing, 'well');
          }
          sim.settle();
          for (const { status } of sim.world.runs.values()) expect(status.state).toBe('completed');
        },
      ),
      { numRuns: 25 },
    );
  });
});

const settings = (more: Partial<RunSettings>): { settings: RunSettings } => ({
  settings: { ...SAMPLE_SETTINGS, ...more },
});
const HOUR = 60 * 60_000;
const many = (count: number, more: Partial<PlanTask> = {}): PlanTask[] =>
  Array.from({ length: count }, (_, index) => samplePlanTask(`t${index}`, more));
const starting = (sim: SimulatedWorld): string[] =>
  sim.doings.filter((doing) => doing.startsWith('start'));

const quota = (at: number): { reason: 'quota'; message: string; retryAt: number } => ({
  reason: 'quota',
  message: 'used up',
  retryAt: at,
});

describe('a quota', () => {
  it('holds back the other tasks of its runtime until it ends, also over a crash', () => {
    const sim = new SimulatedWorld(2);
    const other = samplePlanTask('other', { runtime: 'other', priority: 'low' });
    sim.begin(sampleAddRun([...many(3), other]));
    expect(starting(sim)).toEqual(['start SHOP-1.1#1', 'start SHOP-1.2#1']);
    sim.play('start SHOP-1.1#1', quota(sim.now + HOUR));
    // The other one may end well; nothing more of the runtime starts.
    sim.play('start SHOP-1.2#1');
    expect(starting(sim)).toEqual(['start SHOP-1.4#1']);
    sim.crash();
    sim.play('recover SHOP-1.4#1');
    expect(whyHeld(sim.task('SHOP-1.3'), sim.run('SHOP-1'), [], sim.now)).toMatchObject({
      reason: 'quota',
      task: 'SHOP-1.1',
      until: 1_000_000 + HOUR,
    });
    sim.pass(HOUR - 1);
    expect(sim.task('SHOP-1.3').attempts).toEqual([]);
    sim.pass(1);
    expect(starting(sim)).toContain('start SHOP-1.1#2');
    sim.settle();
    expect(sim.run('SHOP-1').status.state).toBe('completed');
    expect(sim.task('SHOP-1.1')).toMatchObject({ failures: 0, attempts: { length: 2 } });
    expect(sim.task('SHOP-1.3')).toMatchObject({ failures: 0, attempts: { length: 1 } });
  });
});

describe('starts per minute', () => {
  it('let the next one start a minute after, also over a crash', () => {
    const runtimes = { claude: { ...NO_RUNTIME_SETTINGS, startsPerMinute: 2 } };
    const sim = new SimulatedWorld(8);
    sim.begin(sampleAddRun(many(5), settings({ runtimes, defaultRuntime: 'claude' })));
    expect(starting(sim)).toHaveLength(2);
    sim.pass(30_000);
    sim.play('start SHOP-1.1#1');
    expect(starting(sim)).toEqual(['start SHOP-1.2#1']);
    sim.crash();
    expect(starting(sim)).toEqual([]);
    sim.pass(29_999);
    expect(starting(sim)).toEqual([]);
    sim.pass(1);
    expect(starting(sim)).toHaveLength(2);
    sim.settle();
    expect(sim.run('SHOP-1').status.state).toBe('completed');
  });
});

const scoreAt = (priority: Priority, days: number): number =>
  scoreOf({ priority, createdAt: 0 }, days * 24 * HOUR);

describe('runs', () => {
  it('matter by their priority and age', () => {
    expect(scoreAt('critical', 0)).toBe(100);
    expect(scoreAt('low', 10)).toBe(15);
    expect(scoreAt('low', 1000)).toBe(30);
    expect(scoreAt('low', 31)).toBeGreaterThan(scoreAt('medium', 0));
  });

  it('do not starve: what has been ready for a day has the next slot', () => {
    const sim = new SimulatedWorld(1);
    sim.begin(sampleAddRun(many(1), { priority: 'critical' }));
    sim.begin(sampleAddRun(many(1), { priority: 'low' }));
    sim.pass(24 * HOUR);
    sim.begin(sampleAddRun(many(1), { priority: 'critical' }));
    sim.play('start SHOP-1.1#1');
    expect(starting(sim)).toEqual(['start SHOP-2.1#1']);
  });

  it('wait their turn before that', () => {
    const sim = new SimulatedWorld(1);
    sim.begin(sampleAddRun(many(1), { priority: 'critical' }));
    sim.begin(sampleAddRun(many(1), { priority: 'low' }));
    sim.pass(24 * HOUR - 1);
    sim.begin(sampleAddRun(many(1), { priority: 'critical' }));
    sim.play('start SHOP-1.1#1');
    expect(starting(sim)).toEqual(['start SHOP-3.1#1']);
  });
});

describe('files that overlap', () => {
  it('never hold each other: the first in order starts, then the next', () => {
    const sim = new SimulatedWorld(4);
    sim.begin(sampleAddRun(many(4, { files: ['src/**'] })));
    for (const key of ['SHOP-1.1', 'SHOP-1.2', 'SHOP-1.3', 'SHOP-1.4']) {
      expect(starting(sim)).toEqual([`start ${key}#1`]);
      sim.play(`start ${key}#1`);
      // Not before its change is on the branch.
      expect(starting(sim)).toEqual([]);
      while (sim.doing[0]?.effect.kind !== 'start' && sim.doing[0] !== undefined) {
        sim.goOn(sim.doing[0], 'well');
      }
    }
    expect(sim.run('SHOP-1').status.state).toBe('completed');
  });

  it('hold a task no longer that waits for a person', () => {
    const sim = new SimulatedWorld(4);
    sim.begin(sampleAddRun(many(2, { files: ['src/**'], locks: ['db'] })));
    sim.play('start SHOP-1.1#1', 'question');
    expect(sim.states()).toEqual(['waiting', 'running']);
  });
});

describe('what was handed in and waits for a person', () => {
  it('keeps its locks: it goes on without asking for them again', () => {
    const sim = new SimulatedWorld(4);
    const locks = ['database'];
    const tasks = [samplePlanTask('a', { locks }), samplePlanTask('b', { locks })];
    sim.begin(sampleAddRun(tasks));
    sim.play('start SHOP-1.1#1');
    sim.play('integrate SHOP-1.1#1');
    sim.play('publish SHOP-1.1#1', 'elsewhere');
    expect(sim.states()).toEqual(['running', 'ready']);

    sim.command({ type: 'answer', ask: 'SHOP-1?1', answer: 'retry', by: 'me' });
    expect(sim.states()).toEqual(['running', 'ready']);
    sim.play('integrate SHOP-1.1#1');
    sim.play('publish SHOP-1.1#1');
    expect(sim.states()).toEqual(['completed', 'running']);
  });
});
