// The simulation is tried itself: bugs are planted into copies of the core's source, one of each kind
// that it is there to find. It has to find each within its sample, by what it is told to look at; and
// with that switched off, the bug passes.

import { beforeAll, describe, expect, it } from 'vitest';

import type { Core } from '../../test/simulated-world.ts';
import { plant } from '../../test/simulation/mutants.ts';
import type { Mutant } from '../../test/simulation/mutants.ts';
import { firstBreak } from '../../test/simulation/simulate.ts';
import { Broken } from '../../test/simulation/watch.ts';

const SEED = 1;
const SAMPLE = 2000;

interface Planted extends Mutant {
  /** The first story of the sample that meets it: played before all others, to save time. */
  readonly story: number;
}

const MUTANTS: readonly Planted[] = [
  {
    bug: 'a lost wake-up: nobody is woken when a wait is over',
    file: 'effects.ts',
    from: 'wait === null || at === was',
    to: 'wait === null || at !== was',
    caughtBy: ['attended', 'ends'],
    story: 3,
  },
  {
    bug: 'a lost wake-up: an announced branch move is forgotten',
    file: 'effects.ts',
    from: "return isKnown ? [] : [{ kind: 'publish', ...on, attempt: latestKey(leaving) }];",
    to: 'return [];',
    caughtBy: ['attended', 'ends'],
    story: 1,
  },
  {
    bug: 'a double start: what a dead coordinator started is started again',
    file: 'effects.ts',
    from: "[{ kind: 'recover', ...on }]",
    to: "[{ kind: 'start', ...on }]",
    caughtBy: ['attended', 'double-start'],
    story: 3,
  },
  {
    bug: 'a slot leak: the slot is kept after the hand-in',
    file: 'limits.ts',
    from: "return status.state === 'running' && status.phase === 'work';",
    to: "return status.state === 'running';",
    caughtBy: ['idle'],
    story: 0,
  },
  {
    bug: 'a slot leak: what a dead coordinator left is never given up',
    file: 'effects.ts',
    from: "[{ kind: 'recover', ...on }]",
    to: '[]',
    caughtBy: ['attended', 'ends'],
    story: 3,
  },
  {
    bug: 'one too many: the slots of a runtime are not counted',
    file: 'limits.ts',
    from: '(this.#ofRuntime.get(runtime) ?? 0) >= most',
    to: '(this.#ofRuntime.get(runtime) ?? 0) > most',
    caughtBy: ['limits'],
    story: 42,
  },
  {
    bug: 'a skipped dependent is started',
    file: 'promote.ts',
    from: 'if (dependency !== undefined && isLost(run, dependency)) {',
    to: "if (dependency?.status.state === 'skipped') {\n      turn.emit(run.key, { type: 'task-ready', task: task.key });\n      return true;\n    }\n    if (dependency !== undefined && isLost(run, dependency)) {",
    caughtBy: ['dependencies', 'stages'],
    story: 20,
  },
  {
    bug: 'a stale fence is accepted',
    file: 'report.ts',
    from: 'attempt.key !== report.attempt || attempt.fence !== report.fence',
    to: 'attempt.key !== report.attempt',
    caughtBy: ['fence'],
    story: 0,
  },
  {
    bug: 'money spent twice: what is set aside is not counted',
    file: 'budget.ts',
    from: '{ charged: sumOf(run, chargeOf), settled',
    to: '{ charged: usedBy(run), settled',
    caughtBy: ['idle', 'money'],
    story: 3,
  },
  {
    bug: 'money spent twice: two that start together count on the same',
    file: 'budget.ts',
    from: 'account.charged.usd + (reserved.usd ?? 0)',
    to: 'account.charged.usd',
    caughtBy: ['money'],
    story: 3,
  },
  {
    bug: 'a ceiling that stops nobody',
    file: 'budget.ts',
    from: 'if (isOver) stopAttempt',
    to: 'if (isOver && open.length > 9) stopAttempt',
    caughtBy: ['money'],
    story: 488,
  },
  {
    bug: 'a lost wake-up: nobody is asked for more money',
    file: 'budget.ts',
    from: "shortOf(atBest) === null ? 'held' : 'short'",
    to: "shortOf(atBest) === null ? 'held' : 'held'",
    caughtBy: ['idle', 'ends'],
    story: 3,
  },
  {
    bug: 'a lost phase after a wait: an approval is asked for again',
    file: 'apply.ts',
    from: 'approved: t.approved || approved,',
    to: 'approved: t.approved,',
    caughtBy: ['phase', 'ends'],
    story: 3,
  },
  {
    bug: 'a lost phase after a wait: the answer does not reach the next attempt',
    file: 'apply.ts',
    from: 'approved: t.approved || approved,\n        instruction: instruction ?? t.instruction,',
    to: 'approved: t.approved || approved,',
    caughtBy: ['phase'],
    story: 6,
  },
  {
    bug: 'a lost phase after a wait: what was handed in is worked again',
    file: 'answer.ts',
    from: "goesOnWith(ask, choice) && task.attempts.at(-1)?.status.state === 'handed_in'",
    to: "choice === 'replan' && task.attempts.at(-1)?.status.state === 'handed_in'",
    caughtBy: ['phase'],
    story: 211,
  },
  {
    bug: 'a stage out of turn: the review begins while the work goes on',
    file: 'rule.ts',
    from: 'if (own || comesAfter(stages, stage.name, task.stage)) return false;',
    to: 'if (own) return false;',
    caughtBy: ['stages'],
    story: 3,
  },
  {
    bug: 'what the research finds is lost: it is planned without',
    file: 'rule.ts',
    from: 'spec: planner, dependsOn: lastOf(joining) }',
    to: 'spec: planner, dependsOn: [] }',
    caughtBy: ['stages'],
    story: 4,
  },
  {
    bug: 'what a stage finds is lost: its end forgets what was handed in',
    file: 'apply.ts',
    from: 'report: event.report ?? handedIn?.report ?? null,',
    to: 'report: event.report ?? null,',
    caughtBy: ['stages'],
    story: 0,
  },
  {
    bug: 'a proposal is taken twice',
    file: 'discuss.ts',
    from: 'if (message.revision !== run.plans.length) return stalePlan(run);',
    to: '',
    caughtBy: ['proposed'],
    story: 724,
  },
  {
    bug: 'an old plan goes on: what it has at work comes to its end',
    file: 'run-stage.ts',
    from: "stopAttempts(turn, task.key, { kind: 'canceled', why: 'superseded' });",
    to: '',
    caughtBy: ['superseded'],
    story: 45,
  },
  {
    bug: 'an old plan decides: what was replaced counts in the outcome',
    file: 'settle.ts',
    from: ' && !isSuperseded(task) &&',
    to: ' &&',
    caughtBy: ['outcome'],
    story: 8,
  },
  {
    bug: 'a summary is charged twice',
    file: 'apply-summary.ts',
    from: 'costUsd: before.costUsd + (costUsd ?? 0),',
    to: 'costUsd: before.costUsd + 2 * (costUsd ?? 0),',
    caughtBy: ['money'],
    story: 1,
  },
  {
    bug: 'a summary is charged to nobody: nothing is set aside before it',
    file: 'apply-summary.ts',
    from: 'usd === null ? before.reserved.usd : used.usd + usd,',
    to: 'before.reserved.usd,',
    caughtBy: ['money'],
    story: 3,
  },
  {
    bug: 'a tree gets onto the branch that nobody has found good',
    file: 'hear-gate.ts',
    from: 'if (passed && mayLand(run, trials, attempts) && isWhole(run, report)) {',
    to: 'if (mayLand(run, [{ ...trial, failed: [] }], attempts) && isWhole(run, report)) {',
    caughtBy: ['judged'],
    story: 11,
  },
  {
    bug: 'one of a batch is lost',
    file: 'hear-gate.ts',
    from: 'for (const task of announced(turn.run(key))) {',
    to: 'for (const task of announced(turn.run(key)).slice(-1)) {',
    caughtBy: ['branch', 'judged'],
    story: 1,
  },
  {
    bug: 'findings are forgotten: a run completes with what was found wrong',
    file: 'settle.ts',
    from: ' || awaitsReview(run)) return;',
    to: ') return;',
    caughtBy: ['reviewed'],
    story: 133,
  },
  {
    bug: 'the wrong one of a batch is blamed',
    file: 'hear-gate.ts',
    from: 'refute(turn, taskAt(run, taskOf(blamed.attempt)), blamed.failed',
    to: "refute(turn, taskAt(run, run.queue[0] ?? ''), blamed.failed",
    caughtBy: ['blamed'],
    story: 13,
  },
  {
    bug: 'half of a batch is withheld',
    file: 'hear-gate.ts',
    from: "for (const { key: task } of tasks) turn.emit(key, { type: 'task-withheld', task });",
    to: "for (const { key: task } of tasks.slice(-1)) turn.emit(key, { type: 'task-withheld', task });",
    caughtBy: ['judged', 'branch'],
    story: 422,
  },
  {
    bug: 'a rung is left out: the first conflict is given to another task',
    file: 'conflict.ts',
    from: 'conflicts > 0 &&',
    to: 'conflicts >= 0 &&',
    caughtBy: ['ladder'],
    story: 5,
  },
  {
    bug: 'what waits for a conflict is forgotten when another task resolves it',
    file: 'conflict.ts',
    from: '  rewire(turn, task, [key]);\n',
    to: '',
    caughtBy: ['ladder'],
    story: 11,
  },
  {
    bug: 'a lost wake-up: half of a batch is never judged',
    file: 'gate.ts',
    from: '[run.key, run.head, tried, named]',
    to: '[run.key, run.head, named]',
    caughtBy: ['attended', 'ends'],
    story: 0,
  },
  {
    bug: 'an undo does not move the head of its run',
    file: 'apply-undo.ts',
    from: 'status: lacking, head, undo: null',
    to: 'status: lacking, undo: null',
    caughtBy: ['branch'],
    story: 1,
  },
  {
    bug: 'a run calls itself whole although a change was taken out of it',
    file: 'apply-undo.ts',
    from: "{ ...status, outcome: 'partial' as const }",
    to: 'status',
    caughtBy: ['outcome'],
    story: 4,
  },
  {
    bug: "a person's commits are never taken up",
    file: 'base-due.ts',
    from: "if (branch.kind === 'ahead') return { do: 'start', kind: 'branch', commit: branch.commit };",
    to: '',
    caughtBy: ['kept', 'ends'],
    story: 32,
  },
  {
    bug: "a run ends past a person's commits",
    file: 'settle.ts',
    from: 'abortingTask(run) === undefined ? awaitsBase(run, turn.desk) : run.base.update !== null',
    to: "run.base.update?.status.state === 'publishing'",
    caughtBy: ['kept', 'consistent', 'attended', 'ends', 'idle'],
    story: 73,
  },
  {
    bug: 'what others have committed comes in unjudged, although nobody wants it as it is',
    file: 'base.ts',
    from: "if (choice === 'keep') {",
    to: "if (choice !== 'skip') {",
    caughtBy: ['judged'],
    story: 13,
  },
  {
    bug: 'a lost wake-up: the move to what others have committed is forgotten',
    file: 'effects-base.ts',
    from: "status?.state === 'publishing' && mark !== undefined",
    to: "status?.state === 'publishing' && mark === ''",
    caughtBy: ['attended', 'ends'],
    story: 3,
  },
  {
    bug: 'a lost counter: failures are not counted',
    file: 'apply.ts',
    from: "task.failures + (counts === 'failure' ? 1 : 0)",
    to: 'task.failures',
    caughtBy: ['counters'],
    story: 3,
  },
];

