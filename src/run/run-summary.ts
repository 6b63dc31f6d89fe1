// The end of a run in a few sentences, by a model that can do nothing else: see summarise.ts. It is
// asked once, when the run ends; what it may use is set aside on the run's last attempt before. It
// fails closed: without it, the report has the sentences that follow from the run itself.

import { chargedOf, leftOf } from '../model/budget.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { createFence } from '../prompt/fence.ts';
import type { FencedPart } from '../prompt/fence.ts';
import { runSummaryPrompt, SUMMARY_SCHEMA } from '../prompt/summary-prompt.ts';
import type { Input } from '../schedule/input.ts';
import { askAlone } from './ask-alone.ts';
import type { Bench, Job } from './bench.ts';
import { SUMMARISER, textOf } from './summarise.ts';
import { priced } from './use.ts';

/** With fewer tasks the report itself is short. */
const LEAST_TASKS = 3;
const MOST_CHARS = 1500;
const MOST_USD = 0.25;
/** A token is seldom shorter than this, in characters; and the answer takes some too. */
const CHARS_A_TOKEN = 3;
const ANSWER_TOKENS = 4000;

/**
 * Has a run summed up, where that is worth it and within what is left of its budget.
 *
 * @param bench - The coordinator.
 * @param run - The run; it is over.
 * @param signal - Ends it.
 */
export async function sumUp(bench: Bench, run: Run, signal: AbortSignal): Promise<void> {
  const { workshop, world } = bench;
  const job = jobFor(bench, run);
  const runtime = job === null ? undefined : workshop.runtimes.get(job.attempt.runtime);
  // Who only decides starts nothing.
  const isWanted = world.desk.slots > 0 && !signal.aborted;
  if (job === null || runtime === undefined || !isWanted) return;
  const fence = createFence(workshop.randomId());
  const asked = { goal: run.goal, parts: partsOf(run) };
  const prompt = workshop.secrets.redact(runSummaryPrompt(asked, MOST_CHARS, fence));
  const may = allowance(run, prompt);
  if (may === null) return;
  const attempt = job.attempt.key;
  await note(bench, { type: 'summary-asked', attempt, ...may.reserved });
  // Somebody has taken it up again meanwhile: nothing was set aside.
  const now = bench.world.runs.get(run.key);
  if (now === undefined || !RUN_OVER[now.status.state]) return;
  const { prices } = run.settings;
  const { budgetUsd, budgetTokens } = may;
  const question = {
    prompt,
    budgetUsd,
    budgetTokens,
    name: 'run-summary',
    agent: SUMMARISER,
    schema: SUMMARY_SCHEMA,
  };
  const result = await askAlone(bench, job, question, {
    runtime,
    signal,
    mayStart: () => bench.holdsLease(),
    priced: (use, model) => priced(use, model, prices),
  });
  const text = textOf(result);
  await note(bench, {
    type: 'summary-told',
    attempt,
    text: text === null || text.length > MOST_CHARS * 2 ? null : text,
    costUsd: result.costUsd,
    tokens: result.tokens,
  });
}

function note(bench: Bench, event: Extract<Input, { type: 'summary' }>['event']): Promise<void> {
  return bench.hear({ type: 'summary', event: bench.workshop.secrets.redactAll(event) });
}

/** The last attempt whose runtime can be made to only answer: it was there a moment ago. */
function jobFor({ workshop }: Bench, run: Run): Job | null {
  if (run.status.state !== 'completed' && run.status.state !== 'failed') return null;
  const done = run.tasks.filter(
    ({ status, spec }) =>
      status.state === 'completed' && spec.command === null && spec.kind !== 'plan',
  );
  if (done.length < LEAST_TASKS) return null;
  for (const task of done.toReversed()) {
    const attempt = task.attempts.at(-1);
    const features = workshop.runtimes.get(attempt?.runtime ?? '')?.features;
    if (attempt?.status.state === 'ended' && features?.onlyAnswers === true) {
      return { run, task, attempt };
    }
  }
  return null;
}

function partsOf(run: Run): FencedPart[] {
  return run.tasks.flatMap(({ key, spec, status, attempts }) => {
    if (spec.kind === 'plan') return [];
    const last = attempts.at(-1)?.status;
    const report = last?.state === 'ended' ? last.report : null;
    const why = status.state === 'failed' ? status.failure.message : '';
    const text = report?.review?.summary ?? report?.summary ?? why;
    return [{ heading: `${key} ${spec.title.slice(0, 300)} (${status.state})`, text }];
  });
}

interface Allowance {
  readonly budgetUsd: number;
  readonly budgetTokens: number | null;
  /** What is set aside: only what is limited. */
  readonly reserved: { readonly usd: number | null; readonly tokens: number | null };
}

function allowance(run: Run, prompt: string): Allowance | null {
  const left = leftOf(run.ceiling, chargedOf(run));
  const usd = Math.min(left.usd ?? MOST_USD, MOST_USD);
  const tokens = Math.ceil(prompt.length / CHARS_A_TOKEN) + ANSWER_TOKENS;
  if (usd <= 0 || (left.tokens !== null && left.tokens < tokens)) return null;
  const reserved = {
    usd: left.usd === null ? null : usd,
    tokens: left.tokens === null ? null : tokens,
  };
  return { budgetUsd: usd, budgetTokens: reserved.tokens, reserved };
}
