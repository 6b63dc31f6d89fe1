// Whether the programs that a plan needs are there, before anything is started.

import type { PlanTask } from '../model/plan.ts';
import { NO_RUNTIME_SETTINGS } from '../model/settings.ts';
import type { RunSettings, RuntimeSettings } from '../model/settings.ts';
import type { RuntimeProbe } from '../ports/agent-runtime.ts';
import type { Workshop } from '../run/workshop.ts';
import { no } from './result.ts';
import type { Result } from './result.ts';

/**
 * Looks for the runtimes that tasks need.
 *
 * @param workshop - Where the runtimes are.
 * @param settings - The run's settings.
 * @param tasks - The tasks.
 * @returns What is missing, or `null`.
 */
export async function runtimesThere(
  workshop: Workshop,
  settings: RunSettings,
  tasks: readonly PlanTask[],
): Promise<Result<never> | null> {
  const names = new Set(tasks.map(({ runtime }) => runtime ?? settings.defaultRuntime));
  for (const name of names) {
    const runtime = workshop.runtimes.get(name);
    if (runtime === undefined) {
      const known = [...workshop.runtimes.keys()].join(', ');
      return no('unknown_runtime', `there is no runtime "${name}"`, `there are: ${known}`);
    }
    const { found, hint } = await runtime.probe(settings.runtimes[name] ?? NO_RUNTIME_SETTINGS);
    if (!found) {
      const what = `the runtime "${name}" is not installed`;
      return no('runtime_missing', what, hint ?? 'tutti runtimes shows what there is');
    }
  }
  return null;
}

/**
 * Looks for all runtimes.
 *
 * @param workshop - Where the runtimes are.
 * @param settings - What is configured for each.
 * @returns What was found, in a fixed order.
 */
export function probeAll(
  workshop: Pick<Workshop, 'runtimes'>,
  settings: Readonly<Record<string, RuntimeSettings>>,
): Promise<readonly RuntimeProbe[]> {
  const all = [...workshop.runtimes.values()];
  return Promise.all(
    all.map((runtime) => runtime.probe(settings[runtime.id] ?? NO_RUNTIME_SETTINGS)),
  );
}
