// Which stages a run has: those that are configured, without those that make no sense for it and those
// that were not wanted.

import { posix } from 'node:path';

import type { PlanSource } from '../model/plan-source.ts';
import type { RunSettings } from '../model/settings.ts';
import { IMPLEMENTATION, PLANNING } from '../model/stage.ts';
import type { Stage, StageSettings } from '../model/stage.ts';
import type { Workshop } from '../run/workshop.ts';
import { no } from './result.ts';
import type { Result } from './result.ts';

/** What decides about the stages of a run. */
interface Wanted {
  readonly source: PlanSource;
  /** Whether it is more than one task that goes to one agent. */
  readonly orchestrated: boolean;
  /** Names of stages that are not wanted; left out = every one is. */
  readonly skip?: readonly string[] | undefined;
}

/** The stages, and what a person should know of them. */
interface Chosen {
  readonly stages: StageSettings;
  readonly notes: readonly string[];
}

/**
 * Refuses names of stages that there are not.
 *
 * @param settings - What the run goes by.
 * @param names - The names.
 * @returns What is wrong; `null` when they can all be left out.
 */
export function unknownStage(
  { stages }: Pick<RunSettings, 'stages'>,
  names: readonly string[],
): Result<never> | null {
  const known = stages.list.map(({ name }) => name).filter((name) => name !== IMPLEMENTATION);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return null;
  if (wrong === IMPLEMENTATION) {
    const hint = 'tutti plan "<goal>" only makes the plan';
    return no('unknown_stage', 'without the implementation nothing is done', hint);
  }
  const hint = `there are ${known.join(', ')}`;
  return no('unknown_stage', `there is no stage "${wrong}" that can be skipped`, hint);
}

/**
 * Tells whether a goal gets a plan, where it is to be orchestrated.
 *
 * @param settings - What the run goes by.
 * @param skip - The stages that are not wanted.
 * @returns Whether the planning is one of its stages.
 */
export function plansFirst(
  { stages }: Pick<RunSettings, 'stages'>,
  skip: readonly string[],
): boolean {
  if (skip.includes(PLANNING)) return false;
  return stages.list.find(({ name }) => name === PLANNING)?.enabled ?? true;
}

/**
 * Chooses the stages of a run. Who brings a plan needs none made, rules need no research, and a single
 * task that goes to one agent needs no stage at all.
 *
 * @param workshop - The agents and the repository.
 * @param settings - What the run goes by.
 * @param wanted - How it is planned, and what is not wanted.
 * @returns The stages.
 */
export async function stagesOf(
  workshop: Pick<Workshop, 'agents' | 'repository'>,
  { stages }: Pick<RunSettings, 'stages'>,
  wanted: Wanted,
): Promise<Chosen> {
  const list: Stage[] = [];
  const notes: string[] = [];
  for (const stage of stages.list) {
    const enabled = stage.enabled && mayRun(stage.name, wanted);
    const outputPath = await placeFor(workshop, stage.outputPath);
    if (enabled && outputPath !== stage.outputPath) {
      const why = `${stage.outputPath ?? ''} is outside of .tutti/runs and not ignored by git`;
      notes.push(`the output of ${stage.name} goes to ${outputPath ?? ''}: ${why}`);
    }
    list.push({ ...stage, enabled, outputPath });
  }
  return { stages: { ...stages, list, runtimes: runtimesOf(workshop, list) }, notes };
}

function mayRun(name: string, { source, orchestrated, skip = [] }: Wanted): boolean {
  if (name === IMPLEMENTATION) return true;
  return orchestrated && !skip.includes(name) && !WITHOUT[source].includes(name);
}

/** The stages that runs of a source do not have. */
const WITHOUT: Readonly<Record<PlanSource, readonly string[]>> = {
  model: [],
  rules: ['research', PLANNING],
  file: ['research', PLANNING],
  direct: [PLANNING],
};

/** Nobody's status is to show what a stage writes, and nothing of the project is to be overwritten. */
async function placeFor(
  { repository }: Pick<Workshop, 'repository'>,
  path: string | null,
): Promise<string | null> {
  if (path === null || path.startsWith('.tutti/runs/')) return path;
  const ignored =
    !path.startsWith('.tutti/') &&
    (await repository.isIgnored(path.replaceAll('{task_id}', 'SHOP-1')));
  return ignored ? path : `.tutti/runs/{task_id}/${posix.basename(path)}`;
}

function runtimesOf(
  { agents }: Pick<Workshop, 'agents'>,
  list: readonly Stage[],
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of list.flatMap((stage) => stage.agents)) {
    const runtime = agents.get(name)?.runtime ?? null;
    if (runtime !== null) found[name] = runtime;
  }
  return found;
}
