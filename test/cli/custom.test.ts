// A program of the person's own as the runtime of a run: named in the configuration, no protocol.

import { chmodSync } from 'node:fs';

import { expect, it } from 'vitest';

import { plan, project } from './tutti.ts';

it('a program that is named in the configuration does the work of a run', async () => {
  const mine = { binary: './tools/agent.sh', args: ['{model}', '{promptFile}'], model: 'm-1' };
  const shop = project({ config: { runtimes: { default: 'mine', mine } } });
  shop.write(
    'tools/agent.sh',
    '#!/bin/sh\ngrep -q "Write the greeting" "$2" && echo "hello from $1" > greeting.txt\necho \'{"status":"done","summary":"It greets."}\'\n',
  );
  chmodSync(`${shop.dir}/tools/agent.sh`, 0o755);
  shop.write('plan.yaml', plan({ id: 'greet', title: 'Write the greeting' }));
  const { document: seen } = await shop.json(['runtimes']);
  expect(seen['runtimes']).toContainEqual(
    expect.objectContaining({ id: 'mine', found: true, path: `${shop.dir}/tools/agent.sh` }),
  );
  const { code, stdout, stderr } = await shop.tutti([
    'run',
    '--plan',
    'plan.yaml',
    '--yes',
    '--json',
  ]);
  expect(code, stdout + stderr).toBe(0);
  const { run }: { run: { branch: string } } = JSON.parse(stdout);
  expect(shop.git('show', `${run.branch}:greeting.txt`)).toBe('hello from m-1');
  const { document } = await shop.json(['show', 'SHOP-1.1']);
  expect(document).toMatchObject({ attempts: [{ runtime: 'mine', outcome: 'succeeded' }] });
});
