// Whom git tells the token, with a real git and hosts on loopback.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import type { PushResult } from '../../ports/repository.ts';
import { openRepository } from './open.ts';

const SECRET = 'ghp_secret';
const TOLD = Buffer.from(`x-access-token:${SECRET}`).toString('base64');

/** A host that asks everybody for a password, or sends them to another one; and what it was told. */
async function host(next: string | null = null): Promise<{ url: string; told: string[] }> {
  const told: string[] = [];
  const server = createServer(({ headers, url = '' }, response) => {
    told.push(headers.authorization ?? '', headers['proxy-authorization'] ?? '');
    // A proxy is asked for whole addresses.
    const isProxied = url.startsWith('http');
    if (next !== null) response.writeHead(302, { Location: `${next}${url}` });
    else if (isProxied) response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="x"' });
    else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' });
    response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return { url: `http://127.0.0.1:${address.port}`, told };
}

/** A repository whose origin is such a host. */
function repository(origin: string): {
  config: (...args: string[]) => void;
  push: () => Promise<PushResult>;
} {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-push-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const [home, root] = [join(dir, 'home'), join(dir, 'shop')];
  mkdirSync(home);
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Ann\n\temail = ann@example.org\n');
  vi.stubEnv('HOME', home);
  vi.stubEnv('XDG_CONFIG_HOME', undefined);
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  for (const name of ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) {
    vi.stubEnv(name, undefined);
  }
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  execFileSync('git', ['init', '-q', '-b', 'main', root]);
  git('commit', '-q', '--allow-empty', '-m', 'Start');
  git('remote', 'add', 'origin', `${origin}/acme/shop.git`);
  return {
    config: (...args) => void git('config', ...args),
    push: async () => {
      const opened = await openRepository(root);
      if (!opened.ok) throw new Error(opened.message);
      mkdirSync(join(root, '.git/tutti'), { recursive: true });
      const token = { user: 'x-access-token', secret: SECRET };
      const commit = git('rev-parse', 'HEAD');
      return opened.repository.push({ remote: 'origin', branch: 'x', commit, token });
    },
  };
}

test('tells the token to the host of the remote, whatever name the address has', async () => {
  const asking = await host();
  const { config, push } = repository(asking.url);
  expect(await push()).toMatchObject({ kind: 'failed' });
  expect(asking.told).toContain(`Basic ${TOLD}`);
  asking.told.length = 0;
  config('remote.origin.url', `${asking.url.replace('//', '//ada%40corp@')}/acme/shop.git`);
  await push();
  expect(asking.told).toContain(`Basic ${Buffer.from(`ada@corp:${SECRET}`).toString('base64')}`);
});

test('tells it to nobody that the host sends git to', async () => {
  const other = await host();
  const { push } = repository((await host(other.url)).url);
  expect(await push()).toMatchObject({ kind: 'failed' });
  expect(other.told.join('')).toBe('');
  expect(other.told).not.toEqual([]);
});

test('tells it to no proxy, and uses the one of the person', async () => {
  const [proxy, there] = [await host(), await host()];
  const { config, push } = repository(there.url);
  config('--global', 'http.proxy', proxy.url);
  expect(await push()).toMatchObject({ kind: 'failed' });
  expect(proxy.told).not.toEqual([]);
  // With a name in it git asks for the password before it goes there.
  config('--global', 'http.proxy', proxy.url.replace('//', '//x@'));
  expect(await push()).toMatchObject({ kind: 'failed' });
  expect([...proxy.told, ...there.told].join('')).toBe('');
});

test.each([
  'http.proxy',
  'http.http://127.0.0.1.proxy',
  'http.sslVerify',
  'http.sslCAInfo',
  'http.curloptResolve',
  'remote.origin.proxy',
])('goes nowhere where the repository names %s', async (key) => {
  const there = await host();
  const { config, push } = repository(there.url);
  config(key, 'false');
  const words = new RegExp(`names ${key}, which is for your own`, 'iu');
  expect(await push()).toEqual({ kind: 'failed', message: expect.stringMatching(words) });
  expect(there.told).toEqual([]);
});

test.each(['url', 'pushurl'])('goes nowhere where a remote has two of %s', async (key) => {
  const [there, other] = [await host(), await host()];
  const { config, push } = repository(there.url);
  config('--add', `remote.origin.${key}`, `${there.url}/acme/shop.git`);
  config('--add', `remote.origin.${key}`, `${other.url}/acme/shop.git`);
  expect(await push()).toMatchObject({ message: expect.stringContaining('more than one') });
  expect([...there.told, ...other.told]).toEqual([]);
});