/** After this nothing fits together any more, wherever one looks. */
const STALE: Planted = {
  bug: 'a stale write is accepted',
  file: 'store.ts',
  from: "if (batch.epoch !== this.epoch) return { kind: 'superseded' };",
  to: '',
  caughtBy: ['fence'],
  story: 3,
};

/** What finds the bug. */
function finderOf({ story }: Planted, core: Core): Broken['invariant'] {
  const found =
    firstBreak({ count: 1, seed: SEED, from: story }, { core }) ??
    firstBreak({ count: SAMPLE, seed: SEED }, { core });
  if (found instanceof Broken) return found.invariant;
  throw new Error('not caught as what it is', { cause: found });
}

it('finds a store that accepts a stale write', async () => {
  expect(STALE.caughtBy).toContain(finderOf(STALE, await plant(STALE)));
});

describe.each(MUTANTS)('$bug', (mutant) => {
  let core: Core;

  beforeAll(async () => {
    core = await plant(mutant);
  });

  it('is caught', () => {
    expect(mutant.caughtBy).toContain(finderOf(mutant, core));
  });

  it('passes where nobody looks', () => {
    const staging = { core, without: mutant.caughtBy };
    expect(firstBreak({ count: 1, seed: SEED, from: mutant.story }, staging)).toBeNull();
  });
});
