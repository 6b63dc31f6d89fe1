// What follows when a person answers an ask.

import type { Ask } from '../model/ask.ts';
import type { Answer } from '../model/command.ts';
import { failure } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { ByHand } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { followBaseAsk } from './base.ts';
import { answerBudget } from './budget-ask.ts';
import { bringIn } from './conflict.ts';
import { giveUp } from './fail.ts';
import { taskAt } from './moves.ts';
import { goOnWith } from './permission.ts';
import { refuse } from './refuse.ts';
import { acceptPiece, rejectPiece, startReplan } from './replan.ts';
import { whyNoReplan } from './replans.ts';
import { followRunAsk, lacksRoom } from './run-ask.ts';
import { acceptAnother, rejectAnother } from './run-stage.ts';
import { dropHandedIn } from './stop.ts';
import type { Turn } from './turn.ts';

const UNDO =
  'Your change may not touch what the checks run: undo that part of it. A person was asked:';

/** The longest answer that is taken, in characters: it goes into a prompt. */
const LONGEST_ANSWER = 20_000;

/**
 * Decides what follows from an answer.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run of the ask.
 * @param command - Which ask, and what was said by whom.
 * @returns What to say to whoever answered.
 */
export function answerAsk(
  turn: Turn,
  run: Run,
  command: { ask: string; answer: string; by: string; byHand?: ByHand },
): Answer {
  const ask = run.asks.find(({ key }) => key === command.ask);
  if (ask?.status.state !== 'open') return notOpen(run, command.ask, ask);
  if (command.byHand !== undefined) {
    return takeByHand(turn, run, { ask, byHand: command.byHand, by: command.by });
  }
  const said = command.answer.trim();
  const word = said.toLowerCase();
  // `resume` is what the command is called that does the same.
  const meant = ask.task === null && word === 'resume' ? 'continue' : word;
  const choice = ask.choices.find((one) => one.toLowerCase() === meant);
  if (said === '' || (choice === undefined && !ask.freeText)) {
    return refuse(`${ask.key} takes ${ask.choices.join(' or ')}`, `tutti answer ${ask.key} …`);
  }
  if (said.length > LONGEST_ANSWER) {
    return refuse(
      `the answer has ${said.length} characters`,
      `at most ${LONGEST_ANSWER} are taken`,
    );
  }
  const refused = lacksRoom(turn, run, choice) ?? whyNotAnew(run, ask, choice);
  if (refused !== null) return refused;
  if (ask.kind === 'budget') return answerBudget(turn, ask, { said, by: command.by });
  turn.emit(run.key, {
    type: 'ask-answered',
    ask: ask.key,
    answer: choice ?? said,
    by: command.by,
  });
  follow(turn, ask, { choice: choice ?? null, said, by: command.by });
  return { ok: true, run: run.key, text: `${ask.key} is answered` };
}

/** A person has put both sides together themselves: a task brings that in, through the same gate. */
function takeByHand(
  turn: Turn,
  run: Run,
  { ask, byHand, by }: { ask: Ask; byHand: ByHand; by: string },
): Answer {
  const task = ask.task === null ? undefined : taskAt(run, ask.task);
  if (ask.kind !== 'conflict' || task?.status.state !== 'waiting') {
    return refuse(`${ask.key} is about no conflict`, `tutti show ${run.key}`);
  }
  const answer = 'resolved by hand';
  turn.emit(run.key, { type: 'ask-answered', ask: ask.key, answer, by });
  const key = bringIn(turn, turn.task(task.key), { byHand, by });
  return { ok: true, run: run.key, text: `${key} brings in what you made of it` };
}

function follow(
  turn: Turn,
  ask: Ask,
  answer: { choice: string | null; said: string; by: string },
): void {
  const run = turn.run(ask.run);
  if (ask.kind === 'base') followBaseAsk(turn, run, { ...answer, ask: ask.key });
  else if (ask.task === null) followRunAsk(turn, run, answer);
  else goOn(turn, taskAt(run, ask.task), { ask, ...answer });
}

