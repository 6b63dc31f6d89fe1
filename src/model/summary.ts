// Rows as the store hands them to whoever looks: a run in short, its log, its verdicts.

import type { Charge } from './budget.ts';
import type { RunEvent } from './event.ts';
import type { Run } from './run.ts';
import type { Verdict } from './verdict.ts';

/** An event as it is in the log. */
export interface LoggedEvent extends RunEvent {
  /** Its number in the run's log, from 1. */
  readonly seq: number;
  readonly hash: string;
}

/** A verdict as it is stored. */
export interface VerdictRow {
  readonly run: string;
  readonly task: string;
  readonly attempt: string | null;
  readonly at: number;
  readonly verdict: Verdict;
}

/** A run in short: what lists and `status` show, without its settings. */
export interface RunSummary {
  readonly run: Omit<Run, 'tasks' | 'plans' | 'discussion' | 'asks' | 'settings'>;
  readonly openAsks: number;
  /** Tasks by state. */
  readonly counts: Readonly<Record<string, number>>;
  readonly costUsd: number;
  /** What counts against its budget: what was used and what is set aside. */
  readonly charged: Charge;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number };
}
