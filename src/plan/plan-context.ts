import type { Agent } from '../model/agent.ts';
import type { RunSettings } from '../model/settings.ts';
import type { RoutedTask } from './route.ts';

/** What a plan is read and made with. */
export interface PlanContext {
  readonly agents: readonly Agent[];
  /** Names of all runtimes, built in and configured. */
  readonly runtimes: readonly string[];
  /** Those of them whose program was looked for and not found; left out = nobody looked. */
  readonly missing?: readonly string[];
  readonly settings: RunSettings;
  /** Chooses the agent of a task that names none; see `routeTask`. */
  readonly route: (task: RoutedTask) => { readonly agent: string; readonly reason: string };
}
