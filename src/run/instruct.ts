// What an attempt is told, taken from everything the run knows.

import { RESOLVE_ANSWER_SCHEMA } from '../model/answer.ts';
import type { Attempt } from '../model/attempt.ts';
import { MAKES_CHANGES } from '../model/plan.ts';
import { REVIEW_ANSWER_SCHEMA } from '../model/review.ts';
import type { Task } from '../model/task.ts';
import { createFence } from '../prompt/fence.ts';
import { workPrompt } from '../prompt/work-prompt.ts';
import type { PreviousTry, WorkBrief } from '../prompt/work-prompt.ts';
import type { IsolatedMeans } from './ask-alone.ts';
import { answerPath } from './attempt-spec.ts';
import type { Bench, Job } from './bench.ts';
import { clashOf, conflictBrief } from './conflict.ts';
import type { Clash } from './conflict.ts';
import { discussInstruction } from './discuss-instruct.ts';
import { dependencyResults, groundOf } from './ground.ts';
import { planInstruction } from './instruct-planner.ts';
import { reviewInstruction } from './review-instruction.ts';
import { shortened } from './summarise.ts';
import type { Use } from './use.ts';

/** What a runtime is given to say to its agent. */
interface Instruction {
  readonly prompt: string;
  /** The shape of the answer, where it is not the usual one. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  /** The session to go on with, where the runtime can. */
  readonly sessionId: string | null;
  /** What it took to write the prompt; `null` = no model was asked. */
  readonly used: Use | null;
}

const NO_PROMPT: Instruction = { prompt: '', schema: null, sessionId: null, used: null };

/**
 * Says what an attempt is to do, and writes it down where the agent and people can read it.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @param means - With what a model is asked to shorten what is too long.
 * @returns What its runtime is given.
 */
export async function instruct(bench: Bench, job: Job, means: IsolatedMeans): Promise<Instruction> {
  const { files } = bench.workshop;
  const { task, attempt } = job;
  await files.begin(task.key, attempt.number);
  if (task.spec.command !== null) return NO_PROMPT;
  const instruction =
    task.spec.kind === 'plan'
      ? await planning(bench, job)
      : task.spec.kind === 'review'
        ? await reviewInstructionOf(bench, job)
        : await workInstruction(bench, job, means);
  // What a repository or a check's output brought along is no reason to send a secret to a model.
  const prompt = bench.workshop.secrets.redact(instruction.prompt);
  await files.write(task.key, 'prompt.md', prompt);
  return { ...instruction, prompt, sessionId: sessionOf(job) };
}

async function workInstruction(bench: Bench, job: Job, means: IsolatedMeans): Promise<Instruction> {
  const { run, task } = job;
  const fence = createFence(bench.workshop.randomId());
  const before = lastTry(task.attempts.slice(0, -1));
  const dependencies = dependencyResults(run, task);
  const summary = await shortened(bench, job, { dependencies, fence }, means);
  const home = bench.workshop.workspaces.homePath(task.key);
  const clash = await clashOf(bench.workshop.repository, job, run.head);
  const touched = await bench.lookout.now(run);
  const brief: WorkBrief = {
    task: task.spec,
    key: task.key,
    agentPrompt: agentPrompt(bench, job),
    goal: run.goal,
    dependencies,
    shortened: summary.text,
    outline: run.tasks
      .filter(({ key, spec }) => key !== task.key && spec.kind !== 'plan')
      .map((other) => outlined(other, touched.get(other.key))),
    ground: await groundOf(bench, job, home),
    checks: [
      ...(MAKES_CHANGES[task.spec.kind] ? run.settings.checks.map((check) => check.run) : []),
      ...task.spec.checks,
    ],
    previous: before === undefined ? null : await previousTry(bench, task, before, clash),
    conflict: conflictBrief(job, clash),
    instruction: task.instruction,
    resultPath: answerPath(bench, job),
  };
  const prompt = workPrompt(brief, fence, run.settings.dependencyContextBudget);
  const schema = clash === null ? null : RESOLVE_ANSWER_SCHEMA;
  return { prompt, schema, sessionId: null, used: summary.used };
}

async function reviewInstructionOf(bench: Bench, job: Job): Promise<Instruction> {
  const prompt = await reviewInstruction(bench, job, {
    agentPrompt: agentPrompt(bench, job),
    resultPath: answerPath(bench, job),
  });
  return { prompt, schema: REVIEW_ANSWER_SCHEMA, sessionId: null, used: null };
}

async function planning(bench: Bench, job: Job): Promise<Instruction> {
  if (job.task.spec.discusses === undefined) return planInstruction(bench, job, null);
  const asked = await discussInstruction(bench, job, answerPath(bench, job));
  return { ...asked, sessionId: null, used: null };
}

/** The files it is at, or else those it was given. */
function outlined(
  { spec, status, attempts }: Task,
  touched: readonly string[] | undefined,
): WorkBrief['outline'][number] {
  const { id, title } = spec;
  const last = attempts.at(-1);
  const atWork = status.state === 'running' && last !== undefined && spec.command === null;
  if (!atWork) return { id, title, state: status.state };
  const changed = touched ?? [];
  return {
    id,
    title,
    state: status.state,
    agent: last.agent,
    files: [...changed, ...spec.files.filter((glob) => !changed.includes(glob))],
    ...(changed.length > 0 && { changed: changed.length }),
  };
}

/** Runtimes without a system prompt get the agent's own words at the head of the prompt. */
function agentPrompt({ workshop }: Bench, { attempt }: Job): string | null {
  const runtime = workshop.runtimes.get(attempt.runtime);
  if (runtime?.features.systemPrompt === true) return null;
  const words = workshop.agents.get(attempt.agent)?.prompt ?? '';
  return words === '' ? null : words;
}

/** What was interrupted has nothing to tell; what went wrong before it still holds. */
function lastTry(before: readonly Attempt[]): Attempt | undefined {
  return before.findLast((attempt) => !wasInterrupted(attempt)) ?? before.at(-1);
}

function wasInterrupted({ status }: Attempt): boolean {
  if (status.state !== 'ended') return false;
  const { outcome } = status;
  return (
    outcome.kind === 'canceled' ||
    (outcome.kind === 'failed' && outcome.failure.reason === 'worker_lost')
  );
}

async function previousTry(
  bench: Bench,
  { takenBack }: Task,
  { status }: Attempt,
  clash: Clash | null,
): Promise<PreviousTry | null> {
  if (status.state !== 'ended' || status.outcome.kind === 'canceled') return null;
  // Its change was on the branch and was taken out again.
  const failure = status.outcome.kind === 'failed' ? status.outcome.failure : takenBack;
  if (failure === null) return null;
  const conflict = failure.reason === 'conflict';
  const { repository } = bench.workshop;
  const { change } = status;
  // What failed is said in the message's first line; the rest is what the command printed.
  const [message = '', ...output] = failure.message.split('\n');
  return {
    reason: failure.reason,
    message,
    output: output.join('\n'),
    diff: conflict && change !== null ? await repository.diff(change.base, change.commit) : '',
    conflictFiles: conflict ? (clash?.files ?? change?.files ?? []) : [],
  };
}

/**
 * The session of the last attempt that had one, where the same runtime and agent go on with the same
 * work. An attempt that was lost before its agent had said a word has none, and breaks nothing off.
 */
function sessionOf({ task, attempt }: Job): string | null {
  for (const before of task.attempts.slice(0, -1).toReversed()) {
    if (before.runtime !== attempt.runtime || before.agent !== attempt.agent) return null;
    if (before.sessionId !== null) return before.sessionId;
  }
  return null;
}
