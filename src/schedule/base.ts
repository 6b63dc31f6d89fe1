// Other people's commits on their way onto a run's branch: newer ones of its base branch, and those
// that a person has made on the branch itself. They are put on the head, or the head on them, pass the
// gate, and everything else is merged on top of them.

import type { Update } from '../model/base.ts';
import type { RunKey } from '../model/key.ts';
import { headRef } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import { baseStep } from './base-due.ts';
import type { Input, NotPublished, UpdateTold } from './input.ts';
import { taskAt } from './moves.ts';
import { BASE_CHOICES, cancelRun, openAsk } from './run-ask.ts';
import { abortingTask } from './standing.ts';
import type { Turn } from './turn.ts';
import { takeBack } from './undo.ts';

/** What can be done about commits that do not fit or fail. */
const UPDATE_CHOICES = {
  base: ['retry', 'skip', 'abort'],
  branch: ['retry', 'keep', 'abort'],
} as const;

/**
 * Decides what follows from what is told of other people's commits.
 *
 * @param turn - The turn it is heard in.
 * @param input - What was seen, or what became of those that come in.
 */
export function hearOthers(turn: Turn, input: Extract<Input, { type: 'looked' | 'update' }>): void {
  if (input.type === 'looked') hearLook(turn, input);
  else hearUpdate(turn, input);
}

/** What was compared with another head says nothing. */
function hearLook(turn: Turn, { run: key, seen }: Extract<Input, { type: 'looked' }>): void {
  const run = turn.world.runs.get(key);
  if (run?.status.state !== 'running' || run.head !== seen.head) return;
  turn.see(key, seen);
  // What was judged meanwhile, and is told of in the same breath, must not land beside that.
  if (turn.desk.driven.has(key) && abortingTask(run) === undefined) followBase(turn, key);
}

/**
 * Lets begin, and gives up, what follows from what was seen.
 *
 * @param turn - The turn it happens in.
 * @param key - The run.
 */
export function followBase(turn: Turn, key: RunKey): void {
  for (;;) {
    const run = turn.run(key);
    const step = baseStep(run, turn.desk);
    if (step === null) return;
    if (step.do === 'drop') dropUpdate(turn, run, 'overtaken');
    else if (step.do === 'refuse') refuseBranch(turn, run, step.commit);
    else start(turn, run, { kind: step.kind, commit: step.commit, kept: false });
  }
}

function start(
  turn: Turn,
  { key }: Run,
  what: { readonly kind: Update['kind']; readonly commit: string; readonly kept: boolean },
): void {
  turn.emit(key, { type: 'update-started', ...what, mark: markOf(turn, key, what.commit) });
}

function markOf({ desk, now }: Turn, run: RunKey, commit: string): string {
  return `${desk.seed}.update.${now}.${run}.${commit.slice(0, 12)}`;
}

/** Somebody has taken away, or put otherwise, what the run has brought onto its branch. */
function refuseBranch(turn: Turn, run: Run, commit: string): void {
  const message = `${run.branch} was rewritten: it is at ${commit.slice(0, 12)}, which does not build on what the run has brought onto it (${headRef(run.key)}). Put it back, or your commits on top of that, and retry?`;
  const mark = markOf(turn, run.key, commit);
  refuse(turn, run, { kind: 'branch', commit, mark, choices: BASE_CHOICES, message, evidence: [] });
}

function refuse(
  turn: Turn,
  { key }: Run,
  {
    choices,
    ...told
  }: Pick<Update, 'kind' | 'commit' | 'mark'> &
    Pick<Extract<UpdateTold, { kind: 'refused' }>, 'message' | 'evidence'> & {
      readonly choices: readonly string[];
    },
): void {
  const question = told.message;
  const ask = openAsk(turn, key, { task: null, kind: 'base', question, choices, freeText: false });
  turn.emit(key, { type: 'update-refused', ...told, ask });
}

/**
 * Gives up what comes in, unless the branch is about to move to it.
 *
 * @param turn - The turn it happens in.
 * @param run - The run.
 * @param why - Why.
 */
