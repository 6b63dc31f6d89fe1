// Plays stories in the simulated world: `npm run simulate -- [--runs N] [--seed S] | --script FILE`.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    script: { type: 'string' },
  },
});
const { runs, seed, script } = values;
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'src/schedule/simulation.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      TUTTI_SIMULATIONS: runs,
      ...(seed !== undefined && { TUTTI_SEED: seed }),
      ...(script !== undefined && { TUTTI_SCRIPT: resolve(script) }),
    },
  },
);
process.exit(status ?? 1);
