import { describe, expect, it } from 'vitest';

import { chargeOf } from '../../src/model/budget.ts';
import { tutti } from './kill.ts';
import { spread } from './points.ts';
import { RUN, countStaged, expectStaged, killStagedAt, makeStaged, talk } from './stages.ts';

// A sample: `npm run soak` tries many more. At the first point nothing has happened yet.
const most = Math.floor((await countStaged()) * 0.97);
/** A model that says how much work it is, but never comes to an end of the summary. */
const ENDLESS = [
  {
    if_prompt: 'Estimate how much work',
    answer: { complexity: 'high', reasons: ['it is a lot'] },
  },
  { unless_prompt: 'Estimate how much work', hang: true },
] as const;
const asked = (stdout: string): boolean => stdout.includes('"summary-asked"');

describe('a run of stages that is killed', () => {
  it.each(spread(4, most).slice(1))('at point %i goes on and repeats nothing', async (at) => {
    expect(await killStagedAt(at)).toMatchObject({ state: 'completed', outcome: 'full' });
  });
});

it('a summary that nobody heard is paid for in full, and not asked for again', async () => {
  const project = makeStaged({ summary: ENDLESS });
  try {
    expect((await tutti(project, RUN, asked)).signal).toBe('SIGKILL');
    expect((await tutti(project, ['resume', '--jsonl'])).code).toBe(0);
    const { run, events } = await expectStaged(project);
    expect(events.map(({ event }) => event.type)).not.toContain('summary-told');
    const charges = run?.tasks.flatMap(({ attempts }) => attempts.map(chargeOf)) ?? [];
    expect(charges.map(({ usd }) => usd)).toEqual([0, 0.01, 0.01, 0.01, 0.01, 0.01, 0, 0.26]);
    const report = await tutti(project, ['report', 'SHOP-1']);
    expect([report.code, report.stdout]).toEqual([0, expect.stringContaining('8 of 8')]);
  } finally {
    project.remove();
  }
});

it('a question to the planner that is killed is answered once', async () => {
  const { points, killAt, remove } = await talk();
  try {
    for (const at of spread(3, points).slice(1)) await killAt(at);
    expect(points).toBeGreaterThan(50);
  } finally {
    remove();
  }
});
