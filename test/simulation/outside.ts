// What is outside of the simulated world: agents that do as they are told, checks, merges, refs.

import { NO_USAGE } from '../../src/model/attempt.ts';
import type { AgentReport } from '../../src/model/attempt.ts';
import type { Failure } from '../../src/model/failure.ts';
import type { AttemptKey } from '../../src/model/key.ts';
import type { PlanTask } from '../../src/model/plan.ts';
import type { Run } from '../../src/model/run.ts';
import type { Task } from '../../src/model/task.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { Effect } from '../../src/schedule/effects.ts';
import type { Report, Spent } from '../../src/schedule/input.ts';

/** How something that is being done outside goes on. */
export type Outcome =
  | 'well'
  | 'badly'
  | 'without-change'
  | 'question'
  | 'conflict'
  | 'elsewhere'
  | Failure;

/** Something that is being done outside. */
export interface Doing {
  readonly effect: Exclude<Effect, { kind: 'timer' | 'stop' }>;
  /** How often it went on: a start is `started` before it ends, a ref moves before that is said. */
  steps: number;
  stopping: boolean;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A report without the address that every report has. */
export type Said = DistributiveOmit<Report, 'attempt' | 'fence'>;

/** How a process fares: held at its gate, at work, or torn down by whoever has taken over. */
export type ProcessState = 'held' | 'at-work' | 'torn-down';

/**
 * Tells what is set aside for the attempt at a task.
 *
 * @param task - The task.
 * @returns US dollars; 0 where money is not counted.
 */
export function reservationOf(task: Task): number {
  return task.attempts.at(-1)?.reserved.usd ?? 0;
}

/** An agent keeps to what is set aside for it; one that does badly does not even say what it used. */
function spentBy(task: Task, outcome: Outcome): Pick<Spent, 'costUsd' | 'tokens'> {
  const reserved = reservationOf(task);
  if (reserved === 0) return { costUsd: 0, tokens: NO_USAGE };
  return { costUsd: outcome === 'well' ? reserved / 2 : null, tokens: null };
}

/** What all coordinators share: processes, refs and names for commits. */
export class Outside {
  readonly processes: Map<AttemptKey, ProcessState> = new Map();
  /** Where the heads of the runs really are. */
  readonly refs: Map<string, string> = new Map();
  /** The plan a planner makes. */
  planned: readonly PlanTask[] = [];
  /** The epoch that ref moves have to name. */
  epoch = 0;
  #commits = 0;

  get working(): AttemptKey[] {
    return [...this.processes].flatMap(([key, state]) => (state === 'at-work' ? key : []));
  }

  /** An agent comes to its end. */
  work(task: Task, { stopping, outcome }: { stopping: boolean; outcome: Outcome }): Said {
    const attempt = task.attempts.at(-1)?.key ?? '';
    const spent = { ...spentBy(task, outcome), keptRef: `kept/${attempt}` };
    if (typeof outcome === 'object') return { type: 'failed', failure: outcome, spent };
    // Who is stopped may have ended before by itself.
    if (stopping && outcome !== 'without-change') return { type: 'stopped', spent };
    if (task.spec.kind === 'plan') {
      const result = { ok: true, by: 'model', tasks: this.planned, warnings: [] } as const;
      return { type: 'planned', result, report: said('done'), spent };
    }
    if (outcome === 'question') return { type: 'handed-in', change: null, report: ASKS, spent };
    const report = said(outcome === 'badly' ? 'failed' : 'done');
    if (outcome === 'without-change' || !task.spec.expectChanges) {
      return { type: 'handed-in', change: null, report, spent };
    }
    const commit = this.#commit();
    const change = { commit, tree: `tree-${commit}`, base: 'base', files: ['a.ts'] };
    return { type: 'handed-in', change, report, spent };
  }

  /** A change is merged and the gate run. */
  integrate(run: Run, outcome: Outcome): Said {
    if (outcome === 'conflict') return { type: 'conflict', files: ['a.ts'] };
    if (outcome === 'badly') return { type: 'gate-failed', verdicts: [verdict(false)] };
    const commit = this.#commit();
    const facts = { ref: run.key, old: run.head, new: commit, tree: `tree-${commit}` };
    const publication = { ...facts, proof: 'proven' } as const;
    return { type: 'publishable', publication, verdicts: [verdict(true)] };
  }

  verify(outcome: Outcome): Said {
    return { type: 'verified', verdicts: [verdict(outcome !== 'badly')] };
  }

  #commit(): string {
    this.#commits += 1;
    return `commit-${this.#commits}`;
  }
}

function said(status: AgentReport['status']): AgentReport {
  return { status, summary: status, question: null, followUps: [] };
}

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
