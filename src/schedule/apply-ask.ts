// What becomes of an ask.

import type { Ask, AskStatus } from '../model/ask.ts';
import type { EventType } from '../model/event.ts';
import type { AskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { ASK_TRANSITIONS, nextState } from '../model/transitions.ts';
import { BrokenTransition } from './broken-transition.ts';

/**
 * Changes the state of an ask.
 *
 * @param run - Its run.
 * @param key - The ask.
 * @param event - What has happened to it.
 * @param status - Its new state.
 * @returns The run with it.
 * @throws {BrokenTransition} When there is no such ask, or it is not open any more.
 */
export function asked(run: Run, key: AskKey, event: EventType, status: AskStatus): Run {
  if (!run.asks.some((ask) => ask.key === key)) throw new BrokenTransition(key, event, null);
  const asks = run.asks.map((ask): Ask => {
    if (ask.key !== key) return ask;
    if (nextState(ASK_TRANSITIONS, event, ask.status.state) !== status.state) {
      throw new BrokenTransition(key, event, ask.status.state);
    }
    return { ...ask, status };
  });
  return { ...run, asks };
}
