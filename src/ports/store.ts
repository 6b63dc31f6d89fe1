// Where state lives. One transaction takes everything that was decided together, or nothing of it.

import type { Ask } from '../model/ask.ts';
import type { Attempt, ProcessIdentity } from '../model/attempt.ts';
import type { Answer, Command } from '../model/command.ts';
import type { RunEvent } from '../model/event.ts';
import type { PastTask } from '../model/history.ts';
import type { OutcomeRun, OutcomeWish, Reassignment } from '../model/outcome.ts';
import type { PlanMessage, PlanRevision } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent, RunSummary, VerdictRow } from '../model/summary.ts';
import type { Task } from '../model/task.ts';

export type { LoggedEvent, RunSummary, VerdictRow };

/** Who holds the lease. */
export interface Holder extends ProcessIdentity {
  /** Where it listens for nudges; `null` = nowhere. */
  readonly socket: string | null;
}

/** The lease as it stands. */
export interface LeaseRow {
  readonly epoch: number;
  /** `null` = free. */
  readonly holder: Holder | null;
  /** Changes whenever the holder shows that it is alive. */
  readonly beat: number;
}

/** What giving the lease back came to: done, not held any more, or a command waits. */
export type Released = 'released' | 'not-held' | 'inbox';

/** A command that waits in the inbox. */
export interface InboxItem {
  readonly id: number;
  readonly command: Command;
}

/** A revision of a plan, with its run. */
export interface PlanRow {
  readonly run: string;
  readonly plan: PlanRevision;
}

/** Something that was said about a plan, with its run. */
export interface MessageRow {
  readonly run: string;
  readonly message: PlanMessage;
}

/** Everything that was decided together. */
export interface Batch {
  /** The writer's epoch: the whole batch is refused when it is not the lease's. */
  readonly epoch: number;
  readonly events: readonly RunEvent[];
  /** Rows that changed, whole; `tasks` without regard to their attempts. */
  readonly runs: readonly Run[];
  readonly tasks: readonly Task[];
  readonly attempts: readonly Attempt[];
  readonly asks: readonly Ask[];
  readonly plans: readonly PlanRow[];
  readonly messages: readonly MessageRow[];
  /** What was said to commands of the inbox. */
  readonly answers: readonly { readonly id: number; readonly answer: Answer }[];
}

/** What writing a batch came to. */
export type Written =
  | { readonly kind: 'written' }
  /** Another coordinator has taken over: nothing was written, nothing more may be. */
  | { readonly kind: 'superseded' }
  /** There is no room: nothing was written. */
  | { readonly kind: 'full'; readonly message: string };

/** The log of one run and what is recorded to be its end. */
export interface RunLog {
  readonly events: readonly LoggedEvent[];
  readonly recorded: { readonly count: number; readonly hash: string };
}

/** A verdict with the number of the event that it came with. */
export interface ToldVerdict extends VerdictRow {
  readonly seq: number;
}

/** What a log tells: the state that the rows must be in. */
export interface Told {
  readonly run: Run;
  readonly verdicts: readonly ToldVerdict[];
}

/** A row that is not as the log tells. Columns of JSON are compared, and given, as what they hold. */
export type TornRow = { readonly table: string; readonly row: string } & (
  | { readonly kind: 'missing' }
  /** The log does not know it. */
  | { readonly kind: 'surplus' }
  | {
      readonly kind: 'value';
      readonly column: string;
      readonly stored: unknown;
      readonly told: unknown;
    }
);

/** Where state lives. */
export interface Store {
  /** The version its tables had, where opening it brought them up to date. */
  readonly migratedFrom?: number | null;
  /** Writes a batch in one durable transaction: events, rows and answers, all or nothing. */
  write(batch: Batch): Promise<Written>;

  // ---- lease ----
  /** The lease as it stands now. */
  lease(): Promise<LeaseRow>;
  /**
   * Takes the lease if it is still as it was seen; `null` when somebody was faster. The new epoch is
   * above the one that was seen and above `told`, 0 unless given.
   */
  take(seen: LeaseRow, holder: Holder, told?: number): Promise<number | null>;
  /** Shows that the holder is alive; false when it is the holder no more. */
  beat(epoch: number): Promise<boolean>;
  /** Gives the lease back, but only while the inbox is empty. */
  release(epoch: number): Promise<Released>;

  // ---- inbox ----
  /** Puts a command into the inbox; resolves with its number. */
  submit(command: Command, at: number): Promise<number>;
  /** The commands without an answer, oldest first. */
  pending(): Promise<readonly InboxItem[]>;
  /** The answer to a command; `null` while there is none. */
  answer(id: number): Promise<Answer | null>;

  // ---- queries ----
  /** The highest run number given so far. */
  lastNumber(): Promise<number>;
  /** Keys of the runs that are not over, oldest first. */
  unfinished(): Promise<readonly string[]>;
  /** Keys of the runs that are over, but of which a change is being taken out, oldest first. */
  undoing(): Promise<readonly string[]>;
  /** A run, complete; `null` when there is none. */
  run(key: string): Promise<Run | null>;
  /**
   * All runs in short, the newest first. `andLast`: behind the unfinished ones stands the newest of
   * those that are over.
   */
  summaries(options: {
    readonly unfinishedOnly: boolean;
    readonly andLast?: boolean;
  }): Promise<readonly RunSummary[]>;
  /** One run in short. */
  summary(key: string): Promise<RunSummary | null>;
  /** The log of a run. */
  log(run: string): Promise<RunLog>;
  /** Events of a run after a number: for whoever follows it. */
  eventsAfter(run: string, seq: number): Promise<readonly LoggedEvent[]>;
  /** Verdicts of a run, oldest first. */
  verdicts(run: string): Promise<readonly VerdictRow[]>;
  /** Asks that wait for an answer, oldest first. */
  openAsks(): Promise<readonly Ask[]>;
  /** The newest finished tasks of all runs, at most a thousand: what they were to take and took. */
  pastTasks(): Promise<readonly PastTask[]>;
  /** What runs came to, the newest first: for figures over many of them. */
  outcomes(wish: OutcomeWish): Promise<readonly OutcomeRun[]>;
  /** Tasks that persons gave to other agents, the newest first, at most so many. */
  reassignments(newest: number): Promise<readonly Reassignment[]>;
  /** Keys of all runs, oldest first, also of those whose other columns cannot be read. */
  keys(): Promise<readonly string[]>;
  /** What the store finds wrong with its own file and rows, a line each; empty when it is sound. */
  flaws(): Promise<readonly string[]>;
  /** Compares every column of a run's rows with what would be written from this state. */
  compare(told: Told): Promise<readonly TornRow[]>;
  /** A number that changes whenever anything was written: for cheap polling. */
  version(): Promise<number>;

  /** Closes it; calling it twice is harmless. */
  close(): void;
}
