import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe } from 'vitest';

import { createScriptedRuntime } from '../../src/adapters/runtimes/scripted.ts';
import { scriptedAgentPath, type ScriptStep } from '../../src/testing/index.ts';
import { testRuntime, type Job } from './runtime.testsuite.ts';

const USAGE: ScriptStep = { usage: { input: 10, output: 5, costUsd: 0.01 } };

function steps(job: Job): ScriptStep[] {
  switch (job.do) {
    case 'write':
      return [{ write: job }, USAGE, { say: 'wrote it' }];
    case 'shell':
      return [{ run: job.command }, { say: 'ran it' }];
    case 'answer':
      return [{ answer: job.value }];
    case 'fail':
      return [{ fail: { message: 'it broke' } }];
  }
}

describe('scripted', () => {
  testRuntime({
    create: (supervisor) => createScriptedRuntime({ supervisor, program: scriptedAgentPath }),
    play: (job, dir) => {
      const path = join(dir, 'script.json');
      writeFileSync(path, JSON.stringify({ plan: steps(job), default: steps(job) }));
      return { env: { TUTTI_SCRIPT: path } };
    },
    missing: { spec: {}, names: 'TUTTI_SCRIPT' },
  });
});
