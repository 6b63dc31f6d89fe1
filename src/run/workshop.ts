// What the coordinator works with: every port it needs, in one object made by compose.ts.

import type { Agent } from '../model/agent.ts';
import type { RuntimeSettings } from '../model/settings.ts';
import type { PlanContext } from '../plan/plan-context.ts';
import type { AgentRuntime } from '../ports/agent-runtime.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Nudge } from '../ports/nudge.ts';
import type { PortRanges } from '../ports/port-ranges.ts';
import type { ProcessSupervisor } from '../ports/process.ts';
import type { Repository } from '../ports/repository.ts';
import type { Reserve } from '../ports/reserve.ts';
import type { RunFiles } from '../ports/run-files.ts';
import type { Store } from '../ports/store.ts';
import type { Workspaces } from '../ports/workspace.ts';
import type { Secrets } from '../util/secrets.ts';
import type { SandboxState } from './sandbox-state.ts';

/** What the coordinator works with. */
export interface Workshop {
  readonly store: Store;
  readonly reserve: Reserve;
  readonly clock: Clock;
  readonly supervisor: ProcessSupervisor;
  /** How it stands with the sandbox; looked at when it is first asked for. */
  sandbox(): Promise<SandboxState>;
  readonly repository: Repository;
  readonly workspaces: Workspaces;
  readonly files: RunFiles;
  readonly exchange: Exchange;
  readonly nudge: Nudge;
  readonly ports: PortRanges;
  readonly runtimes: ReadonlyMap<string, AgentRuntime>;
  readonly agents: ReadonlyMap<string, Agent>;
  /** Chooses the agent of a task that names none. */
  readonly route: PlanContext['route'];
  /** The environment tutti itself was started in: the allow-list picks from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is configured now for a runtime: a run's own settings are kept without secrets. */
  runtimeSettings(runtime: string): Pick<RuntimeSettings, 'env' | 'args'>;
  /** What is known to be secret: whatever is heard goes through it before it is decided about. */
  readonly secrets: Secrets;
  /** Unguessable, new at each call. */
  randomId(): string;
}
