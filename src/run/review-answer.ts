import { storable } from '../model/answer.ts';
import type { AgentReport } from '../model/attempt.ts';
import { readReviewAnswer } from '../model/review.ts';
import type { Review } from '../model/verdict.ts';
import type { AttemptResult } from '../ports/agent-runtime.ts';
import type { Kept } from './workplace.ts';

const MAX_PROBLEM = 2000;

/** Where the reviewer has looked. */
interface Looked {
  /** The commit it was given. */
  readonly commit: string;
  /** Where its copy of that lay: paths may be named from there. */
  readonly folder: string;
  readonly kept: Kept;
}

/**
 * Tells whether a reviewer came to an end with its review, readable or not.
 *
 * @param result - How its session ended.
 * @returns Whether it is to be judged; an answer that nobody can read is no failed attempt.
 */
export function hasReviewed({ failure, stopped }: AttemptResult): boolean {
  return !stopped && (failure === null || failure.reason === 'invalid_output');
}

/**
 * Reads what a reviewer answered.
 *
 * @param result - How its session ended.
 * @param looked - Where it has looked, and what it left there.
 * @returns Its report; what cannot be read asks for changes.
 */
export function reviewReport(result: AttemptResult, { commit, folder, kept }: Looked): AgentReport {
  const read = readReviewAnswer(result.structured);
  const changed = kept.change?.files ?? [];
  const dropped = changed.length === 0 ? {} : { dropped: changed.slice(0, 50) };
  if ('problem' in read) {
    const problem = result.invalid ?? result.failure?.message ?? read.problem;
    const unreadable = storable(problem, MAX_PROBLEM);
    const summary = `The review could not be read: ${unreadable}`;
    const review: Review = {
      verdict: 'request_changes',
      summary,
      findings: [],
      commit,
      unreadable,
      ...dropped,
    };
    return { ...result.report, status: 'done', summary, question: null, review };
  }
  const findings = read.findings.map((finding) =>
    finding.file === undefined ? finding : { ...finding, file: inside(finding.file, folder) },
  );
  const review: Review = { ...read, findings, commit, ...dropped };
  return { ...result.report, status: 'done', summary: read.summary, question: null, review };
}

/** Some name files by their whole path. */
function inside(file: string, folder: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
}
