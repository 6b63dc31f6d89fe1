import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Nudge } from '../../ports/nudge.ts';
import { errorCode } from '../../util/system-error.ts';

// Sockets are only loaded by who makes one: every call of tutti comes by here.

/** How long to wait for somebody who does not listen any more. */
const CONNECT_MS = 500;

/**
 * Nudges over a local socket. Whoever connects has nudged: nothing is read, so nothing that anybody
 * sends can do harm. The socket lies in a folder that only this user may enter.
 */
export const socketNudge: Nudge = {
  async listen(onNudge) {
    try {
      // Not in the repository: a socket's path may have little more than 100 bytes.
      const folder = await mkdtemp(join(tmpdir(), 'tutti-'));
      const address = join(folder, 'nudge');
      const { createServer } = await import('node:net');
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.destroy();
        onNudge();
      });
      const listening = await new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(address, () => resolve(true));
      });
      const close = (): void => {
        server.close();
        void rm(folder, { recursive: true, force: true });
      };
      if (!listening) {
        close();
        return { address: null, close: () => {} };
      }
      // Nobody may be kept alive by being reachable.
      server.unref();
      return { address, close };
    } catch {
      return { address: null, close: () => {} };
    }
  },

  async leftBehind() {
    const found: string[] = [];
    for (const name of await readdir(tmpdir()).catch(() => [])) {
      const folder = join(tmpdir(), name);
      const [, relay] = /^tutti-(relay-)?[A-Za-z0-9]{6}$/u.exec(name) ?? [null];
      if (relay !== null && (await isDead(folder, relay === undefined ? 'nudge' : 'socket'))) {
        found.push(folder);
      }
    }
    return found;
  },

  async send(address) {
    const { createConnection } = await import('node:net');
    await new Promise<void>((resolve) => {
      const socket = createConnection(address);
      socket.setTimeout(CONNECT_MS, () => socket.destroy());
      socket.once('error', () => {});
      socket.once('close', () => resolve());
    });
  },
};

/** Ours, with nothing but a socket that nobody listens at; what has just been made is left alone. */
async function isDead(folder: string, socket: string): Promise<boolean> {
  const stat = await lstat(folder).catch(() => null);
  if (stat === null || !stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  const names = await readdir(folder).catch(() => null);
  const [name] = names ?? [];
  if (names?.length !== 1 || name !== socket) return false;
  const address = join(folder, name);
  if ((await lstat(address).catch(() => null))?.isSocket() !== true) return false;
  const { createConnection } = await import('node:net');
  return new Promise((resolve) => {
    const connection = createConnection(address, () => {
      connection.destroy();
      resolve(false);
    });
    // Refused means that nobody listens; anything else proves nothing.
    connection.once('error', (error) => {
      resolve(errorCode(error) === 'ECONNREFUSED');
    });
  });
}
