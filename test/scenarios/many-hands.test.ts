// Ten agents at once on one repository, a third of their forty tasks in files that others change too:
// everything lands, once, and whoever's checkout it is finds everything as it was.

import { expect, it } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import { storyOf } from '../crash/hands-story.ts';
import { expectStory, makeStage } from '../crash/hands.ts';
import { tutti } from '../crash/kill.ts';

/** The soak has ten thousand; here checkouts of so many would be all that is measured. */
const FILES = Number(process.env['HANDS_FILES'] ?? 500);

it('ten agents do forty tasks in one repository', { timeout: 600_000 }, async () => {
  const stage = makeStage(storyOf(1, { files: FILES, tasks: 40, agents: 10 }));
  const { project } = stage;
  try {
    const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
    expect(done.code, done.lines.join('\n')).toBe(0);
    const { run } = await expectStory(stage);
    expect(reasons(run)).toContain('conflict');
    expect(run.tasks.filter(({ spec }) => spec.kind === 'resolve')).not.toEqual([]);
  } finally {
    project.remove();
  }
});

/** Why attempts have failed. */
function reasons({ tasks }: Run): readonly string[] {
  return tasks.flatMap(({ attempts }) =>
    attempts.flatMap(({ status }) =>
      status.state === 'ended' && status.outcome.kind === 'failed'
        ? [status.outcome.failure.reason]
        : [],
    ),
  );
}
