// The move of a run's head, and of its branch, that was announced.

import { publish } from '../integrate/publish.ts';
import { behindRef } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import type { Publication } from '../model/task.ts';
import type { NotPublished } from '../schedule/input.ts';
import type { Bench } from './bench.ts';

/** What such a move came to. */
export type Moved =
  | { readonly kind: 'published' }
  | ({ readonly kind: 'not-published' } & NotPublished);

/**
 * Moves a run's head and its branch.
 *
 * @param bench - The coordinator.
 * @param run - The run.
 * @param publication - From where to where, as it was announced.
 * @returns What it came to; `null` = another coordinator has taken over, as the next write says too.
 */
export async function moveHead(
  bench: Bench,
  { key, branch }: Run,
  publication: Publication,
): Promise<Moved | null> {
  const to = { branch, behind: behindRef(key), epoch: bench.epoch };
  const result = await publish(bench.workshop.repository, publication, to);
  if (result.kind === 'superseded') return null;
  return result.kind === 'published'
    ? { kind: 'published' }
    : { kind: 'not-published', why: result.why, at: result.at };
}
