// What must always hold, by name. Each can be switched off: a test shows that the bug it is there
// for then passes unseen.

import { isDeepStrictEqual } from 'node:util';

import type { Seen } from '../../src/model/base.ts';
import type { Answer, Command } from '../../src/model/command.ts';
import type { AttemptEnded, RunEvent } from '../../src/model/event.ts';
import { isAnnounced } from '../../src/model/failure.ts';
import type { AttemptKey, RunKey, TaskKey } from '../../src/model/key.ts';
import { taskOf } from '../../src/model/key.ts';
import { RUN_OVER } from '../../src/model/run.ts';
import type { Run } from '../../src/model/run.ts';
import { TASK_OVER } from '../../src/model/task.ts';
import type { Task } from '../../src/model/task.ts';
import type { World } from '../../src/model/world.ts';
import type { Counts } from '../../src/schedule/ask.ts';
import { effectsOfBase } from '../../src/schedule/effects-base.ts';
import { gateOf, isAnnounced as isLeaving } from '../../src/schedule/gate.ts';
import { waitsInVain, wrongRung } from './ladder.ts';
import { draftsBefore, mayHold, overLimit } from './limits.ts';
import { Money } from './money.ts';
import type { Doing, Outside } from './outside.ts';
import { isKept, problemsOf, stopsTheRun, taskIn } from './sound.ts';
import { Stages, wrongOutcome, wrongProposal } from './stages.ts';

/** What must always hold. */
const INVARIANTS = [
  /** Folding the events, reading the rows and the decision tell the same. */
  'fold',
  /** What is in the state it is in, goes together: queue, asks, live attempts. */
  'consistent',
  /** Never more attempts than any limit allows. */
  'limits',
  /** Nothing is spent twice, nor asked for while it is there; what is out of money stops. */
  'money',
  /** Nothing is left to decide, and no slot is idle while a task could run. */
  'idle',
  /** Whatever is under way has somebody who is at it, whatever waits has a timer. */
  'attended',
  /** Nothing starts before its dependencies are completed, nor after one of them is lost. */
  'dependencies',
  /** What depends on something that will never be is skipped. */
  'skipped',
  /** Nothing happens any more to what is finished. */
  'finished',
  /** A task has one process at work at a time, and an attempt is let go once. */
  'double-start',
  /** Nothing starts in a run that is paused or over, or behind a coordinator's back. */
  'paused',
  /** Fences only grow, and a report with another fence changes nothing. */
  'fence',
  /** What was heard before changes nothing when it is heard again. */
  'late',
  /** What a person was told that it is done stays done. */
  'acknowledged',
  /** Failures are counted, over crashes too, and never exceed what was allowed. */
  'counters',
  /** After a wait it goes on where it was: approved once, and with the answer. */
  'phase',
  /** A branch moves as it was announced, and is where the run says in the end. */
  'branch',
  /** What gets onto a branch has passed as the very tree that the branch then has. */
  'judged',
  /** What a person has committed is under everything that comes after it was seen. */
  'kept',
  /** Nobody is sent back for what others keep from the branch. */
  'blamed',
  /** Nobody completes what was found wrong, unless a person has accepted it. */
  'reviewed',
  /** A stage begins when what comes before it is over, and what it has found is there for others. */
  'stages',
  /** What was proposed for a plan is taken once, and only as long as nothing newer is there. */
  'proposed',
  /** What a newer plan has replaced goes on no more. */
  'superseded',
  /** What a run says of its outcome is so, and what was replaced does not count in it. */
  'outcome',
  /** A conflict goes up its ladder rung by rung, and nobody waits for what was given to another. */
  'ladder',
  /** Every run ends when nobody is in the way. */
  'ends',
] as const;

/** The name of something that must always hold. */
export type Invariant = (typeof INVARIANTS)[number];

/** Something that must always hold does not. */
export class Broken extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.name = 'Broken';
    this.invariant = invariant;
  }
}

interface Counted {
  failures: number;
  lost: number;
}

/** Looks on during a story and remembers what it has to. */
export class Watch {
  readonly #off: ReadonlySet<Invariant>;
  readonly #money = new Money();
  readonly #stages = new Stages();
  readonly #counted = new Map<TaskKey, Counted>();
  readonly #released = new Set<AttemptKey>();
  readonly #killed = new Set<AttemptKey>();
  readonly #skipped = new Set<TaskKey>();
  readonly #approved = new Set<TaskKey>();
  readonly #instructed = new Map<TaskKey, string>();
  /** What really holds of changes and trees. */
  outside: Pick<Outside, 'branches' | 'isGuilty' | 'kept' | 'passed'> | null = null;
  #lastFence = 0;
  /** Commits of people that somebody has seen. */
  readonly #seen = new Map<RunKey, Set<string>>();

