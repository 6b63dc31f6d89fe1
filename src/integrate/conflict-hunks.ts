// Both sides of a conflict, cut out of files with the marks that a merge leaves, for people and
// prompts.

/** A place where both sides changed the same lines. */
export interface Hunk {
  /** The first line of it in the marked file, from 1. */
  readonly line: number;
  readonly branch: string;
  readonly base: string;
  readonly change: string;
}

// Longer ones are those of the attribute `conflict-marker-size`.
const OPEN = /^<{7,} /u;
const BASE = /^\|{7,} /u;
const MIDDLE = /^={7,}\r?$/u;
const CLOSE = /^>{7,} /u;

/**
 * Cuts the places out of a marked file.
 *
 * @param text - The file, as a merge has left it.
 * @returns The places, in the order of their lines; none where it has no marks.
 */
export function hunksOf(text: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let at: 'outside' | 'branch' | 'base' | 'change' = 'outside';
  let open = { line: 0, branch: [] as string[], base: [] as string[], change: [] as string[] };
  for (const [index, line] of text.split('\n').entries()) {
    if (OPEN.test(line)) {
      open = { line: index + 1, branch: [], base: [], change: [] };
      at = 'branch';
    } else if (at === 'branch' && BASE.test(line)) at = 'base';
    else if ((at === 'branch' || at === 'base') && MIDDLE.test(line)) at = 'change';
    else if (at === 'change' && CLOSE.test(line)) {
      const { branch, base, change } = open;
      hunks.push({
        line: open.line,
        branch: branch.join('\n'),
        base: base.join('\n'),
        change: change.join('\n'),
      });
      at = 'outside';
    } else if (at !== 'outside') open[at].push(line);
  }
  return hunks;
}

/** A file in conflict with the marks of the merge; `null` = it has no text. */
export interface MarkedFile {
  readonly file: string;
  readonly text: string | null;
}

const LONGEST_SIDE = 1200;

/**
 * Shows both sides of a conflict.
 *
 * @param files - The files in conflict.
 * @param notes - What the merge said of them: of files without hunks it is all there is.
 * @param most - The longest text, in characters.
 * @returns Place after place: the branch's lines, those before both, the change's.
 */
export function describeConflict(
  files: readonly MarkedFile[],
  notes: string,
  most: number,
): string {
  const parts: string[] = [];
  for (const { file, text } of files) {
    for (const hunk of hunksOf(text ?? '')) {
      parts.push(
        [
          `${file}, line ${hunk.line}`,
          ...side("the run's branch has", hunk.branch),
          ...side('before both it was', hunk.base),
          ...side('the change has', hunk.change),
        ].join('\n'),
      );
    }
  }
  const told = notes
    .split('\n')
    .filter((line) => line.startsWith('CONFLICT') && !line.startsWith('CONFLICT (content)'));
  const whole = [...told, ...parts].join('\n');
  return whole.length <= most ? whole : `${whole.slice(0, most)}\n[cut: there is more]`;
}

function side(heading: string, text: string): readonly string[] {
  if (text === '') return [`  ${heading} nothing`];
  const cut = text.length > LONGEST_SIDE ? `${text.slice(0, LONGEST_SIDE)}\n[cut]` : text;
  return [`  ${heading}`, ...cut.split('\n').map((line) => `    ${line}`)];
}
