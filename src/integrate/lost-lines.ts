// Whether a resolution still holds what both sides have added. Lines are compared without the space
// around them, for a resolution may nest them differently, and counted, for a line may be there more
// than once. A line that has moved to another file of the change is not lost, nor is one whose
// words all stand, in their order, in a new line: so a line is put together that both have changed.

/** A side of a conflict: the run's branch, or the change that is to be put onto it. */
export type Side = 'branch' | 'change';

/** A file as it was before both sides, on each of them, and in the resolution; `null` = not there. */
export interface FourFiles {
  readonly file: string;
  readonly base: string | null;
  readonly branch: string | null;
  readonly change: string | null;
  readonly result: string | null;
}

/** Lines of a file that one side has added, and that the resolution has not. */
export interface LostLines {
  readonly file: string;
  readonly side: Side;
  /** Each once; of a file that is no text, none. */
  readonly lines: readonly string[];
}

type Counts = ReadonlyMap<string, number>;

/** A brace says nothing about what was lost. */
const TELLING = /[\p{L}\p{N}]/u;
const WORD = /[\p{L}\p{N}_]+/gu;
/** More lines than this were not put together by hand. */
const MOST_JOINED = 200;
const MOST_FRESH = 5000;
/** An attribute can make them longer. */
const MARKER = /^(?:<{7,}|>{7,}|\|{7,}) /u;
/** A line that is put behind such a sign is not there any more. */
const COMMENT = /^(?:\/\/|\/\*|\*|#|--|;|%|<!--|"""|REM )/u;

/**
 * Finds what a resolution has lost.
 *
 * @param files - Every file that one of the sides or the resolution has changed.
 * @param sides - Whose lines have to be there.
 * @returns What is missing, file by file.
 */
export function lostLines(
  files: readonly FourFiles[],
  sides: readonly Side[],
): readonly LostLines[] {
  const counted = files.filter((file) => !isBinary(file)).map((file) => countsOf(file));
  const moved = new Map<string, number>();
  for (const one of counted) {
    for (const [line, count] of one.result) {
      const more = count - Math.max(expected(one, line, SIDES), one.base.get(line) ?? 0);
      if (more > 0) moved.set(line, (moved.get(line) ?? 0) + more);
    }
  }
  const text = counted.flatMap((one) =>
    sides.flatMap((side) => {
      const gone = [...one[side].keys()].filter((line) => isLost(one, line, { side, moved }));
      const lines = notJoined(one, side, gone);
      return lines.length === 0 ? [] : [{ file: one.file, side, lines }];
    }),
  );
  return [...text, ...files.filter((file) => isBinary(file)).flatMap((file) => lostWhole(file))]
    .filter(({ side }) => sides.includes(side))
    .toSorted((a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)));
}

/**
 * Finds the files in which a resolution has left the marks of a conflict.
 *
 * @param files - As above.
 * @returns Their names.
 */
export function leftMarkers(files: readonly FourFiles[]): readonly string[] {
  return files
    .filter(({ branch, change, result }) => {
      const known = new Set([...linesOf(branch), ...linesOf(change)]);
      return linesOf(result).some((line) => MARKER.test(line) && !known.has(line));
    })
    .map(({ file }) => file);
}

const SIDES: readonly Side[] = ['branch', 'change'];

interface Counted {
  readonly file: string;
  readonly base: Counts;
  readonly branch: Counts;
  readonly change: Counts;
  readonly result: Counts;
}

function countsOf({ file, base, branch, change, result }: FourFiles): Counted {
  return {
    file,
    base: tally(base),
    branch: tally(branch),
    change: tally(change),
    result: tally(result),
  };
}

function isLost(
  one: Counted,
  line: string,
  { side, moved }: { side: Side; moved: Map<string, number> },
): boolean {
  if (!TELLING.test(line) || (one[side].get(line) ?? 0) <= (one.base.get(line) ?? 0)) return false;
  const missing = expected(one, line, [side]) - (one.result.get(line) ?? 0);
  if (missing <= 0) return false;
  return (moved.get(line) ?? 0) < missing;
}

/** Those whose words stand in no line that is new to the side. */
function notJoined(one: Counted, side: Side, gone: readonly string[]): readonly string[] {
  if (gone.length === 0 || gone.length > MOST_JOINED) return gone;
  const fresh = [...one.result.keys()]
    .filter((line) => !one.base.has(line) && !one[side].has(line))
    .slice(0, MOST_FRESH)
    .map((line) => ({ words: wordsOf(line), isComment: COMMENT.test(line) }));
  return gone.filter((line) => {
    const words = wordsOf(line);
    const isComment = COMMENT.test(line);
    return !fresh.some((other) => other.isComment === isComment && isWithin(words, other.words));
  });
}

function wordsOf(line: string): readonly string[] {
  return line.match(WORD) ?? [];
}

function isWithin(words: readonly string[], other: readonly string[]): boolean {
  let at = 0;
  for (const word of other) if (word === words[at]) at += 1;
  return at === words.length;
}

/** How often a line is to be there: as before, and as often as one of the sides has added it. */
function expected(one: Counted, line: string, sides: readonly Side[]): number {
  const before = one.base.get(line) ?? 0;
  const added = sides.map((side) => (one[side].get(line) ?? 0) - before);
  const removed = SIDES.map((side) => before - (one[side].get(line) ?? 0));
  return before + Math.max(0, ...added) - Math.max(0, ...removed);
}

/** Of what is no text one version is there in the end: the other side's is lost. */
function lostWhole({ file, base, branch, change, result }: FourFiles): readonly LostLines[] {
  const theirs = { branch, change };
  return SIDES.flatMap((side) => {
    const version = theirs[side];
    const isOwn = version !== null && version !== base && version !== result;
    return isOwn ? [{ file, side, lines: [] }] : [];
  });
}

function isBinary({ base, branch, change, result }: FourFiles): boolean {
  return [base, branch, change, result].some((text) => text?.includes('\0') === true);
}

function tally(text: string | null): Counts {
  const counts = new Map<string, number>();
  for (const line of linesOf(text)) {
    const bare = line.trim();
    counts.set(bare, (counts.get(bare) ?? 0) + 1);
  }
  return counts;
}

function linesOf(text: string | null): readonly string[] {
  return text === null ? [] : text.split('\n');
}
