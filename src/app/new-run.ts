// Taking in a goal or a plan file: everything that is decided before the run has a key.

import type { Config } from '../config/config.ts';
import { projectKey } from '../config/project-key.ts';
import { toStages } from '../config/stages.ts';
import type { AddRun } from '../model/command.ts';
import type { PendingDetection, Way } from '../model/complexity.ts';
import type { RunKey } from '../model/key.ts';
import { PROJECT_KEY } from '../model/key.ts';
import type { PlanSource } from '../model/plan-source.ts';
import type { PlanTask, Priority } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';
import type { StageSettings } from '../model/stage.ts';
import { describeRepository } from '../plan/describe-repository.ts';
import type { Detection } from '../plan/detect.ts';
import type { PlanContext } from '../plan/plan-context.ts';
import { readPlan } from '../plan/plan-file.ts';
import { planByRules } from '../plan/rule-planner.ts';
import type { Repository } from '../ports/repository.ts';
import { factsAt, mapAt } from '../run/repository-facts.ts';
import type { Workshop } from '../run/workshop.ts';
import { adviceOn } from './advice.ts';
import type { App, LoadedSettings } from './app.ts';
import type { Confirm } from './confirm.ts';
import { detectionOf } from './detection.ts';
import { estimateTask, goalTask, plannerTask, titleOf } from './goal-tasks.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { runSettings } from './run-settings.ts';
import { plansFirst, stagesOf, unknownStage } from './run-stages.ts';
import { runtimesThere } from './runtimes.ts';
import { sandboxThere } from './sandbox.ts';
import { send } from './send.ts';
import { whyUntrusted } from './trust.ts';

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

/** A run that was made. */
export interface NewRun {
  readonly run: RunKey;
  /** What a person should know about it, a line each. */
  readonly notes: readonly string[];
}

/** The longest goal, in characters: it goes into every prompt. */
const LONGEST_GOAL = 20_000;

/**
 * Makes a run of a goal or a plan file.
 *
 * @param app - The application.
 * @param request - What the person wants.
 * @returns The run's key, or everything that is wrong with what was given.
 */
export async function newRun(app: App, request: RunRequest): Promise<Result<NewRun>> {
  const place = await placeOf(app);
  if (!place.ok) return place;
  const { workshop, loaded } = place.value;
  const goal = checkGoal(request);
  if (!goal.ok) return goal;
  const base = await baseOf(workshop.repository, loaded.config);
  if (!base.ok) return base;
  const { commit } = base.value;
  const detected = await detectionOf(workshop.repository, loaded.config, { request, commit });
  if (!detected.ok) return detected;
  const orchestrated = showsPlan(loaded.config, detected.value);
  const found = await settingsFor(app, { loaded, commit, request, orchestrated });
  if (!found.ok) return found;
  const { settings } = found.value;
  const ground = { workshop, loaded, settings };
  const wanted = { request, goal: goal.value, commit, detected: detected.value };
  const begun = await begin(app, ground, wanted);
  if (!begun.ok) return begun;
  const { plan, planner, source, reasons, goal: text, detection, stages, placed } = begun.value;
  const replanner = await replannerOf(app, ground, begun.value);
  const made = await send(app, {
    type: 'add-run',
    projectKey: keyOf(loaded.config, app.root),
    goal: text,
    title: titleOf(text),
    kind: request.type ?? 'task',
    priority: request.priority ?? 'medium',
    source,
    reasons,
    settings: {
      ...settings,
      replanner,
      stages,
      ...(detection !== undefined && { detection }),
      ...(request.context !== undefined && { givenContext: request.context }),
    },
    baseBranch: base.value.branch,
    baseCommit: commit,
    plan,
    planner,
    preapproved: request.yes,
    above: await highestNumber(workshop.repository),
  });
  if (!made.ok) return made;
  const { run } = made.value;
  if (run === null) return no('internal', 'the run has no key', 'report this');
  const notes = await notesOn(workshop.repository, base.value.branch);
  return ok({ run, notes: [...found.value.notes, ...placed, ...notes] });
}

