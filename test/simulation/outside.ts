// What is outside of the simulated world: agents that do as they are told, checks, merges, refs.

import { NO_USAGE } from '../../src/model/attempt.ts';
import type { AgentReport } from '../../src/model/attempt.ts';
import { chargedOf, leftOf } from '../../src/model/budget.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Failure } from '../../src/model/failure.ts';
import type { AttemptKey } from '../../src/model/key.ts';
import type { PlanTask, PlanningResult } from '../../src/model/plan.ts';
import { passes } from '../../src/model/review.ts';
import type { Run } from '../../src/model/run.ts';
import type { Task } from '../../src/model/task.ts';
import type { Review, Verdict } from '../../src/model/verdict.ts';
import { fitsConflict } from '../../src/schedule/conflict.ts';
import type { Effect } from '../../src/schedule/effects.ts';
import { gateOf } from '../../src/schedule/gate.ts';
import type { Report, Spent, UndoTold, UpdateTold } from '../../src/schedule/input.ts';
import { samplePlanTask } from '../sample-run.ts';
import { Branches } from './branches.ts';

/** How something that is being done outside goes on. */
export type Outcome =
  | 'well'
  | 'badly'
  | 'without-change'
  | 'question'
  | 'leave'
  | 'conflict'
  | 'elsewhere'
  | Failure;

/** Something that is being done outside. */
export interface Doing {
  readonly effect: Exclude<Effect, { kind: 'timer' | 'stop' | 'answer' }>;
  /** How often it went on: a start is `started` before it ends, a ref moves before that is said. */
  steps: number;
  stopping: boolean;
  /** Of a run that ends: the attempt on which its summary stands. */
  asked?: AttemptKey;
}

type EventOf<T extends RunEvent['event']['type']> = Extract<RunEvent['event'], { type: T }>;

/** What a summary may use. */
const SUMMARY = { usd: 0.25, tokens: 5000 };

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A report without the address that every report has. */
export type Said = DistributiveOmit<Report, 'attempt' | 'fence'>;

/** How a process fares: held at its gate, at work, or torn down by whoever has taken over. */
export type ProcessState = 'held' | 'at-work' | 'torn-down';

/**
 * Tells what an agent says that it has used so far: one that does badly uses more than what is set
 * aside for it, and not each of them says anything.
 *
 * @param task - Its task.
 * @param outcome - How it goes on.
 * @returns What it says; `null` = nothing.
 */
export function usesSoFar(task: Task, outcome: Outcome): Use | null {
  const share = { well: 0.4, badly: 1.4, question: 0.7, leave: 0.3, conflict: 1, elsewhere: 0.1 };
  if (typeof outcome === 'object' || outcome === 'without-change') return null;
  return isCounted(task) ? useOf(task, share[outcome]) : null;
}

/** At its end it may have used more still, or does not know. */
function usesInTheEnd(task: Task, outcome: Outcome): Use {
  if (!isCounted(task)) return { costUsd: 0, tokens: NO_USAGE };
  if (outcome === 'well') return useOf(task, 0.5);
  if (outcome === 'badly') return useOf(task, 1.2);
  if (outcome === 'question') return { ...useOf(task, 0.7), tokens: null };
  return typeof outcome === 'object' && outcome.reason === 'budget'
    ? useOf(task, 0.9)
    : { costUsd: null, tokens: null };
}

type Use = Pick<Spent, 'costUsd' | 'tokens'>;

function isCounted(task: Task): boolean {
  const reserved = task.attempts.at(-1)?.reserved;
  return typeof reserved?.usd === 'number' || typeof reserved?.tokens === 'number';
}

/** A share of what is set aside for it, but never less than it has said before. */
function useOf(task: Task, share: number): Use {
  const attempt = task.attempts.at(-1);
  if (attempt === undefined) return { costUsd: null, tokens: null };
  const { reserved, costUsd, tokens } = attempt;
  const input = Math.round((reserved.tokens ?? 0) * share);
  return {
    costUsd: Math.max((reserved.usd ?? 0) * share, costUsd),
    tokens: { input: Math.max(input, tokens.input), output: 0, cached: 7 },
  };
}

