// `tutti pr` against forges on loopback; one of them is judged by GitHub's own client library.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Octokit } from '@octokit/rest';
import { describe, expect, onTestFinished, test } from 'vitest';

import { offerRun } from '../../src/app/pull-request.ts';
import { compose } from '../../src/compose.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { loopbackForge, TOKEN } from '../loopback-forge.ts';
import type { LoopbackForge } from '../loopback-forge.ts';
import { command, plan, project } from './tutti.ts';
import type { Ended, Project } from './tutti.ts';

const BRANCH = 'SHOP-1/';
const silent = (): void => undefined;

/** A project with a finished run, and the forge that is its origin. */
async function offered(
  kind: 'github' | 'gitlab' | 'gitea' = 'github',
  options: { config?: object; title?: string } = {},
): Promise<{ made: Project; forge: LoopbackForge; pr: (...args: string[]) => Promise<Ended> }> {
  const made = project({
    config: { checks: [{ name: 'readme', run: 'test -e README.md' }], ...options.config },
  });
  const forge = await loopbackForge(made, kind);
  const { code, stderr } = await made.tutti(['run', '--plan', '-', '--yes'], {
    input: plan({ ...command('a', 'echo b > b.txt'), title: options.title ?? 'Add b' }),
  });
  expect(code, stderr).toBe(0);
  const names = { github: 'GITHUB', gitlab: 'GITLAB', gitea: 'GITEA' } as const;
  const config = join(made.env['XDG_CONFIG_HOME'] ?? '', 'tutti/config.yaml');
  writeFileSync(config, `${readFileSync(config, 'utf8')}\nforge: { api_url: "${forge.url}" }\n`);
  const env = { [`${names[kind]}_TOKEN`]: TOKEN };
  return { made, forge, pr: (...args) => made.tutti(['pr', 'SHOP-1', ...args], { env }) };
}

/** What `tutti pr --wait` comes to, on a clock on which every wait is over at once. */
async function waitedInNoTime(made: Project, kind: string): Promise<unknown> {
  const environment = { ...made.env, [`${kind.toUpperCase()}_TOKEN`]: TOKEN };
  const composed = compose({ dir: made.dir, environment, flags: {} });
  if (!composed.ok) throw new Error(composed.problem.message);
  const app = composed.value;
  onTestFinished(() => app.close());
  let now = 0;
  const clock: Clock = {
    now: () => app.clock.now(),
    monotonic: () => now,
    after: (delayMs, callback) => {
      now += delayMs;
      queueMicrotask(callback);
      return silent;
    },
  };
  const result = await offerRun({ ...app, clock }, 'SHOP-1', {
    draft: null,
    wait: true,
    confirm: () => Promise.resolve(true),
    say: silent,
    signal: new AbortController().signal,
  });
  if (!result.ok) throw new Error(result.problem.message);
  return result.value.json;
}

