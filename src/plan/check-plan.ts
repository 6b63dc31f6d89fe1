// Looks over a plan that can be carried out: what is superfluous is taken out and said, and what may
// be wanted otherwise is remarked. Remarks forbid nothing.

import { precedence } from '../graph/precedence.ts';
import type { Precedence } from '../graph/precedence.ts';
import type { PlanFinding, RemarkCode } from '../model/finding.ts';
import type { PlanTask } from '../model/plan.ts';
import { globsOverlap } from './globs-overlap.ts';
import type { PlanContext } from './plan-context.ts';

const MAX_FINDINGS = 20;
/** Beyond this many tasks nobody reads which pairs overlap. */
const MAX_PAIRED_TASKS = 200;
/** Of the globs of a task, so many are compared with those of others. */
const MAX_COMPARED_GLOBS = 20;
/** A task that writes in more places than this is several tasks. */
const MAX_PLACES = 25;
/** So many parts need somebody who puts them together. */
const FEWEST_PARTS = 3;
/** Globs that leave nothing out. */
const EVERYTHING: ReadonlySet<string> = new Set(['**', '**/*', '*', '.', './**', './']);
/** Tools of Claude Code that can change a file. */
const WRITING_TOOLS: ReadonlySet<string> = new Set([
  'Write',
  'Edit',
  'MultiEdit',
  'NotebookEdit',
  'Bash',
]);
/** Worth asking a planner for another plan; the others only a person can judge, or are done already. */
const MENDABLE: ReadonlySet<string> = new Set<RemarkCode>([
  'same_files',
  'too_large',
  'reads_only',
  'runtime_missing',
  'no_integration',
  'no_tests',
]);

/** A plan as it was looked over. */
export interface CheckedPlan {
  /** The tasks, without dependencies that others imply. */
  readonly tasks: readonly PlanTask[];
  /** At most twenty, the weightiest first. */
  readonly findings: readonly PlanFinding[];
}

/**
 * Looks over a plan that was found sound.
 *
 * @param tasks - The tasks, free of cycles.
 * @param context - The run's checks, the agents and the runtimes.
 * @returns The tasks as they are carried out, and what was found.
 */
export function checkPlan(tasks: readonly PlanTask[], context: PlanContext): CheckedPlan {
  const order = precedence(new Map(tasks.map((task) => [task.id, task.dependsOn])));
  const reduced = withoutRedundant(tasks, order);
  const findings = [
    ...aboutAgents(tasks, context),
    ...aboutSize(tasks),
    ...aboutProof(tasks, context),
    ...aboutIntegration(tasks, order),
    ...aboutFiles(tasks, order),
    ...reduced.findings,
  ];
  return { tasks: reduced.tasks, findings: shortened(findings) };
}

/**
 * Chooses what a planner should be asked once to put right.
 *
 * @param tasks - The plan.
 * @param findings - What was found in it.
 * @returns What another plan can be without; of a small plan not that it has no task for tests.
 */
export function mendable(
  tasks: readonly PlanTask[],
  findings: readonly PlanFinding[],
): readonly PlanFinding[] {
  const small = changing(tasks).length < FEWEST_PARTS;
  return findings.filter(({ code }) => MENDABLE.has(code) && !(small && code === 'no_tests'));
}

function shortened(findings: readonly PlanFinding[]): readonly PlanFinding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const left = findings.length - MAX_FINDINGS + 1;
  return [...findings.slice(0, MAX_FINDINGS - 1), on('more', null, `And ${left} more remarks.`)];
}

function on(code: RemarkCode, task: string | null, text: string): PlanFinding {
  return { code, task, text };
}

/** The transitive reduction: fewer lines to read, and the same order. */
function withoutRedundant(
  tasks: readonly PlanTask[],
  order: Precedence<string>,
): { tasks: readonly PlanTask[]; findings: readonly PlanFinding[] } {
  const gone = new Map<string, string[]>();
  for (const { node, dependency } of order.redundant()) {
    const known = gone.get(node);
    if (known === undefined) gone.set(node, [dependency]);
    else known.push(dependency);
  }
  if (gone.size === 0) return { tasks, findings: [] };
  return {
    tasks: tasks.map((task) => {
      const taken = gone.get(task.id);
      if (taken === undefined) return task;
      return { ...task, dependsOn: task.dependsOn.filter((id) => !taken.includes(id)) };
    }),
    findings: [...gone].map(([id, taken]) => {
      const others = taken.length > 5 ? [...taken.slice(0, 5), '…'] : taken;
      const text = `${id} need not name ${others.join(', ')}: others already wait for it. Taken out.`;
      return on('redundant_edge', id, text);
    }),
  };
}

/** Tasks of agents that leave a change: what plans are made for. */
function changing(tasks: readonly PlanTask[]): readonly PlanTask[] {
  return tasks.filter(({ expectChanges, command }) => expectChanges && command === null);
}