/** Too little to be worth it. */
const FEW_TASKS = 3;

/**
 * Tells whose model sums a run up, and what is set aside for that.
 *
 * @param run - The run; it is over.
 * @returns What is said before the model is asked; `null` = none is.
 */
export function summaryFor(run: Run): EventOf<'summary-asked'> | null {
  const { state } = run.status;
  if (state !== 'completed' && state !== 'failed') return null;
  const done = run.tasks.filter(
    ({ status, spec }) =>
      status.state === 'completed' && spec.command === null && spec.kind !== 'plan',
  );
  const attempt = done.at(-1)?.attempts.at(-1);
  if (attempt?.status.state !== 'ended' || done.length < FEW_TASKS) return null;
  const left = leftOf(run.ceiling, chargedOf(run));
  const isShort = (left.usd ?? 1) <= 0 || (left.tokens ?? SUMMARY.tokens) < SUMMARY.tokens;
  if (isShort) return null;
  return {
    type: 'summary-asked',
    attempt: attempt.key,
    usd: left.usd === null ? null : Math.min(left.usd, SUMMARY.usd),
    tokens: left.tokens === null ? null : SUMMARY.tokens,
  };
}

/**
 * Tells what came of asking for a summary.
 *
 * @param attempt - The attempt that it stands on.
 * @param outcome - How it went.
 * @returns What is said; not each runtime knows what it used.
 */
export function summaryBy(attempt: AttemptKey, outcome: Outcome): EventOf<'summary-told'> {
  const isKnown = outcome === 'well' || outcome === 'badly';
  const share = outcome === 'well' ? 0.5 : 1.2;
  return {
    type: 'summary-told',
    attempt,
    text: outcome === 'well' ? 'so it was' : null,
    costUsd: isKnown ? SUMMARY.usd * share : null,
    tokens: isKnown ? { input: SUMMARY.tokens * share, output: 0, cached: 0 } : null,
  };
}

/** What all coordinators share: processes, refs and names for commits. */
export class Outside {
  readonly processes: Map<AttemptKey, ProcessState> = new Map();
  readonly branches: Branches = new Branches();
  /** Changes that pass where they were made, and nowhere else. */
  readonly rotten: Set<AttemptKey> = new Set();
  /** Of these no two pass together. */
  readonly quarrelsome: Set<AttemptKey> = new Set();
  /** Trees that a person wants although they are not good. */
  readonly kept: Set<string> = new Set();
  /** Whether everything that is done at the first try is such. */
  quarrels = false;
  /** Trees that were judged and found good. */
  readonly passed: Set<string> = new Set();
  /** The plan a planner makes. */
  planned: readonly PlanTask[] = [];
  /** The epoch that ref moves have to name. */
  epoch = 0;

  get working(): AttemptKey[] {
    return [...this.processes].flatMap(([key, state]) => (state === 'at-work' ? key : []));
  }

  /** An agent comes to its end. */
  work(task: Task, { stopping, outcome }: { stopping: boolean; outcome: Outcome }): Said {
    const attempt = task.attempts.at(-1)?.key ?? '';
    const spent = { ...usesInTheEnd(task, outcome), keptRef: `kept/${attempt}` };
    if (typeof outcome === 'object') return { type: 'failed', failure: outcome, spent };
    // Who is stopped may have ended before by itself.
    if (stopping && outcome !== 'without-change') return { type: 'stopped', spent };
    if (task.spec.kind === 'review') {
      const report = { ...said('done'), review: reviewBy(outcome) };
      return { type: 'handed-in', change: null, report, spent };
    }
    if (task.spec.kind === 'plan') {
      const result = this.#plans(task, outcome);
      return { type: 'planned', result, report: said('done'), spent };
    }
    if (outcome === 'question') return { type: 'handed-in', change: null, report: ASKS, spent };
    const report = said(outcome === 'badly' ? 'failed' : 'done');
    const mayChange = task.spec.expectChanges || task.spec.kind === 'resolve';
    if (outcome === 'without-change' || !mayChange) {
      return { type: 'handed-in', change: null, report, spent };
    }
    this.#spoil(attempt, this.quarrels && task.attempts.length === 1 ? 'elsewhere' : outcome);
    const commit = this.branches.commit();
    const change = { commit, tree: `tree-${commit}`, base: 'base', files: ['a.ts'] };
    return { type: 'handed-in', change, report, spent };
  }

