// Plays many stories. The first that breaks is made as short as it gets, written to a file and named
// with the one command that plays it again.

import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { play } from './play.ts';
import type { Staging } from './play.ts';
import { anyStory, writeStory } from './story.ts';
import type { Story } from './story.ts';

/** Which stories are played. */
export interface Sample {
  readonly count: number;
  /** The same seed gives the same stories; `null` = any. */
  readonly seed: number | null;
  /** The first of the seed's stories that is played, from 0 on; left out: the first of all. */
  readonly from?: number;
}

/**
 * Plays stories.
 *
 * @param sample - Which.
 * @param staging - How.
 * @returns The names of all events that happened.
 * @throws {Error} When one breaks, with the shortest script for it.
 */
export function simulate(sample: Sample, staging: Staging = {}): ReadonlySet<string> {
  const happened = new Set<string>();
  const details = fc.check(
    fc.property(anyStory, (story) => {
      for (const { event } of play(story, staging).log) happened.add(event.type);
    }),
    parameters(sample),
  );
  const [story] = details.counterexample ?? [];
  if (story !== undefined) throw new Error(tell(story, details));
  return happened;
}

/**
 * Plays stories until one breaks, without making it shorter.
 *
 * @param sample - Which.
 * @param staging - How.
 * @returns What broke; `null` when all went well.
 */
export function firstBreak(sample: Sample, staging: Staging): unknown {
  const property = fc.property(anyStory, (story) => {
    play(story, staging);
  });
  const details = fc.check(property, { ...parameters(sample), endOnFailure: true });
  return details.failed ? details.errorInstance : null;
}

function parameters({ count, seed, from }: Sample): fc.Parameters<[Story]> {
  const path = from === undefined ? '' : String(from);
  return { numRuns: count, path, ...(seed !== null && { seed }) };
}

function tell(story: Story, { seed, errorInstance, numRuns }: fc.RunDetails<[Story]>): string {
  const file = join(tmpdir(), `tutti-simulation-${seed}.json`);
  writeFileSync(file, writeStory(story));
  const tasks = story.runs.flatMap(({ plan, planner }, index) =>
    [...(plan?.tasks ?? []), ...(planner === null ? [] : [planner])].map(
      ({ id, dependsOn, onFailure, kind }) =>
        `  run ${index + 1}: ${kind} ${id} ${onFailure} after [${dependsOn.join(' ')}]`,
    ),
  );
  return [
    `story ${numRuns} of seed ${seed}: ${errorInstance instanceof Error ? (errorInstance.stack ?? '') : String(errorInstance)}`,
    `The shortest script for it (${story.slots} slots):`,
    ...tasks,
    ...story.steps.map(({ act, pick, outcome, verb, choice }) =>
      ['  ', act, pick, act === 'command' || act === 'batch' ? `${verb} ${choice}` : say(outcome)]
        .join(' ')
        .trimEnd(),
    ),
    `Play it again: npm run simulate -- --script ${file}`,
    `or the same stories: npm run simulate -- --seed ${seed} --runs ${numRuns}`,
  ].join('\n');
}

function say(outcome: Story['steps'][number]['outcome']): string {
  return typeof outcome === 'string' ? outcome : outcome.reason;
}
