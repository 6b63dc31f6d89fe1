// Network ports for what an attempt and its checks start, so that two of them never want the same.

/** Ten ports in a row that are free, and given to nobody else until they are given back. */
export interface PortRange {
  readonly first: number;
  /** Gives them back; calling it twice is harmless. */
  release(): void;
}

/** Hands ports out, whichever tutti of this machine asks. */
export interface PortRanges {
  /** `null` when there are none left: who needs one looks for itself. */
  take(): Promise<PortRange | null>;
}
