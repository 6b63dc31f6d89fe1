// The reserve is a file of bytes that no file system can compress or leave out.

import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Reserve } from '../../ports/reserve.ts';
import { saysNoRoom } from '../../util/no-room.ts';

/** Enough for many transitions, their log and the refs that go with them. */
const BYTES = 8 * 1024 ** 2;
const BLOCK = 1024 ** 2;
/** Programs say in many words that a write did not go through; with less than this it was the disk. */
const TIGHT_BYTES = 1024 ** 2;

/**
 * Makes the reserve of a store; nothing is written before it is held.
 *
 * @param path - Its file.
 * @returns The reserve.
 */
export function createReserve(path: string): Reserve {
  const giveUp = (): Promise<void> => rm(path, { force: true });
  return {
    bytes: BYTES,
    path,
    giveUp,
    hold: async () => {
      const there = await stat(path).catch(() => null);
      if (there?.size === BYTES) return true;
      try {
        await fill(path);
        return true;
      } catch (error) {
        await giveUp();
        if (error instanceof Error && saysNoRoom(error.message)) return false;
        throw error;
      }
    },
    isTight: async () => {
      const { bavail, bsize } = await statfs(dirname(path));
      return bavail * bsize < TIGHT_BYTES;
    },
  };
}

async function fill(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const { randomBytes } = await import('node:crypto');
  const block = randomBytes(BLOCK);
  const file = await open(path, 'w', 0o600);
  try {
    for (let written = 0; written < BYTES; written += BLOCK) await file.writeFile(block);
  } finally {
    await file.close();
  }
}
