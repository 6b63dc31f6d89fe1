// What a supervision holds: a process of its own behind a gate, or one that a keeper starts for it.

/** How the first process of a tree ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Who takes what is printed. */
export interface Listener {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** The first process of a tree, held until `open`. */
export interface Body {
  /** The number of its session and process group. */
  readonly pid: number;
  /** Whether that is the number of a keeper, which outlives what it starts. */
  readonly kept: boolean;
  /** Resolves when the first process is gone; never rejects. */
  readonly gone: Promise<Exit>;
  /** Lets the program begin. */
  open(): void;
  listen(listener: Listener): void;
  /** Stops reading stdout for a while, or goes on. */
  pause(): void;
  resume(): void;
  /** Takes what is left of the output; nothing of the tree is alive any more. */
  drain(): Promise<void>;
}
