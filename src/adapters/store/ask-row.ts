// Asks as rows.

import type { Ask, AskStatus } from '../../model/ask.ts';
import type { Row } from './driver.ts';
import { flag, json, number, text, textOrNull } from './row.ts';

/**
 * Makes the row of an ask.
 *
 * @param ask - The ask.
 * @returns Its row.
 */
export function askToRow(ask: Ask): Row {
  const { status } = ask;
  return {
    key: ask.key,
    run: ask.run,
    task: ask.task,
    kind: ask.kind,
    state: status.state,
    answer: status.state === 'answered' ? status.answer : null,
    answered_by: status.state === 'answered' ? status.by : null,
    closed_at: status.state === 'open' ? null : status.at,
    free_text: Number(ask.freeText),
    created_at: ask.createdAt,
    choices: JSON.stringify(ask.choices),
    question: ask.question,
  };
}

/**
 * Reads the row of an ask.
 *
 * @param row - The row.
 * @returns The ask.
 */
export function askFromRow(row: Row): Ask {
  return {
    key: text(row, 'key'),
    run: text(row, 'run'),
    task: textOrNull(row, 'task'),
    kind: text(row, 'kind'),
    status: statusFromRow(row),
    freeText: flag(row, 'free_text'),
    createdAt: number(row, 'created_at'),
    choices: json(row, 'choices'),
    question: text(row, 'question'),
  };
}

function statusFromRow(row: Row): AskStatus {
  const state = text<AskStatus['state']>(row, 'state');
  switch (state) {
    case 'open':
      return { state };
    case 'answered': {
      const [answer, by] = [text(row, 'answer'), text(row, 'answered_by')];
      return { state, answer, by, at: number(row, 'closed_at') };
    }
    case 'withdrawn':
      return { state, at: number(row, 'closed_at') };
  }
}
