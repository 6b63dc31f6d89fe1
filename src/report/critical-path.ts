// What the length of a run really came from: from the attempt that was finished last, back through
// what each attempt waited for before it could start.

import { taskOf } from '../model/key.ts';
import type { Course, Try } from './course.ts';

/**
 * Finds the attempts that one after the other made up the length of a run.
 *
 * @param course - The run's course.
 * @returns The attempts in the order in which they started; empty when none did.
 */
export function criticalTries({ tries }: Course): readonly Try[] {
  const byAttempt = new Map(tries.map((one) => [one.attempt, one]));
  const byTask = new Map<string, Try[]>();
  for (const one of tries) {
    const others = byTask.get(one.task);
    if (others === undefined) byTask.set(one.task, [one]);
    else others.push(one);
  }
  const before = (one: Try): Try | undefined => {
    const own = byTask.get(one.task) ?? [];
    const previous = own[own.indexOf(one) - 1];
    const { by } = one.cause;
    const waited = by === null ? undefined : (byAttempt.get(by) ?? byTask.get(taskOf(by))?.at(-1));
    // A wait for a person or a pause follows on the task's own attempt before it.
    return waited !== undefined && waited.startedAt <= one.startedAt ? waited : previous;
  };
  const path: Try[] = [];
  const seen = new Set<Try>();
  let at = lastOf(tries);
  while (at !== undefined && !seen.has(at)) {
    path.push(at);
    seen.add(at);
    at = before(at);
  }
  return path.toReversed();
}

function lastOf(tries: readonly Try[]): Try | undefined {
  let last: Try | undefined;
  for (const one of tries) if (one.finishedAt >= (last?.finishedAt ?? 0)) last = one;
  return last;
}
