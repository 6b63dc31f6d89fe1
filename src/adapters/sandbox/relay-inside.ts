// The end of the relay inside: a web proxy on the loopback of a process whose network is cut, and
// the ports of those endpoints that lie on the loopback outside. Runs the command and ends as it does.
//
//   node relay-inside.js SOCKET ENDPOINTS PROGRAM ARGUMENT…

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';

const [socketPath = '', endpoints = '', program = '', ...args] = process.argv.slice(2);
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)$/u;
const TOLD = '\r\n\r\n';

function join(a: Socket, b: Socket): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
  a.pipe(b).pipe(a);
}

/** Asks the relay for one endpoint; what it answers is not for whoever connected. */
function tunnel(socket: Socket, endpoint: string): void {
  const relay = connect(socketPath, () => {
    relay.write(`CONNECT ${endpoint} HTTP/1.1\r\n\r\n`);
  });
  relay.on('error', () => socket.destroy());
  socket.on('error', () => relay.destroy());
  relay.once('data', (answer: Buffer) => {
    const end = answer.indexOf(TOLD);
    if (!answer.toString('latin1').startsWith('HTTP/1.1 200') || end < 0) socket.destroy();
    else {
      socket.write(answer.subarray(end + TOLD.length));
      join(socket, relay);
    }
  });
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Connections that are still open hold nothing up. */
function leave(code: number): void {
  process.exit(code); // oxlint-disable-line unicorn/no-process-exit -- it is a program
}

for (const endpoint of endpoints.split(',')) {
  const port = LOOPBACK.exec(endpoint)?.[1];
  if (port === undefined) continue;
  await listen(
    createServer((socket) => tunnel(socket, endpoint)),
    Number(port),
  );
}
const proxyPort = await listen(
  createServer((socket) => join(socket, connect(socketPath))),
  0,
);
const proxy = `http://127.0.0.1:${proxyPort}`;
const env: NodeJS.ProcessEnv = { ...process.env };
for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) env[name] = proxy;
for (const name of ['NO_PROXY', 'no_proxy']) env[name] = '127.0.0.1,localhost,::1';
// Signals reach the whole group: the command decides what they mean, and its end is ours.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
const child = spawn(program, args, { stdio: 'inherit', env });
child.on('error', (error) => {
  process.stderr.write(`${String(error)}\n`);
  leave(127);
});
child.on('exit', (code, signal) => {
  leave(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
});
