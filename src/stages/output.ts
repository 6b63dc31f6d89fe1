// What the stages of a run have found out, as text. It is made of what their tasks answered.

import type { TaskKey } from '../model/key.ts';
import type { PlanRevision } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { PLANNING } from '../model/stage.ts';
import type { Stage } from '../model/stage.ts';
import type { Task } from '../model/task.ts';

/** One finding of a stage. */
export interface StageFinding {
  readonly task: TaskKey;
  /** The title of the task that found it out. */
  readonly title: string;
  readonly text: string;
}

/**
 * Lists what the research and the person's own stages have found out, for the prompts of what comes
 * after them.
 *
 * @param run - The run.
 * @returns The findings of the stages whose output goes into the context, in the order of the tasks.
 */
export function findingsOf(run: Run): readonly StageFinding[] {
  return run.settings.stages.list
    .filter(({ outputToContext }) => outputToContext)
    .flatMap((stage) => newest(run, stage))
    .map((task) => ({ task: task.key, title: task.spec.title, text: answerOf(task) }))
    .filter(({ text }) => text !== '');
}

/** A stage's output and where it is written. */
export interface Output {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes the outputs of a run's stages as documents.
 *
 * @param run - The run.
 * @returns One for each stage that has any.
 */
export function outputsOf(run: Run): readonly Output[] {
  return run.settings.stages.list.flatMap((stage) => {
    const text = stage.name === PLANNING ? planText(run) : stageText(run, stage);
    return text === null ? [] : [{ path: outputPathOf(run, stage), text }];
  });
}

/** These are written by others, and would be overwritten. */
const TAKEN = new Set(['context', 'report', 'plan', 'research']);

/** Where a stage's output is written, from the project's root. */
function outputPathOf({ key }: Pick<Run, 'key'>, stage: Stage): string {
  if (stage.outputPath !== null) return stage.outputPath.replaceAll('{task_id}', key);
  const own = stage.kind === 'custom' && TAKEN.has(stage.name);
  const name = stage.name === PLANNING ? 'plan' : `${own ? 'stage-' : ''}${stage.name}`;
  return `.tutti/runs/${key}/${name}.md`;
}

function stageText(run: Run, stage: Stage): string | null {
  const tasks = newest(run, stage);
  if (tasks.length === 0) return null;
  const parts = tasks.map((task) => {
    const { spec, key, attempts } = task;
    const who = attempts.at(-1)?.agent ?? spec.agent;
    const text = answerOf(task) === '' ? '(nothing)' : answerOf(task);
    return `## ${spec.title}\n\n${text}\n\n— ${who}, ${key}`;
  });
  return `# ${titled(stage.name)}: ${run.title}\n\n${parts.join('\n\n')}\n`;
}

/** Of a stage that ran again, what it found out the last time. */
function newest(run: Run, { name, kind }: Stage): readonly Task[] {
  if (kind !== 'research' && kind !== 'custom') return [];
  const byTitle = new Map<string, Task>();
  for (const task of run.tasks) {
    if (task.stage === name && task.status.state === 'completed') {
      byTitle.set(task.spec.title, task);
    }
  }
  return [...byTitle.values()];
}

function answerOf({ attempts, spec, status }: Task): string {
  if (spec.kind === 'check') {
    const proven = status.state === 'completed' && status.proof === 'proven';
    return proven ? 'All checks passed on the head of the run.' : 'The run has no check.';
  }
  const last = attempts.at(-1)?.status;
  return last?.state === 'ended' ? (last.report?.summary.trim() ?? '') : '';
}

function planText(run: Run): string | null {
  const plan = run.plans.findLast(({ state }) => state === 'approved') ?? run.plans.at(-1);
  return plan === undefined ? null : planAsText(run, plan);
}

function planAsText(run: Run, { revision, state, by, tasks }: PlanRevision): string {
  const numbers = new Map(tasks.map(({ id }, index) => [id, index + 1]));
  const parts = tasks.map((task, index) => {
    const after = task.dependsOn.flatMap((id) => numbers.get(id) ?? []);
    const lines = [
      `${index + 1}. **${task.title}** (\`${task.id}\`)`,
      ...(task.description === '' ? [] : [indented(task.description)]),
      `   - Agent: ${task.agent}`,
      ...(after.length === 0 ? [] : [`   - After: ${after.join(', ')}`]),
      ...(task.files.length === 0 ? [] : [`   - Files: ${task.files.join(', ')}`]),
      ...task.acceptance.map((line) => `   - Done when: ${line}`),
    ];
    return lines.join('\n');
  });
  return `# Plan: ${run.title}\n\nRevision ${revision}, ${state}, by ${by}.\n\n${parts.join('\n\n')}\n`;
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `   ${line}`.trimEnd())
    .join('\n');

function titled(name: string): string {
  const words = name.replaceAll(/[_-]+/gu, ' ').trim();
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
