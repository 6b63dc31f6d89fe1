// What looking over a plan found: what cannot be, and what a person should know before they agree.

/** What forbids a plan. */
export type FlawCode =
  /** A value of the wrong type or size, an unknown key, an unsafe name; no tasks at all. */
  | 'bad_value'
  | 'too_many_tasks'
  | 'duplicate_id'
  | 'unknown_task'
  | 'self_dependency'
  | 'duplicate_dependency'
  | 'cycle'
  /** It waits for a cycle. */
  | 'unreachable'
  | 'unknown_agent'
  | 'unknown_runtime'
  /** Its agent wants a runtime that does not exist. */
  | 'agent_without_runtime'
  | 'unknown_capability'
  | 'bad_command'
  | 'bad_workspace';

/** What a person should know. */
export type RemarkCode =
  /** Nothing proves what is done. */
  | 'unproven'
  /** No task writes or runs tests. */
  | 'no_tests'
  /** No task waits for all the parts. */
  | 'no_integration'
  /** An agent that cannot write is to change files. */
  | 'reads_only'
  /** The program of its runtime was not found. */
  | 'runtime_missing'
  /** Two tasks may write the same files, and neither waits for the other. */
  | 'same_files'
  | 'too_large'
  /** A dependency was taken out, for others imply it. */
  | 'redundant_edge'
  /** It runs a command that nobody approved before. */
  | 'unapproved_command'
  /** The goal speaks of what the repository has no place for. */
  | 'no_place'
  /** What a version of tutti said that knew no codes. */
  | 'remark'
  /** There is more than is shown. */
  | 'more';

/** One finding. */
export interface PlanFinding {
  readonly code: FlawCode | RemarkCode;
  /** The id of the task it is about; `null` = the whole plan. */
  readonly task: string | null;
  /** A sentence for people. */
  readonly text: string;
}

/** A finding that does not forbid its plan. Older plans have plain sentences. */
export type PlanRemark = PlanFinding | string;

/**
 * Gives a remark its whole form.
 *
 * @param remark - A remark as it was stored.
 * @returns The finding.
 */
export function asFinding(remark: PlanRemark): PlanFinding {
  return typeof remark === 'string' ? { code: 'remark', task: null, text: remark } : remark;
}
