// What a person wants of work trees beside what git would do by itself: those of their own filters that
// they have named, and no more files than their sparse checkout has.

import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readSmallFile } from '../../../util/small-file.ts';
import { git, records } from '../git.ts';
import { makeOwnDir, own, theirs } from '../layout.ts';
import type { Layout } from '../layout.ts';

/** A repository as it is to be looked at, or why it cannot be. */
type Wanted =
  | {
      readonly ok: true;
      readonly layout: Layout;
      /** Differs where the files do. */ readonly id: string;
    }
  | { readonly ok: false; readonly message: string };

const SPARSE_FILE = 'info/sparse-checkout';
const MOST_PATTERNS = 64 * 1024 * 1024;

/**
 * Makes work trees be what the person wants.
 *
 * @param layout - The repository's.
 * @param filters - The names of filters that may run.
 * @returns The layout for work trees.
 */
export async function asWanted(layout: Layout, filters: readonly string[]): Promise<Wanted> {
  const config: [string, string][] = [];
  for (const name of filters) {
    const found = await filterOf(layout, name);
    if (found.length === 0) {
      const hint = name === 'lfs' ? ': git lfs install' : '';
      const message = `workspace.git_filters names ${name}, but your own git configuration has no filter.${name}${hint}`;
      return { ok: false, message };
    }
    config.push(...found);
    // Where the person's own checkout has its files.
    if (name === 'lfs') config.push(['lfs.storage', join(layout.commonDir, 'lfs')]);
  }
  const patterns = await sparseOf(layout);
  if (patterns !== null) config.push(['core.sparseCheckout', 'true'], patterns.cone);
  const parts = [config, patterns?.text];
  return {
    ok: true,
    layout: { ...layout, config, isSparse: patterns !== null },
    id:
      config.length === 0
        ? ''
        : createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8),
  };
}

/**
 * Gives a git directory the sparse checkout of the repository.
 *
 * @param layout - The repository's, as it is wanted.
 * @param gitDir - The git directory.
 */
export async function copySparse(layout: Layout, gitDir: string): Promise<void> {
  if (layout.isSparse !== true) return;
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await copyFile(join(layout.commonDir, SPARSE_FILE), join(gitDir, SPARSE_FILE));
}

/** Only what stands in the person's own files counts: the repository's are its makers'. */
async function filterOf(layout: Layout, name: string): Promise<[string, string][]> {
  const pattern = `^filter\\.${name.replaceAll(/[^\w-]/gu, '\\$&')}\\.(clean|smudge|process|required)$`;
  const args = ['config', '-z', '--includes', '--get-regexp', pattern];
  // Our git directory has no filters of its own.
  const { stdout } = await git(args, { ...own(layout), personal: true });
  return records(stdout).map((pair) => {
    const at = pair.indexOf('\n');
    return at === -1 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
  });
}

async function sparseOf(
  layout: Layout,
): Promise<{ readonly text: string; readonly cone: [string, string] } | null> {
  const text = await readSmallFile(join(layout.commonDir, SPARSE_FILE), MOST_PATTERNS);
  if (text === null) return null;
  const { stdout } = await git(
    ['config', '--type=bool', '--get-regexp', '^core\\.sparsecheckout(cone)?$'],
    { ...theirs(layout), personal: true },
  );
  const said = stdout.toString('utf8');
  if (!/^core\.sparsecheckout true$/mu.test(said)) return null;
  const place = join(await makeOwnDir(layout), 'info');
  await mkdir(place, { recursive: true });
  const fresh = join(place, `sparse-checkout.${randomBytes(6).toString('hex')}`);
  await writeFile(fresh, text);
  await rename(fresh, join(place, 'sparse-checkout'));
  const cone = /^core\.sparsecheckoutcone true$/mu.test(said);
  return { text, cone: ['core.sparseCheckoutCone', String(cone)] };
}
