// Whether the programs that a plan needs are there, before anything is started.

import type { RunKey } from '../model/key.ts';
import type { PlanTask } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import { NO_RUNTIME_SETTINGS } from '../model/settings.ts';
import type { RunSettings, RuntimeSettings } from '../model/settings.ts';
import { TASK_OVER } from '../model/task.ts';
import type { AgentRuntime, RuntimeProbe } from '../ports/agent-runtime.ts';
import type { Clock } from '../ports/clock.ts';
import type { Workshop } from '../run/workshop.ts';
import { isSystemError } from '../util/system-error.ts';
import type { App } from './app.ts';
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
    const own = settings.runtimes[name] ?? NO_RUNTIME_SETTINGS;
    const { found, hint } = await probe(runtime, own, workshop.clock);
    if (!found) {
      const what = `the runtime "${name}" is not installed`;
      return no('runtime_missing', what, hint ?? 'tutti runtimes shows what there is');
    }
  }
  return null;
}

/** Where runtimes are looked for. */
export interface ProbeGround {
  readonly runtimes: ReadonlyMap<string, AgentRuntime>;
  readonly clock: Clock;
}

/** Above the limit of asking a program for its version: what hangs then is something else. */
const PROBE_LIMIT_MS = 20_000;

/**
 * Looks for all runtimes at once; what is wrong with one of them is told, and holds up no other.
 *
 * @param ground - Where they are.
 * @param settings - What is configured for each.
 * @returns What was found, in a fixed order.
 */
export function probeAll(
  { runtimes, clock }: ProbeGround,
  settings: Readonly<Record<string, RuntimeSettings>>,
): Promise<readonly RuntimeProbe[]> {
  const all = [...runtimes.values()];
  return Promise.all(
    all.map((runtime) => probe(runtime, settings[runtime.id] ?? NO_RUNTIME_SETTINGS, clock)),
  );
}

async function probe(
  runtime: AgentRuntime,
  settings: RuntimeSettings,
  clock: Clock,
): Promise<RuntimeProbe> {
  const { id, features } = runtime;
  const nothing = { id, found: false, version: null, path: null, loggedIn: null, features };
  const timers: (() => void)[] = [];
  const limit = new Promise<RuntimeProbe>((resolve) => {
    const hint = `looking for it took more than ${PROBE_LIMIT_MS / 1000} s, and was given up`;
    timers.push(clock.after(PROBE_LIMIT_MS, () => resolve({ ...nothing, hint })));
  });
  try {
    return await Promise.race([runtime.probe(settings), limit]);
  } catch (error) {
    // What the system refuses, as a file that may not be read; anything else is a bug.
    if (!isSystemError(error)) throw error;
    return { ...nothing, hint: `it cannot be looked for: ${error.message}` };
  } finally {
    for (const cancel of timers) cancel();
  }
}

/**
 * Looks for the runtimes that runs still need.
 *
 * @param app - The application.
 * @param keys - The runs.
 * @returns What is missing, by the run; empty when all can go on.
 */
export async function runtimesForRuns(
  app: App,
  keys: readonly RunKey[],
): Promise<ReadonlyMap<RunKey, Result<never>>> {
  const missing = new Map<RunKey, Result<never>>();
  const store = await app.store();
  const workshop = await app.workshop();
  if (!store.ok || !workshop.ok) return missing;
  for (const key of keys) {
    const run = await store.value.run(key);
    if (run === null || RUN_OVER[run.status.state]) continue;
    const open = run.tasks.filter(({ status }) => !TASK_OVER[status.state]);
    const approved = run.status.state === 'approved' ? (run.plans.at(-1)?.tasks ?? []) : [];
    const specs = [...open.map(({ spec }) => spec), ...approved];
    const found = await runtimesThere(workshop.value, run.settings, specs);
    if (found !== null) missing.set(key, found);
  }
  return missing;
}
