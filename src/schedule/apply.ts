// What an event does to the world. Pure, and the only thing that changes a run: folding a run's log
// gives its state. What the machines of model/transitions.ts do not know is refused as a bug.

import { NO_USAGE } from '../model/attempt.ts';
import type { Attempt } from '../model/attempt.ts';
import { NO_AMOUNTS, raisedBy, settledUse } from '../model/budget.ts';
import type { Event, EventType, RunEvent } from '../model/event.ts';
import { isBlameless } from '../model/failure.ts';
import { withTrial } from '../model/gate.ts';
import { attemptKey, taskOf } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { TaskStatus } from '../model/task.ts';
import type { World } from '../model/world.ts';
import { asked } from './apply-ask.ts';
import { updated } from './apply-base.ts';
import { judged, superseded, withMessage } from './apply-plan.ts';
import { reviewed } from './apply-review.ts';
import { summaryAsked, summaryTold } from './apply-summary.ts';
import { announced, undoing, undone } from './apply-undo.ts';
import { BrokenTransition } from './broken-transition.ts';
import { createdRun } from './created-run.ts';
import { createdTask } from './created-task.ts';
import { granted, unpaused, unworried } from './go-on.ts';
import { noteChange } from './lineage.ts';
import { attempted, moved, placed, taskAt, withTask } from './moves.ts';

/**
 * Applies one event to the world.
 *
 * @param world - The world before it.
 * @param happened - The event, with its run and moment.
 * @returns The world after it; everything that did not change is shared.
 * @throws {BrokenTransition} When no machine knows the event in the present state.
 */
export function apply(world: World, happened: RunEvent): World {
  const before = world.runs.get(happened.run);
  const after = applyToRun(before, happened);
  const runs = new Map(world.runs);
  runs.set(happened.run, after);
  return { ...world, runs, lastNumber: Math.max(world.lastNumber, after.number) };
}

/**
 * Applies one event to its run.
 *
 * @param run - The run before it; `undefined` when the event makes it.
 * @param happened - The event.
 * @returns The run after it.
 * @throws {BrokenTransition} When no machine knows the event in the present state.
 */
export function applyToRun(run: Run | undefined, happened: RunEvent): Run {
  const { event, at } = happened;
  if (event.type === 'run-created') {
    if (run !== undefined) throw new BrokenTransition(run.key, event.type, run.status.state);
    return createdRun(happened.run, event, at);
  }
  if (run === undefined) throw new BrokenTransition(happened.run, event.type, null);
  // The table pairs every event with its own handler; the compiler cannot follow that pairing here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const handler = HANDLERS[event.type] as (run: Run, event: Event, at: number) => Run;
  return handler(run, event, at);
}

type Handlers = {
  readonly [E in Exclude<Event, { type: 'run-created' }> as E['type']]: (
    run: Run,
    event: E,
    at: number,
  ) => Run;
};

