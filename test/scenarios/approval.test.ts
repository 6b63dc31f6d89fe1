import { expect, it } from 'vitest';
import { stringify } from 'yaml';

import { newRun } from '../../src/app/new-run.ts';
import { proceed } from '../../src/app/proceed.ts';
import type { RunEvent } from '../../src/model/event.ts';
import { makeRig, value } from './rig.ts';

it('shows every event once, also when the plan is approved in between', async () => {
  const { app } = makeRig();
  const tasks = [{ id: 'a', title: 'A', runtime: 'command', command: ['sh', '-c', 'echo a > a'] }];
  const plan = { path: 'plan.yaml', text: stringify({ goal: 'A goal', tasks }) };
  const { run } = value(await newRun(app, { goal: null, plan, yes: false, now: true }));
  const events: RunEvent[] = [];
  const never = new AbortController().signal;
  const { exit } = value(
    await proceed(app, [run], {
      onEvents: (happened) => events.push(...happened),
      mayAnswer: () => false,
      interrupted: never,
      hurried: never,
      approve: async () => 'approve',
    }),
  );
  expect(exit).toBe(0);
  const types = events.map(({ event }) => event.type);
  expect(types.filter((type) => type === 'run-created')).toHaveLength(1);
  expect(types.filter((type) => type === 'plan-drafted')).toHaveLength(1);
  expect(types.at(-1)).toBe('run-completed');
});
