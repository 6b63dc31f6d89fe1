import { describe, expect, it } from 'vitest';

import { countPoints, spread } from '../crash/points.ts';
import { stopAt } from '../crash/stop.ts';

const most = Math.floor((await countPoints()) * 0.97);
const DONE = { status: { state: 'completed', outcome: 'full' } };

describe.concurrent('a coordinator that stood still past its lease', () => {
  it.each(spread(25, most))('at point %i, woken while another is at work', async (at) => {
    expect(await stopAt(at, 'meanwhile')).toMatchObject(DONE);
  });

  it.each(spread(25, most).map((at) => at + 7))('at point %i, woken after the end', async (at) => {
    expect(await stopAt(at, 'after')).toMatchObject(DONE);
  });
});
