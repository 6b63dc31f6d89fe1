// Taking in a goal or a plan file: everything that is decided before the run has a key.

import type { Config } from '../config/config.ts';
import { projectKey } from '../config/project-key.ts';
import { toStages } from '../config/stages.ts';
import { branchAbove } from '../integrate/publish.ts';
import type { PendingDetection, Way } from '../model/complexity.ts';
import type { RunKey } from '../model/key.ts';
import { PROJECT_KEY } from '../model/key.ts';
import type { StageSettings } from '../model/stage.ts';
import { describeRepository } from '../plan/describe-repository.ts';
import type { Detection } from '../plan/detect.ts';
import type { Repository } from '../ports/repository.ts';
import { factsAt } from '../run/repository-facts.ts';
import type { Workshop } from '../run/workshop.ts';
import { adviceOn } from './advice.ts';
import type { App, LoadedSettings } from './app.ts';
import { detectionOf } from './detection.ts';
import { estimateTask, titleOf } from './goal-tasks.ts';
import { PLANNED, replannerOf, sourceOf } from './plan-sources.ts';
import type { Ground, Planned, Wanted } from './plan-sources.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { RunRequest } from './run-request.ts';
import { runSettings } from './run-settings.ts';
import { plansFirst, stagesOf, unknownStage } from './run-stages.ts';
import { runtimesThere } from './runtimes.ts';
import { sandboxThere } from './sandbox.ts';
import { send } from './send.ts';
import { whyUntrusted } from './trust.ts';

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
  const base = await startOf(workshop.repository, loaded.config);
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
  const key = keyOf(loaded.config, app.root);
  const made = await send(app, {
    type: 'add-run',
    projectKey: key,
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
    above: await lastNumber(workshop, `${settings.branchPrefix}${key}`),
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

/** Where a run starts from, if there can be a branch for it. */
async function startOf(repository: Repository, config: Config): ReturnType<typeof baseOf> {
  const { branch_prefix: prefix } = config.project;
  return (await whyNoBranch(repository, prefix)) ?? baseOf(repository, config);
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

function keyOf(config: Config, root: string): string {
  const key = config.project.key ?? projectKey(root);
  return PROJECT_KEY.test(key) ? key : 'RUN';
}

/**
 * New numbers are above any that refs remember, so that a lost store gives no number twice; and none
 * is given whose key is a branch, below which git could make no other.
 */
async function lastNumber({ repository, store }: Workshop, key: string): Promise<number> {
  const refs = await repository.refs('refs/tutti/');
  const numbers = refs.map(({ name }) => Number(/-(\d+)[./]/u.exec(name)?.[1] ?? 0));
  const start = `refs/heads/${key}-`;
  const taken = new Set((await repository.refs(start)).map(({ name }) => name.slice(start.length)));
  let last = Math.max(await store.lastNumber(), ...numbers);
  while (taken.has(String(last + 1))) last += 1;
  return last;
}

/** Below a branch git can make no other. */
async function whyNoBranch(repository: Repository, prefix: string): Promise<Result<never> | null> {
  const taken = await branchAbove(repository, prefix);
  if (taken === null) return null;
  const what = `there is a branch "${taken}", so that there can be none that begins with "${prefix}"`;
  return no('bad_prefix', what, 'set another project.branch_prefix in .tutti/config.yaml');
}

async function notesOn(repository: Repository, branch: string): Promise<string[]> {
  if (!(await repository.isDirty())) return [];
  return [
    `your checkout has uncommitted changes; the run starts from the last commit of ${branch}`,
  ];
}
