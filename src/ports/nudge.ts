/** Wakes the coordinator of another process, so that it looks into its inbox at once. */
export interface Nudge {
  /**
   * Listens for nudges.
   *
   * @returns Where others can reach it, and how to stop; an address of `null` means nowhere, and
   *   that only its slow polling notices what others want.
   */
  listen(onNudge: () => void): Promise<{ address: string | null; close(): void }>;
  /** Folders of this user that an earlier process listened in, to be nudged or to relay, and died. */
  leftBehind(): Promise<readonly string[]>;
  /** Nudges whoever listens there; whether somebody does is not said. */
  send(address: string): Promise<void>;
}
