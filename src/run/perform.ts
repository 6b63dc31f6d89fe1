// Which part of the house performs which effect.

import type { RunEvent } from '../model/event.ts';
import type { Effect } from '../schedule/effects.ts';
import { work } from './attempt.ts';
import type { Bench, LiveEffect } from './bench.ts';
import type { CheckSlots } from './check-slots.ts';
import { finish } from './finish.ts';
import { announce, integrate, verify } from './judge.ts';
import { recover } from './recover.ts';
import { publishUndo, undo } from './take-out.ts';

/** Effects that take their time; timers and stops are the coordinator's own. */
export type LongEffect = Exclude<Effect, { kind: 'timer' | 'stop' | 'answer' }>;

/**
 * Performs an effect.
 *
 * @param bench - The coordinator.
 * @param effect - What has to be done.
 * @param slots - How many may run checks at once.
 * @returns What is being done.
 */
export function perform(bench: Bench, effect: LongEffect, slots: CheckSlots): LiveEffect {
  switch (effect.kind) {
    case 'start':
      return work(bench, effect.attempt);
    case 'recover':
      return recover(bench, effect.attempt);
    case 'verify':
      return verify(bench, effect.attempt, slots);
    case 'integrate':
      return integrate(bench, effect.attempt, slots);
    case 'publish':
      return announce(bench, effect.attempt);
    case 'undo':
      return undo(bench, effect.run, slots);
    case 'publish-undo':
      return publishUndo(bench, effect.run);
    case 'finish':
      return finish(bench, effect.run);
  }
}

/**
 * Tells whether something of a name judges what was handed in.
 *
 * @param kind - The kind of an effect.
 * @returns Whether it runs checks or merges.
 */
export function isJudging(kind: string): boolean {
  return kind === 'verify' || kind === 'integrate' || kind === 'undo';
}

/**
 * Names what is being done: the same is done once at a time.
 *
 * @param effect - What.
 * @returns Its kind and what it is about.
 */
export function nameOf(effect: LongEffect): string {
  if ('attempt' in effect) return `${effect.kind}:${effect.attempt}`;
  return `${effect.kind}:${'mark' in effect ? effect.mark : effect.run}`;
}

/**
 * Tells whether what is being done was overtaken: the attempt that is judged has ended otherwise (a
 * cancel, a skip), or what is merged is merged anew without what is being taken out.
 *
 * @param name - The name of what is being done.
 * @param happened - What has happened.
 * @returns Whether it is to stop.
 */
export function isPointless(name: string, { run, event }: RunEvent): boolean {
  if (event.type === 'undo-started') return name.startsWith(`integrate:${run}.`);
  if (event.type !== 'attempt-ended') return false;
  return name === `verify:${event.attempt}` || name === `integrate:${event.attempt}`;
}
