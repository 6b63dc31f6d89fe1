// Finds the repository that a folder belongs to, and refuses by name what tutti cannot work with.

import { existsSync, lstatSync, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

import type { Repository } from '../../ports/repository.ts';
import { findGitDir } from '../../util/find-git-dir.ts';
import { isSystemError } from '../../util/system-error.ts';
import { git, OLDEST_GIT } from './git.ts';
import type { GitOptions } from './git.ts';
import { linkInTheWay, makeOwnDir, theirs } from './layout.ts';
import type { Layout } from './layout.ts';
import { createRepository } from './repository.ts';

/** Why a folder cannot be worked in. */
type OpenProblem =
  | 'git_missing'
  | 'git_too_old'
  | 'not_a_repository'
  | 'not_owned'
  | 'bare'
  | 'no_commit'
  | 'unwritable'
  | 'unsupported';

/** What opening a repository came to. */
export type OpenedRepository =
  | { readonly ok: true; readonly repository: Repository }
  | {
      readonly ok: false;
      readonly problem: OpenProblem;
      readonly message: string;
      readonly hint: string;
    };

type Refusal = Extract<OpenedRepository, { ok: false }>;

const SETTINGS_READ =
  '^(user\\.(name|email)|core\\.(worktree|bare|filemode|ignorecase|symlinks|autocrlf|eol|precomposeunicode)|extensions\\.partialclone|remote\\..*\\.promisor)$';
const FILE_SETTINGS = [
  'filemode',
  'ignorecase',
  'symlinks',
  'autocrlf',
  'eol',
  'precomposeunicode',
];

/**
 * Opens the repository that a folder belongs to; from a linked work tree, its main one.
 *
 * @param dir - Any folder inside a work tree.
 * @returns The repository, or what is wrong and what to do next.
 */
export async function openRepository(dir: string): Promise<OpenedRepository> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    return refuse(
      'not_a_repository',
      `${dir} is not a folder`,
      'name a folder of a git repository',
    );
  }
  const here: GitOptions = { cwd: dir, personal: true };
  const version = await gitVersion(here);
  if ('problem' in version) return version;
  const endless = await endlessFile(dir);
  if (endless !== null) {
    const what = `${endless} is no file: git would wait for it for ever`;
    return refuse('unsupported', what, 'remove it, or put back the file that belongs there');
  }
  const found = await findCommonDir(here, dir);
  if ('problem' in found) return found;
  const settings = await readSettings(found.commonDir);
  const root = await mainWorkTree(found.commonDir, settings, dir);
  if (root === null) {
    return refuse(
      'bare',
      `${found.commonDir} is a bare repository`,
      'run tutti in a repository with a work tree: git clone it first',
    );
  }
  const strange = await strangePlace(found, settings, root);
  if (strange !== null) return strange;
  if (/[\n\r]/.test(found.commonDir + root)) return brokenPath();
  const layout: Layout = {
    root,
    commonDir: found.commonDir,
    format: found.format,
    gitVersion: version,
    isPartial: [...settings.keys()].some((key) => /partialclone$|promisor$/u.test(key)),
    identity: identityOf(settings),
    fileSettings: FILE_SETTINGS.flatMap((key) => {
      const value = settings.get(`core.${key}`);
      return value === undefined ? [] : ['-c', `core.${key}=${value}`];
    }),
  };
  const unwritable = await makeOwnDir(layout).then(() => null, writeProblem);
  if (unwritable !== null) {
    return refuse(
      'unwritable',
      `cannot write into ${found.commonDir}: ${unwritable}`,
      'make the git directory writable, with some free space',
    );
  }
  const repository = createRepository(layout);
  if ((await repository.resolve('HEAD')) === null) return whyNoHead(layout);
  return { ok: true, repository };
}

