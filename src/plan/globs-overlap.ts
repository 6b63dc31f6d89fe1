// Whether two globs can match the same path. Where it cannot be told cheaply the answer is yes: then
// somebody is warned, or waits, where it was not needed.

const SPECIAL = /[[\]{}()]/u;
const ANY_SPECIAL = /[[\]{}()*?]/u;

/** What globs may match together, ready to be compared often. */
export interface Footprint {
  /** The same for the same globs. */
  readonly name: string;
  readonly globs: readonly (readonly string[])[];
}

/**
 * Prepares globs for being compared often.
 *
 * @param globs - The globs.
 * @returns Their footprint.
 */
export function footprintOf(globs: readonly string[]): Footprint {
  return { name: globs.join('\n'), globs: globs.map((glob) => segmentsOf(glob)) };
}

/**
 * Tells whether there can be a path that both footprints cover.
 *
 * @param a - One.
 * @param b - The other.
 * @returns Whether they overlap; in doubt yes.
 */
export function footprintsOverlap(a: Footprint, b: Footprint): boolean {
  return a.globs.some((one) => b.globs.some((other) => pathsOverlap(one, other)));
}

/**
 * Tells whether there can be a path that both globs match.
 *
 * @param a - A glob such as `src/**`.
 * @param b - Another one.
 * @returns Whether they overlap; in doubt yes.
 */
export function globsOverlap(a: string, b: string): boolean {
  return pathsOverlap(segmentsOf(a), segmentsOf(b));
}

function pathsOverlap(a: readonly string[], b: readonly string[]): boolean {
  // Most pairs lie in different folders, which takes no table to tell.
  for (const [index, x] of a.entries()) {
    const y = b[index];
    if (y === undefined || ANY_SPECIAL.test(x) || ANY_SPECIAL.test(y)) break;
    if (x !== y) return false;
  }
  return overlap(a, b, {
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
