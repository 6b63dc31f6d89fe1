// An agent that speaks the Agent Client Protocol as the file says that ACP_CASE names: at each method
// the lines of `at`, each a message or bytes, before the proper answer or in its place (`instead`).

import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** @typedef {{ base64?: string, gen?: { b64: string, times: number }[] }} Bytes */
/** @typedef {Partial<Record<string, Bytes[]>>} Lines */

/** @type {{ at?: Lines, instead?: Lines }} */
const { at = {}, instead = {} } = JSON.parse(readFileSync(process.env['ACP_CASE'] ?? '', 'utf8'));
/** @type {Partial<Record<string, object>>} */
const PROPER = {
  initialize: { protocolVersion: 1, agentCapabilities: {} },
  'session/new': { sessionId: 'hostile-1' },
  'session/prompt': { stopReason: 'end_turn' },
};

/** @param {Uint8Array} bytes */
function print(bytes) {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

/**
 * @param {unknown} id
 * @param {Bytes} line
 */
function say(id, line) {
  const { base64, gen } = line;
  if (base64 === undefined && gen === undefined) {
    print(Buffer.from(JSON.stringify(line).replaceAll('"ID"', JSON.stringify(id))));
  }
  if (base64 !== undefined) print(Buffer.from(base64, 'base64'));
  for (const { b64, times } of gen ?? []) {
    const piece = Buffer.from(b64, 'base64');
    const many = Math.min(times, Math.max(1, Math.floor(65_536 / Math.max(1, piece.length))));
    const block = Buffer.concat(Array.from({ length: many }, () => piece));
    for (let left = times; left > 0; left -= many) {
      print(left >= many ? block : block.subarray(0, left * piece.length));
    }
  }
  print(Buffer.from('\n'));
}

createInterface({ input: process.stdin }).on('line', (text) => {
  /** @type {{ id?: unknown, method?: string }} */
  const { id, method } = JSON.parse(text);
  if (id === undefined || method === undefined) return;
  for (const line of at[method] ?? []) say(id, line);
  const other = instead[method];
  if (other === undefined) say(id, Object.assign({ jsonrpc: '2.0', id, result: PROPER[method] }));
  else for (const line of other) say(id, line);
});