/** What the run goes by; a goal that skips its planning shows no plan. */
function settingsFor(
  app: App,
  {
    request,
    orchestrated,
    ...on
  }: { loaded: LoadedSettings; commit: string; request: RunRequest; orchestrated: boolean },
): ReturnType<typeof runSettings> | Result<never> {
  const stages = toStages(on.loaded.config);
  const skip = request.skipStages ?? [];
  const orchestrate = orchestrated && (request.plan !== null || plansFirst({ stages }, skip));
  return (
    unknownStage({ stages }, skip) ??
    runSettings(app, { ...on, request: { ...request, orchestrate } })
  );
}

/** The workshop and the configuration, where nothing in it waits for trust. */
async function placeOf(app: App): Promise<Result<Pick<Ground, 'workshop' | 'loaded'>>> {
  const opened = await app.workshop();
  const loaded = await app.settings();
  if (!opened.ok) return opened;
  if (!loaded.ok) return loaded;
  return whyUntrusted(app, loaded.value) ?? ok({ workshop: opened.value, loaded: loaded.value });
}

function checkGoal({ goal, plan }: RunRequest): Result<string> {
  const text = (goal ?? '').trim();
  if (text === '' && plan === null) {
    return no(
      'no_goal',
      'there is no goal',
      'say what is to be done: tutti run "Add a login page"',
    );
  }
  if (text.length > LONGEST_GOAL) {
    const hint = 'put the details into a file of the repository and name it in the goal';
    return no(
      'goal_too_long',
      `the goal has ${text.length} characters, ${LONGEST_GOAL} are taken`,
      hint,
    );
  }
  if (text.includes('\u0000')) {
    return no('bad_goal', 'the goal has a NUL character in it', 'give it as plain text');
  }
  return ok(text);
}

/** The commit a run starts from: that of the base branch, never uncommitted work. */
async function baseOf(
  repository: Repository,
  config: Config,
): Promise<Result<{ branch: string; commit: string }>> {
  const branch = config.project.base_branch ?? (await repository.currentBranch());
  if (branch === null) {
    const hint = 'check out a branch, or set project.base_branch in .tutti/config.yaml';
    return no('no_base', 'HEAD is on no branch, so there is no base branch', hint);
  }
  const commit = await repository.resolve(`refs/heads/${branch}`);
  if (commit !== null) return ok({ branch, commit });
  const hint = 'set project.base_branch in .tutti/config.yaml';
  return no('no_base', `there is no branch "${branch}" to start from`, hint);
}

type Planned = Pick<AddRun, 'plan' | 'planner' | 'source' | 'reasons' | 'goal'>;

interface Ground {
  readonly workshop: Workshop;
  readonly loaded: LoadedSettings;
  readonly settings: RunSettings;
}

/** How a run begins. */
interface Begun extends Planned {
  readonly stages: StageSettings;
  /** What is said about where stages write. */
  readonly placed: readonly string[];
  readonly detection?: PendingDetection;
}

function isPending({ orchestration }: Config, detected: Detection | null): boolean {
  return orchestration.detection.method === 'model' && detected?.estimate !== undefined;
}

/** While nobody knows whether there will be a plan, none shows the commands that are run. */
function showsPlan(config: Config, detected: Detection | null): boolean {
  return (detected?.orchestrate ?? true) && !isPending(config, detected);
}

