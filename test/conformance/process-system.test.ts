import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect } from 'vitest';

import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import type { ProcessIdentity } from '../../src/model/attempt.ts';
import { testProcessSupervisor } from './process.testsuite.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dir: string;

/** Compiles the supervisor for a process of its own, which then can be killed. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-supervisor-'));
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: false,
      isolatedDeclarations: false,
      rootDir: join(root, 'src'),
      outDir: dir,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: ['process/supervisor.ts', 'clock/system.ts'].map((f) => join(root, 'src/adapters', f)),
  };
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(project));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', dir], { encoding: 'utf8' });
  expect(status, stdout).toBe(0);
  writeFileSync(
    join(dir, 'hold.js'),
    `import { systemClock } from './adapters/clock/system.js';
     import { createSupervisor } from './adapters/process/supervisor.js';
     createSupervisor(systemClock).start({
       ...JSON.parse(process.argv[2]), env: { PATH: process.env.PATH }, mark: 'held',
       stdin: null, logPath: null, logLimitBytes: 0, timeoutMs: 60000, idleTimeoutMs: null,
       mayStart: (identity) => new Promise((resolve) => {
         console.log(JSON.stringify(identity));
         if (process.argv[3] === 'open') resolve(true);
       }),
     });`,
  );
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each([
  { how: 'by itself', plain: false },
  { how: 'by a keeper', plain: true },
])('the supervisor of the system, of processes started $how', ({ plain }) => {
  testProcessSupervisor({
    outlived: plain,
    create: (clock) => {
      const supervisor = createSupervisor(clock);
      return { ...supervisor, start: (spec) => supervisor.start({ ...spec, plain }) };
    },
    byAnotherProcess: async (spec, gate) => {
      const asked = JSON.stringify({ ...spec, plain });
      const holder = spawn(process.execPath, [join(dir, 'hold.js'), asked, gate], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = createInterface(holder.stdout)[Symbol.asyncIterator]();
      const identity: ProcessIdentity = JSON.parse(String((await lines.next()).value));
      return {
        identity,
        kill: async () => {
          const exit = once(holder, 'exit');
          holder.kill('SIGKILL');
          await exit;
        },
      };
    },
  });
});
