// Brings the model's endpoints, and nothing else, to a process whose network is cut. Out here a
// socket in the file system speaks the protocol of a web proxy and connects to those endpoints only;
// in there `relay-inside.ts` hands its connections on to that socket.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The head of a request is far smaller; who sends more is not heard. */
const HEAD_BYTES = 65_536;
const HEAD_END = '\r\n\r\n';
const CONNECT = /^CONNECT (\S+) HTTP\/1\.[01]\r\n/u;
const ABSOLUTE = /^([A-Z]+) http:\/\/([^\s/]+)(\/\S*)? (HTTP\/1\.[01])\r\n/u;

/** A relay that is open. */
export interface Relay {
  /** Its socket in the file system. */
  readonly path: string;
  close(): void;
}

/** Where a connection is to go, and what is sent there first. */
interface Destination {
  readonly endpoint: string;
  /** Said to whoever asked, once it stands. */
  readonly answer: string;
  readonly first: Buffer;
}

/**
 * Opens a relay.
 *
 * @param endpoints - Where it may connect to, `host:port`.
 * @returns The relay.
 */
export function openRelay(endpoints: readonly string[]): Relay {
  // A short path: that of a socket may have some hundred characters.
  const folder = mkdtempSync(join(tmpdir(), 'tutti-relay-'));
  const path = join(folder, 'socket');
  const allowed = new Set(endpoints.map(normalized));
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    readHead(socket, (head) => serve(socket, head, allowed));
  });
  server.on('error', () => server.close());
  server.listen(path);
  server.unref();
  return {
    path,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function normalized(endpoint: string): string {
  return endpoint.toLowerCase();
}

function readHead(socket: Socket, take: (head: Buffer) => void): void {
  let head = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    if (head.length > HEAD_BYTES) socket.destroy();
    else if (head.includes(HEAD_END)) {
      socket.off('data', read);
      socket.pause();
      take(head);
    }
  };
  socket.on('data', read);
}

function serve(socket: Socket, head: Buffer, allowed: ReadonlySet<string>): void {
  const wanted = destinationOf(head);
  if (wanted === null || !allowed.has(normalized(wanted.endpoint))) {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  const at = wanted.endpoint.lastIndexOf(':');
  const host = wanted.endpoint.slice(0, at).replace(/^\[|\]$/gu, '');
  const far = connect(Number(wanted.endpoint.slice(at + 1)), host, () => {
    if (wanted.answer !== '') socket.write(wanted.answer);
    if (wanted.first.length > 0) far.write(wanted.first);
    socket.pipe(far).pipe(socket);
  });
  far.on('error', () => socket.destroy()).on('close', () => socket.destroy());
  socket.on('close', () => far.destroy());
}

/** What the head of a request asks for; `null` = nothing that a relay does. */
function destinationOf(head: Buffer): Destination | null {
  const end = head.indexOf(HEAD_END) + HEAD_END.length;
  const text = head.toString('latin1', 0, end);
  const tunnel = CONNECT.exec(text);
  if (tunnel?.[1] !== undefined) {
    const answer = 'HTTP/1.1 200 Connection established\r\n\r\n';
    return { endpoint: tunnel[1], answer, first: head.subarray(end) };
  }
  const plain = ABSOLUTE.exec(text);
  if (plain?.[2] === undefined) return null;
  const [line, method = '', host, path = '/', version = ''] = plain;
  const first = Buffer.concat([
    Buffer.from(`${method} ${path} ${version}\r\n`, 'latin1'),
    head.subarray(line.length),
  ]);
  return { endpoint: /:\d+$/u.test(host) ? host : `${host}:80`, answer: '', first };
}
