import type { Task } from '../model/task.ts';
import type { Review } from '../model/verdict.ts';

/**
 * Notes what became of what a task's latest attempt has handed in as its review.
 *
 * @param task - The task; its latest attempt has handed in.
 * @param review - The review as it counts.
 * @returns The task with it.
 */
export function reviewed(task: Task, review: Review): Task {
  const attempts = task.attempts.map((attempt, index) => {
    const { status } = attempt;
    if (index < task.attempts.length - 1 || status.state !== 'handed_in') return attempt;
    const report = { ...status.report, review };
    return Object.assign({}, attempt, { status: { ...status, report } });
  });
  return { ...task, attempts };
}
