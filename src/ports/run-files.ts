// The files about a run that are there to be read: `.tutti/runs/KEY/…`. They are copies; nothing is
// ever decided by them.

/** Files about a run and its tasks. */
export interface RunFiles {
  /** The folder of a run or a task, whether it exists or not. */
  folder(key: string): string;
  /** Makes room for the next attempt of a task: moves away what the one before left. */
  begin(task: string, attempt: number): Promise<void>;
  /** Writes a file of a run or a task, whole or not at all. */
  write(key: string, name: string, text: string): Promise<void>;
  /**
   * Writes a file of the project, whole or not at all; never through a symbolic link, nor outside.
   * Tells whether it did.
   */
  writeAt(path: string, text: string): Promise<boolean>;
  /** Reads a file of a run or a task; `null` when there is none. At most `limit` bytes are read. */
  read(key: string, name: string, limit: number): Promise<string | null>;
}
