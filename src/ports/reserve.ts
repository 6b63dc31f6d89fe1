/** Room on the disk beside the store, kept so that a full disk can still be written down. */
export interface Reserve {
  /** What it takes, in bytes. */
  readonly bytes: number;
  /** Where it lies. */
  readonly path: string;
  /** Takes the room, unless it is taken already; false when there is not so much of it. */
  hold(): Promise<boolean>;
  /** Gives the room up; doing it twice is harmless. */
  giveUp(): Promise<void>;
  /** Whether the disk it lies on has hardly any room left. */
  isTight(): Promise<boolean>;
}
