// Whether what was made of a conflict still has what both sides wanted.

import { leftMarkers, lostLines } from '../integrate/lost-lines.ts';
import type { FourFiles, LostLines } from '../integrate/lost-lines.ts';
import type { Change } from '../model/attempt.ts';
import type { Repository } from '../ports/repository.ts';
import type { Contested } from '../schedule/input.ts';
import type { Bench, Job } from './bench.ts';
import { LONGEST_SIDES, clashOf, contested, resolverFor } from './conflict.ts';
import type { Clash } from './conflict.ts';

const FILE_BYTES = 4_194_304;
/** More files than these are not compared: then it is for a person to look at it. */
const MOST_FILES = 5000;
const MOST_LINES = 8;
const LONGEST_LINE = 160;

/** What a resolution lacks. */
export interface Missing {
  /** Files that still have the marks of the conflict. */
  readonly marked: readonly string[];
  readonly lost: readonly LostLines[];
  /** Files that nobody has compared, for there are too many. */
  readonly left: number;
}

/**
 * Compares a resolution with both sides of its conflict.
 *
 * @param repository - Where the commits are.
 * @param clash - The conflict.
 * @param result - The commit that resolves it.
 * @returns What it lacks.
 */
export async function missingIn(
  repository: Repository,
  clash: Clash,
  result: string,
): Promise<Missing> {
  const { four, left } = await fourFiles(repository, clash, result);
  return { marked: leftMarkers(four), lost: lostLines(four, ['branch', 'change']), left };
}

/**
 * Says what a resolution lacks.
 *
 * @param missing - What it lacks.
 * @returns Lines; none where it lacks nothing.
 */
export function missingText({ marked, lost, left }: Missing): string {
  return [
    ...marked.map((file) => `${file} still has the marks of the conflict`),
    ...lost.map((one) => describeLost(one)),
    ...(left === 0 ? [] : [`${left} more files were changed, too many to be compared`]),
  ].join('\n');
}

/**
 * Compares what was handed in for a conflict with both sides.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @param change - What it has changed; `null` = nothing.
 * @returns What is missing without a reason; `null` when nothing is.
 */
export async function missing(
  bench: Bench,
  job: Job,
  change: Change | null,
): Promise<(Contested & { readonly files: readonly string[] }) | null> {
  const { repository } = bench.workshop;
  const branch = change?.base ?? job.run.head;
  const { byHand } = job.task.spec;
  if (byHand !== undefined) {
    // Where git leaves no marks (a file is deleted, or no text) what they made would just not be there.
    const merged = await repository.merge(byHand.base, branch, byHand.commit);
    if (merged.kind === 'conflict') return contested(bench, job, merged);
  }
  const clash = await clashOf(repository, job, branch);
  if (clash === null) return null;
  const { four, left } = await fourFiles(repository, clash, change?.commit ?? branch);
  const marked = leftMarkers(four);
  // What a person has made is as they wanted it.
  const lost = byHand === undefined ? unexcused(job, clash, four, change) : [];
  const uncompared = byHand === undefined ? left : 0;
  if (lost.length + marked.length + uncompared === 0) return null;
  const files = [...new Set([...marked, ...lost.map(({ file }) => file)])];
  const text = missingText({ marked, lost, left: uncompared });
  return {
    files: files.length === 0 ? clash.files : files,
    sides: [text.slice(0, LONGEST_SIDES), clash.sides].filter((part) => part !== '').join('\n'),
    ...resolverFor(bench, job, files),
  };
}

/**
 * What is gone without a reason. Its own part the same agent may do in another way; what others did it
 * has to keep. Where it has done nothing, the others have to have done it. Nobody is heard who gives
 * reasons for what others did where there was no conflict.
 */
function unexcused(
  { task, attempt: { status } }: Job,
  { files }: Clash,
  four: readonly FourFiles[],
  change: Change | null,
): readonly LostLines[] {
  const isAll = task.spec.resolves !== undefined || change === null;
  const disputed = new Set(files);
  for (const one of four) if (one.change !== one.base) disputed.add(one.file);
  const named = status.state === 'handed_in' ? (status.report.leftOut ?? []) : [];
  const isNamed = new Set(named.map(({ file }) => file));
  return lostLines(four, isAll ? ['branch', 'change'] : ['branch']).filter(
    ({ file, side }) => !isNamed.has(file) || (side === 'branch' && !disputed.has(file)),
  );
}

function describeLost({ file, side, lines }: LostLines): string {
  const whose = side === 'branch' ? "the run's branch" : 'the change';
  if (lines.length === 0) return `${file}: the version of ${whose} is gone`;
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${line.slice(0, LONGEST_LINE)}`);
  const more = lines.length > MOST_LINES ? [`    and ${lines.length - MOST_LINES} more`] : [];
  return [`${file}: lines that ${whose} had added are gone:`, ...shown, ...more].join('\n');
}

async function fourFiles(
  repository: Repository,
  { change, branch, files }: Clash,
  result: string,
): Promise<{ four: readonly FourFiles[]; left: number }> {
  const [own, after] = await Promise.all([
    repository.changedFiles(change.base, change.commit),
    repository.changedFiles(branch, result),
  ]);
  const all = [...new Set([...files, ...[...own, ...after].map(({ path }) => path)])];
  const paths = all.slice(0, MOST_FILES);
  const commits = [change.base, branch, change.commit, result];
  const asked = paths.flatMap((path) => commits.map((commit) => ({ commit, path })));
  // A large file or a submodule is told by its id: of such one version is there in the end.
  const texts = await repository.readFiles(asked, FILE_BYTES, true);
  const four = paths.map((file, index) => {
    const [base = null, theirs = null, ours = null, now = null] = texts.slice(index * 4);
    return { file, base, branch: theirs, change: ours, result: now };
  });
  return { four, left: all.length - paths.length };
}
