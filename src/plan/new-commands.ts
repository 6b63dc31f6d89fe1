// Commands that a plan would have run and that nobody has approved yet.

import type { PlanFinding } from '../model/finding.ts';
import type { PlanRevision, PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';

/** Whoever sees more of them reads the plan itself. */
const MOST_FINDINGS = 20;
/** The plan shows a command in full; here it only has to be told from others. */
const LONGEST_COMMAND = 200;

/**
 * Lists what tasks run, as lines.
 *
 * @param tasks - The tasks.
 * @returns Their checks, and their commands as words with blanks between them.
 */
export function commandsOf(tasks: readonly PlanTask[]): string[] {
  return tasks.flatMap(({ checks, command }) =>
    command === null ? checks : [...checks, command.join(' ')],
  );
}

/**
 * Finds the tasks of a draft that run what nobody approved. A plan file is a person's own.
 *
 * @param run - The run; what was approved with an earlier revision is known.
 * @param plan - The draft.
 * @returns A finding for each task, at most twenty; none for a revision that is no draft.
 */
export function newCommands(
  { settings, plans, source }: Pick<Run, 'settings' | 'plans' | 'source'>,
  plan: PlanRevision,
): readonly PlanFinding[] {
  if (plan.state !== 'draft' || source === 'file') return [];
  const approved = plans.filter(({ state }) => state === 'approved');
  const known = new Set([
    ...settings.checks.map(({ run }) => run),
    ...approved.flatMap(({ tasks }) => commandsOf(tasks)),
  ]);
  return plan.tasks
    .flatMap((task): PlanFinding[] => {
      const lines = commandsOf([task]).filter((line) => !known.has(line));
      if (lines.length === 0) return [];
      const shown = lines.map((line) => `"${line.slice(0, LONGEST_COMMAND)}"`).join(', ');
      const text = `${task.id} runs what nobody approved before: ${shown}.`;
      return [{ code: 'unapproved_command', task: task.id, text }];
    })
    .slice(0, MOST_FINDINGS);
}
