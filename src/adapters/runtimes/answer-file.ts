import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** An answer is far smaller; a file of any size may lie there. */
const MAX_BYTES = 1 << 20;

/**
 * Reads the answer that an agent left in a file. The file is the agent's: it may be missing, a link
 * to a secret, a pipe that never ends, or no JSON at all.
 *
 * @param path - Where it may lie.
 * @returns The JSON document in it, or `undefined` where there is none.
 */
export function readAnswerFile(path: string): unknown {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile() || size > MAX_BYTES) return undefined;
    const bytes = Buffer.alloc(size);
    const value: unknown = JSON.parse(bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0)));
    return value;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}
