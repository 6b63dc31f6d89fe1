// Whether two globs can match the same path. Where it cannot be told cheaply the answer is yes: it
// is only used to warn.

const SPECIAL = /[[\]{}()]/u;

/**
 * Tells whether there can be a path that both globs match.
 *
 * @param a - A glob such as `src/**`.
 * @param b - Another one.
 * @returns Whether they overlap; in doubt yes.
 */
export function globsOverlap(a: string, b: string): boolean {
  return overlap(segmentsOf(a), segmentsOf(b), {
    isMany: (segment) => segment === '**',
    agree: segmentsOverlap,
  });
}

/** A folder's name alone stands for everything in it. */
function segmentsOf(glob: string): readonly string[] {
  const segments = glob.split('/').filter((segment) => segment !== '' && segment !== '.');
  return segments.at(-1)?.includes('.') === true || segments.at(-1)?.includes('*') === true
    ? segments
    : [...segments, '**'];
}

function segmentsOverlap(a: string, b: string): boolean {
  if (a === b || SPECIAL.test(a) || SPECIAL.test(b)) return true;
  return overlap(a.split(''), b.split(''), {
    isMany: (character) => character === '*',
    agree: (x, y) => x === y || x === '?' || y === '?',
  });
}

/**
 * Tells whether two patterns have a common word, by the table of their beginnings.
 *
 * @param a - The parts of one.
 * @param b - The parts of the other.
 * @param rules - Which parts stand for any number of others, and which agree.
 * @returns Whether something matches both.
 */
function overlap(
  a: readonly string[],
  b: readonly string[],
  rules: {
    readonly isMany: (part: string) => boolean;
    readonly agree: (x: string, y: string) => boolean;
  },
): boolean {
  let row: boolean[] = [true];
  for (const [j, part] of b.entries()) row.push(row[j] === true && rules.isMany(part));
  for (const x of a) {
    const next = [row[0] === true && rules.isMany(x)];
    for (const [j, y] of b.entries()) {
      const many = rules.isMany(x) || rules.isMany(y);
      next.push(
        many ? row[j + 1] === true || next[j] === true : row[j] === true && rules.agree(x, y),
      );
    }
    row = next;
  }
  return row[b.length] === true;
}
