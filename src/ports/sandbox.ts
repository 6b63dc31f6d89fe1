// The sandbox: what processes of a run may see and do. Finding out which form of it works here is the
// port; to wrap a command is for the one supervisor, who is told by `ProcessSpec.confine`.

/** What of the network is left: all of it, a loopback of its own, or that for the model alone. */
export type Network = 'full' | 'loopback' | 'none';

/**
 * How the system confines, the strongest first:
 *
 * - `namespaces`: bubblewrap with process numbers, `/proc` and files of its own;
 * - `shared-proc`: the same where a new `/proc` cannot be mounted, as in many containers: others can
 *   be seen in the list of processes, not reached;
 * - `seatbelt`: the profile of macOS.
 */
export type SandboxForm = 'namespaces' | 'shared-proc' | 'seatbelt';

/** What one process and all that it starts may see and do. */
export interface Confinement {
  readonly form: SandboxForm;
  /** The program that confines: its path. */
  readonly program: string;
  /** Its private home, where its temporary files lie too; made when it is not there. */
  readonly home: string;
  /** The person's home: what may be seen of it is at the same place in the private one. */
  readonly personHome: string | null;
  /** What it may read, beside the system, its working directory and the folders of its PATH. */
  readonly read: readonly string[];
  /** What it may write. */
  readonly write: readonly string[];
  /** What it may read only, inside of what it may write. */
  readonly fixed: readonly string[];
  readonly network: Network;
  /** The model's endpoints, `host:port`: reached through a relay where the network is cut. */
  readonly endpoints: readonly string[];
}

/** What looking for a sandbox found. */
export type SandboxProbe =
  | {
      readonly works: true;
      readonly form: SandboxForm;
      readonly program: string;
      /** Why it is not a stronger form, in words; `null` = there is none. */
      readonly weaker: string | null;
    }
  | {
      readonly works: false;
      /** Why there is none, in words. */
      readonly cause: string;
      /** What a person can do about it. */
      readonly remedy: string;
    };

/** A command as it is to be started, so that it is confined. */
export interface ConfinedCommand {
  /** The program's path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Closes what was opened for it. */
  close(): void;
}

/** A command before it is confined. */
export interface PlainCommand {
  /** The program's path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Confines processes. */
export interface Sandbox {
  /** Tries which form works with such a network; looks once, and starts nothing that stays. */
  probe(network: Network): Promise<SandboxProbe>;
  /** Says how a command is started within its confinement. */
  confine(command: PlainCommand, confinement: Confinement): ConfinedCommand;
}
