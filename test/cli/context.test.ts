// `--context FILE` and `tutti context`: what a run is given to know, and what it has come to know.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { project } from './tutti.ts';

const PLAN = `
goal: Describe the api
tasks:
  - { id: api, title: Write the api, runtime: command, command: [sh, -c, 'echo "GET /" > "$TUTTI_OUTBOX/api.txt"; ln -s / "$TUTTI_OUTBOX/all"; echo "Port 8080." > "$TUTTI_OUTBOX/context.md"; echo 1 > api.md'] }
  - { id: look, title: Read it, runtime: command, workspace: none, command: [sh, -c, 'cat "$TUTTI_ARTIFACTS"/*/api.txt'], depends_on: [api] }
`;

it('takes a context with the goal, and shows all that is known', async () => {
  const shop = project();
  writeFileSync(join(shop.dir, 'plan.yaml'), PLAN);
  writeFileSync(join(shop.dir, 'given.md'), 'Ports are above 8000.\n');
  const args = ['run', '--plan', 'plan.yaml', '--yes', '--context'];
  const ran = await shop.tutti([...args, 'given.md']);
  expect(ran.code, ran.stderr).toBe(0);
  expect((await shop.tutti(['logs', 'SHOP-1.2'])).stdout).toContain('GET /');
  const { stdout } = await shop.tutti(['context', 'SHOP-1', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    given: 'Ports are above 8000.',
    files: ['api.md'],
    results: [
      {
        task: 'SHOP-1.1',
        published: [{ path: 'api.txt', bytes: 6 }],
        refused: [{ name: 'all', why: 'a symbolic link' }],
      },
      { task: 'SHOP-1.2', published: [] },
    ],
    context: expect.stringContaining('Port 8080.'),
    contextPath: join(shop.dir, '.tutti/runs/SHOP-1/context.md'),
  });
  const text = (await shop.tutti(['context', 'SHOP-1'])).stdout;
  expect(text).toContain('not published: all: a symbolic link');
  expect(text).toContain('Ports are above 8000.');
  const report = (await shop.json(['report', 'SHOP-1'])).document;
  expect(report).toMatchObject({
    asked: { goal: 'Describe the api', given: 'Ports are above 8000.' },
    done: [{ task: 'SHOP-1.1', runtime: 'command', files: ['api.md'] }, {}],
    stages: [{ name: 'implementation', state: 'completed' }],
    reviews: [],
  });
  const file = join(shop.dir, '.tutti/runs/SHOP-1/report.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ done: report['done'] });
  const wrong = await shop.tutti([...args, 'none.md']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('none.md');
});
