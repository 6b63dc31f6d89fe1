// Whether a goal is planned or goes directly to one agent: what was told, what the configuration says,
// what the goal and the repository are like.

import type { Config } from '../config/config.ts';
import { detectionRules } from '../config/settings.ts';
import { detect } from '../plan/detect.ts';
import type { Detection } from '../plan/detect.ts';
import type { Repository } from '../ports/repository.ts';
import { mapAt } from '../run/repository-facts.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** What is known of a goal. */
interface Wanted {
  readonly request: {
    readonly goal: string | null;
    readonly plan: object | null;
    readonly description?: string;
    readonly type?: string;
    readonly orchestrate?: boolean;
  };
  readonly commit: string;
}

/**
 * Decides whether a goal is planned.
 *
 * @param repository - The repository.
 * @param config - The configuration.
 * @param wanted - The goal, and the commit it starts from.
 * @returns The decision with its reasons, `null` where there is a plan; one is refused where orchestration is disabled.
 */
export async function detectionOf(
  repository: Repository,
  { orchestration }: Config,
  { request, commit }: Wanted,
): Promise<Result<Detection | null>> {
  if (request.plan !== null) return ok(null);
  const rules = detectionRules(orchestration);
  const { goal, description = '', type = null, orchestrate: told = null } = request;
  if (rules.mode === 'disabled' && told === true) {
    const key = orchestration.enabled ? 'auto_decompose: disabled' : 'enabled: false';
    const hint =
      'set it to auto or explicit to have goals planned, or leave the plan out: --no-orchestrate';
    return no('disabled', `orchestration is disabled (orchestration.${key})`, hint);
  }
  // Nobody looks at the repository where something else decides.
  const isOpen = told === null && rules.mode === 'auto';
  const map = isOpen ? await mapAt(repository, commit) : null;
  return ok(detect({ goal: goal ?? '', description, type, told }, rules, map));
}
