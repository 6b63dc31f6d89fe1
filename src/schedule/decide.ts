// The one decision: what was heard becomes events, the events make the next world, and what is new
// in that world is what has to be done. Pure and total; `now` is an argument.

import type { Answer } from '../model/command.ts';
import type { RunEvent } from '../model/event.ts';
import type { World } from '../model/world.ts';
import { hearOthers } from './base.ts';
import { hearCommand } from './command.ts';
import { effectsOf } from './effects.ts';
import type { Effect } from './effects.ts';
import type { Input } from './input.ts';
import { noteSummary } from './note-summary.ts';
import { stopBlocked } from './permission.ts';
import { hearReport } from './report.ts';
import { pauseForRoom } from './run-ask.ts';
import { settle } from './settle.ts';
import { stopAttempts } from './stop.ts';
import { Turn } from './turn.ts';
import { hearUndo } from './undo.ts';
import { allDue, waitIsOver } from './wait.ts';
import { noteWork } from './work-time.ts';

/** What follows from what was heard. */
export interface Decision {
  readonly world: World;
  readonly events: readonly RunEvent[];
  readonly effects: readonly Effect[];
  /** What to say to the commands of the inbox that were among it. */
  readonly answers: readonly { readonly id: number; readonly answer: Answer }[];
}

/**
 * Decides what follows from a batch of inputs, together.
 *
 * @param world - The world as it is.
 * @param inputs - What was heard, in order.
 * @param now - The wall clock in epoch milliseconds.
 * @returns The next world, the events that make it, and what has to be done.
 */
export function decide(world: World, inputs: readonly Input[], now: number): Decision {
  const turn = new Turn(world, now);
  for (const input of inputs) hear(turn, input);
  settle(turn);
  return {
    world: turn.world,
    events: turn.events,
    effects: effectsOf(world, turn.world, now),
    answers: turn.answers,
  };
}

function hear(turn: Turn, input: Input): void {
  switch (input.type) {
    case 'command': {
      const answer = hearCommand(turn, input.command);
      if (input.id !== null) turn.answers.push({ id: input.id, answer });
      return;
    }
    case 'report':
      hearReport(turn, input.report);
      return;
    case 'undo':
      hearUndo(turn, input);
      return;
    case 'looked':
    case 'update':
      hearOthers(turn, input);
      return;
    case 'drain':
      drain(turn, input.now);
      return;
    case 'nobody-there':
      stopBlocked(turn);
      return;
    case 'no-room':
      pauseForRoom(turn, input.run, input.message);
      return;
    default:
      hearMore(turn, input);
  }
}

type More = Extract<Input, { type: 'summary' | 'worked' | 'tick' | 'due' | 'woken' }>;

/** What has to do with time, and with the end of a run. */
function hearMore(turn: Turn, input: More): void {
  switch (input.type) {
    case 'summary':
      noteSummary(turn, input.event);
      return;
    case 'worked':
      noteWork(turn, input);
      return;
    case 'tick':
      for (const key of turn.desk.driven) allDue(turn, key);
      return;
    case 'due':
      waitIsOver(turn, input);
      return;
    case 'woken':
      return;
  }
}

function drain(turn: Turn, now: boolean): void {
  turn.setDesk({ ...turn.desk, draining: true });
  if (!now) return;
  for (const run of turn.desk.driven) {
    if (turn.world.runs.has(run)) {
      stopAttempts(turn, run, { kind: 'canceled', why: 'interrupted' });
    }
  }
}
