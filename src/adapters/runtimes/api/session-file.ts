// Sessions of our own agent: a file each, in the task's private folder. What lies there may have been
// changed by a command that the agent ran: it is read with care, and what cannot be read is no session.

import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { ModelMessage } from 'ai';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;
const MAX_BYTES = 64 << 20;

/** A conversation and where it is kept. */
export interface SessionFile {
  readonly id: string;
  /** What was said before. */
  readonly messages: readonly unknown[];
  /** Keeps all that has been said. */
  save(messages: readonly ModelMessage[]): void;
}

/**
 * Opens a session, or begins one.
 *
 * @param folder - Where sessions are kept; `null` = nowhere.
 * @param wanted - The id of the one to go on with.
 * @returns The session; a new one where the wanted one is not there or cannot be read.
 */
export function openSession(folder: string | null, wanted: string | null): SessionFile {
  const before = folder === null || wanted === null ? null : readSession(folder, wanted);
  const id = before === null || wanted === null ? randomUUID() : wanted;
  return {
    id,
    messages: before ?? [],
    save: (messages) => {
      if (folder === null) return;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${id}.json`);
      writeFileSync(`${path}.new`, JSON.stringify({ version: 1, messages }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}

function readSession(folder: string, id: string): readonly unknown[] | null {
  if (!ID.test(id)) return null;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = openSync(join(folder, `${id}.json`), flags);
    try {
      const found = fstatSync(fd);
      if (!found.isFile() || found.size > MAX_BYTES) return null;
      const bytes = Buffer.alloc(found.size);
      const document: unknown = JSON.parse(
        bytes.toString('utf8', 0, readSync(fd, bytes, 0, found.size, 0)),
      );
      return messagesOf(document);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

function messagesOf(document: unknown): readonly unknown[] | null {
  if (typeof document !== 'object' || document === null) return null;
  if (!('version' in document) || document.version !== 1 || !('messages' in document)) return null;
  return Array.isArray(document.messages) ? document.messages : null;
}
