// What looking at a project's files has come to.

import type { Check } from '../model/plan.ts';

/** A project's files, as far as detection looks at them. */
export interface ProjectFiles {
  /** Paths from the project's root, with slashes. */
  readonly files: readonly string[];
  /** A file's text; `null` = it cannot be read. */
  read(path: string): Promise<string | null>;
}

/** The checks and set-up that a project seems to have; nobody has approved them yet. */
export interface DetectedChecks {
  readonly checks: readonly Check[];
  /** Command lines that make a fresh clone ready. */
  readonly setup: readonly string[];
  /** What was seen, in words, one for each finding. */
  readonly because: readonly string[];
}

const TIMEOUT_SECS = 600;

/** That kind of project is not there. */
export const NOTHING: DetectedChecks = { checks: [], setup: [], because: [] };

/**
 * Makes one finding.
 *
 * @param name - The check's name.
 * @param run - Its command, made of fixed words: nothing that a file says is in it unescaped.
 * @param because - What was seen.
 * @param setup - What makes a fresh clone ready for it.
 * @returns The finding.
 */
export function oneCheck(
  name: string,
  run: string,
  because: string,
  setup: readonly string[] = [],
): DetectedChecks {
  return { checks: [{ name, run, timeoutSecs: TIMEOUT_SECS }], setup, because: [because] };
}

/**
 * Puts findings together.
 *
 * @param found - The findings, in their order.
 * @returns All of them; a set-up that several name is there once.
 */
export function together(found: readonly DetectedChecks[]): DetectedChecks {
  return {
    checks: found.flatMap(({ checks }) => checks),
    setup: [...new Set(found.flatMap(({ setup }) => setup))],
    because: found.flatMap(({ because }) => because),
  };
}
