// What a reviewer says is a claim. Where it can be looked into, it is: the file and the line must be
// there, and a command that is said to fail is run. What is found untrue stays listed and blocks nothing.

import { findingsToFix } from '../model/review.ts';
import type { Finding, Review, Verdict } from '../model/verdict.ts';
import type { Repository } from '../ports/repository.ts';

/** With what claims are looked into. */
interface ClaimMeans {
  readonly repository: Pick<Repository, 'readFile'>;
  /** The commit before any of the run's changes: what was deleted since can be complained about. */
  readonly base: string;
  /**
   * Runs commands on the reviewed tree where they can do no harm; resolves with their verdicts, by
   * the command. One that may not be run has none.
   */
  readonly tryOut: (commands: readonly string[]) => Promise<ReadonlyMap<string, Verdict>>;
}

/** A review whose claims were looked into. */
interface LookedInto {
  readonly review: Review;
  /** The commands that were run. */
  readonly tried: readonly Verdict[];
}

/** Larger files are not written by hand. */
const FILE_BYTES = 8 * 1_048_576;
/** Whoever names more has not chosen. */
const MOST_COMMANDS = 10;
/** What a shell says of a program that is not there, or that cannot be run. */
const NOT_RUN: ReadonlySet<number> = new Set([126, 127]);

/**
 * Looks into what a reviewer claims.
 *
 * @param review - The review as it was answered.
 * @param means - With what it is looked into.
 * @returns The review with what was found untrue, and the commands' verdicts.
 */
export async function lookInto(review: Review, means: ClaimMeans): Promise<LookedInto> {
  const placed: Finding[] = [];
  for (const finding of review.findings) {
    placed.push(marked(finding, await placeProblem(finding, review.commit, means)));
  }
  const located: Review = { ...review, findings: placed };
  const named = findingsToFix(located).flatMap(({ command }) => command ?? []);
  const commands = [...new Set(named)].slice(0, MOST_COMMANDS);
  if (commands.length === 0) return { review: located, tried: [] };
  const tried = await means.tryOut(commands);
  const findings = placed.map((finding) => marked(finding, commandProblem(finding, tried)));
  return { review: { ...located, findings }, tried: [...tried.values()] };
}

function marked(finding: Finding, problem: string | null): Finding {
  if (problem === null || finding.unconfirmed !== undefined) return finding;
  return { ...finding, unconfirmed: problem };
}

async function placeProblem(
  { file, line }: Finding,
  commit: string,
  { repository, base }: ClaimMeans,
): Promise<string | null> {
  if (file === undefined) return null;
  const path = file.replace(/^(?:\.\/)+/u, '');
  const text =
    (await repository.readFile(commit, path, FILE_BYTES)) ??
    (await repository.readFile(base, path, FILE_BYTES));
  if (text === null) return `there is no file ${file}`;
  if (line === undefined) return null;
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return line <= lines ? null : `${file} has ${lines} lines, not ${line}`;
}

function commandProblem({ command }: Finding, tried: ReadonlyMap<string, Verdict>): string | null {
  const verdict = command === undefined ? undefined : tried.get(command);
  if (verdict === undefined) return null;
  if (verdict.ok) return 'its command passes (exit 0)';
  const { exitCode } = verdict;
  return exitCode !== null && NOT_RUN.has(exitCode)
    ? `its command cannot be run (exit ${exitCode})`
    : null;
}
