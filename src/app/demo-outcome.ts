// What the demo came to, told from what is really there: the run, the branch, the tests.

import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { runCheck } from '../checks/run-check.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import { roundUsd } from '../report/cost.ts';
import { summarize } from '../report/summarize.ts';
import type { App } from './app.ts';
import { gitIn } from './demo-project.ts';
import type { DemoPlace } from './demo-project.ts';

interface Incident {
  readonly task: string;
  readonly title: string;
}

/** What the demo came to. */
export interface DemoOutcome {
  /** Commits of the branch, the newest first, one a line. */
  readonly log: readonly string[];
  /** The project's tests on a fresh checkout of the branch. */
  readonly proof: Verdict;
  /** Tasks whose check failed at first. */
  readonly retried: readonly Incident[];
  /** Tasks that came too late to a line that somebody else had changed. */
  readonly conflicted: readonly Incident[];
  readonly asked: readonly {
    readonly question: string;
    readonly answer: string;
    readonly by: string;
  }[];
  readonly attempts: number;
  readonly costUsd: number;
  /** What the agents' attempts took, one after the other. */
  readonly workMs: number;
  /** From the approval of the plan to the end. */
  readonly wallMs: number;
}

/**
 * Looks at what the demo came to.
 *
 * @param app - The application, in the demo's project.
 * @param place - Where the demo is.
 * @param run - Its run, over.
 * @returns What it came to.
 */
export async function demoOutcome(app: App, place: DemoPlace, run: Run): Promise<DemoOutcome> {
  const { project, environment } = place;
  const range = `${run.baseCommit}..${run.branch}`;
  const log = await gitIn(project, environment, ['log', '--oneline', range]);
  const tasks = run.tasks.filter(({ spec }) => spec.kind === 'work');
  const attempts = tasks.flatMap((task) => task.attempts);
  const starts = attempts.map(({ startedAt }) => startedAt);
  const ends = attempts.map(({ status }) => ('finishedAt' in status ? status.finishedAt : 0));
  const spans = attempts.map(({ startedAt }, index) => (ends[index] ?? startedAt) - startedAt);
  return {
    log: log.split('\n'),
    proof: await proveBranch(app, place, run),
    retried: failedBy(tasks, 'check_failed'),
    conflicted: failedBy(tasks, 'conflict'),
    asked: run.asks.flatMap(({ question, status }) =>
      status.state === 'answered' ? [{ question, answer: status.answer, by: status.by }] : [],
    ),
    attempts: attempts.length,
    costUsd: roundUsd(summarize(run).costUsd),
    workMs: spans.reduce((sum, span) => sum + Math.max(0, span), 0),
    wallMs: Math.max(0, ...ends) - Math.min(...starts),
  };
}

function failedBy(tasks: readonly Task[], reason: 'check_failed' | 'conflict'): Incident[] {
  const failedSo = ({ attempts }: Task): boolean =>
    attempts.some(
      ({ status }) =>
        status.state === 'ended' &&
        status.outcome.kind === 'failed' &&
        status.outcome.failure.reason === reason,
    );
  return tasks
    .filter((task) => failedSo(task))
    .map(({ key, spec }) => ({ task: key, title: spec.title }));
}

/** Checks the branch out as anybody would, and runs the project's tests there. */
async function proveBranch(app: App, place: DemoPlace, run: Run): Promise<Verdict> {
  const { folder, project, environment } = place;
  const checkout = join(folder, 'checkout');
  const clone = ['clone', '--quiet', '--template=', '--branch', run.branch, project, checkout];
  await gitIn(folder, environment, clone);
  const env = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const verdict = await runCheck(
    { supervisor: await app.supervisor(), clock: app.clock },
    {
      check: { name: 'tests', run: 'node --test', timeoutSecs: 60 },
      cwd: checkout,
      env: Object.fromEntries(env),
      mark: `${basename(folder)}.proof`,
      tree: null,
      mayStart: () => Promise.resolve(true),
      signal: new AbortController().signal,
    },
  );
  await rm(checkout, { recursive: true, force: true });
  return verdict;
}