function remoteHead(forge: LoopbackForge): string {
  const args = [
    '-C',
    forge.remote,
    'for-each-ref',
    '--format=%(objectname)',
    `refs/heads/${BRANCH}`,
  ];
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

describe.each(['github', 'gitlab', 'gitea'] as const)('on %s', (kind) => {
  test('opens one draft and brings it up to date', async () => {
    const { made, forge, pr } = await offered(kind);
    const first = await pr('--yes', '--json');
    expect(first.code, first.stderr).toBe(0);
    const { pullRequest } = JSON.parse(first.stdout);
    expect(pullRequest).toMatchObject({ run: 'SHOP-1', number: 1, state: 'open', kind: 'opened' });
    expect(forge.pulls).toHaveLength(1);
    expect(forge.pulls[0]).toMatchObject({ base: 'main', draft: true, state: 'open' });
    expect(forge.pulls[0]?.head).toMatch(/^SHOP-1\//u);
    expect(forge.pulls[0]?.body).toContain('Add b (SHOP-1.1');
    expect(remoteHead(forge)).toBe(
      (await made.json(['show', 'SHOP-1'])).document['run']?.['headCommit'],
    );

    const again = await pr('--yes');
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('is up to date')]);
    expect(forge.pulls).toHaveLength(1);
  });

  test('finds what it made when only the answer was lost', async () => {
    const { forge, pr } = await offered(kind);
    forge.trouble.push({ method: 'POST', when: 'after', status: null });
    const { code, stdout } = await pr('--yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('is offered')]);
    forge.trouble.push({ method: 'POST', when: 'after', status: 502 });
    expect((await pr('--yes')).code).toBe(0);
    expect(forge.pulls).toHaveLength(1);
  });

  test('waits for the checks of what was pushed, on record afterwards', async () => {
    const { made, forge, pr } = await offered(kind);
    // Each forge has its own words for a check; waiting for the first one is the same for all.
    if (kind === 'github') forge.checks.push([]);
    forge.checks.push(
      [{ name: 'build', state: 'pending' }],
      [
        { name: 'build', state: 'passed' },
        { name: 'lint', state: 'skipped' },
        { name: 'other', state: 'passed', foreign: true },
      ],
    );
    const summary = '3 checks of the forge, 2 passed, 1 skipped';
    expect(await waitedInNoTime(made, kind)).toMatchObject({
      pullRequest: { checked: { kind: 'check', name: 'forge', ok: true, summary } },
    });
    const { document } = await made.json(['show', 'SHOP-1']);
    expect(document['run']?.['pullRequest']).toMatchObject({ checked: { ok: true } });
    expect((await made.tutti(['show', 'SHOP-1'])).stdout).toContain('check "forge" passed');

    // More than a forge tells at once, the failed ones last.
    const many = Array.from({ length: 100 }, (_, at) => at);
    forge.checks.splice(0, 9, [
      ...many.map((at) => ({ name: `lint ${at}`, state: 'passed' as const })),
      { name: 'build', state: 'failed' },
      ...many.map((at) => ({ name: `scan ${at}`, state: 'passed' as const, foreign: true })),
      { name: 'other', state: 'failed', foreign: true },
    ]);
    const second = await pr('--yes', '--wait');
    expect(second.code, second.stderr).toBe(1);
    expect(second.stdout).toContain('202 checks of the forge, 200 passed, 2 failed');
    expect(second.stdout).toContain('failed: build');
    expect((await made.tutti(['report', 'SHOP-1'])).stdout).toContain('check "forge" failed');
    expect((await made.tutti(['verify'])).code).toBe(0);
  });

  test('says what became of it', async () => {
    const { made, forge, pr } = await offered(kind);
    expect((await pr('--yes')).code).toBe(0);
    Object.assign(forge.pulls[0] ?? {}, { state: 'closed' });
    const closed = await pr('--yes');
    expect([closed.code, closed.stderr]).toEqual([1, expect.stringContaining('was closed')]);
    Object.assign(forge.pulls[0] ?? {}, { merged: true });
    const merged = await pr('--yes');
    expect([merged.code, merged.stdout]).toEqual([0, expect.stringContaining('was merged')]);
    const shown = (await made.json(['show', 'SHOP-1'])).document['run'];
    expect(shown?.['pullRequest']).toMatchObject({
      number: 1,
      state: 'merged',
      mergedAt: '2026-01-02T03:04:05.000Z',
    });
    expect((await made.tutti(['verify'])).code).toBe(0);
    expect(forge.pulls).toHaveLength(1);
  });
});

test('keeps what a person wrote around its own text', async () => {
  const { forge, pr } = await offered();
  expect((await pr('--yes')).code).toBe(0);
  const [pull] = forge.pulls;
  const was = pull?.body ?? '';
  Object.assign(pull ?? {}, {
    title: 'My words',
    body: `Before.\n${was.replace('Add b', 'Old text')}\nAfter.`,
  });
  expect((await pr('--yes')).code).toBe(0);
  expect(forge.pulls).toHaveLength(1);
  expect(pull).toMatchObject({ title: 'My words', body: `Before.\n${was}\nAfter.` });
});

test('names a bad token, a full day and a line that breaks', async () => {
  const { forge, made, pr } = await offered();
  const name = 'GITHUB_TOKEN';
  const none = await made.tutti(['pr', 'SHOP-1', '--yes']);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining(`set ${name}`)]);
  const bad = await made.tutti(['pr', 'SHOP-1', '--yes'], { env: { [name]: 'wrong' } });
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('401')]);
  const headers = { 'retry-after': '120' };
  forge.trouble.push({ method: 'GET', when: 'before', status: 429, headers });
  const full = await pr('--yes');
  expect([full.code, full.stderr]).toEqual([1, expect.stringContaining('in 2 min')]);
  forge.trouble.push({ method: 'GET', when: 'before', status: null });
  const broken = await pr('--yes');
  expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('was not reached')]);
  expect([forge.pulls, remoteHead(forge)]).toEqual([[], '']);
});

test('asks a host only when the person has said that the token is for it', async () => {
  const { forge, made, pr } = await offered();
  const config = join(made.env['XDG_CONFIG_HOME'] ?? '', 'tutti/config.yaml');
  const text = readFileSync(config, 'utf8').replace(/^forge:.*$/mu, '');
  const host = new URL(forge.url).host;
  made.git('remote', 'set-url', 'origin', `${forge.url}/acme/shop.git`);
  writeFileSync(config, text);
  // What the repository says of it is not the person's word.
  made.write('.tutti/config.yaml', `forge: { kind: github, hosts: { "${host}": github } }\n`);
  const refused = await pr('--yes');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`for ${host}, so`)]);
  expect(refused.stderr).toContain(`forge: { hosts: { "${host}": github } }`);
  writeFileSync(config, `${text}\nforge: { hosts: { "${host}": github } }\n`);
  const asked = await pr('--yes');
  expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('was not reached')]);
  expect(forge.heard).toEqual([]);
});

