// Whether a stage can run again, before anything is recorded: a run that is over stays so where it cannot.

import type { Run } from '../model/run.ts';
import { IMPLEMENTATION, PLANNING } from '../model/stage.ts';
import { tasksOf } from '../stages/rule.ts';
import type { App } from './app.ts';
import type { Confirm } from './confirm.ts';
import type { Result } from './result.ts';
import { runtimesThere } from './runtimes.ts';
import { sandboxThere } from './sandbox.ts';

/**
 * Looks for what the tasks of a stage need.
 *
 * @param app - The application.
 * @param run - The run.
 * @param name - The stage's name; one that the run has not, or that cannot run again, needs nothing.
 * @param confirm - Asks the person.
 * @returns What is missing; `null` = it can run.
 */
export async function readyForStage(
  app: App,
  run: Run,
  name: string,
  confirm: Confirm,
): Promise<Result<never> | null> {
  const { settings } = run;
  const stage = settings.stages.list.find((one) => one.name === name);
  if (stage === undefined || name === IMPLEMENTATION) return null;
  const joining = name === PLANNING ? [] : tasksOf(run, stage).map(({ spec }) => spec);
  const planner = name === PLANNING ? settings.replanner : null;
  const specs = planner === null ? joining : [planner];
  const names = new Set(specs.map(({ runtime }) => runtime ?? settings.defaultRuntime));
  const workshop = await app.workshop();
  if (!workshop.ok) return workshop;
  const refused = await sandboxThere(app, names, confirm);
  return refused ?? (await runtimesThere(workshop.value, settings, specs));
}
