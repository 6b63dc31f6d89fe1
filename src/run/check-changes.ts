// Whether a change touches what the checks run that judge it.

import { isRunByChecks, scriptsOf, withScripts } from '../checks/what-checks-run.ts';
import type { Change } from '../model/attempt.ts';
import type { Repository } from '../ports/repository.ts';
import { canonicalJson } from '../util/canonical-json.ts';

/** The files of a change are listed in its row up to this number. */
const LISTED_FILES = 1000;
const MANIFEST_BYTES = 1_048_576;

/**
 * Lists the files of a change that are part of what checks run.
 *
 * @param repository - Where the change is.
 * @param change - The change.
 * @param commands - The checks' commands.
 * @returns The paths; a file that the change adds counts only where it is run without being named.
 */
export async function checkChanges(
  repository: Repository,
  change: Change,
  commands: readonly string[],
): Promise<readonly string[]> {
  const read = (commit: string, path: string): Promise<string | null> =>
    repository.readFile(commit, path, MANIFEST_BYTES);
  const manifest = commands.length === 0 ? null : await read(change.base, 'package.json');
  const all = withScripts(commands, manifest);
  const suspects = (files: readonly string[]): string[] =>
    files.filter((path) => isRunByChecks(path, all) !== 'no');
  // What is looked at mostly touches nothing of it.
  if (change.files.length < LISTED_FILES && suspects(change.files).length === 0) return [];
  const files = await repository.changedFiles(change.base, change.commit);
  const touched: string[] = [];
  for (const path of suspects(files.map((file) => file.path))) {
    const part = isRunByChecks(path, all);
    if (part === 'scripts') {
      const before = scriptsOf(await read(change.base, path));
      const after = scriptsOf(await read(change.commit, path));
      if (canonicalJson(before) === canonicalJson(after)) continue;
    } else if (part === 'old' && (await read(change.base, path)) === null) continue;
    touched.push(path);
  }
  return touched;
}
