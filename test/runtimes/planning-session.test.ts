// A plan that is talked about with the real programs: a question, a wish that is taken, another one that
// cannot be answered, a rejection with a reason.

import { expect, it } from 'vitest';

import type { Move } from '../../src/testing/index.ts';
import { WITHOUT_STAGES_TEXT } from '../without-stages.ts';
import { expectExit } from './claude-stage.ts';
import { REAL_CLIS } from './real-clis.ts';
import { projectWith } from './with-cli.ts';

const task = (id: string, dependsOn: readonly string[] = []): object => ({
  id,
  title: `Write ${id}`,
  description: `${id}.js`,
  agent: 'backend-developer',
  depends_on: dependsOn,
});
const plan = (...tasks: readonly object[]): Readonly<Record<string, unknown>> => ({
  goal: 'Two files',
  tasks,
});

/** What the model answers, and what it was asked. */
function planner(): { asked: string[]; plays: (prompt: string) => readonly Move[] | undefined } {
  const asked: string[] = [];
  return {
    asked,
    plays: (prompt) => {
      asked.push(prompt);
      if (prompt.includes('# Plan this goal again')) return [{ answer: plan(task('all')) }];
      if (prompt.includes('# Plan this goal')) {
        return [{ answer: plan(task('left'), task('right', ['left'])) }];
      }
      if (!prompt.includes('# A person asks about the plan')) return undefined;
      // What was said before is in the prompt too.
      if (prompt.includes('out of order')) return [{ fail: { status: 401, message: 'no' } }];
      if (prompt.includes('at once, please')) {
        return [{ answer: { reply: 'So be it.', plan: plan(task('left'), task('right')) } }];
      }
      return [{ answer: { reply: 'The right one needs the left one.' } }];
    },
  };
}

it.each(REAL_CLIS.filter(({ id }) => id !== 'gemini'))(
  '$name talks about its plan',
  async (cli) => {
    const { asked, plays } = planner();
    const project = await projectWith(cli, plays, `orchestration: { ${WITHOUT_STAGES_TEXT} }`);
    const { tutti } = project;
    const planned = await tutti('plan', 'Write two files', '--json');
    expectExit(planned, 3);
    const { key } = planned.json().run;
    const dependsOn = async (): Promise<unknown> =>
      (await tutti('plan', 'show', key, '--json'))
        .json()
        .plan.tasks.map((one) => [one.id, one.dependsOn]);
    const discuss = (...words: string[]): ReturnType<typeof tutti> =>
      tutti('plan', 'discuss', key, ...words, '--json');

    const answered = await discuss('Why one after the other?');
    expectExit(answered, 0);
    expect(answered.json()).toMatchObject({
      reply: 'The right one needs the left one.',
      proposal: null,
    });
    expectExit(await discuss('Both at once, please', '--take'), 0);
    expect(await dependsOn()).toEqual([
      ['left', []],
      ['right', []],
    ]);
    // What was said before is known to whoever is asked next.
    expect(asked.at(-1)).toContain('Why one after the other?');

    const failed = await discuss('Are you out of order?');
    expectExit(failed, 1);
    expect(failed.json()).toMatchObject({
      reply: null,
      unanswered: expect.stringContaining('auth'),
    });
    expect(failed.json().run.state).toBe('awaiting_approval');

    const again = await tutti('plan', 'reject', key, '--reason', 'one is enough');
    expectExit(again, 0);
    expect(await dependsOn()).toEqual([['all', []]]);
    expectExit(await tutti('plan', 'approve', key), 0);
    expectExit(await tutti('verify', key), 0);
    expect(project.left()).toEqual([]);
  },
  480_000,
);
