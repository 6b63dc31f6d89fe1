// Random plans, random outcomes, random commands, crashes and late reports at random moments. What
// must never be true is checked after every step (test/simulated-world.ts). A failure prints the
// seed and the shortest story that leads to it.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { SAMPLE_SETTINGS, samplePlanTask } from '../../test/sample-run.ts';
import { SimulatedWorld, mayRest } from '../../test/simulated-world.ts';
import type { Outcome } from '../../test/simulated-world.ts';
import type { AddRun, Command } from '../model/command.ts';
import { FAILURE_REASONS } from '../model/failure.ts';
import type { PlanTask } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { MACHINES } from '../model/transitions.ts';

const anyTasks: fc.Arbitrary<readonly PlanTask[]> = fc
  .array(
    fc.record({
      dependsOn: fc.array(fc.nat(11), { maxLength: 3 }),
      onFailure: fc.constantFrom('retry', 'abort', 'skip', 'ask', 'replan'),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      approval: fc.nat(9).map((one) => one === 0),
      expectChanges: fc.boolean(),
      fallback: fc.constantFrom(null, { agent: 'other', runtime: null }),
      priority: fc.constantFrom('critical', 'medium', 'low'),
      checks: fc.constantFrom([], ['true']),
    }),
    { minLength: 1, maxLength: 12, size: 'max' },
  )
  .map((tasks) =>
    tasks.map(({ dependsOn, ...more }, index) =>
      samplePlanTask(`t${index}`, {
        ...more,
        dependsOn: [...new Set(dependsOn.filter((at) => at < index).map((at) => `t${at}`))],
      }),
    ),
  );

const anyRun: fc.Arbitrary<AddRun> = fc
  .record({
    tasks: anyTasks,
    source: fc.constantFrom('file', 'direct', 'model', 'file'),
    preapproved: fc.boolean(),
    maxConcurrent: fc.integer({ min: 1, max: 4 }),
    checks: fc.boolean(),
    strategy: fc.constantFrom('retry', 'ask', 'abort'),
  })
  .map(({ tasks, source, preapproved, maxConcurrent, checks, strategy }): AddRun => ({
    type: 'add-run',
    projectKey: 'SHOP',
    goal: 'goal',
    title: 'title',
    kind: 'task',
    priority: 'medium',
    source,
    reasons: [],
    settings: {
      ...SAMPLE_SETTINGS,
      replanner: samplePlanTask('plan', { kind: 'plan', maxAttempts: 2, expectChanges: false }),
      maxConcurrent,
      checks: checks ? SAMPLE_SETTINGS.checks : [],
    },
    baseBranch: 'main',
    baseCommit: 'base',
    plan: source === 'model' ? null : { by: 'file', tasks, warnings: [] },
    planner:
      source === 'model' ? samplePlanTask('plan', { kind: 'plan', onFailure: strategy }) : null,
    preapproved,
    above: 0,
  }));

interface Step {
  readonly act: 'go-on' | 'time' | 'command' | 'crash' | 'late' | 'drain' | 'batch' | 'full';
  readonly pick: number;
  readonly outcome: Outcome;
  readonly verb: (typeof VERBS)[number];
  readonly choice: number;
}

const VERBS = [
  'cancel',
  'pause',
  'pause-now',
  'resume',
  'resume',
  'skip',
  'kill',
  'retry',
  'replan',
  'retry-run',
  'retry-run',
  'answer',
  'answer',
  'answer',
  'approve',
  'approve',
  'reject',
  'revise',
] as const;

const anyFailure = fc.record({
  reason: fc.constantFrom(...FAILURE_REASONS),
  message: fc.constant('no'),
});
const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('well' as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Outcome>(
      'badly',
      'badly',
      'without-change',
      'question',
      'conflict',
      'elsewhere',
    ),
  },
  { weight: 2, arbitrary: anyFailure },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Outcome>(
      { reason: 'quota', message: '', retryAt: 5_000_000 },
      { reason: 'quota', message: '', retryAt: Number.NaN },
      { reason: 'rate_limited', message: '', retryAt: Number.POSITIVE_INFINITY },
    ),
  },
);
const anyStep: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    { weight: 20, arbitrary: fc.constant('go-on' as const) },
    { weight: 4, arbitrary: fc.constant('command' as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom('time', 'crash', 'late', 'drain', 'batch', 'full'),
    },
  ),
  pick: fc.nat(1000),
  outcome: anyOutcome,
  verb: fc.constantFrom(...VERBS),
  choice: fc.nat(3),
});

function commandOf(sim: SimulatedWorld, step: Step): Command | null {
  const { verb, pick } = step;
  const run = [...sim.world.runs.values()][pick % sim.world.runs.size];
  if (run === undefined) return null;
  const task = run.tasks[pick % Math.max(1, run.tasks.length)]?.key ?? `${run.key}.1`;
  const by = 'me';
  switch (verb) {
    case 'cancel':
    case 'resume':
      return { type: verb, run: run.key, by };
    case 'pause':
    case 'pause-now':
      return { type: 'pause', run: run.key, now: verb === 'pause-now', by };
    case 'skip':
      return { type: 'skip', task, by };
    case 'kill':
      return { type: 'kill', attempt: task, by };
    case 'replan':
      return { type: 'retry', key: task, instruction: null, replan: true, by };
    case 'retry':
      return { type: 'retry', key: task, instruction: 'do it', by };
    case 'retry-run':
      return { type: 'retry', key: run.key, instruction: null, by };
    default:
      return say(run, { ...step, verb });
  }
}

