// The same world, with nothing of it remembered: what decisions keep to be quick goes by the lists of
// plans and tasks, and these are other lists.

import type { World } from '../../src/model/world.ts';

/**
 * Forgets what was read off a world before.
 *
 * @param world - The world.
 * @returns An equal one.
 */
export function forgotten(world: World): World {
  const runs = [...world.runs].map(([key, run]) => {
    const again = { ...run, plans: [...run.plans], tasks: [...run.tasks] };
    return [key, again] as const;
  });
  return { ...world, runs: new Map(runs) };
}
