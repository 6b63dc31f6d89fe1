// What every use case works with. Everything dear is behind a function: a look at the store must not
// load what only a run needs.

import type { Config, PartialConfig } from '../config/config.ts';
import type { Source } from '../config/source.ts';
import type { Widening } from '../config/trust.ts';
import type { ProcessIdentity } from '../model/attempt.ts';
import type { AgentRuntime } from '../ports/agent-runtime.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Forge } from '../ports/forge.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { Nudge } from '../ports/nudge.ts';
import type { ProcessSupervisor } from '../ports/process.ts';
import type { Repository } from '../ports/repository.ts';
import type { Reserve } from '../ports/reserve.ts';
import type { RunFiles } from '../ports/run-files.ts';
import type { Sandbox } from '../ports/sandbox.ts';
import type { Store } from '../ports/store.ts';
import type { Workshop } from '../run/workshop.ts';
import type { Secrets } from '../util/secrets.ts';
import type { ForgePlace } from './forge-place.ts';
import type { Result } from './result.ts';

/** The configuration that is in force, and where each value comes from. */
export interface LoadedSettings {
  readonly config: Config;
  readonly sources: Readonly<Record<string, Source>>;
  /** What of the repository's widens what may happen; and what of that is not trusted. */
  readonly widening: readonly Widening[];
  readonly untrusted: readonly Widening[];
  /** The project's file exists: somebody has run `tutti init`. */
  readonly initialized: boolean;
}

/** What every use case works with. */
export interface App {
  /** The project's main work tree. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is known to be secret: it must not get into anything that is written. */
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly files: RunFiles;
  readonly reserve: Reserve;
  readonly nudge: Nudge;
  /** Processors of this machine. */
  readonly processors: number;
  /** Where the built-in agents lie. */
  readonly agentsFolder: string;
  /** What the flags of this call change in the configuration. */
  readonly flags: PartialConfig;
  /** The name of whoever gives commands, for the log. */
  readonly person: string;
  /** The store, made when it is not there yet. */
  store(): Promise<Result<Store>>;
  /** The store for a look: nothing is made or changed; `null` when there is none yet. */
  look(): Promise<Result<Store | null>>;
  supervisor(): Promise<ProcessSupervisor>;
  sandbox(): Promise<Sandbox>;
  exchange(): Promise<Exchange>;
  /** Tells whether that very process is alive; loads much less than the supervisor. */
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** The runtimes there can be, by name; whether each is installed, its probe tells. */
  runtimes(): Promise<ReadonlyMap<string, AgentRuntime>>;
  repository(): Promise<Result<Repository>>;
  settings(): Promise<Result<LoadedSettings>>;
  /** What tells webhooks. */
  notifier(): Promise<Notifier>;
  /** A repository of a forge. */
  forge(place: ForgePlace): Promise<Forge>;
  workshop(): Promise<Result<Workshop>>;
  /** Closes what was opened. */
  close(): void;
}
