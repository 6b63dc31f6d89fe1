// Calls by way of a proxy of our own on loopback.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { fetchByProxy, proxyOf } from './fetch-by-proxy.ts';

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
}

/** A proxy that hands everything on to one place, and remembers what it was asked for. */
async function startProxy(to: string): Promise<{ readonly at: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const [host = '', port = ''] = to.split(':');
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization']}`);
    const { method, headers } = incoming;
    const path = new URL(incoming.url ?? '').pathname;
    const onward = request({ host, port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on('connect', ({ url }, socket) => {
    asked.push(`CONNECT ${url}`);
    if (url === 'forbidden.example:443') {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
  });
  return { at: await listening(server), asked };
}

describe('fetchByProxy', () => {
  it('tells the proxy the whole address, and gives the answer in pieces', async () => {
    const server = createServer((incoming, outgoing) => {
      outgoing.writeHead(429, { 'retry-after': '7' });
      outgoing.write(`${String(incoming.headers['x-api-key'])} `);
      incoming.pipe(outgoing);
    });
    const proxy = await startProxy(await listening(server));
    const go = fetchByProxy({ HTTP_PROXY: `http://ann:s%20t@${proxy.at}` });
    const init = { method: 'POST', body: '{"a":"ä"}', headers: { 'x-api-key': 'k' } };
    const answer = await go('http://model.example/v1/messages', init);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await answer.text()).toBe('k {"a":"ä"}');
    const login = Buffer.from('ann:s t').toString('base64');
    expect(proxy.asked).toEqual([`POST http://model.example/v1/messages Basic ${login}`]);
  });

  it('says when the proxy lets nothing through', async () => {
    const proxy = await startProxy('127.0.0.1:9');
    const go = fetchByProxy({ https_proxy: `http://${proxy.at}` });
    await expect(go('https://forbidden.example/', { method: 'POST', body: '' })).rejects.toThrow(
      'does not let forbidden.example:443 through (403)',
    );
  });

  it('can be given up', async () => {
    const proxy = await startProxy(await listening(createServer(() => {})));
    const go = fetchByProxy({ http_proxy: proxy.at });
    const giveUp = new AbortController();
    const answer = go('http://model.example/', { signal: giveUp.signal });
    giveUp.abort();
    await expect(answer).rejects.toThrow(/abort/iu);
  });

  it.each([
    ['https://a.example', { HTTPS_PROXY: 'http://p:1' }, 'p:1'],
    ['https://a.example', { HTTP_PROXY: 'http://p:1' }, null],
    ['http://a.example', { http_proxy: 'p:1' }, 'p:1'],
    ['http://a.example', { ALL_PROXY: 'http://p:1' }, 'p:1'],
    ['http://a.example', { http_proxy: 'socks5://p:1' }, null],
    ['http://a.example', { http_proxy: 'http://[' }, null],
    ['http://a.example', { http_proxy: 'p:1', NO_PROXY: 'b.example, a.example' }, null],
    ['http://x.a.example', { http_proxy: 'p:1', no_proxy: '.a.example' }, null],
    ['http://x.a.example:8080', { http_proxy: 'p:1', no_proxy: 'a.example:80' }, 'p:1'],
    ['http://xa.example', { http_proxy: 'p:1', no_proxy: 'a.example' }, 'p:1'],
    ['http://127.0.0.1:3000', { http_proxy: 'p:1', no_proxy: '127.0.0.1,localhost' }, null],
    ['http://a.example', { http_proxy: 'p:1', no_proxy: '*' }, null],
  ])('for %s with %j goes by %s', (address, environment, proxy) => {
    expect(proxyOf(new URL(address), environment)?.host ?? null).toBe(proxy);
  });
});
