// What a planner is told, and what its plan is read with: both go by what there is on this machine.

import type { PlanFinding } from '../model/finding.ts';
import type { Run } from '../model/run.ts';
import { NO_RUNTIME_SETTINGS } from '../model/settings.ts';
import type { Task } from '../model/task.ts';
import { describeRepository } from '../plan/describe-repository.ts';
import { offersOf } from '../plan/offers.ts';
import type { PlanContext } from '../plan/plan-context.ts';
import { createFence } from '../prompt/fence.ts';
import { planAnswerSchema, planPrompt } from '../prompt/plan-prompt.ts';
import type { PlanBrief } from '../prompt/plan-prompt.ts';
import { isSuperseded, roomForPiece } from '../schedule/replans.ts';
import { isSystemError } from '../util/system-error.ts';
import { answerPath } from './attempt-spec.ts';
import type { Bench, Job } from './bench.ts';
import { beforeOf } from './ground.ts';
import { factsAt } from './repository-facts.ts';

/** Looking for a program takes no longer; what hangs then is not there. */
const PROBE_LIMIT_MS = 20_000;

/** A plan that could be carried out, and what was found in it. */
interface FirstPlan {
  readonly found: readonly PlanFinding[];
  readonly answer: unknown;
}

/**
 * Says what a planner is to do.
 *
 * @param bench - The coordinator.
 * @param job - The planner's attempt.
 * @param first - The plan that it is to think over; `null` = there is none yet.
 * @returns Its prompt, and the shape of its answer.
 */
export async function planInstruction(
  bench: Bench,
  job: Job,
  first: FirstPlan | null,
): Promise<{
  prompt: string;
  schema: Readonly<Record<string, unknown>>;
  sessionId: null;
  used: null;
}> {
  const { run, task } = job;
  const { settings } = run;
  const context = await planContext(bench, job);
  const { agents, missing = [] } = context;
  const { maxTasks } = context.settings;
  // Whoever runs by a program that is not there cannot be chosen.
  const able = agents.filter(({ runtime }) => runtime === null || !missing.includes(runtime));
  const workers = settings.subagents.map((worker) => ({
    name: worker.id,
    offers: offersOf(worker),
  }));
  const capabilities = [...new Set(workers.flatMap(({ offers }) => offers))];
  const prompt = planPrompt(
    {
      goal: run.goal,
      before: beforeOf(run, task),
      repository: describeRepository(await factsAt(bench.workshop.repository, run.baseCommit)),
      agents: able,
      workers,
      checks: settings.checks.map((check) => check.run),
      limits: {
        maxTasks,
        atOnce: settings.maxConcurrent,
        taskMinutes: Math.floor(settings.taskTimeoutSecs / 60),
        budgetUsd: run.ceiling.usd,
      },
      instruction: task.spec.replaces === undefined ? task.instruction : null,
      refused: first === null ? refusedAnswer(task) : null,
      doubted:
        first === null
          ? null
          : {
              problems: first.found.map(({ text }) => text),
              answer: JSON.stringify(first.answer, null, 2),
            },
      failed: failedTask(run, task),
      resultPath: answerPath(bench, job),
    },
    createFence(bench.workshop.randomId()),
  );
  const schema = planAnswerSchema({ agents: able.map(({ name }) => name), capabilities, maxTasks });
  return { prompt, schema, sessionId: null, used: null };
}

/**
 * Says what a planner's answer is read with.
 *
 * @param bench - The coordinator; its workshop knows agents, runtimes and routing.
 * @param job - The planner's attempt.
 * @returns The context.
 */
export async function planContext(bench: Bench, job: Job): Promise<PlanContext> {
  const { agents, runtimes, route } = bench.workshop;
  const { settings } = job.run;
  const all = [...agents.values()];
  return {
    agents: all,
    runtimes: [...runtimes.keys()],
    missing: await missingRuntimes(
      bench,
      job,
      all.flatMap(({ runtime }) => runtime ?? []),
    ),
    // A new piece of plan takes the place of one task.
    settings:
      job.task.spec.replaces === undefined
        ? settings
        : { ...settings, maxTasks: roomForPiece(job.run) },
    route,
  };
}

/** Those whose program is not on this machine; the planner's own evidently is. */
async function missingRuntimes(
  { workshop }: Bench,
  { run, attempt }: Job,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const names = [...new Set(wanted)].filter((name) => name !== attempt.runtime);
  const found = await Promise.all(
    names.map(async (name) => {
      const runtime = workshop.runtimes.get(name);
      if (runtime === undefined) return true;
      const settings = run.settings.runtimes[name] ?? NO_RUNTIME_SETTINGS;
      const timers: (() => void)[] = [];
      const late = new Promise<boolean>((resolve) => {
        timers.push(workshop.clock.after(PROBE_LIMIT_MS, () => resolve(false)));
      });
      try {
        return await Promise.race([runtime.probe(settings).then((probe) => probe.found), late]);
      } catch (error) {
        // What the system refuses, as a file that may not be read; anything else is a bug.
        if (!isSystemError(error)) throw error;
        return false;
      } finally {
        for (const cancel of timers) cancel();
      }
    }),
  );
  return names.filter((_, index) => found[index] === false);
}

/** What was wrong with the answer of the attempt before. */
function refusedAnswer({ attempts }: Task): readonly string[] | null {
  const status = attempts.at(-2)?.status;
  if (status?.state !== 'ended' || status.outcome.kind !== 'failed') return null;
  const { failure } = status.outcome;
  return failure.reason === 'invalid_output' ? failure.message.split('\n') : null;
}

/** What a planner has to replace, where it plans anew. */
function failedTask(run: Run, planner: Task): PlanBrief['failed'] {
  const task = run.tasks.find(({ key }) => key === planner.spec.replaces);
  if (task === undefined) return null;
  const { status, spec } = task;
  const why = status.state === 'failed' ? status.failure : null;
  const told = [planner.spec.description, task.instruction ?? ''].filter((text) => text !== '');
  return {
    title: spec.title,
    description: spec.description,
    failure: why === null ? '' : `${why.reason}: ${why.message}`,
    instruction: told.length === 0 ? null : told.join('\n'),
    others: run.tasks
      .filter((other) => other !== task && other.spec.kind !== 'plan' && !isSuperseded(other))
      .map((other) => {
        const last = other.attempts.at(-1)?.status;
        const summary = last?.state === 'ended' ? (last.report?.summary ?? '') : '';
        return { title: other.spec.title, state: other.status.state, summary };
      }),
  };
}
