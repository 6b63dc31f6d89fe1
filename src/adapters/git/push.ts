// Offering a branch to a remote. This is the one place where git talks to others, so the person's own
// configuration counts here: their proxies, their addresses, their keys. Their hooks do not run.

import { randomBytes } from 'node:crypto';
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
  const all = (key: string): Promise<readonly string[]> =>
    linesOf(['config', '--get-all', key], outward(layout));
  const get = async (key: string): Promise<string | null> => (await all(key)).at(-1) ?? null;
  // A remote of a branch may be `.`: the repository itself.
  const tracked = await get(`branch.${branch}.remote`);
  const name = tracked === null || tracked === '.' ? 'origin' : tracked;
  const [url, ...more] = await all(`remote.${name}.url`);
  if (url === undefined) return null;
  const target: Remote = { name, url, more };
  const pushName =
    (await get(`branch.${branch}.pushRemote`)) ?? (await get('remote.pushDefault')) ?? name;
  const own = await all(`remote.${pushName}.pushurl`);
  const [pushUrl, ...others] = own.length > 0 ? own : await all(`remote.${pushName}.url`);
  if (pushUrl === undefined) return { target, push: target };
  return { target, push: { name: pushName, url: pushUrl, more: others } };
}

async function linesOf(args: readonly string[], options: GitOptions): Promise<readonly string[]> {
  const { code, stdout } = await git(args, options);
  const said = stdout.toString('utf8').split('\n');
  return code === 0 ? said.map((line) => line.trim()).filter((line) => line !== '') : [];
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
  const to = await addressesOf(options, remote);
  const trouble = manyAddresses(to, remote) ?? (await programNamed(options, token !== null));
  if (trouble !== null) return { kind: 'failed', message: trouble };
  const asked =
    token === null ? options : await withToken(layout, options, { ...token, url: to.write[0] });
  const ref = `refs/heads/${branch}`;
  const settings = [...PATIENCE, ...(token === null ? [] : TOLD)];
  const far = farSide(to);
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
/** Settings that send what is meant for one address to another one, or past whoever should not read it. */
const DETOURS =
  '^(url\\.https?://.*\\.(pushinsteadof|insteadof)|http\\.(.*\\.)?(proxy.*|ssl.*|curloptresolve)|remote\\..*\\.proxy.*)$';

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

/** Where git goes for a remote, by the person's own detours too. */
interface Addresses {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

async function addressesOf(options: GitOptions, remote: string): Promise<Addresses> {
  const [read, write] = await Promise.all(
    [[], ['--push']].map((kind) =>
      linesOf(['remote', 'get-url', '--all', ...kind, '--', remote], options),
    ),
  );
  return { read: read ?? [], write: write ?? [] };
}

/** What is known of one of them, such as who may be told the token, would be taken for all. */
function manyAddresses({ read, write }: Addresses, remote: string): string | null {
  if (read.length <= 1 && write.length <= 1) return null;
  return `the remote ${remote} has more than one address: git remote get-url --all --push ${remote}`;
}

/** A remote on this disk has hooks and settings too; whoever would run them is us. */
function farSide({ read, write }: Addresses): Addresses {
  return {
    read: read.some(isHere) ? [`--upload-pack=git ${QUIETLY} upload-pack`] : [],
    write: write.some(isHere) ? [`--receive-pack=git ${QUIETLY} receive-pack`] : [],
  };
}

function isHere(url: string): boolean {
  return url.startsWith('file://') || !/^[^/]*:/u.test(url);
}

const QUIETLY =
  '-c core.hooksPath=/dev/null -c core.alternateRefsCommand=true -c receive.autogc=false';

/** No helper of the person's is asked when a token is told; with the path in it, no question would fit. */
const TOLD = ['-c', 'credential.helper=', '-c', 'credential.useHttpPath=false'];

const ASKPASS = `#!/bin/sh
# Answers git when it asks for a name or a password of the host that the token is for. A proxy asks too,
# and whoever that host sends git to. The token is in the environment of that git alone.
case "$1" in
"Username for '$TUTTI_GIT_SCHEME://$TUTTI_GIT_HOST': ") echo "$TUTTI_GIT_USER" ;;
"Password for '$TUTTI_GIT_SCHEME://"*/*) exit 1 ;;
"Password for '$TUTTI_GIT_SCHEME://$TUTTI_GIT_HOST': ") printf '%s\\n' "$TUTTI_GIT_TOKEN" ;;
"Password for '$TUTTI_GIT_SCHEME://"*"@$TUTTI_GIT_HOST': ") printf '%s\\n' "$TUTTI_GIT_TOKEN" ;;
*) exit 1 ;;
esac
`;

/** A host as git names it when it asks. */
const WEB = /^(https?):\/\/(?:[^@/?#\\\s]*@)?([\w.-]+(?::\d+)?|\[[\da-f:]+\](?::\d+)?)(?:\/|$)/iu;

/** The token is told when git asks for it: never in a configuration, an address or a command line. */
async function withToken(
  layout: Layout,
  options: GitOptions,
  token: NonNullable<PushSpec['token']> & { readonly url: string | undefined },
): Promise<GitOptions> {
  const path = join(layout.commonDir, 'tutti', 'askpass');
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, ASKPASS, { mode: 0o700, flag: 'wx' });
  await chmod(fresh, 0o700);
  await rename(fresh, path);
  const [, scheme = 'https', host = '?'] = WEB.exec(token.url ?? '') ?? [];
  const env = {
    ...options.env,
    GIT_ASKPASS: path,
    TUTTI_GIT_SCHEME: scheme,
    TUTTI_GIT_HOST: host,
    TUTTI_GIT_USER: token.user,
    TUTTI_GIT_TOKEN: token.secret,
  };
  return { ...options, env };
}

function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-8).join('\n');
}
