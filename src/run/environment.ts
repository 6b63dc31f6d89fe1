// What an attempt, a check and a set-up command see of the environment: an allow-list, never all.

import type { Job } from './bench.ts';
import type { Workshop } from './workshop.ts';

/** What every program needs to find its tools, its user's settings and its words. */
const ALWAYS = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TERM',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
] as const;

/** Files that an attempt is told of. */
interface AttemptFiles {
  readonly promptPath: string;
  readonly resultPath: string;
  readonly artifacts: string;
  readonly outbox: string;
}

/**
 * Picks what any program of a run may see.
 *
 * @param environment - tutti's own.
 * @param more - Names that the settings allow beside the usual ones.
 * @returns The allowed variables.
 */
export function allowedOf(
  environment: Workshop['environment'],
  more: readonly string[],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of [...ALWAYS, ...more]) {
    const value = environment[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/**
 * Picks the environment for the programs of an attempt.
 *
 * @param workshop - Where tutti's own environment is.
 * @param job - The attempt; the names its settings allow are added.
 * @param files - Files that the attempt is told of; left out for checks.
 * @returns The whole environment.
 */
export function environmentOf(
  { environment }: Pick<Workshop, 'environment'>,
  { run, task, attempt, port }: Job,
  files?: AttemptFiles,
): Record<string, string> {
  const env = allowedOf(environment, run.settings.workspace.env);
  env['TUTTI_RUN'] = run.key;
  env['TUTTI_TASK'] = task.key;
  env['TUTTI_ATTEMPT'] = attempt.key;
  env['TUTTI_PLAN_ID'] = task.spec.id;
  env['TUTTI_TASK_TITLE'] = task.spec.title;
  if (port !== undefined) env['TUTTI_PORT'] = String(port);
  if (files !== undefined) {
    env['TUTTI_PROMPT_FILE'] = files.promptPath;
    env['TUTTI_RESULT_FILE'] = files.resultPath;
    env['TUTTI_ARTIFACTS'] = files.artifacts;
    env['TUTTI_OUTBOX'] = files.outbox;
  }
  return env;
}
