// Which part of the house performs which effect.

import type { RunEvent } from '../model/event.ts';
import type { World } from '../model/world.ts';
import { updateStep } from '../schedule/base-due.ts';
import type { Effect } from '../schedule/effects.ts';
import { gateOf } from '../schedule/gate.ts';
import { work } from './attempt.ts';
import type { Bench, LiveEffect } from './bench.ts';
import { finish } from './finish.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { announce, integrate } from './integrate.ts';
import { verify } from './judge.ts';
import { lookAtBranches } from './look.ts';
import { recover } from './recover.ts';
import { publishUndo, undo } from './take-out.ts';
import { bringIn, publishUpdate } from './update.ts';

/** Effects that take their time; timers and stops are the coordinator's own. */
export type LongEffect = Exclude<Effect, { kind: 'timer' | 'stop' | 'answer' }>;

/**
 * Performs an effect.
 *
 * @param bench - The coordinator.
 * @param effect - What has to be done.
 * @param gatekeeper - How many may judge at once, and what is known.
 * @returns What is being done.
 */
export function perform(bench: Bench, effect: LongEffect, gatekeeper: Gatekeeper): LiveEffect {
  switch (effect.kind) {
    case 'start':
      return work(bench, effect.attempt);
    case 'recover':
      return recover(bench, effect.attempt);
    case 'verify':
      return verify(bench, effect.attempt, gatekeeper);
    case 'integrate':
      return integrate(bench, effect, gatekeeper);
    case 'publish':
      return announce(bench, effect.attempt);
    case 'undo':
      return undo(bench, effect.run, gatekeeper.slots);
    case 'publish-undo':
      return publishUndo(bench, effect.run);
    case 'look':
      return lookAtBranches(bench, effect.run, effect.head);
    case 'update':
      return bringIn(bench, effect, gatekeeper);
    case 'publish-update':
      return publishUpdate(bench, effect.run);
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
  return kind === 'verify' || kind === 'integrate' || kind === 'undo' || kind === 'update';
}

/**
 * Names what is being done: the same is done once at a time.
 *
 * @param effect - What.
 * @returns Its kind and what it is about.
 */
export function nameOf(effect: LongEffect): string {
  if (effect.kind === 'integrate') return `integrate:${effect.gate}`;
  if ('attempt' in effect) return `${effect.kind}:${effect.attempt}`;
  if (effect.kind === 'update') return `update:${effect.update}`;
  // Were a look at the next head taken for one at this head that just ends, nobody would look.
  if (effect.kind === 'look') return `look:${effect.run} ${effect.head}`;
  return `${effect.kind}:${'mark' in effect ? effect.mark : effect.run}`;
}

/**
 * Tells whether what is being done was overtaken: the attempt that is judged has ended otherwise (a
 * cancel, a skip).
 *
 * @param name - The name of what is being done.
 * @param happened - What has happened.
 * @returns Whether it is to stop.
 */
export function isPointless(name: string, { event }: RunEvent): boolean {
  return event.type === 'attempt-ended' && name === `verify:${event.attempt}`;
}

/**
 * Tells whether something of a name judges what nobody wants to know any more.
 *
 * @param key - The name of an effect.
 * @param world - The world.
 * @returns Whether its run has something else to be judged, or nothing.
 */
export function isGone(key: string, world: World): boolean {
  const [, kind, id = ''] = /^(integrate|update):([^]*)$/u.exec(key) ?? [];
  if (kind === undefined) return false;
  const run = world.runs.get(id.split(' ', 1)[0] ?? '');
  if (run === undefined) return true;
  return (kind === 'update' ? updateStep(run) : gateOf(run)?.id) !== id;
}
