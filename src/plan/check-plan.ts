// Remarks on a sound plan: what may be wanted, but often is not. They forbid nothing.

import { precedence } from '../graph/precedence.ts';
import type { Precedence } from '../graph/precedence.ts';
import type { PlanTask } from '../model/plan.ts';
import { globsOverlap } from './globs-overlap.ts';
import type { PlanContext } from './plan-context.ts';

const MAX_REMARKS = 20;
/** Beyond this many tasks nobody reads which pairs overlap. */
const MAX_PAIRED_TASKS = 200;
/** Tools of Claude Code that can change a file. */
const WRITING_TOOLS: ReadonlySet<string> = new Set([
  'Write',
  'Edit',
  'MultiEdit',
  'NotebookEdit',
  'Bash',
]);

/**
 * Looks over a plan that was found sound.
 *
 * @param tasks - The tasks.
 * @param context - The run's checks and the agents.
 * @returns Remarks, one sentence each, at most twenty.
 */
export function remarksOn(tasks: readonly PlanTask[], context: PlanContext): readonly string[] {
  const order = precedence(new Map(tasks.map((task) => [task.id, task.dependsOn])));
  const remarks = [
    ...aboutProof(tasks, context),
    ...aboutAgents(tasks, context),
    ...aboutOverlap(tasks, order),
    ...order
      .redundant()
      .map(
        ({ node, dependency }) =>
          `${node} need not name ${dependency}: others already wait for it.`,
      ),
  ];
  if (remarks.length <= MAX_REMARKS) return remarks;
  const left = remarks.length - MAX_REMARKS + 1;
  return [...remarks.slice(0, MAX_REMARKS - 1), `And ${left} more remarks.`];
}

function aboutProof(tasks: readonly PlanTask[], { settings }: PlanContext): readonly string[] {
  const changing = tasks.filter(({ expectChanges }) => expectChanges);
  if (changing.length === 0) return [];
  const remarks: string[] = [];
  if (settings.checks.length === 0 && changing.every(({ checks }) => checks.length === 0)) {
    remarks.push('No check proves anything here: every task will be marked unproven.');
  }
  const tests = tasks.some(
    ({ agent, title, checks }) =>
      agent === 'qa-engineer' || checks.length > 0 || /\btests?\b/iu.test(title),
  );
  if (!tests && changing.some(({ command }) => command === null)) {
    remarks.push('No task writes or runs tests of its own.');
  }
  return remarks;
}

function aboutAgents(tasks: readonly PlanTask[], { agents }: PlanContext): readonly string[] {
  const readers = new Set(
    agents
      .filter(
        ({ tools }) =>
          tools !== null && !tools.some((tool) => WRITING_TOOLS.has(tool.replace(/\(.*$/u, ''))),
      )
      .map(({ name }) => name),
  );
  return tasks
    .filter(
      ({ agent, expectChanges, command }) =>
        expectChanges && command === null && readers.has(agent),
    )
    .map(({ id, agent }) => `${id} is to change files, but ${agent} has no tool that writes.`);
}

function aboutOverlap(tasks: readonly PlanTask[], order: Precedence<string>): readonly string[] {
  if (tasks.length > MAX_PAIRED_TASKS) return [];
  const remarks: string[] = [];
  for (const [index, a] of tasks.entries()) {
    for (const b of tasks.slice(index + 1)) {
      if (remarks.length >= MAX_REMARKS) return remarks;
      if (order.comesBefore(a.id, b.id) || order.comesBefore(b.id, a.id)) continue;
      const files = commonFiles(a, b);
      if (files !== null) {
        remarks.push(
          `${a.id} and ${b.id} may both change ${files}, and neither waits for the other.`,
        );
      }
    }
  }
  return remarks;
}

function commonFiles(a: PlanTask, b: PlanTask): string | null {
  for (const one of a.files.slice(0, 20)) {
    const other = b.files.slice(0, 20).find((glob) => globsOverlap(one, glob));
    if (other !== undefined) return one.length > other.length ? one : other;
  }
  return null;
}
