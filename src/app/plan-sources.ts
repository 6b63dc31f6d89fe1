// Where the plan of a run comes from: a file, the goal itself, a model or rules.

import type { AddRun } from '../model/command.ts';
import type { PendingDetection } from '../model/complexity.ts';
import type { PlanSource } from '../model/plan-source.ts';
import type { PlanTask } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';
import type { Detection } from '../plan/detect.ts';
import type { PlanContext } from '../plan/plan-context.ts';
import { readPlan } from '../plan/plan-file.ts';
import { planByRules } from '../plan/rule-planner.ts';
import { mapAt } from '../run/repository-facts.ts';
import type { Workshop } from '../run/workshop.ts';
import type { App, LoadedSettings } from './app.ts';
import { goalTask, plannerTask } from './goal-tasks.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { RunRequest } from './run-request.ts';
import { plansFirst } from './run-stages.ts';

/** A plan, or who makes it. */
export type Planned = Pick<AddRun, 'plan' | 'planner' | 'source' | 'reasons' | 'goal'>;

/** What a run is made on. */
export interface Ground {
  readonly workshop: Workshop;
  readonly loaded: LoadedSettings;
  readonly settings: RunSettings;
}

/** What is wanted, and what was decided about it. */
export interface Wanted {
  readonly request: RunRequest;
  readonly goal: string;
  readonly commit: string;
  /** `null` = there is a plan already. */
  readonly detected: Detection | null;
}

/** Makes the plan of each source, or names who makes it. */
export const PLANNED: Readonly<
  Record<PlanSource, (ground: Ground, wanted: Wanted) => Result<Planned> | Promise<Result<Planned>>>
> = {
  file: filePlan,
  direct: (ground, { request, goal }) => {
    const { type = '', agent = null, description = '' } = request;
    const routed = ground.workshop.route({ title: goal, description, type, agent });
    const plan = { by: 'person', tasks: [goalTask(ground, goal, { ...routed, description })] };
    return ok({
      plan: { ...plan, warnings: [] },
      planner: null,
      source: 'direct',
      goal,
      reasons: [`one task, done by ${routed.agent}: ${routed.reason}`],
    });
  },
  model: (ground, { goal }) => {
    const planner = plannerTask(ground, goal);
    if (!canPlan(planner.runtime ?? ground.settings.defaultRuntime)) {
      const hint = 'name a runtime that thinks for the planner, or use --planner rules';
      return no('no_planner', 'the runtime "command" runs programs and cannot plan', hint);
    }
    return ok({
      plan: null,
      planner,
      source: 'model',
      goal,
      reasons: ['planned by a model'],
    });
  },
  rules: async (ground, { goal, commit }) => {
    const map = await mapAt(ground.workshop.repository, commit);
    const { tasks, warnings } = planByRules(goal, map, contextOf(ground));
    return ok({
      plan: { by: 'rules', tasks, warnings },
      planner: null,
      source: 'rules',
      goal,
      reasons: ['planned by rules'],
    });
  },
};

/**
 * Decides where the plan of a run comes from.
 *
 * @param app - The application.
 * @param ground - What it is made on.
 * @param wanted - What is wanted.
 * @returns The source.
 */
export function sourceOf(
  app: App,
  ground: Ground,
  { detected, request }: Wanted,
): Promise<PlanSource> | PlanSource {
  if (detected === null) return 'file';
  const plans = detected.orchestrate && plansFirst(ground.settings, request.skipStages ?? []);
  return plans ? plannerOf(app, ground) : 'direct';
}

/** Who plans: a model where one is found, unless the configuration says otherwise. */
async function plannerOf(app: App, { workshop, loaded, settings }: Ground): Promise<PlanSource> {
  const { planner } = loaded.config.orchestration;
  if (planner !== 'auto') return planner;
  const runtime = workshop.runtimes.get(settings.defaultRuntime);
  if (runtime === undefined || !canPlan(runtime.id)) return 'rules';
  const own = settings.runtimes[runtime.id];
  if (own === undefined) return 'model';
  const { found } = await runtime.probe(own);
  return found || app.environment['TUTTI_SCRIPT'] !== undefined ? 'model' : 'rules';
}

/**
 * Finds who would plan anew; nobody looks for one where only plain commands can fail.
 *
 * @param app - The application.
 * @param ground - What the run is made on.
 * @param begun - How it begins.
 * @returns The task that does it; `null` = nobody.
 */
export async function replannerOf(
  app: App,
  ground: Ground,
  {
    plan,
    planner,
    detection,
  }: Pick<Planned, 'plan' | 'planner'> & { readonly detection?: PendingDetection },
): Promise<PlanTask | null> {
  // Who only says how much work it is does not plan.
  const plans = planner?.estimates === true ? (detection?.planned.planner ?? null) : planner;
  if (plans !== null) return plans;
  const tasks = plan?.tasks ?? [];
  const wanted = tasks.some(({ command, onFailure }) => command === null || onFailure === 'replan');
  if (!wanted || (await plannerOf(app, ground)) !== 'model') return null;
  return plannerTask(ground, '');
}

function canPlan(runtime: string): boolean {
  return runtime !== 'command';
}

function filePlan(ground: Ground, { request, goal }: Wanted): Result<Planned> {
  const { path, text } = request.plan ?? { path: '', text: '' };
  const read = readPlan(text, contextOf(ground));
  if (!read.ok) {
    const lines = read.problems.map(
      ({ line, column, message, hint }) =>
        `${path}:${line}:${column}: ${message}${hint === null ? '' : ` (${hint})`}`,
    );
    const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
    const message = [`the plan has ${count}:`, ...lines].join('\n');
    const hint = 'mend the file and give the command again: nothing was started';
    const findings = read.problems.map(({ code, task, message: said }) => ({
      code,
      task,
      text: said,
    }));
    return { ok: false, problem: { code: 'bad_plan', message, hint, exit: 2, findings } };
  }
  return ok({
    plan: { by: 'file', tasks: read.tasks, warnings: read.warnings },
    planner: null,
    source: 'file',
    goal: goal === '' ? read.goal : goal,
    reasons: [`planned in ${path}`],
  });
}

/**
 * Says what plans of this project are read and made with.
 *
 * @param ground - The workshop and the run's settings.
 * @returns The context.
 */
export function contextOf(ground: Pick<Ground, 'workshop' | 'settings'>): PlanContext {
  const { agents, runtimes, route } = ground.workshop;
  return {
    agents: [...agents.values()],
    runtimes: [...runtimes.keys()],
    settings: ground.settings,
    route,
  };
}
