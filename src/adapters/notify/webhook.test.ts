import { once } from 'node:events';
import { createServer } from 'node:http';

import { expect, it, onTestFinished } from 'vitest';

import { createWebhooks } from './webhook.ts';

it.each([
  ['u:pa%ss', 'u:pa%ss'],
  ['u:p%40ss', 'u:p@ss'],
])('tells an address with the user %s', async (user, sent) => {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const notice = { url: `http://${user}@127.0.0.1:${port}/`, secret: null, id: 'a', at: 0 };
  const told = await createWebhooks().tell({ ...notice, body: '{}' }, new AbortController().signal);
  expect(told).toEqual({ kind: 'told' });
  expect(heard).toEqual([`Basic ${Buffer.from(sent).toString('base64')}`]);
});
