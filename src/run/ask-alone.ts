// One question to a model that can do nothing else than answer it.

import { join } from 'node:path';

import type { Agent } from '../model/agent.ts';
import { countedTokens } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import type { AgentRuntime, AttemptResult, AttemptSpec } from '../ports/agent-runtime.ts';
import { attemptSpec } from './attempt-spec.ts';
import type { Bench, Job } from './bench.ts';
import { confinementOf } from './confine.ts';
import { environmentOf } from './environment.ts';
import { guarded } from './guard.ts';
import { limitsOf } from './limits-of.ts';

/** With what a model is asked. */
export interface IsolatedMeans {
  /** The task's own: nobody else sees what its agent would have been told. */
  readonly runtime: AgentRuntime;
  readonly signal: AbortSignal;
  /** See `ProcessSpec.mayStart`: the start is on disk, with the attempt's mark, before it is let go. */
  readonly mayStart: AttemptSpec['mayStart'];
  /** Puts a price on tokens. */
  readonly priced: (use: AttemptResult, model: string | null) => AttemptResult;
}

/** What is asked. */
interface Question extends Pick<AttemptSpec, 'prompt' | 'budgetUsd' | 'budgetTokens'> {
  /** What its files are named after. */
  readonly name: string;
  /** One without tools. */
  readonly agent: Agent;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** To read and to answer takes no longer. */
const LONGEST_MS = 120_000;

/** The tools by which an answer is handed in where that is done by one. */
const HANDS_IN: ReadonlySet<string> = new Set(['StructuredOutput', 'answer']);

/**
 * Asks a model that can do nothing else: no tools, an answer of one shape, an empty folder and a home of
 * its own that both go at once. What it uses is reported as the attempt's.
 *
 * @param bench - The coordinator.
 * @param job - The attempt that asks.
 * @param question - What is asked, and how much it may use.
 * @param means - With what a model is asked.
 * @returns What came back; no structured answer where it used a tool.
 */
export async function askAlone(
  bench: Bench,
  job: Job,
  question: Question,
  means: IsolatedMeans,
): Promise<AttemptResult> {
  const { workspaces, clock } = bench.workshop;
  const { key, fence } = job.attempt;
  // Named after the task, so that what a crash leaves goes with the run.
  const names = [
    `${job.task.key}-${question.name}`,
    `${job.task.key}-${question.name}-home`,
  ] as const;
  // What an earlier one left, after a crash, is not there for this one to see.
  for (const name of names) await workspaces.removeHome(name);
  const [cwd, homeDir] = await Promise.all([
    workspaces.makeHome(names[0]),
    workspaces.makeHome(names[1]),
  ]);
  try {
    const spec = await isolatedSpec(bench, job, question, {
      cwd,
      homeDir,
      mayStart: means.mayStart,
    });
    const result = means.priced(await listen(means, spec), spec.model);
    const kept = guarded(result, clock.now());
    const { costUsd, tokens } = kept;
    if (costUsd !== null || countedTokens(tokens) > 0) {
      await bench.report({ attempt: key, fence, type: 'spent', costUsd, tokens });
    }
    return kept;
  } finally {
    if (await bench.holdsLease()) for (const name of names) await workspaces.removeHome(name);
  }
}

async function isolatedSpec(
  bench: Bench,
  job: Job,
  { name, agent, schema, ...asked }: Question,
  told: Pick<AttemptSpec, 'cwd' | 'homeDir' | 'mayStart'>,
): Promise<AttemptSpec> {
  const { workshop } = bench;
  const { cwd, homeDir } = told;
  const confine = await confinementOf(workshop, { cwd, home: homeDir, folder: null });
  const spec = attemptSpec(bench, job, {
    ...asked,
    ...told,
    schema,
    sessionId: null,
    confine,
  });
  const timeoutMs = Math.min(spec.timeoutMs, LONGEST_MS);
  return {
    ...spec,
    ...asked,
    ...told,
    agent,
    answer: 'summary',
    settings: { ...spec.settings, trustProject: false },
    env: environmentOf(workshop, job),
    allowedCommands: [],
    fullPermissions: false,
    resultPath: join(homeDir, `${name}.json`),
    logPath: join(workshop.files.folder(job.task.key), `${name}.log`),
    timeoutMs,
    idleTimeoutMs: timeoutMs,
    limits: limitsOf(job.run.settings.limits, [cwd, homeDir]),
  };
}

async function listen(
  { runtime, signal }: IsolatedMeans,
  spec: AttemptSpec,
): Promise<AttemptResult> {
  const session = runtime.start(spec);
  const stop = (): void => session.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let usedTool = false;
  for await (const event of session.events) {
    // It has none: whoever uses one all the same is not what was asked.
    usedTool ||=
      event.type === 'permission' || (event.type === 'tool_use' && !HANDS_IN.has(event.name));
    if (usedTool) session.stop();
  }
  const result = await session.result;
  signal.removeEventListener('abort', stop);
  if (!usedTool) return result;
  // Ended by nobody but us: that is an answer of no use, not an attempt that somebody has stopped.
  const why = result.failure ?? failure('invalid_output', 'it used a tool');
  const stopped = result.stopped && signal.aborted;
  return { ...result, failure: stopped ? result.failure : why, stopped, structured: undefined };
}