export function dropUpdate(turn: Turn, run: Run, why: 'overtaken' | 'over'): void {
  const { update } = run.base;
  if (update === null || update.status.state === 'publishing') return;
  const { mark, status } = update;
  turn.emit(run.key, { type: 'update-dropped', mark, why });
  if (status.state !== 'refused') return;
  const ask = run.asks.find(({ key }) => key === status.ask);
  if (ask?.status.state === 'open') turn.emit(run.key, { type: 'ask-withdrawn', ask: ask.key });
}

/** What is said of commits that came in earlier is late. */
function hearUpdate(turn: Turn, input: Extract<Input, { type: 'update' }>): void {
  const run = turn.world.runs.get(input.run);
  const update = run?.base.update ?? null;
  if (run === undefined || update === null || update.mark !== input.mark) return;
  const { told } = input;
  if (update.status.state === 'judging') hearJudged(turn, run, { update, told });
  else if (update.status.state === 'publishing') hearPublished(turn, run, { update, told });
}

function hearJudged(
  turn: Turn,
  run: Run,
  { update, told }: { readonly update: Update; readonly told: UpdateTold },
): void {
  const { kind, commit, mark } = update;
  switch (told.kind) {
    case 'refused': {
      const { message, evidence, fits } = told;
      const choices = kind === 'base' || fits ? UPDATE_CHOICES[kind] : BASE_CHOICES;
      refuse(turn, run, { kind, commit, mark, choices, message, evidence });
      return;
    }
    case 'publishable': {
      const { publication, evidence } = told;
      // On another head it is judged again.
      if (publication.old !== run.head || run.undo !== null) return;
      turn.emit(run.key, { type: 'update-publishing', mark, publication, evidence });
      return;
    }
    case 'regressed':
      // Without what it has broken it is judged again.
      takeBack(turn, run, { ...told, task: taskAt(run, told.cause) });
      return;
    case 'nothing':
      dropUpdate(turn, run, 'overtaken');
      turn.see(run.key, null);
      return;
    default: // of a move that was not announced
  }
}

function hearPublished(
  turn: Turn,
  run: Run,
  { update, told }: { readonly update: Update; readonly told: UpdateTold },
): void {
  const { kind, commit, mark, status } = update;
  if (status.state !== 'publishing') return;
  if (told.kind === 'published') {
    const { new: head, proof } = status.publication;
    turn.emit(run.key, { type: 'run-updated', kind, commit, head, proof });
  } else if (told.kind === 'not-published') {
    turn.emit(run.key, { type: 'update-dropped', mark, why: 'overtaken' });
    notPublished(turn, turn.run(run.key), { ...status.publication, ...told });
  }
}

/**
 * Decides what follows when a branch has not moved as it was announced: what a person has committed
 * comes in first; about a head that is somewhere else a person has to say something.
 *
 * @param turn - The turn it happens in.
 * @param run - The run; nothing is announced any more.
 * @param about - The move, and where the branch is.
 */
export function notPublished(
  turn: Turn,
  run: Run,
  { ref, old, why, at }: NotPublished & { readonly ref: string; readonly old: string },
): void {
  turn.see(run.key, null);
  if (why === 'branch') return;
  const question = `${ref} should be at ${old} but is ${at === null ? 'gone' : `at ${at}`}. Somebody else moved it. Put it back and retry?`;
  const about = { task: null, kind: 'base', question, choices: BASE_CHOICES } as const;
  openAsk(turn, run.key, { ...about, freeText: false });
}

/**
 * Does what was answered to what a run asks about its base.
 *
 * @param turn - The turn it happens in.
 * @param run - The run; the ask is answered already.
 * @param said - Which ask, the choice and who made it.
 */
export function followBaseAsk(
  turn: Turn,
  run: Run,
  { ask, choice, by }: { ask: string; choice: string | null; by: string },
): void {
  if (choice === 'abort') {
    cancelRun(turn, run, by);
    return;
  }
  const { update } = run.base;
  const isMeant = update?.status.state === 'refused' && update.status.ask === ask;
  if (update === null || !isMeant) return;
  const { kind, commit, mark } = update;
  if (choice === 'keep') {
    start(turn, run, { kind, commit, kept: true });
    return;
  }
  const why = choice === 'skip' ? 'left_out' : 'again';
  turn.emit(run.key, { type: 'update-dropped', mark, why });
  if (why === 'again') turn.see(run.key, null);
}