  constructor(off: ReadonlySet<Invariant> = new Set()) {
    this.#off = off;
  }

  /** Breaks off where something does not hold. */
  insist(invariant: Invariant, holds: boolean, message: () => string): void {
    if (!holds && !this.#off.has(invariant)) throw new Broken(invariant, message());
  }

  #none(invariant: Invariant, wrong: string | null): void {
    this.insist(invariant, wrong === null, () => wrong ?? '');
  }

  same(one: unknown, other: unknown, message: string): void {
    if (this.#off.has('fold')) return;
    this.insist('fold', isDeepStrictEqual(one, other), () => message);
  }

  /** A person runs a stage out of its turn. */
  runsStage(run: RunKey): void {
    this.#stages.runs(run);
  }

  /** An event was decided; `run` is its run before. */
  happens(run: Run | undefined, { event }: RunEvent, epoch: number): void {
    if (run === undefined) return;
    this.#none('superseded', this.#stages.happens(run, event));
    this.#happensToRun(run, event, epoch);
    if (event.type === 'task-added') {
      this.#none('ladder', wrongRung(run, event.spec));
      return;
    }
    if ('task' in event) this.#happensTo(run, event);
  }

  #happensTo(run: Run, event: Extract<RunEvent['event'], { task: TaskKey }>): void {
    const task = taskIn(run, event.task);
    const { key, status } = task;
    const isUndo = event.type.startsWith('undo-') || event.type === 'task-undone';
    this.insist(
      'finished',
      (status.state === 'completed') === isUndo,
      () => `${event.type} for ${key}, ${status.state}`,
    );
    if (event.type === 'task-undone') this.#undone(run, task, event);
    if (event.type === 'task-completed') {
      this.insist('acknowledged', !this.#skipped.has(key), () => `${key} was skipped`);
    }
    if (event.type === 'task-publishing' || event.type === 'task-completed') {
      this.#buildsOnIt(run, task);
    }
    if (event.type === 'task-refuted') this.#refuted(run, task);
    if (event.type === 'task-waiting' || event.type === 'task-unblocked') {
      this.#waits(run, task, event);
    }
    if ('counts' in event) this.#counts(task, event.counts);
    if (event.type === 'task-reopened') {
      this.#skipped.delete(key);
      this.#counted.delete(key);
      if (event.instruction !== null) this.#instructed.set(key, event.instruction);
    }
  }

  #happensToRun(run: Run, event: RunEvent['event'], epoch: number): void {
    if (event.type === 'attempt-leased') this.#leased(run, taskIn(run, event.attempt), event.fence);
    if (event.type === 'attempt-leased') {
      this.insist('fence', event.fence === epoch, () => `${event.attempt} is not fenced`);
      const wrong = this.#money.leased(run, event);
      this.insist('money', wrong === null, () => wrong ?? '');
    }
    if (event.type === 'attempt-ended') this.#ended(run, event);
    if (event.type === 'run-completed') {
      const open = openReview(run);
      this.insist('reviewed', open === null, () => `${open ?? ''} was not settled`);
      this.#none('outcome', wrongOutcome(run, event.outcome));
    }
    if (event.type === 'update-started') this.#comesIn(run, event);
    if (event.type === 'task-completed' || event.type === 'run-updated') this.#under(run, event);
    if (event.type === 'run-completed') this.#under(run, { head: run.head });
    if (event.type === 'plan-drafted') this.#none('proposed', wrongProposal(run, event));
    if (event.type === 'summary-asked' || event.type === 'summary-told') {
      this.#none('money', this.#money.summed(run, event));
    }
  }

