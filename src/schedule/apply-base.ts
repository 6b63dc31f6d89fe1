// What it does to a run that something comes onto its branch from elsewhere.

import type { Landed, RunBase, Update, UpdateEvent } from '../model/base.ts';
import type { Run } from '../model/run.ts';
import { UPDATE_TRANSITIONS, nextState } from '../model/transitions.ts';
import type { UpdatePlace } from '../model/transitions.ts';
import { BrokenTransition } from './broken-transition.ts';

/**
 * Applies an event to what comes in.
 *
 * @param run - The run.
 * @param event - The event.
 * @returns The run after it.
 * @throws {BrokenTransition} When nothing of the kind is under way, or something else is.
 */
export function updated(run: Run, event: UpdateEvent): Run {
  const { update } = run.base;
  switch (event.type) {
    case 'update-started': {
      const { kind, commit, mark, kept } = event;
      const status = { state: 'judging', kept } as const;
      return withUpdate(run, event, { kind, commit, mark, status });
    }
    case 'update-publishing': {
      const { publication } = event;
      const status = { state: 'publishing', publication } as const;
      return withUpdate(run, event, { ...known(update, event), status });
    }
    case 'update-refused': {
      const { kind, commit, mark, ask } = event;
      const status = { state: 'refused', ask } as const;
      return withUpdate(run, event, { kind, commit, mark, status });
    }
    case 'update-dropped': {
      const { commit, kind } = known(update, event);
      const leftOut = event.why === 'left_out' && kind === 'base' ? commit : run.base.leftOut;
      return ended(run, event, { ...run.base, leftOut });
    }
    case 'run-updated':
      return landed(run, event);
  }
}

/** On another head everything is judged anew. */
function landed(run: Run, event: Extract<UpdateEvent, { type: 'run-updated' }>): Run {
  const { kind, commit, head, proof } = event;
  const status = run.base.update?.status;
  const isAnnounced = status?.state === 'publishing' && status.publication.new === head;
  if (!isAnnounced) throw new BrokenTransition(run.key, event.type, status?.state ?? null);
  const now: Landed = { kind, commit, head, proof };
  const base: RunBase = {
    ...run.base,
    merged: kind === 'base' ? commit : run.base.merged,
    landed: [...run.base.landed, now],
  };
  return { ...ended(run, event, base), head, trials: [] };
}

function known(update: Update | null, { type }: UpdateEvent): Update {
  if (update === null) throw new BrokenTransition('the base', type, null);
  return update;
}

function withUpdate(run: Run, { type }: UpdateEvent, update: Update): Run {
  const from = run.base.update?.status.state ?? null;
  const to = nextState<UpdatePlace>(UPDATE_TRANSITIONS, type, from);
  if (to !== update.status.state) throw new BrokenTransition(run.key, type, from);
  return { ...run, base: { ...run.base, update } };
}

function ended(run: Run, { type }: UpdateEvent, base: RunBase): Run {
  const from = run.base.update?.status.state ?? null;
  if (nextState<UpdatePlace>(UPDATE_TRANSITIONS, type, from) === undefined) {
    throw new BrokenTransition(run.key, type, from);
  }
  return { ...run, base: { ...base, update: null } };
}
