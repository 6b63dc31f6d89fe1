// Ten agents at once on one repository, a third of their tasks in files that others change too.

import { expect, it } from 'vitest';

import { expectStory, makeStage } from '../crash/hands.ts';
import { storyOf } from '../crash/hands-story.ts';
import { tutti } from '../crash/kill.ts';

it('ten agents do forty tasks in ten thousand files', async () => {
  const story = storyOf(Number(process.env['HANDS_SEED'] ?? 1), {
    files: Number(process.env['HANDS_FILES'] ?? 10_000),
    tasks: 40,
    agents: 10,
  });
  const stage = makeStage(story);
  const { project } = stage;
  console.log(project.home, story.hands.map((h) => `${h.id}:${h.shares}<-${h.dependsOn}`).join('\n'));
  try {
    const t = Date.now();
    const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
    console.log('took', Date.now() - t);
    expect(done.code, done.lines.join('\n')).toBe(0);
    await expectStory(stage);
  } finally {
    if (process.env['HANDS_KEEP'] === undefined) project.remove();
  }
}, 600_000);
