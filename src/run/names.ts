// Names that an attempt leaves in the repository and in the environment.

import type { AttemptKey } from '../model/key.ts';
import { singleLine } from '../util/single-line.ts';
import { slug } from '../util/slug.ts';
import type { Job } from './bench.ts';

/**
 * The ref that keeps what an attempt left.
 *
 * @param attempt - The attempt's key.
 * @returns The full ref name.
 */
export function keptRef(attempt: AttemptKey): string {
  return `refs/tutti/kept/${attempt.replace('#', '/')}`;
}

/**
 * The branch that an agent sees its workspace on.
 *
 * @param job - The attempt.
 * @returns A branch name, without `refs/heads/`.
 */
export function taskBranch({ run, task }: Job): string {
  return `${run.settings.branchPrefix}${task.key}/${slug(task.spec.title)}`;
}

/**
 * The message of the commit that an attempt's change becomes.
 *
 * @param job - The attempt.
 * @returns Key and title, then trailers that tools can read.
 */
export function commitMessage({ task, attempt }: Job): string {
  const title = singleLine(task.spec.title);
  return [
    `${task.key}: ${title}`,
    '',
    `Tutti-Attempt: ${attempt.key}`,
    `Tutti-Agent: ${attempt.agent}`,
    `Tutti-Runtime: ${attempt.runtime}`,
    '',
  ].join('\n');
}