/** A repository that is new, or one that is damaged: advice for the one would harm the other. */
async function whyNoHead(layout: Layout): Promise<Refusal> {
  const { root } = layout;
  const { code, stdout, stderr } = await git(['rev-parse', '--verify', 'HEAD'], theirs(layout));
  const hint = 'git fsck says what is missing: bring it back from another clone or a backup';
  if (code === 0) {
    const id = stdout.toString('utf8').trim();
    return refuse('unsupported', `the commit ${id} of HEAD in ${root} cannot be read`, hint);
  }
  const said = stderr.trim();
  if (!said.endsWith('Needed a single revision'))
    return refuse('unsupported', `${root}: ${said}`, hint);
  const first = 'make a first commit: git add -A && git commit -m "Start"';
  return refuse('no_commit', `${root} has no commit yet`, first);
}

/** What git itself would go along with, but nobody has who has made their repository themselves. */
async function strangePlace(
  { commonDir, passedBy }: FoundDir,
  settings: ReadonlyMap<string, string>,
  root: string,
): Promise<Refusal | null> {
  if (passedBy !== null) {
    const what = `${passedBy} is no repository, and git takes ${commonDir} instead`;
    return refuse('unsupported', what, `mend or remove ${passedBy}`);
  }
  const link = await linkInTheWay(commonDir);
  if (link !== null) {
    const what = `${link} is a link: what tutti writes there would be elsewhere`;
    return refuse('unsupported', what, 'move it away');
  }
  if (!settings.has('core.worktree')) return null;
  const back = findGitDir(root);
  const leadsBack =
    back?.workTree === root && (await realpath(back.commonDir).catch(() => null)) === commonDir;
  if (leadsBack) return null;
  const what = `core.worktree of ${commonDir} leads to ${root}, which does not lead back`;
  return refuse('unsupported', what, `git --git-dir '${commonDir}' config --unset core.worktree`);
}

/** What git reads in almost every command. */
const READ_BY_GIT: readonly string[] = [
  'HEAD',
  'config',
  'config.worktree',
  'commondir',
  'index',
  'packed-refs',
  'shallow',
  'info/attributes',
  'info/exclude',
  'info/sparse-checkout',
  'objects/info/alternates',
];

/** A pipe or a device where git reads a file, found before git finds it. */
async function endlessFile(dir: string): Promise<string | null> {
  const near = findGitDir(dir);
  if (near === null) return null;
  const paths = READ_BY_GIT.map((name) => join(near.commonDir, name));
  const all = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  const at = all.findIndex((one) => one !== null && !one.isFile() && !one.isDirectory());
  return paths[at] ?? null;
}

/** The git directory that git finds, and one on its way that it has not taken for one. */
interface FoundDir {
  readonly commonDir: string;
  readonly format: Layout['format'];
  readonly passedBy: string | null;
}

/** Whoever calls tutti in a repository means that one, not another one around it or inside. */
async function lookPast(dir: string, gitDir: string): Promise<string | null> {
  for (let at = await realpath(dir); ; at = dirname(at)) {
    const path = join(at, '.git');
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined) {
      // A file leads elsewhere by its very nature: git has read it.
      return found.isDirectory() && path !== gitDir ? path : null;
    }
    if (at === dirname(at)) return null;
  }
}

async function gitVersion(here: GitOptions): Promise<readonly [number, number] | Refusal> {
  const need = OLDEST_GIT.join('.');
  let text: string;
  try {
    text = (await git(['version'], here)).stdout.toString('utf8');
  } catch {
    return refuse('git_missing', 'git was not found', `install git ${need} or newer`);
  }
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  const version: readonly [number, number] = [Number(major ?? 0), Number(minor ?? 0)];
  if (!atLeast(version, OLDEST_GIT)) {
    const name = text.trim() === '' ? 'this git' : text.trim();
    return refuse('git_too_old', `${name} is too old`, `install git ${need} or newer`);
  }
  return version;
}

function writeProblem(error: unknown): string {
  if (isSystemError(error)) {
    return error.code;
  }
  throw error;
}

