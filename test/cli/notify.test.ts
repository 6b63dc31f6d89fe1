// Webhooks: told what a person waits for, signed, once; late when nobody listens; never through a shell.

import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

interface Heard {
  readonly id: string;
  readonly type: string;
  readonly run: { readonly key: string; readonly state?: string; readonly title?: string };
  readonly event: { readonly text: string | null };
}

/** Somebody who listens on loopback. */
interface Listener {
  readonly url: string;
  readonly heard: Heard[];
  /** What it answers; 0 = nothing at all. */
  status: number;
  /** Resolves when it was told so often. */
  until(count: number): Promise<void>;
}

const SECRET = 'whsec_bm90LXNvLXNlY3JldA==';
const HOSTILE = 'Do `touch pwned` $(touch pwned); "touch" \'pwned\' | touch pwned';
const RUN = ['run', '--plan', 'plan.yaml', '--yes'];

async function listener(port = 0): Promise<Listener> {
  const heard: Heard[] = [];
  const waiting: { count: number; ring: () => void }[] = [];
  const it = { status: 200 };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const id = String(request.headers['webhook-id']);
      const at = String(request.headers['webhook-timestamp']);
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      const good = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
      expect(request.headers['webhook-signature']).toBe(`v1,${good}`);
      const told: Heard = JSON.parse(body);
      expect(told.id).toBe(id);
      if (it.status === 200) heard.push(told);
      if (it.status !== 0) response.writeHead(it.status).end();
      for (const { count, ring } of waiting) if (heard.length >= count || it.status !== 200) ring();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const at = typeof address === 'object' ? address?.port : null;
  return Object.assign(it, {
    url: `http://127.0.0.1:${at}/hooks/private-path`,
    heard,
    until: (count: number) =>
      heard.length >= count
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            waiting.push({ count, ring: resolve });
          }),
  });
}

function shop(url: string, more: object = {}, script: object = {}): Project {
  const webhook = { url, secret_env: 'HOOK_SECRET', ...more };
  const made = project({ script, config: { notify: { webhooks: [webhook] } } });
  made.env['HOOK_SECRET'] = SECRET;
  return made;
}

test('a question and the end of a run are told, signed, once', { timeout: 120_000 }, async () => {
  const ears = await listener();
  const at = shop(
    ears.url,
    {},
    {
      tasks: {
        a: {
          attempts: [
            [{ answer: { status: 'blocked', summary: 's', question: HOSTILE } }],
            [{ write: { path: 'a', content: '' } }],
          ],
        },
      },
    },
  );
  at.write('plan.yaml', plan({ id: 'a', title: HOSTILE, agent: 'general-purpose' }));
  expect((await at.tutti(RUN)).code).toBe(3);
  expect(ears.heard).toMatchObject([
    { type: 'ask-opened', run: { key: 'SHOP-1', state: 'running' } },
  ]);
  expect(ears.heard[0]?.event.text).toContain(HOSTILE);
  expect((await at.tutti(['answer', 'SHOP-1', 'yes'])).code).toBe(0);
  expect((await at.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect((await at.tutti(['resume'])).code).toBe(0);
  expect(ears.heard.map(({ type }) => type)).toEqual(['ask-opened', 'run-completed']);
  expect(existsSync(join(at.dir, 'pwned'))).toBe(false);
});

test('what nobody heard is told later, and a run does not wait', { timeout: 120_000 }, async () => {
  const ears = await listener();
  ears.status = 503;
  const at = shop(ears.url);
  at.write('plan.yaml', plan(command('a', 'echo > a')));
  const { code, stderr } = await at.tutti(RUN);
  expect(code).toBe(0);
  expect(
    stderr.match(/the webhook at .* was not told: it answered 503; it is told later/gu),
  ).toHaveLength(1);
  expect(stderr).not.toContain('private-path');
  ears.status = 200;
  at.write('plan.yaml', plan(command('b', 'echo > b')));
  expect((await at.tutti(RUN)).code).toBe(0);
  const told = ears.heard.map(({ type, run }) => `${run.key} ${type}`).toSorted();
  expect(told).toEqual(['SHOP-1 run-completed', 'SHOP-2 run-completed']);
});

test('a kill -9 loses no notice; twice told it has the same id', { timeout: 120_000 }, async () => {
  const ears = await listener();
  ears.status = 0;
  const at = shop(ears.url, { events: ['run-started', 'run-completed'] });
  at.write('plan.yaml', plan(command('a', 'echo > a')));
  const running = at.start(RUN);
  await ears.until(1);
  running.child.kill('SIGKILL');
  await running.ended;
  ears.status = 200;
  await at.tutti(['resume']);
  expect(ears.heard.map(({ type }) => type)).toEqual(['run-started', 'run-completed']);
  expect(new Set(ears.heard.map(({ id }) => id)).size).toBe(2);
});

test('an event that there is not, or a secret that is not set, is said', async () => {
  const wrong = shop('https://hooks.example', { events: ['run-complete'] });
  const { code, stderr } = await wrong.tutti(['config', 'check']);
  expect(code).toBe(2);
  expect(stderr).toContain('run-completed');
  const at = shop('https://hooks.example');
  delete at.env['HOOK_SECRET'];
  at.write('plan.yaml', plan(command('a', 'echo > a')));
  const ran = await at.tutti(RUN);
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('told nothing: HOOK_SECRET is not set');
});
