// What follows from a command. Every command has an answer; one that makes no sense in the present
// state is refused with what can be done instead.

import type { AddRun, Answer, Command } from '../model/command.ts';
import { runOf, taskNumber } from '../model/key.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import { overAlready } from '../model/over.ts';
import type { PlanRevision, PlanTask } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { OfferedAs, Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { slug } from '../util/slug.ts';
import { answerAsk } from './answer.ts';
import { goOn } from './detection.ts';
import { discussPlan, judgeProposal, planAgain } from './discuss.ts';
import { draftPlan } from './propose.ts';
import { done, refuse, stalePlan } from './refuse.ts';
import { retry } from './retry.ts';
import { cancelRun, lacksRoom, resumeRun } from './run-ask.ts';
import { runStage } from './run-stage.ts';
import { stopAttempts } from './stop.ts';
import { kill, skip } from './task-command.ts';
import type { Turn } from './turn.ts';
import { undo } from './undo.ts';

/**
 * Decides what follows from a command.
 *
 * @param turn - The turn it is heard in.
 * @param command - The command.
 * @returns What to say to whoever gave it.
 */
export function hearCommand(turn: Turn, command: Command): Answer {
  if (command.type === 'add-run') return addRun(turn, command);
  if (command.type === 'answer') {
    const run = turn.world.runs.get(runOf(command.ask));
    return run === undefined ? unknown(command.ask) : answerAsk(turn, run, command);
  }
  const key = keyOf(command);
  const run = turn.world.runs.get(runOf(key));
  if (run === undefined) return unknown(key);
  if (command.type === 'note-offer') return noteOffer(turn, run, command.offeredAs);
  if (command.type === 'note-merge') return noteMerge(turn, run, command);
  if (key === run.key) return hearRunCommand(turn, run, command);
  const task = run.tasks[taskNumber(key) - 1];
  return task === undefined ? unknown(key) : hearTaskCommand(turn, task, command);
}

type KeyedCommand = Exclude<Command, { type: 'add-run' | 'answer' }>;
type SteeringCommand = Exclude<KeyedCommand, { type: 'note-offer' | 'note-merge' }>;

function keyOf(command: KeyedCommand): string {
  if ('run' in command) return command.run;
  if ('task' in command) return command.task;
  return 'attempt' in command ? command.attempt : command.key;
}

function hearRunCommand(turn: Turn, run: Run, command: SteeringCommand): Answer {
  if (command.type === 'drive') {
    // Who starts nothing (more) leaves it to the next one, who will be asked too.
    if (turn.desk.slots > 0 && !turn.desk.draining) turn.drive(run.key);
    const { state } = run.status;
    return done(run, RUN_OVER[state] ? overAlready(run.key, state) : `${run.key} goes on`);
  }
  if (command.type === 'retry') return retry(turn, run, command);
  if (command.type === 'run-stage') return runStage(turn, run, command);
  if (RUN_OVER[run.status.state]) {
    return refuse(overAlready(run.key, run.status.state), `tutti show ${run.key}`);
  }
  switch (command.type) {
    case 'pause':
    case 'resume':
    case 'cancel':
      return steer(turn, run, command);
    case 'skip':
    case 'kill':
    case 'undo':
      return refuse(`${run.key} is a run`, `name one of its tasks: tutti show ${run.key}`);
    default:
      return hearPlanCommand(turn, run, command);
  }
}

type PlanCommand = Extract<
  KeyedCommand,
  { type: 'approve-plan' | 'reject-plan' | 'revise-plan' | 'discuss-plan' | 'judge-proposal' }
>;

function hearPlanCommand(turn: Turn, run: Run, command: PlanCommand): Answer {
  switch (command.type) {
    case 'approve-plan':
    case 'reject-plan':
      return judgePlan(turn, run, command);
    case 'revise-plan':
      return revisePlan(turn, run, command);
    case 'discuss-plan':
      return discussPlan(turn, run, command);
    case 'judge-proposal':
      return judgeProposal(turn, run, command, (plan) => draftPlan(turn, run, plan));
  }
}

function steer(
  turn: Turn,
  run: Run,
  command: Extract<Command, { type: 'pause' | 'resume' | 'cancel' }>,
): Answer {
  switch (command.type) {
    case 'pause':
      return pause(turn, run, command);
    case 'resume':
      return resume(turn, run, command.by);
    case 'cancel':
      return cancelRun(turn, run, command.by);
  }
}

/** Only what is over is merged; whoever retried it meanwhile has a run that goes on. */
function noteMerge(
  turn: Turn,
  run: Run,
  { into, by }: { readonly into: string; readonly by: string },
): Answer {
  if (RUN_OVER[run.status.state]) turn.emit(run.key, { type: 'run-merged', into, by });
  return done(run, `${run.key} is in ${into}`);
}

/** Whatever state it is in: it happened elsewhere. */
function noteOffer(turn: Turn, run: Run, offeredAs: OfferedAs): Answer {
  const { offeredAs: before } = run;
  const known =
    before !== null &&
    before.number === offeredAs.number &&
    before.url === offeredAs.url &&
    before.state === offeredAs.state &&
    canonicalJson(before.checked ?? null) === canonicalJson(offeredAs.checked ?? null);
  if (!known) turn.emit(run.key, { type: 'pull-request-seen', offeredAs });
  return done(run, `${run.key} is offered as ${offeredAs.url}`);
}

function pause(turn: Turn, run: Run, { now, by }: { now: boolean; by: string }): Answer {
  if (run.status.state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  const next = `tutti resume ${run.key} goes on`;
  const before = run.paused;
  if (before === null) {
    const reason = `paused by ${by}`;
    turn.emit(run.key, { type: 'run-paused', pause: { by: 'person', reason } });
  }
  if (now) stopAttempts(turn, run.key, { kind: 'canceled', why: 'paused' });
  if (before === null) return done(run, `${run.key} is paused; ${next}`);
  const stopped = now ? '; what is at work is being stopped, its work is kept' : '';
  return done(run, `${run.key} is paused already (${before.reason})${stopped}; ${next}`);
}

function resume(turn: Turn, run: Run, by: string): Answer {
  if (run.paused === null) return done(run, `${run.key} was not paused`);
  const lacking = lacksRoom(turn, run, 'continue');
  if (lacking !== null) return lacking;
  resumeRun(turn, run.key, by);
  return done(run, `${run.key} goes on`);
}

function hearTaskCommand(turn: Turn, task: Task, command: SteeringCommand): Answer {
  const run = turn.run(task.run);
  switch (command.type) {
    case 'retry':
      return retry(turn, run, command);
    case 'skip':
      return skip(turn, run, { task, by: command.by });
    case 'kill':
      return kill(turn, run, { task, attempt: command.attempt });
    case 'undo':
      return undo(turn, run, { task, by: command.by });
    default:
      return refuse(`${task.key} is a task`, `name its run: ${run.key}`);
  }
}

// ---- runs ----

function addRun(turn: Turn, command: AddRun): Answer {
  const number = Math.max(turn.world.lastNumber, command.above) + 1;
  const key: RunKey = `${command.projectKey}-${number}`;
  const { type: _, projectKey: __, plan, planner, above: ___, ...facts } = command;
  const branch = `${command.settings.branchPrefix}${key}/${slug(command.title)}`;
  turn.emit(key, { ...facts, type: 'run-created', number, branch });
  goOn(turn, key, { plan, planner });
  return { ok: true, run: key, text: key };
}

/** Judges the run's plan; while it is running, the new piece that waits for approval. */
function judgePlan(
  turn: Turn,
  run: Run,
  command: Extract<Command, { type: 'approve-plan' | 'reject-plan' }>,
): Answer {
  const { type, by, revision = run.plans.length } = command;
  // What nobody has looked at is neither approved nor rejected.
  if (revision !== run.plans.length) return stalePlan(run);
  const ask = run.asks.find(({ kind, status }) => kind === 'plan' && status.state === 'open');
  if (ask === undefined) {
    if (command.type === 'reject-plan' && command.reason !== undefined) {
      return planAgain(turn, run, { by, reason: command.reason });
    }
    return type === 'approve-plan' ? approvePlan(turn, run, by) : rejectPlan(turn, run, by);
  }
  if (command.type === 'reject-plan' && command.reason !== undefined) {
    const planner = run.tasks.find(({ key }) => key === ask.task);
    const { replaces } = planner?.spec ?? {};
    const again =
      replaces === undefined
        ? `tutti stage ${run.key} planning`
        : `tutti retry ${replaces} --replan`;
    const message = `this plan of ${run.key} is beside the one that it carries out: nobody hears a reason`;
    return refuse(message, `reject it without one, then: ${again}`);
  }
  const answer = type === 'approve-plan' ? 'approve' : 'reject';
  return answerAsk(turn, run, { ask: ask.key, answer, by });
}

function approvePlan(turn: Turn, run: Run, by: string): Answer {
  const plan = run.plans.at(-1);
  if (run.status.state !== 'awaiting_approval' || plan === undefined) {
    return refuse(`${run.key} has no plan that waits for approval`, `tutti show ${run.key}`);
  }
  turn.emit(run.key, { type: 'plan-approved', revision: plan.revision, by });
  return done(run, `the plan of ${run.key} is approved`);
}

function rejectPlan(turn: Turn, run: Run, by: string): Answer {
  const plan = run.plans.at(-1);
  if (run.status.state !== 'awaiting_approval' || plan === undefined) {
    return refuse(`${run.key} has no plan that waits for approval`, `tutti show ${run.key}`);
  }
  turn.emit(run.key, { type: 'plan-rejected', revision: plan.revision, by });
  turn.emit(run.key, { type: 'cancel-requested', by });
  turn.drive(run.key);
  return done(run, `the plan of ${run.key} is rejected, the run is canceled`);
}

function revisePlan(
  turn: Turn,
  run: Run,
  command: {
    from: number;
    by: string;
    tasks: readonly PlanTask[];
    warnings: PlanRevision['warnings'];
  },
): Answer {
  const latest = run.plans.length;
  const { state } = run.status;
  if (state === 'planning') {
    const hint = `wait for it, or go on with it here: tutti plan continue ${run.key}`;
    return refuse(`the planner is at work on the plan of ${run.key}`, hint);
  }
  if (state !== 'awaiting_approval' && state !== 'approved') {
    return refuse(`the plan of ${run.key} cannot be edited any more`, `tutti show ${run.key}`);
  }
  if (command.from !== latest) return stalePlan(run);
  draftPlan(turn, run, { by: command.by, tasks: command.tasks, warnings: command.warnings });
  return done(run, `revision ${latest + 1} of ${run.key}`);
}

// ---- answers ----

function unknown(key: RunKey | TaskKey): Answer {
  return {
    ok: false,
    code: 'unknown_key',
    message: `there is no ${key} in this project`,
    hint: 'tutti list shows all runs',
  };
}
