// What tasks hand to one another beside their changes. An agent puts files into its outbox; they are
// published when its attempt hands in, and tasks that depend on it see them in a folder that they
// only read. What lies in an outbox is the agent's: it may be anything.

import type { RunKey, TaskKey } from '../model/key.ts';
import type { Published } from '../model/published.ts';

/** A part of a run's context. */
export interface ContextPart {
  /** Unique in the run: what has been added once is not added again. */
  readonly id: string;
  /** Makes it, where it is not there yet: markdown, complete. */
  readonly text: () => Promise<string>;
}

/** Hands on what tasks leave for others. */
export interface Exchange {
  /** Where an agent puts what it publishes; `home` is the private folder of its task. */
  outbox(home: string): string;
  /** Where an agent finds what others have published: a folder for each task, named by its key. */
  artifacts(home: string): string;
  /**
   * Makes both folders. What an earlier attempt has put into the outbox stays; what others published
   * is laid out anew, as far as there is room.
   *
   * @param home - The private folder of a task.
   * @param from - The tasks whose files it is to see, the nearest first.
   */
  layOut(home: string, from: readonly TaskKey[]): Promise<void>;
  /** Whether any task of a run has published anything. */
  hasPublished(run: RunKey): Promise<boolean>;
  /**
   * Takes what lies in an outbox, whole or not at all: it replaces what the task published before.
   * Whatever is no plain file, has no harmless name or is too much is refused by name; links are
   * never followed. Doing it again after a crash gives the same.
   *
   * @returns What was taken; `null` = there was nothing.
   */
  publish(task: TaskKey, home: string): Promise<Published | null>;
  /** Removes both folders and the home where nothing is in them. */
  clear(home: string): void;
  /** What a task has published; `null` = nothing. */
  published(task: TaskKey): Promise<Published | null>;
  /** Where the files of a task lie that it has published. */
  folder(task: TaskKey): string;
  /** What a task adds to the run's context, at most `limit` bytes of it; empty = nothing. */
  note(task: TaskKey, limit: number): Promise<string>;
  /** The file with the run's context. */
  contextPath(run: RunKey): string;
  /** Adds parts to the run's context in their order, each once, whatever was killed in between. */
  addToContext(run: RunKey, parts: readonly ContextPart[]): Promise<void>;
}