function atLeast(version: readonly [number, number], wanted: readonly [number, number]): boolean {
  return version[0] > wanted[0] || (version[0] === wanted[0] && version[1] >= wanted[1]);
}

async function findCommonDir(here: GitOptions, dir: string): Promise<FoundDir | Refusal> {
  const args = ['rev-parse', '--path-format=absolute', '--show-object-format'];
  args.push('--git-dir', '--git-common-dir');
  const result = await git(args, here);
  if (result.code === 0) {
    const text = result.stdout.toString('utf8').replace(/\n$/, '');
    const [format, gitDir, ...rest] = text.split('\n');
    if (gitDir === undefined || rest.length !== 1) return brokenPath();
    const commonDir = await realpath(rest[0] ?? '');
    if (format === 'sha1' || format === 'sha256') {
      return { commonDir, format, passedBy: await lookPast(dir, await realpath(gitDir)) };
    }
    return refuse('unsupported', `objects in the format ${format}`, 'use sha1 or sha256');
  }
  if (result.stderr.includes('dubious ownership')) {
    return refuse(
      'not_owned',
      `${dir} belongs to another user, and git refuses it`,
      `git config --global --add safe.directory ${dir}`,
    );
  }
  if (/not a git repository/i.test(result.stderr)) {
    return refuse('not_a_repository', `${dir} is not in a git repository`, 'git init, and commit');
  }
  return refuse('unsupported', result.stderr.trim(), 'mend the repository: git status says more');
}

async function readSettings(commonDir: string): Promise<ReadonlyMap<string, string>> {
  const result = await git(['config', '--includes', '-z', '--get-regexp', SETTINGS_READ], {
    cwd: commonDir,
    personal: true,
    env: { GIT_DIR: commonDir },
  });
  const pairs = result.stdout.toString('utf8').split('\0');
  return new Map(
    pairs
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('\n');
        // A key without a value means true.
        return at === -1 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
}

async function mainWorkTree(
  commonDir: string,
  settings: ReadonlyMap<string, string>,
  dir: string,
): Promise<string | null> {
  const configured = settings.get('core.worktree');
  let root: string | null = null;
  if (configured !== undefined) {
    root = resolve(commonDir, configured.replace(/^~(?=\/)/, homedir()));
  } else if (!['true', 'yes', 'on', '1'].includes(settings.get('core.bare') ?? '')) {
    root = basename(commonDir) === '.git' ? dirname(commonDir) : await pointingHere(commonDir, dir);
  }
  return root !== null && existsSync(root) ? await realpath(root) : null;
}

// A git directory that was separated from its work tree does not say where that is; git itself only
// knows when it is called there.
async function pointingHere(commonDir: string, dir: string): Promise<string | null> {
  const result = await git(
    ['rev-parse', '--path-format=absolute', '--git-dir', '--show-toplevel'],
    {
      cwd: dir,
      personal: true,
    },
  );
  const [gitDir, top] = result.stdout.toString('utf8').split('\n');
  if (result.code !== 0 || gitDir === undefined || top === undefined) return null;
  return (await realpath(gitDir)) === commonDir ? top : null;
}

function identityOf(settings: ReadonlyMap<string, string>): Layout['identity'] {
  const name = cleanName(settings.get('user.name') ?? '');
  const email = cleanName(settings.get('user.email') ?? '');
  return {
    name: name === '' ? 'tutti' : name,
    email: email === '' ? 'tutti@localhost' : email,
  };
}

// Git refuses a name that is empty once it has dropped these from its ends.
function cleanName(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  const plain = text.replaceAll(/[<>\u0000-\u001F\u007F]/g, '');
  return plain.replace(/^[\s.,:;"'\\]+/, '').replace(/[\s.,:;"'\\]+$/, '');
}

function brokenPath(): Refusal {
  const what = 'the path of the repository has a line break in it';
  return refuse('unsupported', what, 'rename the folder');
}

function refuse(problem: OpenProblem, message: string, hint: string): Refusal {
  return { ok: false, problem, message, hint };
}