/** The way that was decided; both ways, and who decides between them, where a model is asked. */
async function begin(app: App, ground: Ground, wanted: Wanted): Promise<Result<Begun>> {
  const { config } = ground.loaded;
  const byRules = wanted.detected?.estimate;
  if (byRules === undefined || !isPending(config, wanted.detected)) {
    return wayOf(app, ground, wanted);
  }
  const to = (orchestrate: boolean): Promise<Result<Begun>> =>
    wayOf(app, ground, { ...wanted, detected: { orchestrate, by: 'complexity', reasons: [] } });
  const direct = await to(false);
  if (!direct.ok) return direct;
  const planned = await to(true);
  if (!planned.ok) return planned;
  const { min_complexity: least } = config.orchestration.detection;
  const repository = describeRepository(await factsAt(ground.workshop.repository, wanted.commit));
  const { goal, description = '' } = { ...wanted.request, goal: wanted.goal };
  return ok({
    ...planned.value,
    source: 'model',
    plan: null,
    planner: estimateTask(ground, goal, description),
    reasons: ['a model estimates how much work it is'],
    detection: {
      least,
      byRules,
      repository,
      direct: way(direct.value),
      planned: way(planned.value),
    },
  });
}

function way({ source, reasons, plan, planner, stages }: Begun): Way {
  return { source, reasons, plan, planner, stages };
}

async function wayOf(app: App, ground: Ground, wanted: Wanted): Promise<Result<Begun>> {
  const planned = await planOf(app, ground, wanted);
  if (!planned.ok) return planned;
  const { stages, notes: placed } = await stagesOf(ground.workshop, ground.settings, {
    source: planned.value.source,
    orchestrated: wanted.detected?.orchestrate ?? true,
    skip: wanted.request.skipStages,
  });
  return ok({ ...planned.value, stages, placed });
}

/** The plan, or who makes it; with what was wanted at once, the programs it needs are there. */
async function planOf(app: App, ground: Ground, wanted: Wanted): Promise<Result<Planned>> {
  const { agent } = wanted.request;
  if (agent !== undefined && !ground.workshop.agents.has(agent)) {
    return no('unknown_agent', `there is no agent "${agent}"`, 'tutti agents lists all');
  }
  const source = await sourceOf(app, ground, wanted);
  const made = await PLANNED[source](ground, wanted);
  if (!made.ok) return made;
  const { plan, planner } = made.value;
  const { goal, type = null } = wanted.request;
  const told = { goal: goal ?? '', type, planned: source !== 'direct' };
  const advised = source === 'file' ? [] : await adviceOn(ground.workshop.store, told);
  const reasons = [...(wanted.detected?.reasons ?? []), ...made.value.reasons, ...advised];
  const planned = ok({ ...made.value, reasons });
  if (!wanted.request.now) return planned;
  const tasks = plan?.tasks ?? (planner === null ? [] : [planner]);
  const names = new Set(tasks.map(({ runtime }) => runtime ?? ground.settings.defaultRuntime));
  const missing =
    (await runtimesThere(ground.workshop, ground.settings, tasks)) ??
    (await sandboxThere(app, names, wanted.request.confirm));
  return missing ?? planned;
}

interface Wanted {
  readonly request: RunRequest;
  readonly goal: string;
  readonly commit: string;
  /** `null` = there is a plan already. */
  readonly detected: Detection | null;
}

const PLANNED: Readonly<
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

function sourceOf(
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

/** Who would plan anew; nobody looks for one where only plain commands can fail. */
async function replannerOf(
  app: App,
  ground: Ground,
  { plan, planner, detection }: Begun,
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

function keyOf(config: Config, root: string): string {
  const key = config.project.key ?? projectKey(root);
  return PROJECT_KEY.test(key) ? key : 'RUN';
}

/** New numbers are above any that refs remember, so that a lost store gives no number twice. */
async function highestNumber(repository: Repository): Promise<number> {
  const refs = await repository.refs('refs/tutti/');
  const numbers = refs.map(({ name }) => Number(/-(\d+)[./]/u.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

async function notesOn(repository: Repository, branch: string): Promise<string[]> {
  if (!(await repository.isDirty())) return [];
  return [
    `your checkout has uncommitted changes; the run starts from the last commit of ${branch}`,
  ];
}
