import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { errorCode } from '../../util/system-error.ts';

/** An answer is far smaller; a file of any size may lie there. */
const MAX_BYTES = 1 << 20;

/** What lies where an answer may be. */
export type AnswerFile =
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly problem: string }
  | { readonly kind: 'answer'; readonly value: unknown };

/**
 * Reads the answer that an agent left in a file. The file is the agent's: it may be missing, a link
 * to a secret, a pipe that never ends, or no JSON at all.
 *
 * @param path - Where it may lie.
 * @returns The JSON document in it, or why there is none.
 */
export function readAnswerFile(path: string): AnswerFile {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT';
    return isMissing ? { kind: 'none' } : broken('it is no file that can be read');
  }
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile()) return broken('it is no file');
    if (size > MAX_BYTES) return broken(`it has ${size} bytes; at most ${MAX_BYTES} are read`);
    const bytes = Buffer.alloc(size);
    const value: unknown = JSON.parse(bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0)));
    return { kind: 'answer', value };
  } catch {
    return broken('it is no JSON document');
  } finally {
    closeSync(fd);
  }
}

function broken(why: string): AnswerFile {
  return { kind: 'broken', problem: `the file with the answer: ${why}` };
}
