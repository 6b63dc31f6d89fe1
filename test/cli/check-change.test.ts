// A change that touches what the checks run waits for a person, whatever `--yes` says.

import { expect, test } from 'vitest';

import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

const FILES = {
  'package.json': '{"scripts":{"test":"sh ci/all.sh"},"version":"1"}\n',
  'ci/all.sh': 'test -f done.txt\n',
};

function shop(steps: readonly object[]): Project {
  const at = project({
    script: {
      tasks: { a: { attempts: [steps, [{ say: 'again' }]] } },
    },
    config: { checks: [{ name: 'tests', run: 'npm test' }] },
  });
  for (const [path, text] of Object.entries(FILES)) at.write(path, text);
  at.git('add', '.');
  at.git('commit', '-q', '-m', 'Checks');
  at.write(
    '../plan.json',
    JSON.stringify({
      goal: 'A goal',
      tasks: [
        { id: 'a', title: 'Does it', description: 'x', runtime: 'scripted', max_attempts: 1 },
      ],
    }),
  );
  return at;
}

const RUN = ['run', '--plan', '../plan.json', '--yes'];
const DONE = { write: { path: 'done.txt', content: 'done' } };

const changed = (text: string): object => ({ write: { path: 'package.json', content: text } });

test('it is asked about, and gets onto the branch when it is accepted', async () => {
  const at = shop([DONE, { write: { path: 'ci/all.sh', content: 'exit 0\n' } }]);
  expect((await at.tutti(RUN)).code).toBe(3);
  const { document } = await at.json(['asks']);
  expect(document).toMatchObject({
    asks: [
      {
        kind: 'check_change',
        task: 'SHOP-1.1',
        question: expect.stringContaining('SHOP-1.1#1 changes what the checks run: ci/all.sh.'),
        choices: ['accept', 'retry', 'abort'],
      },
    ],
  });
  expect((await at.tutti(['show', 'SHOP-1'])).stdout).toContain('changes what the checks run');
  expect((await at.tutti(['answer', 'SHOP-1.1', 'accept'])).code).toBe(0);
  expect((await at.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(at.git('show', 'SHOP-1/a-goal:ci/all.sh')).toBe('exit 0');
});

test('aborted, it never gets there', async () => {
  const at = shop([DONE, { write: { path: '.github/workflows/ci.yml', content: 'on: push\n' } }]);
  expect((await at.tutti(RUN)).code).toBe(3);
  expect((await at.tutti(['answer', 'SHOP-1.1', 'abort'])).code).toBe(0);
  expect((await at.tutti(['resume', 'SHOP-1'])).code).toBe(1);
  expect(at.git('log', '--branches', '--format=%s')).not.toContain('Does it');
});

test('of a package only changed scripts are asked about', async () => {
  const fine = shop([DONE, changed('{"scripts":{"test":"sh ci/all.sh"},"version":"2"}\n')]);
  expect((await fine.tutti(RUN)).code).toBe(0);
  const at = shop([DONE, changed('{"scripts":{"test":"true"},"version":"1"}\n')]);
  expect((await at.tutti(RUN)).code).toBe(3);
  expect((await at.json(['asks'])).document).toMatchObject({ asks: [{ kind: 'check_change' }] });
});
