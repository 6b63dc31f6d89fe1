// What an agent says of its tools is what its process is asked for when it is silent.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { startCliSession } from '../../src/adapters/runtimes/cli-session.ts';
import { NO_USAGE } from '../../src/model/attempt.ts';
import type { AgentEvent } from '../../src/ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../src/ports/process.ts';
import { plainSpec } from './runtime.testsuite.ts';

const use = { type: 'tool_use', name: 'Bash', summary: 'make' } as const;
const result = { type: 'tool_result', ok: true } as const;

test('a session tells its process how many tools are open', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-tools-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const told: number[] = [];
  const real = createSupervisor(systemClock);
  const supervisor: ProcessSupervisor = {
    ...real,
    start: (spec) => {
      const process = real.start(spec);
      const tools = process.tools.bind(process);
      return Object.assign(process, {
        tools: (open: number): void => {
          told.push(open);
          tools(open);
        },
      });
    },
  };
  const events: AgentEvent[] = [use, use, result, { type: 'text', text: 'x' }, result, result, use];
  const session = startCliSession(supervisor, plainSpec(dir, { cwd: dir }), {
    argv: ['echo', 'anything'],
    env: {},
    stdin: null,
    hint: '',
    reader: {
      read: () => events,
      end: () => [],
      outcome: () => ({ failure: null, structured: undefined, text: '', summary: '' }),
      sessionId: null,
      tokens: NO_USAGE,
      costUsd: 0,
    },
  });
  await session.result;
  expect(told).toEqual([1, 2, 1, 0, 0, 1]);
});
