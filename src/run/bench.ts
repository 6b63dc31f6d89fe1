// What whoever performs an effect needs of the coordinator.

import type { Attempt } from '../model/attempt.ts';
import { runOf, taskNumber } from '../model/key.ts';
import type { AskKey, AttemptKey, RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { World } from '../model/world.ts';
import type { AgentEvent } from '../ports/agent-runtime.ts';
import type { Input, Report } from '../schedule/input.ts';
import type { Lookout } from './lookout.ts';
import type { Workshop } from './workshop.ts';

/** The coordinator, as seen by whoever performs an effect. */
export interface Bench {
  readonly workshop: Workshop;
  readonly epoch: number;
  readonly world: World;
  /** Reports; resolves when what follows is on disk, or when the coordinator is over. */
  report(report: Report): Promise<void>;
  /** Reports what nothing waits for: it is heard with what is heard next, or after a moment. */
  reportLater(report: Report): void;
  /** Says that the disk is full: the run pauses, nothing counts as a failure. */
  noRoom(run: RunKey, message: string): Promise<void>;
  /** Hears what is no report about an attempt at work; resolves when what follows is on disk. */
  hear(input: Input): Promise<void>;
  /** What live attempts have changed so far. */
  readonly lookout: Lookout;
  /** Whether this is still the coordinator, by the store's word. */
  holdsLease(): Promise<boolean>;
  agentEvent(attempt: AttemptKey, event: AgentEvent): void;
}

/** Something that is being done outside. */
export interface LiveEffect {
  /** Resolves when it is done and everything it started is gone; rejects on a bug only. */
  readonly done: Promise<void>;
  /** Ends it soon; calling it again ends it sooner. */
  stop(): void;
  /** Tells an agent that waits for leave whether it may. */
  answer?(ask: AskKey, allow: boolean): void;
}

/** An attempt with what it belongs to. */
export interface Job {
  readonly run: Run;
  readonly task: Task;
  readonly attempt: Attempt;
  /** The first of ten ports that are its own while it works or is judged. */
  readonly port?: number;
}

/**
 * Finds an attempt in the world.
 *
 * @param world - The world.
 * @param key - The attempt's key.
 * @returns The attempt as it is now, with its task and run; `null` when it is not the task's latest.
 */
export function jobOf(world: World, key: AttemptKey): Job | null {
  const run = world.runs.get(runOf(key));
  const task = run?.tasks[taskNumber(key) - 1];
  const attempt = task?.attempts.at(-1);
  if (run === undefined || task === undefined || attempt?.key !== key) return null;
  return { run, task, attempt };
}
