import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const STORIES = 100_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Plays a part of the stories in a process of its own; tells what it printed if one broke. */
async function part(count: number): Promise<string> {
  const args = ['scripts/simulate.mjs', '--runs', String(count)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, 'exit');
  return code === 0 ? '' : (await printed).join('\n');
}

test(
  `${STORIES} stories in the simulated world break nothing`,
  { timeout: 3_600_000 },
  async () => {
    const parts = availableParallelism();
    const each = Math.ceil(STORIES / parts);
    const broken = await Promise.all(Array.from({ length: parts }, () => part(each)));
    expect(broken.filter((one) => one !== '')).toEqual([]);
  },
);
