// Whether two changes of one base can be in conflict at all, told by the paths they change. It errs
// to one side only: what it lets pass as harmless merges cleanly.

/** The paths that one commit changes of another. */
export interface Paths {
  readonly all: ReadonlySet<string>;
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  /** Every folder above one of them. */
  readonly folders: ReadonlySet<string>;
}

/**
 * Sorts changed paths.
 *
 * @param changes - The paths, with what became of each: `A`, `D`, or anything else.
 * @returns What is asked of them.
 */
export function pathsOf(
  changes: readonly { readonly path: string; readonly status: string }[],
): Paths {
  const of = (status: string): string[] =>
    changes.filter((one) => one.status === status).map(({ path }) => path);
  const folders = new Set<string>();
  for (const { path } of changes) for (const folder of foldersOf(path)) folders.add(folder);
  return {
    all: new Set(changes.map(({ path }) => path)),
    added: of('A'),
    deleted: of('D'),
    folders,
  };
}

/**
 * Tells whether two changes may be in conflict.
 *
 * @param one - The paths of one.
 * @param other - The paths of the other, of the same base.
 * @returns `false` = certainly not.
 */
export function mayConflict(one: Paths, other: Paths): boolean {
  return meets(one, other) || follows(one, other) || follows(other, one);
}

/** They share a path, or what is a file on one side is a folder on the other. */
function meets(one: Paths, other: Paths): boolean {
  const [small, large] = one.all.size <= other.all.size ? [one, other] : [other, one];
  for (const path of small.all) {
    if (large.all.has(path) || large.folders.has(path)) return true;
  }
  for (const path of small.folders) if (large.all.has(path)) return true;
  return false;
}

/** Git takes new files along when the other side has moved their folder. */
function follows(moving: Paths, adding: Paths): boolean {
  if (moving.added.length === 0 || moving.deleted.length === 0 || adding.added.length === 0) {
    return false;
  }
  const left = new Set(moving.deleted.flatMap((path) => foldersOf(path)));
  return adding.added.some((path) => foldersOf(path).some((folder) => left.has(folder)));
}

function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    folders.push(path.slice(0, at));
  }
  return folders;
}
