// Offering a branch to a remote. This is the one place where git talks to others, so the person's own
// configuration counts here: their proxies, their addresses, their keys. Their hooks do not run.

import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PushResult, PushSpec, Remote, Remotes } from '../../ports/repository.ts';
import { git, records } from './git.ts';
import type { GitOptions } from './git.ts';
import { theirs } from './layout.ts';
import type { Layout } from './layout.ts';

/** A connection on which nothing moves for so long is given up. */
const PATIENCE = ['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=60'];

/**
 * Finds the remotes of a branch, as `git push` and `git pull` would.
 *
 * @param layout - The repository's.
 * @param branch - The branch, without `refs/heads/`.
 * @returns The remotes; `null` when there are none.
 */
export async function remotesOf(layout: Layout, branch: string): Promise<Remotes | null> {
  const get = async (key: string): Promise<string | null> => {
    const result = await git(['config', '--get', key], outward(layout));
    const text = result.stdout.toString('utf8').trim();
    return result.code === 0 && text !== '' ? text : null;
  };
  // A remote of a branch may be `.`: the repository itself.
  const tracked = await get(`branch.${branch}.remote`);
  const name = tracked === null || tracked === '.' ? 'origin' : tracked;
  const url = await get(`remote.${name}.url`);
  if (url === null) return null;
  const target: Remote = { name, url };
  const pushName =
    (await get(`branch.${branch}.pushRemote`)) ?? (await get('remote.pushDefault')) ?? name;
  const pushUrl =
    (await get(`remote.${pushName}.pushurl`)) ?? (await get(`remote.${pushName}.url`));
  return { target, push: pushUrl === null ? target : { name: pushName, url: pushUrl } };
}

/**
 * Brings a commit to a branch of a remote, and never over a commit of somebody else.
 *
 * @param layout - The repository's.
 * @param spec - What goes where.
 * @returns What came of it.
 */
export async function push(layout: Layout, spec: PushSpec): Promise<PushResult> {
  const { remote, branch, commit, token } = spec;
  const options = outward(layout);
  const named = await programNamed(options, token !== null);
  if (named !== null) return { kind: 'failed', message: named };
  const asked = token === null ? options : await withToken(layout, options, token);
  const ref = `refs/heads/${branch}`;
  const settings = [...PATIENCE, ...(token === null ? [] : ['-c', 'credential.helper='])];
  const far = await farSide(options, remote);
  const listed = await git(
    [...settings, 'ls-remote', ...far.read, '--quiet', '--end-of-options', remote, ref],
    asked,
  );
  if (listed.code !== 0) return { kind: 'failed', message: lastWords(listed.stderr) };
  const line = listed.stdout
    .toString('utf8')
    .split('\n')
    .find((one) => one.endsWith(`\t${ref}`));
  const at = line?.split('\t')[0] ?? null;
  if (at === commit) return { kind: 'there' };
  if (at !== null && !(await isOurs(layout, at, commit))) return { kind: 'elsewhere', at };
  const lease = `--force-with-lease=${ref}:${at ?? ''}`;
  const pushed = await git(
    [
      ...settings,
      'push',
      '--porcelain',
      '--no-verify',
      '--no-signed',
      '--recurse-submodules=no',
      ...far.write,
      lease,
      '--end-of-options',
      remote,
      `${commit}:${ref}`,
    ],
    asked,
  );
  if (pushed.code === 0) return { kind: 'pushed' };
  const said = pushed.stdout.toString('utf8');
  if (/stale info|fetch first|non-fast-forward/u.test(said)) return { kind: 'elsewhere', at };
  const rejected = said.split('\n').find((one) => one.startsWith('!'));
  return { kind: 'failed', message: lastWords(`${pushed.stderr}\n${rejected ?? ''}`) };
}

/** Only what the run's result is made of may be left behind. */
async function isOurs(layout: Layout, at: string, commit: string): Promise<boolean> {
  const result = await git(['merge-base', '--is-ancestor', at, commit], theirs(layout));
  return result.code === 0;
}

function outward(layout: Layout): GitOptions {
  return { ...theirs(layout), personal: true, outward: true };
}

/** Settings that name a program which git would run to reach a remote. */
const PROGRAMS =
  '^(core\\.(sshcommand|gitproxy|askpass)|credential\\.(.*\\.)?helper|remote\\..*\\.(receivepack|uploadpack|vcs))$';
/** Settings that send what is meant for one address to another one. */
const DETOURS = '^url\\.https?://.*\\.(pushinsteadof|insteadof)$';

/**
 * A repository may have come with its `.git/config`. The person's own configuration may name programs
 * and detours; this one may not, least of all where a token of theirs is told.
 *
 * @param options - How git is called for remotes.
 * @param told - Whether a token is told.
 * @returns What is wrong, or `null`.
 */
async function programNamed(options: GitOptions, told: boolean): Promise<string | null> {
  const wanted = told ? `${PROGRAMS}|${DETOURS}` : PROGRAMS;
  const args = ['config', '--show-scope', '--name-only', '-z', '--get-regexp', wanted];
  const fields = await git(args, options);
  const [scopes, keys] = [0, 1].map((part) =>
    records(fields.stdout).filter((_, at) => at % 2 === part),
  );
  const at = scopes?.findIndex((scope) => scope === 'local' || scope === 'worktree') ?? -1;
  const key = keys?.[at];
  if (key === undefined) return null;
  const remedy = `git config --global ${key}, then: git config --unset ${key}`;
  return `the configuration of this repository names ${key}, which is for your own alone: ${remedy}`;
}

/** A remote on this disk has hooks and settings too; whoever would run them is us. */
async function farSide(
  options: GitOptions,
  remote: string,
): Promise<{ readonly read: readonly string[]; readonly write: readonly string[] }> {
  const isHere = async (...args: string[]): Promise<boolean> => {
    const found = await git(['remote', 'get-url', ...args, '--', remote], options);
    const url = found.stdout.toString('utf8').trim();
    return found.code === 0 && (url.startsWith('file://') || !/^[^/]*:/u.test(url));
  };
  const [reads, writes] = await Promise.all([isHere(), isHere('--push')]);
  return {
    read: reads ? [`--upload-pack=git ${QUIETLY} upload-pack`] : [],
    write: writes ? [`--receive-pack=git ${QUIETLY} receive-pack`] : [],
  };
}

const QUIETLY =
  '-c core.hooksPath=/dev/null -c core.alternateRefsCommand=true -c receive.autogc=false';

const ASKPASS = `#!/bin/sh
# Answers git when it asks for a name or a password. The token is in the environment of that git alone.
case "$1" in
Username*) echo "$TUTTI_GIT_USER" ;;
*) printf '%s\\n' "$TUTTI_GIT_TOKEN" ;;
esac
`;

/** The token is told when git asks for it: never in a configuration, an address or a command line. */
async function withToken(
  layout: Layout,
  options: GitOptions,
  token: NonNullable<PushSpec['token']>,
): Promise<GitOptions> {
  const path = join(layout.commonDir, 'tutti', 'askpass');
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, ASKPASS, { mode: 0o700 });
  await chmod(fresh, 0o700);
  await rename(fresh, path);
  const env = {
    ...options.env,
    GIT_ASKPASS: path,
    TUTTI_GIT_USER: token.user,
    TUTTI_GIT_TOKEN: token.secret,
  };
  return { ...options, env };
}

function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-8).join('\n');
}