  /** Nothing comes in unjudged, unless a person has said so. */
  #comesIn(run: Run, { kept }: Extract<RunEvent['event'], { type: 'update-started' }>): void {
    const answer = run.asks.findLast(({ kind }) => kind === 'base')?.status;
    const isSaid = answer?.state === 'answered' && answer.answer === 'keep';
    this.insist('judged', !kept || isSaid, () => `${run.key} takes in what nobody wants to keep`);
  }

  /** What a person has committed, and was seen, is part of what the branch is now. */
  #under({ key }: Run, at: { readonly head?: string; readonly commit?: string | null }): void {
    const branches = this.outside?.branches;
    const head = at.head ?? at.commit ?? null;
    if (head === null || branches === undefined) return;
    const own = branches.own.get(key) ?? [];
    const past = [...(this.#seen.get(key) ?? [])].find(
      (commit) => own.includes(commit) && !branches.isAncestor(commit, head),
    );
    this.insist('kept', past === undefined, () => `${past ?? ''} is not under ${head} of ${key}`);
  }

  /** Somebody has looked, and was heard. */
  looked(run: RunKey, { head, branch }: Seen): void {
    if (branch.kind !== 'ahead') return;
    // What builds on where the branch has just moved to comes in after that.
    const now = this.outside?.branches.heads.get(run) ?? head;
    if (now !== head) return;
    const seen = this.#seen.get(run) ?? new Set();
    this.#seen.set(run, seen.add(branch.commit));
  }

  #counts(task: Task, counts: Counts): void {
    if (counts === 'exhausted') this.#exhausts(task);
    if (counts !== 'failure' || task.status.state !== 'failed') return;
    // Not its attempt has failed, but what it had brought onto the branch.
    const { failures } = this.#counted.get(task.key) ?? { failures: 0 };
    this.#counted.set(task.key, { failures: failures + 1, lost: 0 });
  }

  /** A command was answered; `world` is the one after it. */
  acknowledged(command: Command, answer: Answer, world: World): void {
    if (!answer.ok) return;
    const run = answer.run === null ? undefined : world.runs.get(answer.run);
    this.insist('acknowledged', run !== undefined, () => `${command.type} of no run`);
    if (run === undefined) return;
    if (command.type === 'kill') {
      const { attempts } = taskIn(run, command.attempt);
      const { key = '' } = attempts.at(-1) ?? {};
      this.#killed.add(key);
    }
    if (command.type === 'skip') this.#skipped.add(command.task);
    const kept = isKept(command, run);
    this.insist('acknowledged', kept, () => `${command.type} was answered, but not done`);
  }

  /** What must hold of the world when everything was decided. */
  settled(world: World, now: number): void {
    for (const run of world.runs.values()) {
      this.#none('stages', this.#stages.lost(run));
      if (run.status.state === 'completed') {
        this.#none('outcome', wrongOutcome(run, run.status.outcome));
      }
      this.#none('money', this.#money.wrongSum(run));
      for (const problem of problemsOf(run)) {
        this.insist('consistent', false, () => `${run.key} is ${run.status.state}: ${problem}`);
      }
    }
    const over = overLimit(world);
    this.insist('limits', over === null, () => over ?? '');
    for (const key of world.desk.driven) {
      const run = world.runs.get(key);
      if (run === undefined || RUN_OVER[run.status.state]) continue;
      const wrong = this.#money.problemOf(run);
      this.insist('money', wrong === null, () => `${key}: ${wrong ?? ''}`);
      for (const task of run.tasks) this.#noneForgotten(run, task);
      const unjudged = this.#unjudged(run);
      this.insist('judged', unjudged === null, () => `${unjudged ?? ''} is to be the branch`);
      if (!world.desk.draining && world.desk.slots > 0) this.#noneIdle(world, run, now);
    }
  }

  /** Whatever is under way has somebody who is at it. */
  attended(world: World, doing: readonly Doing[], waited: ReadonlySet<TaskKey | undefined>): void {
    const at = new Set(doing.map(({ effect }) => nameOf(effect)));
    const is = (name: string): void =>
      this.insist('attended', at.has(name), () => `nobody does: ${name}`);
    for (const key of world.desk.driven) {
      const run = world.runs.get(key);
      if (run === undefined || RUN_OVER[run.status.state]) continue;
      for (const task of run.tasks) {
        const { key: name, status } = task;
        if (status.state === 'ready' && status.notBefore > 0) {
          this.insist('attended', waited.has(name), () => `nobody wakes ${name}`);
        }
        const needed = effectFor(world, task);
        if (needed !== null) is(needed);
      }
      this.#queueAttended(run, doing);
    }
    this.#takenOut(world, is);
    for (const effect of [...world.desk.driven].flatMap((key) => basesOf(world, key))) {
      is(nameOf(effect));
    }
  }

  #takenOut(world: World, is: (name: string) => void): void {
    for (const run of world.runs.values()) {
      const { undo, tasks, base } = run;
      const moves = base.update?.status.state === 'publishing' || tasks.some(isMoving);
      const isTaken = world.desk.driven.has(run.key) || world.desk.undoing?.has(run.key) === true;
      if (undo === null || !isTaken) continue;
      if (undo.publication !== null) is(`publish-undo ${undo.mark}`);
      else if (!moves) is(`undo ${undo.mark}`);
    }
  }

  #refuted(run: Run, { key: task, status, attempts }: Task): void {
    if (status.state !== 'running' || status.phase !== 'integrate') return;
    const { key = '' } = attempts.at(-1) ?? {};
    const ahead = run.queue
      .slice(0, run.queue.indexOf(task))
      .map((one) => taskIn(run, one).attempts.at(-1)?.key ?? '');
    const guilty = this.outside?.isGuilty(key, ahead) !== false;
    this.insist('blamed', guilty, () => `${key} is sent back`);
  }

  #queueAttended(run: Run, doing: readonly Doing[]): void {
    const leaving = run.queue.findLast((task) => isLeaving(taskIn(run, task)));
    const uppermost = leaving === undefined ? null : taskIn(run, leaving).attempts.at(-1)?.key;
    const gate = gateOf(run);
    const isDone = doing.some(({ effect }) => {
      if (effect.kind === 'publish') return effect.attempt === uppermost;
      return effect.kind === 'integrate' && effect.gate === gate?.id;
    });
    const isIdle = leaving === undefined && gate === null;
    this.insist('attended', isDone || isIdle, () => `nobody sees to the queue of ${run.key}`);
  }

  /** The tree that a branch is about to have, where nobody has found it good. */
  #unjudged(run: Run): string | null {
    const coming = run.base.update?.status;
    if (coming?.state === 'publishing') {
      const { tree } = coming.publication;
      const isGood =
        this.outside?.passed.has(tree) === true || this.outside?.kept.has(tree) === true;
      return isGood ? null : tree;
    }
    const status = run.queue
      .map((key) => taskIn(run, key).status)
      .findLast((one) => one.state === 'running' && one.publication !== null);
    if (status?.state !== 'running' || status.publication === null) return null;
    const { tree } = status.publication;
    return this.outside?.passed.has(tree) === false ? tree : null;
  }

  /** A process that was held at its gate is let go. */
  release(attempt: AttemptKey, working: Iterable<AttemptKey>): void {
    const task = taskOf(attempt);
    const other = [...working].find((one) => taskOf(one) === task);
    this.insist('double-start', other === undefined, () => `${attempt} joins ${other ?? ''}`);
    const again = this.#released.has(attempt);
    this.insist('double-start', !again, () => `${attempt} is let go once more`);
    this.#released.add(attempt);
  }

  /** A change is gone: the head has moved past it as announced, and the branch is there. */
  #undone(
    run: Run,
    { key }: Task,
    { commit }: Extract<RunEvent['event'], { type: 'task-undone' }>,
  ): void {
    const { undo } = run;
    const isSo = undo?.task === key && undo.publication?.new === commit;
    this.insist('branch', isSo, () => `${key} is gone, but that was not announced`);
    const merging = run.tasks.find(isMoving);
    this.insist('branch', merging === undefined, () => `${merging?.key ?? ''} moves it too`);
  }

  /** Only the fallback is left, because nobody else could succeed. */
  #exhausts({ key, spec, attempts }: Task): void {
    const counted = this.#counted.get(key) ?? { failures: 0, lost: 0 };
    const failures = Math.max(counted.failures, spec.maxAttempts);
    this.#counted.set(key, { failures, lost: 0 });
    const last = attempts.at(-1)?.status;
    const outcome = last?.state === 'ended' ? last.outcome : null;
    const reason = outcome?.kind === 'failed' ? outcome.failure.reason : '';
    const may = ['refused', 'auth', 'sandbox'].includes(reason) && spec.fallback !== null;
    this.insist('counters', may, () => `${key} gives up early`);
  }

  /** What is brought onto the branch, or judged, rests on what is there. */
  #buildsOnIt(run: Run, { key, dependsOn }: Task): void {
    for (const on of dependsOn) {
      const { state } = taskIn(run, on).status;
      const message = (): string => `${key} is done, but ${on} is ${state}`;
      this.insist('dependencies', state === 'completed', message);
    }
  }

  #leased(run: Run, task: Task, fence: number): void {
    const { key, spec } = task;
    for (const on of task.dependsOn) {
      const { state } = taskIn(run, on).status;
      const message = (): string => `${key} begins, but ${on} is ${state}`;
      this.insist('dependencies', state === 'completed' && run.undo?.task !== on, message);
    }
    this.#none('stages', this.#stages.tooEarly(run, task));
    const drafter = run.tasks.find((other) => draftsBefore(other, task));
    this.insist(
      'proposed',
      drafter === undefined,
      () => `${key} plans beside ${drafter?.key ?? ''}`,
    );
    this.insist('paused', run.paused === null, () => `${key} begins while ${run.key} is paused`);
    const goesOn = run.status.state === 'running' || run.status.state === 'planning';
    this.insist('paused', goesOn, () => `${key} begins while it is ${run.status.state}`);
    this.insist('acknowledged', !this.#skipped.has(key), () => `${key} was skipped`);
    this.insist('fence', fence >= this.#lastFence, () => `${key} gets fence ${fence}`);
    this.#lastFence = Math.max(this.#lastFence, fence);
    const approved = !spec.approval || this.#approved.has(key);
    this.insist('phase', approved, () => `${key} begins without having been approved`);
    const told = this.#instructed.get(key) ?? task.instruction;
    this.insist('phase', task.instruction === told, () => `${key} does not know the answer`);
    const { failures } = this.#counted.get(key) ?? { failures: 0 };
    const counts = (): string => `${key} has failed ${failures} times, not ${task.failures}`;
    this.insist('counters', failures === task.failures, counts);
    const most = spec.maxAttempts + (spec.fallback === null ? 0 : 1);
    // Of what resolves a conflict, the last rung is a person, who may let it be tried once more.
    const isLet = spec.resolves !== undefined && isAnswered(run, key);
    const may = spec.onFailure !== 'retry' || failures < most || isLet;
    this.insist('counters', may, () => `${key} has failed ${failures} times already`);
  }

  #ended(run: Run, event: AttemptEnded): void {
    const { attempt, outcome } = event;
    const task = taskIn(run, attempt);
    const goesOn = isToGoOn(run, task);
    this.insist('phase', !goesOn, () => `${attempt} is dropped, but should have gone on`);
    const wanted = outcome.kind !== 'succeeded' || !this.#killed.has(attempt);
    this.insist('acknowledged', wanted, () => `${attempt} succeeds, but was killed`);
    const counted = this.#counted.get(task.key) ?? { failures: 0, lost: 0 };
    this.#counted.set(task.key, counted);
    if (outcome.kind === 'succeeded') return;
    const why = outcome.kind === 'failed' ? outcome.failure : null;
    if (why?.reason === 'worker_lost' && counted.lost < 2) {
      counted.lost += 1;
      return;
    }
    counted.lost = 0;
    if (why === null || why.reason === 'conflict' || isAnnounced(why)) return;
    // One that used all that was set aside for it goes on under a new reservation.
    if (why.reason === 'budget' && this.#money.isUsedUp(run, event)) return;
    counted.failures += 1;
  }

  #waits(
    run: Run,
    { key }: Task,
    event: Extract<RunEvent['event'], { type: 'task-waiting' | 'task-unblocked' }>,
  ): void {
    if (event.type === 'task-unblocked') {
      const counted = this.#counted.get(key);
      if (counted !== undefined) counted.lost = 0;
      if (event.approved) this.#approved.add(key);
      if (event.instruction !== null) this.#instructed.set(key, event.instruction);
      return;
    }
    const kind = run.asks.find((ask) => ask.key === event.ask)?.kind;
    const again = kind === 'approval' && this.#approved.has(key);
    this.insist('phase', !again, () => `${key} asks for its approval again`);
  }

  /** What depends on something lost is skipped, what depends on nothing unfinished is ready. */
  #noneForgotten(run: Run, task: Task): void {
    this.#none('ladder', waitsInVain(run, task));
    if (task.status.state !== 'pending' || run.status.state !== 'running') return;
    if (run.tasks.some(stopsTheRun)) return;
    // One planner after the other; and what waits for a task that is planned anew waits for that.
    if (task.spec.replaces !== undefined) {
      const ahead = run.tasks.some((one) => isPlanningAnew(one) && one.number < task.number);
      this.insist('idle', ahead, () => `${task.key} waits for nothing`);
      return;
    }
    const anew = new Set(run.tasks.filter(isPlanningAnew).map(({ spec }) => spec.replaces));
    if (task.dependsOn.some((key) => anew.has(key))) return;
    const states = task.dependsOn.map((key) => taskIn(run, key).status.state);
    const lost = states.some((state) => TASK_OVER[state] && state !== 'completed');
    this.insist('skipped', !lost, () => `${task.key} waits for what will never be`);
    const open =
      states.some((state) => state !== 'completed') ||
      task.dependsOn.some((key) => key === run.undo?.task);
    this.insist('idle', open, () => `${task.key} waits for nothing`);
  }

  /** Whatever is held by the starts per minute alone needs a timer. */
  retried(world: World, now: number): void {
    if (world.desk.draining || world.desk.slots === 0) return;
    for (const key of world.desk.driven) {
      const run = world.runs.get(key);
      if (run === undefined || !isGoingOn(run) || !isLimitedInStarts(run)) continue;
      const held = run.tasks.find((task) => mayHold(world, task, now) === 'starts');
      this.insist('attended', held === undefined, () => `nobody tries ${held?.key ?? ''} again`);
    }
  }

  #noneIdle(world: World, run: Run, now: number): void {
    if (!isGoingOn(run)) return;
    for (const task of run.tasks) {
      if (task.status.state !== 'ready' || mayHold(world, task, now) !== null) continue;
      this.insist('idle', false, () => `${task.key} could run`);
    }
  }
}