test('pushes nothing without a yes', async () => {
  const { forge, pr } = await offered();
  const { code, stderr } = await pr();
  expect([code, stderr]).toEqual([3, expect.stringContaining('tutti pr SHOP-1 --yes')]);
  expect([forge.pulls, remoteHead(forge)]).toEqual([[], '']);
});

test('never goes over the commits of somebody else, and never to the base', async () => {
  const { made, forge, pr } = await offered();
  const branch = made.git('for-each-ref', '--format=%(refname:short)', `refs/heads/${BRANCH}`);
  made.git('commit', '-q', '--allow-empty', '-m', 'Mine');
  made.git('push', '-q', 'origin', `HEAD:refs/heads/${branch}`);
  const before = remoteHead(forge);
  const main = made.git('ls-remote', 'origin', 'refs/heads/main');
  const { code, stderr } = await pr('--yes');
  expect([code, stderr]).toEqual([1, expect.stringContaining('commits that are not of SHOP-1')]);
  expect([
    remoteHead(forge),
    made.git('ls-remote', 'origin', 'refs/heads/main'),
    forge.pulls,
  ]).toEqual([before, main, []]);
});

test('tells the token to nobody, and runs no hook of the person', async () => {
  const { made, forge, pr } = await offered();
  const hook = join(made.dir, '.git/hooks/pre-push');
  writeFileSync(hook, `#!/bin/sh\ntouch '${made.dir}/../hooked'\n`, { mode: 0o755 });
  const { code, stdout, stderr } = await pr('--yes');
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).not.toContain(TOKEN);
  expect(existsSync(join(made.dir, '../hooked'))).toBe(false);
  const kept = spawnSync('grep', ['-rlF', TOKEN, made.env['HOME'] ?? ''], { encoding: 'utf8' });
  expect([kept.status, kept.stdout]).toEqual([1, '']);
  expect(forge.heard.every(({ token }) => token === TOKEN)).toBe(true);
});

test('calls nobody and closes nothing, whatever agents and goals say', async () => {
  const title = 'Fixes #12 for @everyone <!-- tutti: end --> [x](http://evil)';
  const { forge, pr } = await offered('github', { title });
  expect((await pr('--yes')).code).toBe(0);
  const body = forge.pulls[0]?.body ?? '';
  expect(body).not.toMatch(/#12|@everyone|(?<!\\)\[x\]\(/u);
  expect(body.match(/<!--/gu)).toHaveLength(2);
});

test('is understood by the client library of GitHub, and understands what that one made', async () => {
  const { forge, pr } = await offered();
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const octokit = new Octokit({ baseUrl: forge.url, auth: TOKEN, log });
  const place = { owner: 'acme', repo: 'shop' };
  expect((await pr('--yes')).code).toBe(0);
  const head = `acme:${forge.pulls[0]?.head ?? ''}`;
  const { data } = await octokit.pulls.list({ ...place, head, state: 'all' });
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({ number: 1, draft: true, state: 'open', merged_at: null });
  const again = { ...place, title: 'Another', head, base: 'main' };
  await expect(octokit.pulls.create(again)).rejects.toMatchObject({ status: 422 });
  await octokit.pulls.update({ ...place, pull_number: 1, body: `Hello.\n${data[0]?.body ?? ''}` });
  const { code, stdout } = await pr('--yes');
  expect([code, stdout]).toEqual([0, expect.stringContaining('is up to date')]);
  expect(forge.pulls[0]?.body).toMatch(/^Hello\./u);
});

test.each([
  ['no remote', (made: Project) => made.git('remote', 'remove', 'origin'), /has no remote/u],
  [
    'a remote that is a folder',
    (made: Project) => made.git('remote', 'set-url', 'origin', '/nowhere/at/all'),
    /no repository of a forge/u,
  ],
  [
    'a remote that leads to two places',
    (made: Project) => made.git('remote', 'set-url', '--add', 'origin', 'https://gitlab.com/a/b'),
    /more than one place: https:\/\/github\.com\/acme\/shop\.git, https:\/\/gitlab\.com\/a\/b/u,
  ],
  [
    'a remote with a password in its address',
    (made: Project) => made.git('remote', 'set-url', 'origin', 'https://u:secretpw@github.com/x'),
    /https:\/\/github\.com\/x/u,
  ],
])('refuses %s', async (_, change, words) => {
  const { made, pr } = await offered();
  change(made);
  const { code, stderr } = await pr('--yes');
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain('secretpw');
});

test('is not for a run that is not finished', async () => {
  const made = project();
  await loopbackForge(made);
  await made.tutti(['run', '--plan', '-'], { input: plan(command('a', 'true')) });
  const { code, stderr } = await made.tutti(['pr', 'SHOP-1', '--yes']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('is not finished')]);
});
