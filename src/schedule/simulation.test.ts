// Random plans, random outcomes, random commands, crashes and late reports at random moments. What
// must never be true is checked after every step (test/simulation/watch.ts). A failure prints the
// shortest story that leads to it and the command that plays it again.

import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { play } from '../../test/simulation/play.ts';
import { simulate } from '../../test/simulation/simulate.ts';
import { readStory } from '../../test/simulation/story.ts';
import { MACHINES } from '../model/transitions.ts';

const { TUTTI_SIMULATIONS: count, TUTTI_SEED: seed, TUTTI_SCRIPT: script } = process.env;

const SAMPLE = 1000;
/** The sample is the same every time; the soak, and `npm run simulate`, look for new stories. */
const SAMPLE_SEED = 20_261;
const LONG = 3_600_000;

it.runIf(script === undefined)(
  'holds what it promises in every story',
  () => {
    const stories = Number(count ?? SAMPLE);
    const fixed = seed ?? (count === undefined ? SAMPLE_SEED : null);
    const happened = simulate({ count: stories, seed: fixed === null ? null : Number(fixed) });
    if (stories < SAMPLE) return;
    // The stories go everywhere there is.
    const all = Object.values(MACHINES).flatMap((machine) => Object.keys(machine));
    expect([...happened].toSorted()).toEqual([...new Set(all)].toSorted());
  },
  LONG,
);

it.runIf(script !== undefined)('holds what it promises in this story', () => {
  const story = readStory(readFileSync(script ?? '', 'utf8'));
  expect(() => play(story)).not.toThrow();
});
