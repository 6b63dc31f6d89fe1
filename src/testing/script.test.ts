import { expect, it } from 'vitest';

import { readScript, stepsFor, type Script } from './script.ts';

const task = { planId: 'api', number: 2, title: 'Write the API', attempt: 1, isPlan: false };
const said = (script: Script, more: Partial<typeof task> = {}): unknown =>
  stepsFor(script, { ...task, ...more })[0]?.say;

it('chooses by the id in the plan, the number, the title, then the default', () => {
  const script: Script = {
    tasks: { 'write*': [{ say: 'title' }], '2': [{ say: 'number' }], api: [{ say: 'id' }] },
    plan: [{ say: 'plan' }],
    default: [{ say: 'default' }],
  };
  expect(said(script)).toBe('id');
  expect(said(script, { planId: 'x' })).toBe('number');
  expect(said(script, { planId: 'x', number: 3 })).toBe('title');
  expect(said(script, { planId: 'x', number: 3, title: 'Rewrite' })).toBe('default');
  expect(said(script, { isPlan: true })).toBe('plan');
  expect(said(script, { isPlan: true, planId: 'discuss-2' })).toBe('plan');
  const talks = { ...script, discuss: [{ say: 'words' }] };
  expect(said(talks, { isPlan: true, planId: 'discuss-2' })).toBe('words');
  expect(said({})).toBeUndefined();
});

it('plays the last list for all further attempts', () => {
  const script: Script = { tasks: { api: { attempts: [[{ say: '1' }], [{ say: '2' }]] } } };
  expect([1, 2, 3].map((attempt) => said(script, { attempt }))).toEqual(['1', '2', '2']);
});

it.each([
  [[], 'object'],
  [{ task: {} }, 'did you mean `tasks`'],
  [{ tasks: [] }, 'tasks: is not an object'],
  [{ tasks: { api: 3 } }, 'tasks.api: is neither'],
  [{ tasks: { api: { attempts: [3] } } }, 'tasks.api.attempts[0]: is not a list'],
  [
    { tasks: { api: [{ wirte: {} }] } },
    'tasks.api[0]: unknown step `wirte` (did you mean `write`?)',
  ],
  [{ tasks: { api: [{ say: 'a' }, {}] } }, 'tasks.api[1]: has 0 actions'],
  [{ default: [{ say: 'a', run: 'b' }] }, 'default[0]: has 2 actions'],
  [{ default: [{ write: { path: 'x' } }] }, '`write.content` is not a text'],
  [{ default: [{ answer: 'yes' }] }, '`answer` is not an object'],
  [{ default: [{ say: 'a', if_prompt: '(' }] }, '`if_prompt`: Invalid regular expression'],
])('says what is wrong with %j', (value, problem) => {
  const read = readScript(value);
  expect('problems' in read ? read.problems.join('\n') : 'nothing').toContain(problem);
});