/** What a person says to a plan or to an ask. */
function say(run: Run, { verb, choice }: Step): Command | null {
  const by = 'me';
  const plan = run.plans.at(-1);
  const ask = run.asks.findLast(({ status }) => status.state === 'open');
  if (verb === 'approve') return { type: 'approve-plan', run: run.key, by };
  if (verb === 'reject') return { type: 'reject-plan', run: run.key, by };
  if (verb === 'revise' && plan !== undefined) {
    const { revision: from, tasks } = plan;
    return { type: 'revise-plan', run: run.key, by, from, tasks, warnings: [] };
  }
  if (ask === undefined) return null;
  const choices = [...ask.choices, ...(ask.freeText ? ['so and so'] : [])];
  return { type: 'answer', ask: ask.key, answer: choices[choice % choices.length] ?? '', by };
}

/** What was heard before changes nothing when it is heard again. */
function hearAgain(sim: SimulatedWorld, pick: number): void {
  const report = sim.reports[pick % Math.max(1, sim.reports.length)];
  if (report === undefined) return;
  expect(sim.hear({ type: 'report', report }).events).toEqual([]);
}

function take(sim: SimulatedWorld, step: Step): void {
  switch (step.act) {
    case 'go-on': {
      const doing = sim.doing[step.pick % Math.max(1, sim.doing.length)];
      if (doing !== undefined) sim.goOn(doing, step.outcome);
      return;
    }
    case 'command': {
      const command = commandOf(sim, step);
      if (command !== null) sim.command(command);
      return;
    }
    case 'batch': {
      const one = commandOf(sim, step);
      const two = commandOf(sim, { ...step, verb: VERBS[step.pick % VERBS.length] ?? 'skip' });
      const commands = [one, two].flatMap((command) => command ?? []);
      sim.hear(...commands.map((command) => ({ type: 'command', id: null, command }) as const));
      return;
    }
    case 'time':
      sim.pass(step.pick * 1000);
      return;
    case 'late':
      hearAgain(sim, step.pick);
      return;
    case 'full':
      sim.hear({ type: 'no-room', run: 'SHOP-1', message: '' });
      return;
    case 'crash':
      sim.crash();
      return;
    case 'drain': {
      const { driven } = sim.world.desk;
      sim.hear({ type: 'drain', now: step.pick % 2 === 0 });
      for (const doing of sim.doing) if (step.pick % 3 === 0) sim.goOn(doing, step.outcome);
      sim.crash(driven);
    }
  }
}

/** A person who is there does what is to be done, until every run is over. */
function help(sim: SimulatedWorld): void {
  for (let rounds = 0; rounds < 200; rounds += 1) {
    sim.settle();
    const resting = [...sim.world.runs.values()].filter(({ status }) => !RUN_OVER[status.state]);
    for (const run of resting) expect(mayRest(run), `${run.key} rests`).toBe(true);
    const [run] = resting;
    if (run === undefined) return;
    const by = 'me';
    const ask = run.asks.find(({ status }) => status.state === 'open');
    if (run.paused !== null) sim.command({ type: 'resume', run: run.key, by });
    else if (ask === undefined) sim.command({ type: 'approve-plan', run: run.key, by });
    else {
      const answer = ask.choices[0] ?? 'yes';
      sim.command({ type: 'answer', ask: ask.key, answer, by });
    }
  }
  throw new Error('it never ends, whatever the person does');
}

it('holds what it promises in every story', () => {
  const happened = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(anyRun, { minLength: 1, maxLength: 2 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(anyStep, { maxLength: 80, size: 'max' }),
      (runs, slots, steps) => {
        const sim = new SimulatedWorld(slots);
        sim.planned = [samplePlanTask('a'), samplePlanTask('b', { dependsOn: ['a'] })];
        for (const run of runs) sim.command(run);
        for (const run of sim.world.runs.keys()) sim.drive(run);
        for (const step of steps) take(sim, step);
        help(sim);
        sim.crash();
        expect(sim.doing).toEqual([]);
        for (const { event } of sim.log) happened.add(event.type);
        for (const run of sim.world.runs.values()) {
          expect(sim.refs.get(run.key) ?? run.baseCommit).toBe(run.head);
        }
      },
    ),
    { numRuns: Number(process.env['TUTTI_SIMULATIONS'] ?? 600) },
  );
  // The stories go everywhere there is.
  const all = Object.values(MACHINES).flatMap((machine) => Object.keys(machine));
  expect([...happened].toSorted()).toEqual([...new Set(all)].toSorted());
});
