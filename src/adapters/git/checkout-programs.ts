// Programs that git would run in the person's own work trees because the repository's configuration says
// so. What stands in the person's own files is theirs; `.git/config` can be written by whoever works in a
// linked work tree, or has made the folder.

import { relative } from 'node:path';

import type { CheckoutProgram } from '../../ports/repository.ts';
import { isWorkTree } from './checkouts.ts';
import { git, gitRecords, readable, records } from './git.ts';
import { personal, theirs } from './layout.ts';
import type { Layout } from './layout.ts';

/** What a checkout runs, beside hooks, which never run; and what the filter of LFS runs in turn. */
const PROGRAMS =
  '^(filter\\..*\\.(clean|smudge|process)|lfs\\.(extension|customtransfer)\\..*|lfs\\.standalonetransferagent)$';

const THEIRS: ReadonlySet<string> = new Set(['local', 'worktree']);

/**
 * Lists what the repository's own configuration has run in work trees that follow a branch, and the
 * person's own does not.
 *
 * @param layout - The repository's.
 * @returns The settings, each once.
 */
export async function checkoutPrograms(layout: Layout): Promise<readonly CheckoutProgram[]> {
  const found = new Map<string, CheckoutProgram>();
  for (const path of await onBranches(layout)) {
    for (const one of await programsIn(layout, path)) found.set(`${one.key}\n${one.value}`, one);
  }
  return [...found.values()];
}

/** Work trees with a detached HEAD follow nothing; those of tutti are among them. */
async function onBranches(layout: Layout): Promise<readonly string[]> {
  const fields = await gitRecords(['worktree', 'list', '--porcelain', '-z'], theirs(layout));
  const paths = [layout.root];
  let path = '';
  for (const field of fields) {
    const text = readable(field);
    if (text.startsWith('worktree ')) path = text.slice('worktree '.length);
    // The main one comes first; git only guesses where it is.
    const isMain = path === paths[0] || path === layout.commonDir;
    if (text.startsWith('branch ') && !isMain && isWorkTree(path)) paths.push(path);
  }
  return paths;
}

async function programsIn(layout: Layout, path: string): Promise<readonly CheckoutProgram[]> {
  const args = ['config', '-z', '--includes', '--show-scope', '--show-origin', '--get-regexp'];
  const { stdout } = await git([...args, PROGRAMS], personal(path));
  const fields = records(stdout).map(readable);
  const said: { readonly scope: string; readonly program: CheckoutProgram }[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [scope = '', origin = '', pair = ''] = fields.slice(at, at + 3);
    const [key = '', ...value] = pair.split('\n');
    const file = origin.replace(/^file:/u, '');
    const shown = file.startsWith(layout.root) ? relative(layout.root, file) : file;
    said.push({ scope, program: { key, value: value.join('\n'), file: shown } });
  }
  const own = new Set(
    said.flatMap(({ scope, program }) => (THEIRS.has(scope) ? [] : [textOf(program)])),
  );
  return said.flatMap(({ scope, program }) =>
    THEIRS.has(scope) && program.value !== '' && !own.has(textOf(program)) ? [program] : [],
  );
}

function textOf({ key, value }: CheckoutProgram): string {
  return `${key}\n${value}`;
}
