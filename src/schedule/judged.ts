// What becomes of a task whose result was judged.

import { failure } from '../model/failure.ts';
import type { Proof, Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import { failAttempt } from './fail.ts';
import type { Turn } from './turn.ts';

/**
 * Ends a task whose checks have failed, or lets it be tried again.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; its last attempt has handed in.
 * @param verdicts - What was found.
 * @param cause - What else there is to say about it.
 */
export function refute(
  turn: Turn,
  task: Task,
  verdicts: readonly Verdict[],
  cause: string | null = null,
): void {
  turn.emit(task.run, { type: 'task-refuted', task: task.key, verdicts });
  const failed = verdicts.filter(({ ok }) => !ok);
  const text = failed.map((verdict) => `${whyFailed(verdict)}\n${verdict.summary}`);
  const all = cause === null ? text : [cause, ...text];
  failAttempt(turn, turn.task(task.key), failure('check_failed', all.join('\n\n')));
}

function whyFailed({ name, command, exitCode, findings }: Verdict): string {
  const shown = `The check "${name}" (${command ?? ''})`;
  // It has ended well, but something else about it is not as it may be.
  const said = exitCode === 0 ? findings.map(({ message }) => message).join(' ') : '';
  if (said !== '') return `${shown} passed, which does not count: ${said}`;
  return `${shown} failed with ${exitCode ?? 'a signal'}.`;
}

/**
 * Completes a task.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; its last attempt has handed in.
 * @param result - How well it is supported, and what it is on the branch.
 */
export function complete(
  turn: Turn,
  task: Task,
  result: { proof: Proof; commit: string | null; tree: string | null },
): void {
  const attempt = task.attempts.at(-1)?.key ?? '';
  turn.emit(task.run, { type: 'attempt-ended', attempt, outcome: { kind: 'succeeded' } });
  turn.emit(task.run, { type: 'task-completed', task: task.key, ...result });
}
