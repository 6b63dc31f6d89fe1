// Our own agent over each of the four APIs: what every runtime must do, and what is its own.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe } from 'vitest';

import { createApiRuntime } from '../../src/adapters/runtimes/api/api.ts';
import type { ApiProvider, ApiSettings } from '../../src/model/settings.ts';
import { NO_RUNTIME_SETTINGS } from '../../src/model/settings.ts';
import type { AttemptSpec } from '../../src/ports/agent-runtime.ts';
import { marker, startScriptedModel } from '../../src/testing/index.ts';
import type { Move, ScriptedModel } from '../../src/testing/index.ts';
import { testRuntime, type Job } from './runtime.testsuite.ts';

const KEY = 'sk-test-0123456789abcdef';
const KEYS = { TEST_API_KEY: KEY };
const PROVIDERS = ['anthropic', 'openai', 'openai-compatible', 'google'] as const;
/** What comes before the path of an API. */
const VERSION = { anthropic: 'v1', openai: 'v1', 'openai-compatible': 'v1', google: 'v1beta' };

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());

function settings(provider: ApiProvider, more: Partial<ApiSettings> = {}): Partial<AttemptSpec> {
  const baseUrl = `${model.url}/${VERSION[provider]}`;
  const api = { provider, baseUrl, keyEnv: 'TEST_API_KEY', maxSteps: 50, ...more };
  return { settings: { ...NO_RUNTIME_SETTINGS, model: 'm-1', api }, model: 'm-1' };
}

function moves(job: Job): Move[] {
  switch (job.do) {
    case 'write':
      return [{ write: job }, { say: 'wrote it' }];
    case 'shell':
      return [{ run: job.command }, { say: 'ran it' }];
    case 'answer':
      return [{ answer: job.value }];
    case 'fail':
      return [{ fail: { status: 400, message: 'it broke' } }];
  }
}

describe.each(PROVIDERS)('api over %s', (provider) => {
  testRuntime({
    create: (supervisor) => createApiRuntime({ id: 'api', supervisor, environment: KEYS }),
    play: (job, dir) => {
      const homeDir = join(dir, 'home');
      mkdirSync(homeDir, { recursive: true });
      const prompt = `${marker(...moves(job))}\nDo it.`;
      return { ...settings(provider), prompt, homeDir, fullPermissions: true };
    },
    missing: { spec: {}, names: 'runtimes.api.provider' },
  });
});
