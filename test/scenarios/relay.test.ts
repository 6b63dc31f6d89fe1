// With the network cut, the model's endpoint is reached through the relay, and nothing else is.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { foundCut, sandbox, skipped } from '../sandbox.ts';

async function serve(word: string): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => response.end(`${word} ${request.url ?? ''}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

describe.skipIf(!foundCut.works)(`the relay${skipped}`, () => {
  it('reaches the endpoint that was named, directly and as a proxy, and no other', async () => {
    if (!foundCut.works) return;
    const dir = mkdtempSync(join(tmpdir(), 'tutti-relay-test-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const model = await serve('model');
    const other = await serve('other');
    const program = `
      const { connect } = require('node:net');
      const fs = require('node:fs');
      const proxy = new URL(process.env.HTTPS_PROXY);
      const tunnel = (to) => new Promise((resolve) => {
        const socket = connect(Number(proxy.port), proxy.hostname, () => socket.write('CONNECT ' + to + ' HTTP/1.1\\r\\n\\r\\n'));
        socket.once('data', (data) => { resolve(String(data).split('\\r\\n')[0]); socket.destroy(); });
        socket.on('error', () => resolve('error'));
      });
      const get = (port) => fetch('http://127.0.0.1:' + port + '/x').then((r) => r.text(), () => 'refused');
      (async () => {
        const said = [await get(${model.port}), await get(${other.port}),
          await tunnel('127.0.0.1:${model.port}'), await tunnel('127.0.0.1:${other.port}')];
        fs.writeFileSync('said', said.join('\\n'));
        process.exit(7);
      })();`;
    const supervisor = createSupervisor(systemClock, { sandbox });
    const one = supervisor.start({
      argv: [process.execPath, '-e', program],
      cwd: dir,
      env: { PATH: process.env['PATH'] ?? '' },
      mark: `relay-${process.pid}`,
      stdin: null,
      logPath: null,
      logLimitBytes: 0,
      timeoutMs: 20_000,
      idleTimeoutMs: null,
      mayStart: () => Promise.resolve(true),
      confine: {
        form: foundCut.form,
        program: foundCut.program,
        home: join(dir, 'home'),
        personHome: null,
        read: [],
        write: [dir],
        fixed: [],
        network: 'none',
        endpoints: [`127.0.0.1:${model.port}`],
      },
    });
    const end = await one.ended;
    expect(end, one.stderrTail()).toEqual({ kind: 'exited', code: 7, signal: null });
    expect(existsSync(join(dir, 'said'))).toBe(true);
    expect(readFileSync(join(dir, 'said'), 'utf8').split('\n')).toEqual([
      'model /x',
      'refused',
      'HTTP/1.1 200 Connection established',
      'HTTP/1.1 403 Forbidden',
    ]);
  });
});
