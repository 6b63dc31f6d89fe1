// What a person wants done, as every face hands it on.

import type { Priority } from '../model/plan.ts';
import type { Confirm } from './confirm.ts';

/** A goal as a person gives it. */
export interface RunRequest {
  /** The goal; a plan file has its own. */
  readonly goal: string | null;
  readonly plan: { readonly path: string; readonly text: string } | null;
  readonly description?: string;
  /** What is to be known beside the goal, from a file of the person's. */
  readonly context?: string;
  readonly type?: string;
  readonly priority?: Priority;
  /** `false` = one task, the goal itself; left out = as the goal and the configuration say. */
  readonly orchestrate?: boolean;
  readonly agent?: string;
  /** Names of stages that are not wanted. */
  readonly skipStages?: readonly string[];
  /** The person has approved plan and checks beforehand. */
  readonly yes: boolean;
  /** The run is to start now: the runtimes it needs must be there. */
  readonly now: boolean;
  /** Asks the person; left out = there is nobody to ask. */
  readonly confirm?: Confirm;
}
