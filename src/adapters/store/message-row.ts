// What was said about a plan, as rows.

import type { PlanMessage } from '../../model/plan.ts';
import type { MessageRow } from '../../ports/store.ts';
import type { Row } from './driver.ts';
import { jsonOrNull, number, text, toJson } from './row.ts';

/**
 * Makes the row of a message.
 *
 * @param messageRow - The message and its run.
 * @returns Its row.
 */
export function messageToRow({ run, message }: MessageRow): Row {
  return {
    run,
    number: message.number,
    revision: message.revision,
    said_by: message.from,
    name: message.by,
    kind: message.kind,
    created_at: message.at,
    text: message.text,
    proposal: toJson(message.proposal),
  };
}

/**
 * Reads the row of a message.
 *
 * @param row - The row.
 * @returns The message.
 */
export function messageFromRow(row: Row): PlanMessage {
  return {
    number: number(row, 'number'),
    revision: number(row, 'revision'),
    from: text(row, 'said_by'),
    by: text(row, 'name'),
    kind: text(row, 'kind'),
    text: text(row, 'text'),
    proposal: jsonOrNull(row, 'proposal'),
    at: number(row, 'created_at'),
  };
}
