// A run as it is in its first moment.

import { startingFrom } from '../model/base.ts';
import type { Event } from '../model/event.ts';
import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { wholeSettings } from '../model/settings.ts';

/**
 * Makes the run that an event tells of.
 *
 * @param key - Its key.
 * @param event - The event.
 * @param at - When it happened.
 * @returns The run, before anything else has happened to it.
 */
export function createdRun(
  key: RunKey,
  event: Extract<Event, { type: 'run-created' }>,
  at: number,
): Run {
  const { type: _, kind, ...facts } = event;
  const settings = wholeSettings(event.settings);
  const { usd, tokens } = settings.budget;
  return {
    ...facts,
    settings,
    ceiling: { usd, tokens },
    key,
    type: kind,
    head: event.baseCommit,
    status: { state: 'queued' },
    paused: null,
    plans: [],
    discussion: [],
    tasks: [],
    asks: [],
    queue: [],
    trials: [],
    sameFailures: { reason: '', count: 0 },
    worked: { ms: 0, since: 0 },
    offeredAs: null,
    undo: null,
    base: startingFrom(event.baseCommit),
    createdAt: at,
  };
}
