// The messages of the Agent Client Protocol on a supervised process: one JSON object a line. What is
// no message, or answers what nobody has asked, is noise, and is not answered: an agent that prints
// whatever it likes is not helped by a complaint for each line. Nor does the SDK get to see it, which
// would write about it on the console of the person.

import { ReadableStream, WritableStream } from 'node:stream/web';

import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';

import type { SupervisedProcess } from '../../../ports/process.ts';
import { JsonLines } from '../json-lines-reader.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The name under which updates of a session are handed on, as they came: under their own the SDK would
 * check them, and write about each that it cannot read.
 */
export const UNCHECKED_UPDATE = '_tutti/session_update';

/** The messages of a process, and what is left of its output. */
export interface AcpMessages {
  readonly stream: Stream;
  /** Reads its output to the end, whatever it says. */
  drain(): Promise<void>;
}

/**
 * Makes the stream of messages of a process.
 *
 * @param process - The process; its input is open.
 * @param see - Sees every message that comes, as it came.
 * @returns The messages.
 */
export function acpMessages(process: SupervisedProcess, see: (message: Json) => void): AcpMessages {
  const chunks = process.stdout[Symbol.asyncIterator]();
  const lines = new JsonLines();
  /** What was asked and is not answered yet. */
  const open = new Set<unknown>();
  /** The next messages, of which there may be none; `null` at the end. */
  const next = async (): Promise<readonly AnyMessage[] | null> => {
    const chunk = await chunks.next();
    if (chunk.done === true) return null;
    const found: AnyMessage[] = [];
    lines.read(chunk.value, (message) => {
      if (!isMessage(message, open)) return [];
      see(message);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK checks what it gets
      found.push(unchecked(message) as unknown as AnyMessage);
      return [];
    });
    return found;
  };
  let reading: Promise<void> = Promise.resolve();
  const readable = new ReadableStream<AnyMessage>({
    pull: (controller) => {
      reading = (async () => {
        let found = await next();
        while (found?.length === 0) found = await next();
        for (const message of found ?? []) controller.enqueue(message);
        if (found === null) controller.close();
      })();
      return reading;
    },
  });
  const writable = new WritableStream<AnyMessage>({
    write: (message) => {
      if ('method' in message && 'id' in message) open.add(message.id);
      return process.write(`${JSON.stringify(message)}\n`);
    },
  });
  const drain = async (): Promise<void> => {
    await reading.catch(() => undefined);
    for (let found = await next(); found !== null;) found = await next();
  };
  return { stream: { readable, writable }, drain };
}

/** An answer that has not the right shape is one all the same: whoever waits for it hears of it. */
function isMessage(message: Json, open: Set<unknown>): boolean {
  const { id, method } = message;
  if (!('method' in message)) return open.delete(id);
  if (message['jsonrpc'] !== '2.0' || typeof method !== 'string') return false;
  return !('id' in message) || typeof id === 'string' || Number.isFinite(id);
}

function unchecked(message: Json): Json {
  const isUpdate = message['method'] === 'session/update' && !('id' in message);
  return isUpdate ? { ...message, method: UNCHECKED_UPDATE } : message;
}
