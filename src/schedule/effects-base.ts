// What has to be done outside about other people's commits, derived from state alone.

import type { Run } from '../model/run.ts';
import type { Desk } from '../model/world.ts';
import { lookStep, updateStep } from './base-due.ts';

/** Something to be done outside about other people's commits. */
export type BaseEffect =
  /** Look where the branches of the run are, and compare them with its head. */
  | { readonly kind: 'look'; readonly run: string; readonly head: string }
  /** Put what comes in and the head together, and run the gate on that. */
  | { readonly kind: 'update'; readonly run: string; readonly update: string }
  /** Move the branch as it was announced. */
  | { readonly kind: 'publish-update'; readonly run: string; readonly mark: string };

/** A run, as whoever carries it on knows it. */
interface Known {
  readonly run: Run;
  readonly desk: Desk;
}

/**
 * Derives what is new to be done about other people's commits.
 *
 * @param old - The run and the desk before; `undefined` = nothing of it is being done.
 * @param now - As they are now.
 * @returns The effects.
 */
export function effectsOfBase(old: Known | undefined, now: Known): readonly BaseEffect[] {
  const known = new Set(old === undefined ? [] : allOf(old).map((effect) => nameOf(effect)));
  return allOf(now).filter((effect) => !known.has(nameOf(effect)));
}

function allOf({ run, desk }: Known): readonly BaseEffect[] {
  const look = lookStep(run, desk);
  const update = updateStep(run);
  const { status, mark } = run.base.update ?? {};
  const on = { run: run.key };
  return [
    ...(look === null ? [] : [{ kind: 'look', ...on, head: look } as const]),
    ...(update === null ? [] : [{ kind: 'update', ...on, update } as const]),
    ...(status?.state === 'publishing' && mark !== undefined
      ? [{ kind: 'publish-update', ...on, mark } as const]
      : []),
  ];
}

function nameOf(effect: BaseEffect): string {
  if (effect.kind === 'look') return `look ${effect.head}`;
  return effect.kind === 'update' ? `update ${effect.update}` : `publish ${effect.mark}`;
}
