import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { OwnCgroup } from '../../src/adapters/process/cgroups.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import type { ProcessIdentity } from '../../src/model/attempt.ts';
import type { Confinement } from '../../src/ports/sandbox.ts';
import { found, sandbox, skipped } from '../sandbox.ts';
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
    files: ['process/supervisor.ts', 'clock/system.ts', 'sandbox/sandbox.ts'].map((f) =>
      join(root, 'src/adapters', f),
    ),
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
     import { createSandbox } from './adapters/sandbox/sandbox.js';
     const { cgroup, ...spec } = JSON.parse(process.argv[2]);
     const options = { sandbox: createSandbox(process.env), ...(cgroup && { cgroup }) };
     createSupervisor(systemClock, options).start({
       ...spec, env: { PATH: process.env.PATH }, mark: 'held',
       stdin: null, logPath: null, logLimitBytes: 0, timeoutMs: 60000, idleTimeoutMs: null,
       mayStart: (identity) => new Promise((resolve) => {
         console.log(JSON.stringify(identity));
         if (process.argv[3] === 'open') resolve(true);
       }),
     });`,
  );
});

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  if (cgroup !== null) await giveBack(cgroup.folder);
});

/** Leaves it, ends what we have left in it, such as keepers, and removes it. */
async function giveBack(folder: string): Promise<void> {
  writeFileSync(join(folder, '..', 'cgroup.procs'), String(process.pid));
  writeFileSync(join(folder, 'cgroup.kill'), '1');
  while (readFileSync(join(folder, 'cgroup.events'), 'utf8').includes('populated 1')) {
    await setImmediate();
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) rmdirSync(join(folder, entry.name));
  }
  rmdirSync(folder);
}

/** What a process that works in `cwd` may see; the private home is beside everything else. */
function confinementOf(cwd: string): Confinement | null {
  if (!found.works) return null;
  const { form, program } = found;
  const home = join(dir, 'home');
  const paths = { read: [], write: [cwd, tmpdir()], fixed: [] };
  return { form, program, home, personHome: null, ...paths, network: 'full', endpoints: [] };
}

/** Finds a process by the number that it has in its sandbox. */
function outside(pid: number, cwd: string): number | null {
  const name = readdirSync('/proc').find((one) => {
    try {
      const status = readFileSync(`/proc/${one}/status`, 'utf8');
      const numbers = /^NSpid:\t(.*)$/mu.exec(status)?.[1]?.split('\t').map(Number) ?? [];
      if (numbers.length < 2 || numbers.at(-1) !== pid) return false;
      return readlinkSync(`/proc/${one}/cwd`).endsWith(basename(cwd));
    } catch {
      return false;
    }
  });
  return name === undefined ? null : Number(name);
}

const OWN_VARIABLES = ['HOME', 'TMPDIR', 'TMP', 'TEMP'];

/** A cgroup that we may divide, even if it holds nobody to any limits; `null` = there is none. */
function cgroupOf(): OwnCgroup | null {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((one) => one.includes(' - cgroup2 '));
  const folder = line?.split(' ')[4];
  if (folder === undefined) return null;
  const own = join(folder, `test-${process.pid}`);
  try {
    mkdirSync(own, { recursive: true });
    return { folder: own, controllers: [] };
  } catch {
    return null;
  }
}

const cgroup = process.platform === 'linux' ? cgroupOf() : null;
const none = { memoryBytes: null, processes: null, diskBytes: null, folders: [] };

describe.each([
  { how: 'by itself', plain: false, confined: false },
  { how: 'by a keeper', plain: true, confined: false },
  ...(cgroup === null
    ? []
    : [
        { how: 'by itself, in a cgroup', plain: false, confined: false, cgroup },
        { how: 'by a keeper, in a cgroup', plain: true, confined: false, cgroup },
      ]),
  { how: `by itself, in the sandbox${skipped}`, plain: false, confined: true },
  { how: `by a keeper, in the sandbox${skipped}`, plain: true, confined: true },
])(
  'the supervisor of the system, of processes started $how',
  ({ plain, confined, cgroup: own }) => {
    if (confined && !found.works) {
      // oxlint-disable-next-line vitest/no-disabled-tests -- there is none here, and it is said
      it.skip(found.cause, () => expect(found.works).toBe(true));
      return;
    }
    const more = (cwd: string): { plain: boolean; confine: Confinement | null } => ({
      plain,
      confine: confined ? confinementOf(cwd) : null,
    });
    testProcessSupervisor({
      outlived: plain,
      holds: own !== undefined || confined,
      ...(confined && { adds: OWN_VARIABLES, processes: 3, outside }),
      create: (clock) => {
        const supervisor = createSupervisor(clock, {
          sandbox,
          ...(own !== undefined && { cgroup: own }),
        });
        const limits = own === undefined ? {} : { limits: none };
        return {
          ...supervisor,
          start: (spec) => supervisor.start({ ...limits, ...spec, ...more(spec.cwd) }),
        };
      },
      byAnotherProcess: async (spec, gate) => {
        const asked = JSON.stringify({
          ...spec,
          ...more(spec.cwd),
          ...(own !== undefined && { cgroup: own, limits: none }),
        });
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
  },
);
