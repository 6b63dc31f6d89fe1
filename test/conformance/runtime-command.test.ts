import { describe, expect, it } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createCommandRuntime } from '../../src/adapters/runtimes/command.ts';
import { testRuntime, type Job } from './runtime.testsuite.ts';

function shell(job: Job): string {
  switch (job.do) {
    case 'write':
      return `printf '%s' '${job.content}' > '${job.path}'; echo wrote it`;
    case 'shell':
      return `${job.command}\necho ran it`;
    case 'answer':
      return `echo thinking; echo '${JSON.stringify(job.value)}'`;
    case 'fail':
      return 'echo it broke >&2; exit 3';
  }
}

describe('command', () => {
  testRuntime({
    create: (supervisor) => createCommandRuntime({ supervisor }),
    play: (job) => ({ command: ['/bin/sh', '-c', shell(job)] }),
    missing: { spec: { command: ['no-such-program'] }, names: 'no-such-program' },
  });

  it('needs no program of its own', async () => {
    const runtime = createCommandRuntime({ supervisor: createSupervisor(systemClock) });
    const settings = {
      model: null,
      maxParallel: null,
      startsPerMinute: null,
      binary: null,
      args: [],
      env: {},
    };
    expect(await runtime.probe(settings)).toMatchObject({ found: true, loggedIn: true });
  });
});