const HANDLERS: Handlers = {
  // ---- run ----
  'planning-started': (run, { type }) => unworried(moved(run, type, { state: 'planning' })),
  'run-detected': (run, { type, source, stages, reasons }) => ({
    ...moved(run, type, run.status),
    source,
    reasons,
    settings: { ...run.settings, stages },
  }),
  'plan-drafted': (run, { type, plan }) => {
    if (plan.revision !== run.plans.length + 1 || plan.state !== 'draft') {
      throw new BrokenTransition(`${run.key} revision ${plan.revision}`, type, plan.state);
    }
    const live = run.status.state === 'running';
    return {
      ...moved(run, type, live ? run.status : { state: 'awaiting_approval' }),
      plans: [
        ...run.plans.map((old) => (live && old.state === 'approved' ? old : superseded(run, old))),
        plan,
      ],
    };
  },
  'plan-approved': (run, { type, revision }) => ({
    ...moved(run, type, run.status.state === 'running' ? run.status : { state: 'approved' }),
    plans: judged(run, type, revision, 'approved'),
  }),
  'plan-rejected': (run, { type, revision }) => ({
    ...moved(run, type, run.status),
    plans: judged(run, type, revision, 'rejected'),
  }),
  'plan-discussed': (run, { type, message }) => ({
    ...moved(run, type, { state: 'awaiting_approval' }),
    discussion: withMessage(run, message),
  }),
  'run-started': (run, { type }) => moved(run, type, { state: 'running' }),
  'run-paused': (run, { type, pause }) => ({ ...moved(run, type, run.status), paused: pause }),
  'run-resumed': (run, { type }) => granted(unworried(unpaused(moved(run, type, run.status)))),
  'budget-raised': (run, { type, usd, tokens }) => ({
    ...moved(run, type, run.status),
    ceiling: raisedBy(run.ceiling, { usd, tokens }),
  }),
  'run-worked': (run, { type, ms }) => ({
    ...moved(run, type, run.status),
    worked: { ...run.worked, ms: run.worked.ms + ms },
  }),
  'batch-judged': (run, { type, attempts, tries, failed }) => ({
    ...moved(run, type, run.status),
    trials: withTrial(run.trials, { attempts, tries, failed }),
  }),
  'run-merged': (run, { type }) => moved(run, type, run.status),
  'pull-request-seen': (run, { type, offeredAs }) => ({
    ...moved(run, type, run.status),
    offeredAs,
  }),
  'run-completed': (run, { type, outcome }, at) =>
    unpaused(moved(run, type, { state: 'completed', outcome, finishedAt: at })),
  'run-failed': (run, { type, failure }, at) =>
    unpaused(moved(run, type, { state: 'failed', failure, finishedAt: at })),
  'cancel-requested': (run, { type }) => moved(run, type, { state: 'canceling' }),
  'run-canceled': (run, { type }, at) =>
    unpaused(moved(run, type, { state: 'canceled', finishedAt: at })),
  'run-reopened': (run, { type }) => granted(unworried(moved(run, type, { state: 'running' }))),

  // ---- task ----
  'task-added': (run, event, at) => {
    const tasks = [...run.tasks, createdTask(run, event, at)];
    noteChange(run.tasks, tasks, run.tasks.length);
    return { ...run, tasks };
  },
  'task-ready': (run, { type, task }, at) =>
    placed(run, task, type, { status: { state: 'ready', notBefore: 0 }, at }),
  'task-due': (run, { type, task }, at) =>
    placed(run, task, type, { status: { state: 'ready', notBefore: 0 }, at }),
  'task-retried': (run, { type, task, notBefore, counts }, at) =>
    counted(placed(run, task, type, { status: { state: 'ready', notBefore }, at }), task, counts),
  'task-waiting': (run, { type, task, ask, counts }, at) =>
    counted(placed(run, task, type, { status: { state: 'waiting', ask }, at }), task, counts),
  'task-unblocked': (run, { type, task, instruction, approved }, at) =>
    withTask(
      placed(run, task, type, { status: { state: 'ready', notBefore: 0 }, at }),
      task,
      (t) => ({
        ...t,
        conflicts: 0,
        lost: 0,
        approved: t.approved || approved,
        instruction: instruction ?? t.instruction,
      }),
    ),
  'task-resumed': (run, event, at) => enqueued(run, event, at),
  'task-verified': (run, event, at) => enqueued(run, event, at),
  'task-checked': unmoved,
  'task-refuted': unmoved,
  'task-reviewed': (run, { type, task, review }, at) =>
    withTask(placed(run, task, type, { status: taskAt(run, task).status, at }), task, (t) =>
      reviewed(t, review),
    ),
  'task-publishing': (run, { type, task, publication }, at) =>
    placed(run, task, type, { status: { state: 'running', phase: 'integrate', publication }, at }),
  'task-withheld': (run, { type, task }, at) =>
    placed(run, task, type, {
      status: { state: 'running', phase: 'integrate', publication: null },
      at,
    }),
  'task-completed': (run, { type, task, proof, commit, tree }, at) => {
    const status: TaskStatus = { state: 'completed', proof, commit, tree };
    const after = withTask(placed(run, task, type, { status, at }), task, (t) => ({
      ...t,
      takenBack: null,
    }));
    // On another head everything is judged anew.
    return commit === null ? after : { ...after, head: commit, trials: [] };
  },
  'task-failed': (run, { type, task, failure, aborts }, at) =>
    placed(run, task, type, { status: { state: 'failed', failure, aborts }, at }),
  'task-rewired': (run, { type, task, dependsOn }) =>
    withTask(untouched(run, task, type), task, (one) => ({ ...one, dependsOn })),
  'task-tolerated': (run, { type, task }) =>
    withTask(untouched(run, task, type), task, (t) => ({
      ...t,
      status: t.status.state === 'failed' ? { ...t.status, aborts: false } : t.status,
    })),
  'task-skipped': (run, { type, task, because }, at) =>
    placed(run, task, type, { status: { state: 'skipped', because }, at }),
  'task-canceled': (run, { type, task, because }, at) =>
    placed(run, task, type, { status: { state: 'canceled', because }, at }),
  'task-reopened': (run, { type, task, instruction }, at) => {
    const failed = taskAt(run, task).status.state === 'failed';
    const status: TaskStatus = failed ? { state: 'ready', notBefore: 0 } : { state: 'pending' };
    return withTask(placed(run, task, type, { status, at }), task, (t) => ({
      ...t,
      failures: 0,
      conflicts: 0,
      lost: 0,
      finishedAt: null,
      instruction: instruction ?? t.instruction,
    }));
  },

  'task-set-back': (run, { type, task }, at) =>
    placed(run, task, type, { status: { state: 'pending' }, at }),
  'undo-started': (run, { type, task, failure, mark }) =>
    undoing(untouched(run, task, type), task, failure, mark),
  'undo-publishing': (run, { type, task, publication }) =>
    announced(untouched(run, task, type), task, publication),
  'undo-refused': (run, { type, task }) => ({ ...untouched(run, task, type), undo: null }),
  'task-undone': (run, { type, task, failure, aborts, commit }, at) =>
    withTask(
      placed(undone(run, task, commit), task, type, {
        status: { state: 'failed', failure, aborts },
        at,
      }),
      task,
      (t) => ({ ...t, takenBack: failure }),
    ),

  // ---- what comes from elsewhere ----
  'update-started': updated,
  'update-publishing': updated,
  'update-refused': updated,
  'update-dropped': updated,
  'run-updated': updated,

  // ---- attempt ----
  'attempt-leased': (run, event, at) => {
    const task = taskOf(event.attempt);
    const attempt: Attempt = {
      key: event.attempt,
      task,
      number: taskAt(run, task).attempts.length + 1,
      agent: event.agent,
      runtime: event.runtime,
      worker: event.worker ?? null,
      fence: event.fence,
      mark: event.mark,
      status: { state: 'leased' },
      startedAt: at,
      sessionId: null,
      keptRef: null,
      costUsd: 0,
      tokens: NO_USAGE,
      reserved: event.reserved ?? NO_AMOUNTS,
    };
    if (attemptKey(task, attempt.number) !== attempt.key) {
      throw new BrokenTransition(attempt.key, event.type, `attempt ${attempt.number}`);
    }
    const status: TaskStatus = { state: 'running', phase: 'work', publication: null };
    return withTask(placed(run, task, event.type, { status, at }), task, (t) => ({
      ...t,
      attempts: [...t.attempts, attempt],
      startedAt: t.startedAt ?? at,
    }));
  },
  'attempt-started': (run, { type, attempt, process }) =>
    attempted(run, attempt, type, () => ({ status: { state: 'running', process } })),
  'attempt-session': (run, { type, attempt, sessionId }) =>
    attempted(run, attempt, type, ({ status }) => ({ status, sessionId })),
  'attempt-spent': (run, { type, attempt, costUsd, tokens }) =>
    attempted(run, attempt, type, (before) => ({
      status: before.status,
      costUsd: costUsd ?? before.costUsd,
      tokens: tokens ?? before.tokens,
    })),
  'attempt-blocked': (run, { type, attempt, ask }) =>
    attempted(run, attempt, type, ({ status }) => ({
      status: status.state === 'running' ? { ...status, blockedOn: ask } : status,
    })),
  'attempt-unblocked': (run, { type, attempt }) =>
    attempted(run, attempt, type, ({ status }) => ({
      status: status.state === 'running' ? { state: 'running', process: status.process } : status,
    })),
  'attempt-stopping': (run, { type, attempt, as }) =>
    attempted(run, attempt, type, ({ status }) => ({
      status: {
        state: 'stopping',
        process: status.state === 'running' ? status.process : null,
        as,
      },
    })),
  'attempt-handed-in': (run, event, at) => {
    const { type, attempt, change, report, keptRef } = event;
    const status: TaskStatus = { state: 'running', phase: 'verify', publication: null };
    const after = attempted(run, attempt, type, (before) => ({
      status: { state: 'handed_in', change, report },
      keptRef,
      ...settledUse(before, event),
    }));
    return placed(after, taskOf(attempt), type, { status, at });
  },
  'attempt-ended': (run, event, at) => ended(run, event, at),
  'summary-asked': (run, { type, attempt, usd, tokens }) =>
    attempted(run, attempt, type, (before) => summaryAsked(before, { usd, tokens })),
  'summary-told': (run, { type, attempt, costUsd, tokens }) =>
    attempted(run, attempt, type, (before) => summaryTold(before, { costUsd, tokens })),

  // ---- ask ----
  'ask-opened': (run, { type, ask }) => {
    if (run.asks.some(({ key }) => key === ask.key)) {
      throw new BrokenTransition(ask.key, type, 'open');
    }
    return { ...run, asks: [...run.asks, ask] };
  },
  'ask-answered': (run, { type, ask, answer, by }, at) =>
    asked(run, ask, type, { state: 'answered', answer, by, at }),
  'ask-withdrawn': (run, { type, ask }, at) => asked(run, ask, type, { state: 'withdrawn', at }),
};