function whyNotAnew(run: Run, ask: Ask, choice: string | undefined): Answer | null {
  if (choice !== 'replan' || ask.task === null) return null;
  const inTheWay = whyNoReplan(run, taskAt(run, ask.task));
  return inTheWay === null ? null : refuse(inTheWay, `tutti show ${run.key}`);
}

function notOpen(run: Run, key: string, ask: Ask | undefined): Answer {
  if (ask === undefined) {
    return refuse(`there is no ask ${key}`, 'tutti asks shows what waits for an answer');
  }
  if (ask.status.state === 'answered') {
    const { by, answer } = ask.status;
    return refuse(`${key} was answered already by ${by}: ${answer}`, `tutti show ${run.key}`);
  }
  return refuse(`${key} does not matter any more`, `tutti show ${run.key}`);
}

function goOn(
  turn: Turn,
  task: Task,
  { ask, choice, said, by }: { ask: Ask; choice: string | null; said: string; by: string },
): void {
  if (ask.kind === 'permission') {
    goOnWith(turn, task, { ask, choice });
    return;
  }
  if (task.status.state !== 'waiting') return;
  if (ask.kind === 'plan') {
    judgePiece(turn, task, { approved: choice === 'approve', by });
    return;
  }
  if (goesOnWith(ask, choice) && task.attempts.at(-1)?.status.state === 'handed_in') {
    turn.emit(task.run, { type: 'task-resumed', task: task.key });
    return;
  }
  dropHandedIn(turn, task, choice === 'skip' ? 'skipped' : 'question');
  const unblock = (instruction: string | null, approved = false): void =>
    turn.emit(task.run, { type: 'task-unblocked', task: task.key, instruction, approved });
  switch (choice) {
    case 'retry':
      unblock(undoing(ask));
      return;
    case 'approve':
      unblock(null, true);
      return;
    case 'reject':
      giveUp(turn, task, failure('rejected', 'A person did not let it start.'));
      return;
    case 'skip':
      turn.emit(task.run, {
        type: 'task-skipped',
        task: task.key,
        because: { reason: 'canceled', text: 'skipped by a person' },
      });
      return;
    case 'replan':
      giveUpFor(turn, task);
      startReplan(turn, turn.task(task.key), null);
      return;
    case 'abort':
      giveUpFor(turn, task);
      return;
    default:
      unblock(ask.kind === 'question' ? `You asked: ${ask.question}\nThe answer: ${said}` : said);
  }
}

/** Whether what was handed in is taken as it is. */
function goesOnWith({ kind }: Ask, choice: string | null): boolean {
  return choice === (kind === 'check_change' ? 'accept' : 'retry');
}

function undoing({ kind, question }: Ask): string | null {
  return kind === 'check_change' ? `${UNDO} ${question}` : null;
}

/** A person wants no further try of it as it is. */
function giveUpFor(turn: Turn, task: Task): void {
  const why = { failure: lastFailure(task), aborts: true };
  turn.emit(task.run, { type: 'task-failed', task: task.key, ...why });
}

function judgePiece(
  turn: Turn,
  planner: Task,
  { approved, by }: { approved: boolean; by: string },
): void {
  if (planner.spec.replaces === undefined) {
    if (approved) acceptAnother(turn, planner, by);
    else rejectAnother(turn, planner, by);
    return;
  }
  if (approved) {
    acceptPiece(turn, planner, by);
    return;
  }
  rejectPiece(turn, planner, by);
  giveUp(turn, planner, failure('rejected', 'A person rejected the new plan.'));
}

function lastFailure(task: Task): Failure {
  const status = task.attempts.at(-1)?.status;
  return status?.state === 'ended' && status.outcome.kind === 'failed'
    ? status.outcome.failure
    : failure('rejected', 'A person ended it.');
}