/** A task of the last review that asks for changes nobody has made or waived. */
function openReview({ tasks, asks, settings }: Run): TaskKey | null {
  const last = tasks.findLast(({ spec }) => spec.round !== undefined)?.spec.round;
  const answer = asks.findLast(({ kind }) => kind === 'review')?.status;
  if (!settings.stages.requirePassing || last === undefined) return null;
  if (answer?.state === 'answered' && answer.answer === 'accept') return null;
  const open = tasks.find(({ spec, status, attempts }) => {
    const ended = attempts.at(-1)?.status;
    const review = ended?.state === 'ended' ? ended.report?.review : undefined;
    if (spec.round !== last || status.state !== 'completed') return false;
    return review?.verdict === 'request_changes';
  });
  return open?.key ?? null;
}

/** A person has been asked about a task, and has answered. */
function isAnswered({ asks }: Run, task: TaskKey): boolean {
  return asks.findLast((ask) => ask.task === task)?.status.state === 'answered';
}

/** A person wants what was handed in to be tried again. */
function isToGoOn(run: Run, { status }: Task): boolean {
  if (status.state !== 'waiting') return false;
  const ask = run.asks.find(({ key }) => key === status.ask);
  // What touches the checks is accepted as it is, or done again without that.
  const goes = ask?.kind === 'check_change' ? 'accept' : 'retry';
  return ask?.status.state === 'answered' && ask.status.answer === goes;
}

