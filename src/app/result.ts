// Expected failures reach a person as three parts: what is wrong, where, what to do next.

import type { PlanFinding } from '../model/finding.ts';

/** Exit codes of the command line, as scripts know them. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** What went wrong, for a person and for scripts. */
export interface Problem {
  /** Stable, for scripts: `unknown_key`, `bad_plan`, … */
  readonly code: string;
  /** What is wrong, and where; one or more lines. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
  readonly exit: ExitCode;
  /** Of a bad plan: everything that is wrong with it, each by itself. */
  readonly findings?: readonly PlanFinding[];
}

/** A value, or why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Wraps a value.
 *
 * @param value - The value.
 * @returns The result that holds it.
 */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/**
 * Makes a result that has none.
 *
 * @param code - Stable, for scripts.
 * @param message - What is wrong, and where.
 * @param hint - What to do next.
 * @param exit - The exit code it leads to.
 * @returns The result.
 */
export function no<T>(code: string, message: string, hint: string, exit: ExitCode = 2): Result<T> {
  return { ok: false, problem: { code, message, hint, exit } };
}