  /** What a planner says: a plan, an answer to a question, or how much work it is. */
  #plans({ spec }: Task, outcome: Outcome): Extract<PlanningResult, { ok: true }> {
    const result = { ok: true, by: 'model', warnings: [] } as const;
    if (spec.estimates === true) {
      const detected = { orchestrate: outcome === 'well', reasons: ['it is so much'] };
      return { ...result, tasks: [], detected };
    }
    if (spec.discusses === undefined || outcome === 'badly') {
      return { ...result, tasks: this.planned };
    }
    const again = spec.discusses === 'again';
    const tasks = [...this.planned, samplePlanTask(spec.id)];
    return { ...result, reply: 'so', tasks: again || outcome === 'well' ? tasks : [] };
  }

  #spoil(attempt: AttemptKey, outcome: Outcome): void {
    if (outcome === 'conflict') this.rotten.add(attempt);
    if (outcome === 'elsewhere') this.quarrelsome.add(attempt);
  }

  /** Changes are stacked and judged; not all that may be left out fit. */
  integrate(run: Run, id: string, outcome: Outcome): Said | null {
    const gate = gateOf(run);
    // It is stopped, or finds that something else has to be judged.
    if (gate?.id !== id) return null;
    if (outcome === 'conflict') return { type: 'conflict', ...CONTESTED };
    const fewer = gate.loose && outcome === 'without-change';
    const attempts = gate.attempts.filter((_, index) => !fewer || index % 2 === 0);
    let old = run.head;
    const stack = attempts.map((attempt) => {
      const commit = this.branches.commit(old);
      const facts = { ref: run.key, old, new: commit, tree: `tree-${commit}` };
      old = commit;
      return { attempt, publication: { ...facts, proof: 'proven' as const } };
    });
    const rotten = attempts.some((attempt) => this.rotten.has(attempt));
    const quarrels = attempts.filter((attempt) => this.quarrelsome.has(attempt)).length > 1;
    const isGood = !rotten && !quarrels;
    const tree = `tree-${old}`;
    if (isGood) this.passed.add(tree);
    const tries = isGood ? 1 : 1 + gate.retries;
    const verdicts = [{ ...verdict(isGood), tree }];
    // Some changes touch what checks run: a person has to accept that.
    const touched = outcome === 'question' ? ['package.json'] : [];
    return { type: 'gated', gate: gate.id, stack, verdicts, tries, touched };
  }

  /** Whether an attempt cannot get onto the branch after those that are ahead of it. */
  isGuilty(attempt: AttemptKey, ahead: readonly AttemptKey[]): boolean {
    if (this.rotten.has(attempt)) return true;
    return this.quarrelsome.has(attempt) && ahead.some((one) => this.quarrelsome.has(one));
  }

  /** A change is taken out again and the gate run on what is left. */
  takeOut(run: Run, outcome: Outcome): UndoTold {
    if (outcome === 'conflict') return { kind: 'refused', message: 'a.ts', verdicts: [] };
    if (outcome === 'badly') return { kind: 'refused', message: 'no', verdicts: [verdict(false)] };
    const commit = this.branches.commit(run.head);
    const facts = { ref: run.key, old: run.head, new: commit, tree: `tree-${commit}` };
    const publication = { ...facts, proof: 'proven' } as const;
    return { kind: 'publishable', publication, verdicts: [verdict(true)] };
  }

  verify(run: Run, task: Task, outcome: Outcome): Said {
    if (task.spec.round !== undefined) {
      const cause = outcome === 'conflict' ? causeIn(run) : undefined;
      if (cause !== undefined && task.spec.kind === 'check') return this.#regressed(run, cause);
      const status = task.attempts.at(-1)?.status;
      const told = status?.state === 'handed_in' ? status.report.review : undefined;
      const review = told ?? reviewBy(outcome);
      const verdicts = [{ ...verdict(passes(review)), kind: 'review' as const }];
      return { type: 'reviewed', review, verdicts };
    }
    if (outcome === 'conflict' && fitsConflict(task)) return { type: 'lines-lost', ...CONTESTED };
    return { type: 'verified', verdicts: [verdict(outcome !== 'badly')] };
  }

  /** A check that passed before fails on the result, and its cause can be taken out. */
  #regressed(run: Run, cause: string): Said {
    const told = this.takeOut(run, 'well');
    if (told.kind !== 'publishable') return { type: 'verified', verdicts: [] };
    const { publication, verdicts } = told;
    const message = 'it broke the tests';
    return { type: 'regressed', cause, message, publication, refuted: [verdict(false)], verdicts };
  }

  /** What comes in and the head are put together, and judged. */
  bringIn(run: Run, outcome: Outcome): UpdateTold | null {
    const { update } = run.base;
    if (update?.status.state !== 'judging') return null;
    const { commit, status } = update;
    const { head, key } = run;
    if (this.branches.isAncestor(commit, head)) return { kind: 'nothing' };
    const builds = this.branches.isAncestor(head, commit);
    const message = 'it does not fit';
    if (outcome === 'conflict' && !builds) {
      return { kind: 'refused', message, fits: false, evidence: [] };
    }
    const cause = outcome === 'elsewhere' ? causeIn(run) : undefined;
    if (cause !== undefined) {
      const told = this.takeOut(run, 'well');
      if (told.kind === 'publishable') return { ...told, kind: 'regressed', cause, message };
    }
    const joined = builds ? commit : this.branches.commit(head, commit);
    const tree = `tree-${joined}`;
    if (status.kept) this.kept.add(tree);
    else if (outcome === 'badly') {
      return { kind: 'refused', message, fits: true, evidence: [verdict(false)] };
    } else this.passed.add(tree);
    const proof = status.kept ? 'unproven' : 'proven';
    const publication = { ref: key, old: head, new: joined, tree, proof } as const;
    return { kind: 'publishable', publication, evidence: [verdict(true)] };
  }
}

