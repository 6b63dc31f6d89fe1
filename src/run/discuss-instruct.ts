// A planner that is asked about its plan: what it is told, and what is made of its answer.

import { failure } from '../model/failure.ts';
import type { PlanTask, PlanningResult } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { describeRepository } from '../plan/describe-repository.ts';
import { offersOf } from '../plan/offers.ts';
import { writePlan } from '../plan/write-plan.ts';
import type { AttemptResult } from '../ports/agent-runtime.ts';
import { discussAnswerSchema, discussPrompt } from '../prompt/discuss-prompt.ts';
import { createFence } from '../prompt/fence.ts';
import { planAnswerSchema } from '../prompt/plan-prompt.ts';
import { cleanText } from '../util/clean-text.ts';
import { isRecord } from '../util/is-record.ts';
import type { Bench, Job } from './bench.ts';
import { readPlanAnswer } from './plan-answer.ts';
import { factsAt } from './repository-facts.ts';

/** Older words than these are in the plan by now, or forgotten. */
const MOST_MESSAGES = 30;
/** The longest reply that is kept, in characters. */
const LONGEST_REPLY = 20_000;

/**
 * Says what a planner is asked.
 *
 * @param bench - The coordinator.
 * @param job - The planner's attempt.
 * @param resultPath - Where the answer may be written; `null` = the runtime asks for it by schema.
 * @returns The prompt and the shape of the answer.
 */
export async function discussInstruction(
  bench: Bench,
  { run, task }: Job,
  resultPath: string | null,
): Promise<{ readonly prompt: string; readonly schema: Readonly<Record<string, unknown>> }> {
  const { agents, repository } = bench.workshop;
  const { maxTasks } = run.settings;
  const specialists = [...agents.values()];
  const names = specialists.map(({ name }) => name);
  const plan = run.plans.at(-1);
  const again = task.spec.discusses === 'again';
  const last = task.attempts.at(-2)?.status;
  const failed = last?.state === 'ended' && last.outcome.kind === 'failed' ? last.outcome : null;
  const prompt = discussPrompt(
    {
      goal: run.goal,
      repository: describeRepository(await factsAt(repository, run.baseCommit)),
      agents: specialists.map(({ name, description }) => ({ name, description })),
      maxTasks,
      plan: writePlan(run.goal, plan?.tasks ?? []),
      revision: plan?.revision ?? 0,
      discussion: saidBefore(run, task.spec.description),
      said: task.spec.description,
      again,
      problems:
        failed?.failure.reason === 'invalid_output' ? failed.failure.message.split('\n') : [],
      resultPath,
    },
    createFence(bench.workshop.randomId()),
  );
  const schemaOf = again ? planAnswerSchema : discussAnswerSchema;
  const capabilities = [...new Set(run.settings.subagents.flatMap(offersOf))];
  return { prompt, schema: schemaOf({ agents: names, capabilities, maxTasks }) };
}

/** What was said before the question itself. */
function saidBefore({ discussion }: Run, question: string): { by: string; text: string }[] {
  const last = discussion.at(-1);
  const before = last?.text === question ? discussion.slice(0, -1) : discussion;
  return before.slice(-MOST_MESSAGES).map(({ from, by, text, proposal }) => ({
    by: from === 'planner' ? 'the planner' : by,
    text: proposal === null ? text : `${text}\n(and proposed another plan)`,
  }));
}

/**
 * Reads what a planner answered: words, a plan, or both. Who can only talk, or only plan, is
 * understood as well.
 *
 * @param bench - The coordinator.
 * @param job - The planner's attempt.
 * @param answered - How it ended.
 * @returns What it says, with its plan; no tasks where it proposes none.
 */
export async function readDiscussAnswer(
  bench: Bench,
  job: Job,
  { structured, report }: Pick<AttemptResult, 'structured' | 'report'>,
): Promise<PlanningResult> {
  if (job.task.spec.discusses === 'again') {
    const whole = await readPlanAnswer(bench, job, planIn(structured) ?? structured);
    return withReasons(job.run, whole);
  }
  const reply = replyIn(structured) ?? (structured === undefined ? report.summary : '');
  const said = cleanText(reply).trim().slice(0, LONGEST_REPLY);
  const plan = planIn(structured);
  if (plan !== undefined) {
    const read = await readPlanAnswer(bench, job, plan);
    return withReasons(job.run, read.ok ? { ...read, reply: said } : read);
  }
  if (said === '') {
    return { ok: false, failure: failure('invalid_output', 'The planner said nothing.') };
  }
  return { ok: true, by: 'model', tasks: [], warnings: [], reply: said };
}

function replyIn(answer: unknown): string | null {
  return isRecord(answer) && typeof answer['reply'] === 'string' ? answer['reply'] : null;
}

function planIn(answer: unknown): unknown {
  if (!isRecord(answer)) return undefined;
  if (Array.isArray(answer['tasks'])) return answer;
  return isRecord(answer['plan']) ? answer['plan'] : undefined;
}

/** A plan names every agent; why it was chosen stands as long as it does. */
function withReasons(run: Run, result: PlanningResult): PlanningResult {
  if (!result.ok) return result;
  const before = run.plans.at(-1)?.tasks ?? [];
  const tasks = result.tasks.map((task): PlanTask => {
    const old = before.find(({ id }) => id === task.id);
    return old?.agent === task.agent ? { ...task, agentReason: old.agentReason } : task;
  });
  return { ...result, tasks };
}
