// Ranges of ports. Whoever has one listens on the port behind it: the system lets only one process do
// that, and ends it with the process, so that nothing is left behind by one that was killed.

import { createServer } from 'node:net';
import type { Server } from 'node:net';

import type { PortRange, PortRanges } from '../../ports/port-ranges.ts';

/** Below what systems hand out by themselves (from 32,768 on), above what services are known by. */
const FIRST = 20_000;
const RANGES = 780;
const STEP = 16;
const SIZE = 10;
/** Thousands of short commands take turns: a range that was free a moment ago is not tried again. */
const FRESH_MS = 5000;

interface Held {
  readonly first: number;
  triedAt: number;
}

/**
 * Makes what hands ranges out; those given back are kept for the next one.
 *
 * @param now - Monotonic milliseconds.
 * @returns The port.
 */
export function createPortRanges(now: () => number): PortRanges {
  const idle: Held[] = [];
  let next = 0;
  return {
    take: async () => {
      for (let held = idle.pop(); held !== undefined; held = idle.pop()) {
        if (now() - held.triedAt < FRESH_MS) return rangeOf(held, idle);
        held.triedAt = now();
        if (await isFree(held.first)) return rangeOf(held, idle);
        // Somebody has moved in: it stays ours and unused, for it will be theirs for a while.
      }
      while (next < RANGES) {
        const first = FIRST + STEP * next;
        next += 1;
        const lock = await listen(first + STEP - 1, '127.0.0.1');
        if (lock === null) continue;
        lock.on('connection', (socket) => socket.destroy());
        lock.unref();
        if (await isFree(first)) return rangeOf({ first, triedAt: now() }, idle);
        lock.close();
      }
      return null;
    },
  };
}

function rangeOf(held: Held, idle: Held[]): PortRange {
  let isOurs = true;
  const release = (): void => {
    if (isOurs) idle.push(held);
    isOurs = false;
  };
  return { first: held.first, release };
}

async function isFree(first: number): Promise<boolean> {
  const ports = Array.from({ length: SIZE }, (_, index) => first + index);
  const servers = await Promise.all(ports.map((port) => listen(port)));
  await Promise.all(servers.filter((server) => server !== null).map(closed));
  return servers.every((server) => server !== null);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** Without a host it is every address of this machine. */
function listen(port: number, host?: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}
