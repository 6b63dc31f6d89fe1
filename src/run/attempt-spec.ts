// What the runtime of an attempt is told.

import { join } from 'node:path';

import type { Agent } from '../model/agent.ts';
import { WORK_ANSWER_SCHEMA } from '../model/answer.ts';
import { NO_USAGE } from '../model/attempt.ts';
import type { TaskKind } from '../model/plan.ts';
import { costOf } from '../model/prices.ts';
import { NO_RUNTIME_SETTINGS } from '../model/settings.ts';
import type { RuntimeSettings } from '../model/settings.ts';
import { specialistFor } from '../model/specialist.ts';
import type { AgentRuntime, AttemptSpec } from '../ports/agent-runtime.ts';
import type { Confinement } from '../ports/sandbox.ts';
import { isRedacted } from '../util/redact.ts';
import type { Bench, Job } from './bench.ts';
import { environmentOf } from './environment.ts';
import { limitsOf } from './limits-of.ts';

/** What is asked of a task that is not to do a piece of work. */
const ANSWERS: Readonly<Partial<Record<TaskKind, AttemptSpec['answer']>>> = {
  plan: 'plan',
  review: 'review',
};

/** What is known beside the attempt itself. */
interface Told {
  readonly prompt: string;
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly sessionId: string | null;
  readonly cwd: string;
  readonly homeDir: string;
  readonly confine: Confinement | null;
  readonly mayStart: AttemptSpec['mayStart'];
}

/**
 * Says what the runtime of an attempt has to know.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @param told - Its prompt, its place and its gate.
 * @returns The specification.
 */
export function attemptSpec(bench: Bench, job: Job, told: Told): AttemptSpec {
  const { run, task, attempt } = job;
  const { files, agents, runtimes, exchange } = bench.workshop;
  const { settings } = run;
  const folder = files.folder(task.key);
  const agent = agents.get(attempt.agent) ?? plainAgent(attempt.agent);
  const runtime = settings.runtimes[attempt.runtime] ?? NO_RUNTIME_SETTINGS;
  const stage = runtimes.get(attempt.runtime);
  const own = stage === undefined ? null : specialistFor(agent, stage, runtime.model).model;
  const model = task.spec.model ?? own;
  // A command in the project's root has a private home only in a sandbox.
  const inFolder = told.confine === null && task.spec.workspace === 'none';
  const resultPath = inFolder ? join(folder, 'result.json') : resultPathOf(bench, job);
  return {
    ...told,
    attempt: attempt.key,
    agent,
    command: task.spec.command,
    answer: ANSWERS[task.spec.kind] ?? 'work',
    schema: told.schema ?? (task.spec.command === null ? WORK_ANSWER_SCHEMA : null),
    env: environmentOf(bench.workshop, job, {
      promptPath: join(folder, 'prompt.md'),
      resultPath,
      artifacts: exchange.artifacts(told.homeDir),
      outbox: exchange.outbox(told.homeDir),
    }),
    mark: attempt.mark,
    settings: withSecrets(runtime, () => bench.workshop.runtimeSettings(attempt.runtime)),
    model,
    allowedCommands: [...settings.checks.map((check) => check.run), ...task.spec.checks],
    fullPermissions: settings.fullPermissions,
    resultPath,
    logPath: join(folder, 'output.log'),
    logLimitBytes: settings.outputLimitBytes,
    timeoutMs: task.spec.timeoutSecs * 1000,
    idleTimeoutMs: task.spec.idleTimeoutSecs * 1000,
    // The project's root is everybody's, and without a sandbox there is no home.
    limits: limitsOf(
      settings.limits,
      task.spec.workspace === 'none' ? [] : [told.cwd, told.homeDir],
    ),
    // What may finish at the ceiling is not stopped at its reservation either.
    budgetUsd: settings.budget.hard ? attempt.reserved.usd : null,
    budgetTokens: settings.budget.hard ? tokenCeiling(job, model, stage) : null,
  };
}

/**
 * How many tokens it may use: those set aside, and no more than the money pays for where its runtime
 * counts nothing else. All count as the dearer kind: to end early costs no attempt, to overdraw does.
 */
function tokenCeiling(
  { run, attempt }: Job,
  model: string | null,
  runtime: AgentRuntime | undefined,
): number | null {
  const { usd, tokens } = attempt.reserved;
  if (usd === null || runtime === undefined || runtime.features.cost) return tokens;
  const { prices } = run.settings;
  const each = [
    costOf(model, { ...NO_USAGE, input: 1 }, prices),
    costOf(model, { ...NO_USAGE, output: 1 }, prices),
  ];
  const dearest = Math.max(...each.map((cost) => cost ?? 0));
  if (dearest === 0) return tokens;
  return Math.min(tokens ?? Infinity, Math.floor(usd / dearest));
}

/** A run is kept without secrets: what was taken out is put in again, as it is configured now. */
function withSecrets(
  kept: RuntimeSettings,
  current: () => Pick<RuntimeSettings, 'env' | 'args'>,
): RuntimeSettings {
  const names = Object.keys(kept.env).filter((name) => isRedacted(kept.env[name] ?? ''));
  const env = { ...kept.env };
  for (const name of names) env[name] = current().env[name] ?? '';
  const args = kept.args.some((arg) => isRedacted(arg)) ? current().args : kept.args;
  return { ...kept, env, args };
}

/**
 * Where an attempt may write its answer. It is a place of its own: who works in a sandbox can write
 * nowhere else, and nothing that was there before counts.
 */
function resultPathOf(bench: Bench, { task, attempt }: Job): string {
  const { workspaces } = bench.workshop;
  return join(workspaces.homePath(task.key), `result-${attempt.number}.json`);
}

/**
 * Tells where an attempt is to write its answer.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @returns The path; `null` = its runtime takes a schema and needs no file.
 */
export function answerPath(bench: Bench, job: Job): string | null {
  const runtime = bench.workshop.runtimes.get(job.attempt.runtime);
  return runtime?.features.structuredOutput === true ? null : resultPathOf(bench, job);
}

/** An agent whose definition is gone since the plan was made: it still has a name. */
function plainAgent(name: string): Agent {
  return {
    name,
    description: '',
    prompt: '',
    tools: null,
    model: null,
    runtime: null,
    capabilities: [],
    origin: 'built-in',
    path: '',
  };
}