/** Whose change it is: the last one that is in. */
function causeIn({ tasks }: Run): string | undefined {
  return tasks.findLast(({ status }) => status.state === 'completed' && status.commit !== null)
    ?.key;
}

/** What is said of the result: it is good, it is wrong, or it cannot be understood. */
function reviewBy(outcome: Outcome): Review {
  const facts = { summary: 'so', commit: 'head' };
  if (outcome === 'well') return { ...facts, verdict: 'approve', findings: [] };
  const asks = { ...facts, verdict: 'request_changes' } as const;
  if (outcome === 'without-change') return { ...asks, findings: [], unreadable: 'what?' };
  const finding = { file: 'a.ts', severity: 'blocking', message: 'wrong' } as const;
  return { ...asks, findings: [finding, { ...finding, file: 'b.ts' }] };
}

function said(status: AgentReport['status']): AgentReport {
  return { status, summary: status, question: null, followUps: [] };
}

const CONTESTED = {
  files: ['a.ts'],
  sides: 'a.ts, line 1',
  resolver: { agent: 'resolver', reason: 'so', runtime: null },
} as const;

const ASKS: AgentReport = { status: 'blocked', summary: '', question: 'Which?', followUps: [] };

function verdict(ok: boolean): Verdict {
  return {
    kind: 'check',
    name: 'tests',
    ok,
    command: 'npm test',
    exitCode: ok ? 0 : 1,
    tree: 'tree',
    durationMs: 1,
    summary: '',
    findings: [],
  };
}