function isGoingOn({ paused, status, tasks }: Run): boolean {
  if (paused !== null || (status.state !== 'running' && status.state !== 'planning')) return false;
  return !tasks.some(stopsTheRun);
}

function basesOf({ runs, desk }: World, key: RunKey): ReturnType<typeof effectsOfBase> {
  const run = runs.get(key);
  return run === undefined ? [] : effectsOfBase(undefined, { run, desk });
}

/** What has to be done for a task that is running. */
function effectFor({ desk }: World, { status, attempts }: Task): string | null {
  if (status.state !== 'running') return null;
  const { key: attempt = '', fence } = attempts.at(-1) ?? {};
  if (status.phase === 'work') return `${fence === desk.epoch ? 'start' : 'recover'} ${attempt}`;
  return status.phase === 'verify' ? `verify ${attempt}` : null;
}

/** Its branch move is announced. */
function isMoving({ status }: Task): boolean {
  return status.state === 'running' && status.publication !== null;
}

function isLimitedInStarts({ settings }: Run): boolean {
  return Object.values(settings.runtimes).some(({ startsPerMinute }) => startsPerMinute !== null);
}

function isPlanningAnew({ spec, status }: Task): boolean {
  return spec.replaces !== undefined && !TASK_OVER[status.state];
}

/**
 * Names what is being done.
 *
 * @param effect - What.
 * @returns Its kind and what it is about.
 */
export function nameOf(effect: Doing['effect']): string {
  if ('attempt' in effect) return `${effect.kind} ${effect.attempt}`;
  if (effect.kind === 'update') return `${effect.kind} ${effect.update}`;
  return `${effect.kind} ${'mark' in effect ? effect.mark : effect.run}`;
}
