// What happened before changes what happens next: through the built program, run by run.

import { expect, it } from 'vitest';

import { plan, project } from './tutti.ts';

const route = ['agents', 'route', 'Secure endpoint', '--explain'];
/** Words that speak for two agents, more for security. */
const task = { id: 'a', title: 'Secure handler' };

it('goes by a person who gave such a task to another agent', async () => {
  const at = project();
  expect((await at.json(route)).document).toMatchObject({
    agent: 'security-engineer',
    history: {},
  });
  at.write('plan.yaml', plan(task));
  expect((await at.tutti(['run', '--plan', 'plan.yaml'])).code).toBe(3);
  const edit = ['plan', 'edit', 'SHOP-1', '--set', 'a.agent=backend-developer'];
  expect((await at.tutti(edit)).code).toBe(0);

  const { stdout } = await at.tutti(route);
  expect(stdout).toMatch(
    /^backend-developer {2}"endpoint" in the title, before security-engineer by history: given such a task by a person once$/mu,
  );
  expect(stdout).toMatch(/security-engineer .* history: taken off one by a person once$/mu);
  // The next plan goes by it too, and says why.
  at.write('next.yaml', plan({ id: 'b', title: 'Secure endpoint' }));
  await at.tutti(['run', '--plan', 'next.yaml']);
  const shown = await at.json(['plan', 'show', 'SHOP-2']);
  expect(shown.document).toMatchObject({
    plan: {
      tasks: [{ agent: 'backend-developer', agentReason: expect.stringContaining('history') }],
    },
  });
  // What somebody says counts more than what was.
  const type = ['agents', 'route', 'Secure endpoint', '--type', 'security'];
  expect((await at.json(type)).document).toMatchObject({ agent: 'security-engineer' });
});

it('goes by an agent that was named for a run of one task', async () => {
  const at = project();
  const add = ['add', 'Secure handler', '--no-orchestrate', '--agent', 'backend-developer'];
  expect((await at.tutti(add)).code).toBe(0);
  expect((await at.json(route)).document).toMatchObject({
    agent: 'backend-developer',
    history: { 'backend-developer': { given: 1 } },
  });
});

it('goes by what agents did at the first try', async () => {
  const write = { write: { path: '{task}.txt', content: 'done' } };
  const script = {
    tasks: { good: [write] },
    default: { attempts: [[{ fail: { reason: 'agent_error' } }], [write]] },
  };
  const at = project({ script, config: { orchestration: { max_same_failures: 99 } } });
  const tries = Array.from({ length: 4 }, (_, n) => ({
    id: `t${n}`,
    title: 'Secure handler',
    agent: 'security-engineer',
  }));
  const good = { id: 'good', title: 'Secure handler', agent: 'backend-developer' };
  at.write('plan.yaml', plan(...tries, good));
  expect((await at.tutti(['run', '--plan', 'plan.yaml', '--yes'])).code).toBe(0);
  expect((await at.json(route)).document).toMatchObject({
    // One pass of the other is not enough to go by.
    agent: 'security-engineer',
    history: {
      'security-engineer': { tried: 4, passed: 0 },
      'backend-developer': { tried: 1, passed: 1 },
    },
  });
  at.write('more.yaml', plan(good));
  for (const _ of [1, 2]) {
    expect((await at.tutti(['run', '--plan', 'more.yaml', '--yes'])).code).toBe(0);
  }
  const { stdout } = await at.tutti(route);
  expect(stdout).toMatch(/^backend-developer .*by history: 3 of 3 first-try passes$/mu);
  expect(stdout).toMatch(/security-engineer .* history: 0 of 4 first-try passes$/mu);
});

it('tells with a new goal what came of goals like it, and lets a flag decide all the same', async () => {
  const tasks = ['api', 'page'].map((id) => ({
    id,
    title: `Do ${id}`,
    agent: 'general-purpose',
    files: [`${id}.txt`],
  }));
  const at = project({
    script: {
      plan: [{ answer: { goal: 'g', tasks } }],
      review: [{ answer: { verdict: 'approve', summary: 'Fine.', findings: [] } }],
      default: [{ write: { path: '{task}.txt', content: 'done' } }],
    },
    config: {
      orchestration: {
        stages: {
          research: { enabled: false },
          review: { enabled: true, agents: ['code-reviewer'] },
        },
      },
    },
  });
  const goal = ['Integrate billing with Paypal', '--type', 'feature', '--yes'];
  expect((await at.json(['add', ...goal])).document['run']?.['reasons']).not.toContainEqual(
    expect.stringContaining('history'),
  );
  for (const _ of [1, 2, 3]) expect((await at.tutti(['run', ...goal])).code).toBe(0);
  const like = ['add', 'Add payments with Stripe', '--type', 'feature'];
  const history = expect.stringMatching(
    /^history of goals like this: 3 planned: [\d.]+× as fast as one after the other, none failed/u,
  );
  const review = expect.stringMatching(
    /^history of the stage review: 0 of 3 reviews found something that held, .* a run$/u,
  );
  expect((await at.json(like)).document).toMatchObject({
    run: { orchestrate: true, reasons: expect.arrayContaining([history, review]) },
  });
  expect((await at.json([...like, '--no-orchestrate'])).document).toMatchObject({
    run: {
      orchestrate: false,
      reasons: expect.arrayContaining(['told not to orchestrate', history]),
    },
  });
  expect((await at.json(['metrics'])).document).toMatchObject({
    reviews: { of: 3, count: 3, share: 1 },
    byStage: { review: { runs: 3, found: { of: 3, count: 0 } }, planning: { runs: 3 } },
  });
});

it('forecasts a plan by what such tasks took and cost', async () => {
  const script = {
    default: [
      { usage: { input: 1000, output: 100, costUsd: 0.5 } },
      { write: { path: '{task}.txt', content: 'done' } },
    ],
  };
  const at = project({ script });
  const tasks = ['a', 'b', 'c'].map((id) => ({
    id,
    title: `Write ${id}`,
    agent: 'backend-developer',
    estimate: { minutes: 30, usd: 9 },
  }));
  at.write('plan.yaml', plan(...tasks));
  // Nobody knows better than the plan yet.
  expect((await at.tutti(['run', '--plan', 'plan.yaml'])).code).toBe(3);
  const before = (await at.tutti(['plan', 'show', 'SHOP-1'])).stdout;
  expect(before).toMatch(/\$27\.00; by estimates of the plan/u);
  expect((await at.tutti(['run', '--plan', 'plan.yaml', '--yes'])).code).toBe(0);
  const { stdout } = await at.tutti(['plan', 'show', 'SHOP-1']);
  // A run that is waiting still is forecast anew: seconds, not hours, and what was really paid.
  expect(stdout).toMatch(/about [\d.]+m?s?[^;]*; \$1\.50; by history of 3 tasks/u);
});
