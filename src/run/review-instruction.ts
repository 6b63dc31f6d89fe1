// What a reviewer is told: the goal, the plan, the difference of the whole run, what the tasks say,
// what has judged this very tree, and what was found before.

import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { VerdictRow } from '../model/summary.ts';
import type { Task } from '../model/task.ts';
import { openLosses, testsText } from '../model/test-counts.ts';
import { createFence } from '../prompt/fence.ts';
import { reviewPrompt } from '../prompt/review-prompt.ts';
import type { ReviewBrief } from '../prompt/review-prompt.ts';
import type { DependencyResult } from '../prompt/work-prompt.ts';
import { evidenceOn } from '../review/evidence.ts';
import { isSuperseded } from '../schedule/replans.ts';
import type { Bench, Job } from './bench.ts';

/** Where a repository brings more along than anybody reads. */
const MOST_FILES = 2000;

/**
 * Says what a reviewer is to judge, and by what.
 *
 * @param bench - The coordinator.
 * @param job - Its attempt.
 * @param told - What every agent is told in the same way.
 * @returns The prompt.
 */
export async function reviewInstruction(
  bench: Bench,
  { run, task }: Job,
  told: Pick<ReviewBrief, 'agentPrompt' | 'resultPath'>,
): Promise<string> {
  const { repository, store } = bench.workshop;
  const {
    base: { merged: base },
    head,
  } = run;
  const [lines, diff, tree, rows] = await Promise.all([
    repository.changedLines(base, head),
    repository.diff(base, head),
    repository.treeOf(head),
    store.verdicts(run.key),
  ]);
  const brief: ReviewBrief = {
    ...told,
    title: task.spec.title,
    key: task.key,
    goal: run.goal,
    plan: planned(run).map(({ key, spec, status }) => ({
      key,
      title: spec.title,
      description: spec.description,
      acceptance: spec.acceptance,
      state: status.state,
    })),
    base,
    head,
    files: lines
      .slice(0, MOST_FILES)
      .map(({ path, added, deleted }) =>
        added === null ? `${path} (not text)` : `${path} (+${added} −${deleted ?? 0})`,
      ),
    diff,
    results: planned(run).flatMap((one) => resultOf(one)),
    evidence: evidenceFor(rows, tree),
    earlier: earlierFindings(run, task),
    instruction: task.instruction,
  };
  const fence = createFence(bench.workshop.randomId());
  return reviewPrompt(brief, fence, run.settings.dependencyContextBudget);
}

/** With what the checks miss since, for whoever only sees that they pass. */
function evidenceFor(rows: readonly VerdictRow[], tree: string): ReviewBrief['evidence'] {
  const lost = openLosses(rows);
  return [...evidenceOn(rows, tree)].map(([command, verdict]) => {
    const missing = lost
      .filter((row) => row.verdict.command === command)
      .flatMap(({ task, verdict: { findings } }) =>
        findings
          .filter(({ about }) => about === 'tests')
          .map(({ message }) => `(Since ${task}: ${message})`),
      );
    const { ok, exitCode, summary } = verdict;
    const counted = testsText(verdict);
    const said = counted === null ? [] : [`(It counts: ${counted})`];
    return { command, ok, exitCode, output: [summary, ...said, ...missing].join('\n') };
  });
}

function planned({ tasks }: Run): readonly Task[] {
  return tasks.filter((task) => task.stage === IMPLEMENTATION && !isSuperseded(task));
}

function resultOf({ key, spec, status, attempts }: Task): DependencyResult[] {
  const last = attempts.at(-1);
  if (status.state !== 'completed' || last?.status.state !== 'ended') return [];
  const { report, change } = last.status;
  const said = { summary: report?.summary ?? '', files: change?.files ?? [] };
  return [{ key, title: spec.title, agent: last.agent, ...said }];
}

/** What this reviewer found the last time, and the others: it says of each whether it still holds. */
function earlierFindings(run: Run, task: Task): ReviewBrief['earlier'] {
  const last = (task.spec.round ?? 1) - 1;
  return run.tasks
    .filter(({ spec }) => spec.round === last)
    .flatMap(({ spec, attempts }) => {
      const status = attempts.at(-1)?.status;
      const review = status?.state === 'ended' ? status.report?.review : undefined;
      return (review?.findings ?? []).map((finding) => ({
        by: spec.kind === 'check' ? 'the checks' : spec.agent,
        severity: finding.severity,
        place: [finding.file ?? [], finding.line ?? []].flat().join(':'),
        message: finding.message,
        unconfirmed: finding.unconfirmed ?? null,
      }));
    });
}