function isTest({ agent, title, checks }: PlanTask): boolean {
  return agent === 'qa-engineer' || checks.length > 0 || /\btests?\b/iu.test(title);
}

function aboutProof(tasks: readonly PlanTask[], { settings }: PlanContext): readonly PlanFinding[] {
  const proven = tasks.filter(({ expectChanges }) => expectChanges);
  if (proven.length === 0) return [];
  const findings: PlanFinding[] = [];
  if (settings.checks.length === 0 && proven.every(({ checks }) => checks.length === 0)) {
    const text = 'No check proves anything here: every task will be marked unproven.';
    findings.push(on('unproven', null, text));
  }
  if (changing(tasks).length > 0 && !tasks.some(isTest)) {
    findings.push(on('no_tests', null, 'No task writes or runs tests of its own.'));
  }
  return findings;
}

/** Somebody has to see whether the parts fit: a task that comes after all of them. */
function aboutIntegration(
  tasks: readonly PlanTask[],
  order: Precedence<string>,
): readonly PlanFinding[] {
  const parts = changing(tasks).filter(
    (task) => task.agent !== 'technical-writer' && !/\bdoc(?:s|ument\w*)?\b/iu.test(task.title),
  );
  const awaited = new Set(tasks.flatMap(({ dependsOn }) => dependsOn));
  const last = tasks.filter(({ id }) => !awaited.has(id));
  const loose = parts.filter(({ id }) => !awaited.has(id));
  if (loose.length < FEWEST_PARTS) return [];
  const joined = last.some(({ id }) =>
    parts.every((part) => part.id === id || order.comesBefore(part.id, id)),
  );
  if (joined) return [];
  const names = loose.slice(0, 5).map(({ id }) => id);
  const more = loose.length > names.length ? ' and others' : '';
  const text = `Nothing comes after ${names.join(', ')}${more}: no task puts the parts together and tests the whole.`;
  return [on('no_integration', null, text)];
}

function aboutAgents(
  tasks: readonly PlanTask[],
  { agents, settings, missing = [] }: PlanContext,
): readonly PlanFinding[] {
  const readers = new Set(
    agents
      .filter(
        ({ tools }) =>
          tools !== null && !tools.some((tool) => WRITING_TOOLS.has(tool.replace(/\(.*$/u, ''))),
      )
      .map(({ name }) => name),
  );
  const found: PlanFinding[] = [];
  for (const task of tasks) {
    const { id, agent } = task;
    const runtime = task.runtime ?? settings.defaultRuntime;
    if (missing.includes(runtime)) {
      const text = `${id} needs the runtime ${runtime}, which was not found on this machine.`;
      found.push(on('runtime_missing', id, text));
    }
    if (task.expectChanges && task.command === null && readers.has(agent)) {
      const text = `${id} is to change files, but ${agent} has no tool that writes.`;
      found.push(on('reads_only', id, text));
    }
  }
  return found;
}

function aboutSize(tasks: readonly PlanTask[]): readonly PlanFinding[] {
  const several = changing(tasks).length > 1;
  return tasks.flatMap(({ id, estimate, timeoutSecs, files, command }) => {
    const limit = Math.floor(timeoutSecs / 60);
    const minutes = estimate.minutes ?? 0;
    if (minutes > limit) {
      const text = `${id} is estimated at ${minutes} min, but would be stopped after ${limit} min: it is too large.`;
      return [on('too_large', id, text)];
    }
    if (command !== null) return [];
    if (files.length > MAX_PLACES) {
      const text = `${id} writes in ${files.length} places: it is too large for one task.`;
      return [on('too_large', id, text)];
    }
    const all = several ? files.find((glob) => EVERYTHING.has(glob)) : undefined;
    if (all === undefined) return [];
    const text = `${id} may write anywhere (${all}): it is too large for one task among others.`;
    return [on('too_large', id, text)];
  });
}

function aboutFiles(tasks: readonly PlanTask[], order: Precedence<string>): readonly PlanFinding[] {
  if (tasks.length > MAX_PAIRED_TASKS) return [];
  const found: PlanFinding[] = [];
  for (const [index, a] of tasks.entries()) {
    for (const b of tasks.slice(index + 1)) {
      if (found.length >= MAX_FINDINGS) return found;
      if (order.comesBefore(a.id, b.id) || order.comesBefore(b.id, a.id)) continue;
      const files = commonFiles(a, b);
      if (files !== null) {
        const text = `${a.id} and ${b.id} may both change ${files}, and neither waits for the other.`;
        found.push(on('same_files', a.id, text));
      }
    }
  }
  return found;
}

function commonFiles(a: PlanTask, b: PlanTask): string | null {
  const others = b.files.slice(0, MAX_COMPARED_GLOBS);
  for (const one of a.files.slice(0, MAX_COMPARED_GLOBS)) {
    const other = others.find((glob) => globsOverlap(one, glob));
    if (other !== undefined) return one.length > other.length ? one : other;
  }
  return null;
}