type EventOf<T extends EventType> = Extract<Event, { type: T }>;

/** The task stays as it is, and is over since when it was. */
function untouched(run: Run, task: TaskKey, type: EventType): Run {
  const { status, finishedAt } = taskAt(run, task);
  return placed(run, task, type, { status, at: finishedAt ?? 0 });
}

/** The task stays where it is. */
function unmoved(
  run: Run,
  { type, task }: EventOf<'task-checked' | 'task-refuted'>,
  at: number,
): Run {
  return placed(run, task, type, { status: taskAt(run, task).status, at });
}

/** Its change joins the merge queue. */
function enqueued(
  run: Run,
  { type, task }: EventOf<'task-verified' | 'task-resumed'>,
  at: number,
): Run {
  const status: TaskStatus = { state: 'running', phase: 'integrate', publication: null };
  return { ...placed(run, task, type, { status, at }), queue: [...run.queue, task] };
}

function counted(run: Run, key: TaskKey, counts: EventOf<'task-retried'>['counts']): Run {
  return withTask(run, key, (task) => ({
    ...task,
    failures:
      counts === 'exhausted'
        ? Math.max(task.failures + 1, task.spec.maxAttempts)
        : task.failures + (counts === 'failure' ? 1 : 0),
    conflicts: task.conflicts + (counts === 'conflict' ? 1 : 0),
    lost: counts === 'lost' ? task.lost + 1 : 0,
  }));
}

function ended(run: Run, event: EventOf<'attempt-ended'>, at: number): Run {
  const { type, attempt, outcome } = event;
  const after = attempted(run, attempt, type, (before) => {
    const handedIn = before.status.state === 'handed_in' ? before.status : null;
    return {
      status: {
        state: 'ended',
        outcome,
        change: handedIn?.change ?? null,
        report: event.report ?? handedIn?.report ?? null,
        finishedAt: at,
      },
      keptRef: event.keptRef ?? before.keptRef,
      // What was handed in was settled then.
      ...(handedIn === null && settledUse(before, event)),
    };
  });
  if (outcome.kind === 'canceled') return after;
  // What nobody did wrong comes in crowds: after a crash, at a provider's limit.
  if (outcome.kind === 'failed' && isBlameless(outcome.failure)) return after;
  const { reason, count } = run.sameFailures;
  const now = outcome.kind === 'failed' ? outcome.failure.reason : '';
  const same = now !== '' && now === reason ? count + 1 : Number(now !== '');
  return { ...after, sameFailures: { reason: now, count: same } };
}
