// A program of the person's own that speaks no protocol: how it is given its prompt, and what comes
// of what it prints.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createCustomRuntime } from '../../src/adapters/runtimes/custom.ts';
import { NO_RUNTIME_SETTINGS, type RuntimeSettings } from '../../src/model/settings.ts';
import type { AgentRuntime, AttemptResult, AttemptSpec } from '../../src/ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../src/ports/process.ts';
import { found, sandbox, skipped } from '../sandbox.ts';
import { plainSpec, testRuntime, type Job } from './runtime.testsuite.ts';

/** It runs the last line of its prompt. */
const PLAYS = 'tail -n 1 > play.sh; . ./play.sh';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-custom-'));
  for (const name of ['work', 'home', 'person']) mkdirSync(join(dir, name));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function create(supervisor: ProcessSupervisor, root = '/'): AgentRuntime {
  const environment = { PATH: process.env['PATH'] };
  return createCustomRuntime({ id: 'mine', supervisor, environment, root });
}

function lineOf(job: Job): string {
  switch (job.do) {
    case 'write':
      return `printf '%s' '${job.content}' > '${job.path}'; echo wrote it`;
    case 'shell':
      return `${job.command.replaceAll('\n', ';')}; echo ran it`;
    case 'answer':
      return `echo '${JSON.stringify(job.value)}'`;
    case 'fail':
      return 'echo broken >&2; exit 3';
  }
}

describe('the conformance suite', () => {
  testRuntime({
    create,
    play: (job) => ({
      prompt: `Do it.\n${lineOf(job)}`,
      settings: { ...NO_RUNTIME_SETTINGS, binary: 'sh', args: ['-c', PLAYS] },
    }),
    missing: {
      spec: { settings: { ...NO_RUNTIME_SETTINGS, binary: 'no-such-program' } },
      names: 'no-such-program',
    },
    untold: true,
  });
});

function run(
  settings: Partial<RuntimeSettings>,
  more: Partial<AttemptSpec> = {},
): Promise<AttemptResult> {
  const runtime = create(createSupervisor(systemClock, { sandbox }), dir);
  const whole = { ...NO_RUNTIME_SETTINGS, ...settings };
  return runtime.start(plainSpec(dir, { settings: whole, prompt: 'Say {model}.', ...more })).result;
}

const ECHO = 'for one in "$@"; do printf "<%s>" "$one"; done';

describe('its arguments', () => {
  it('have the prompt and the model in their places, each once and as it is', async () => {
    const args = ['-c', ECHO, 'x', '--model={model}', '{prompt}', '{other}'];
    const { report } = await run({ binary: 'sh', args, model: 'm-1' }, { model: 'm-2' });
    expect(report.summary).toBe('<--model=m-2><Say {model}.><{other}>');
  });

  it('name a file with the prompt, however long it is', async () => {
    const args = ['-c', 'wc -c < "$1"', 'x', '{promptFile}'];
    const { report } = await run({ binary: 'sh', args }, { prompt: 'x'.repeat(1_000_000) });
    expect(report.summary.trim()).toBe('1000000');
  });

  it.each([
    [['{prompt}'], { prompt: 'x'.repeat(200_000) }, /too long for an argument.*\{promptFile\}/u],
    [['{model}'], {}, /runtimes\.mine\.model/u],
  ] as const)('are refused where %j cannot be given', async (args, more, words) => {
    const { failure } = await run({ binary: 'sh', args }, more);
    expect(failure).toMatchObject({ reason: 'setup_failed' });
    expect(failure?.message).toMatch(words);
  });
});

describe('its program', () => {
  const AGENT = '#!/bin/sh\necho "here: $(cat)"\n';

  it('is looked up from the root of the project, never in the workspace', async () => {
    writeFileSync(join(dir, 'work/agent.sh'), '#!/bin/sh\necho wrong\n', { mode: 0o755 });
    expect((await run({ binary: './agent.sh' })).failure?.message).toContain('cannot find');
    writeFileSync(join(dir, 'agent.sh'), AGENT);
    chmodSync(join(dir, 'agent.sh'), 0o755);
    expect((await run({ binary: './agent.sh' })).report.summary).toBe('here: Say {model}.');
    const probe = await create(createSupervisor(systemClock), dir).probe({
      ...NO_RUNTIME_SETTINGS,
      binary: './agent.sh',
    });
    expect(probe).toMatchObject({ found: true, path: join(dir, 'agent.sh'), loggedIn: null });
  });

  it.skipIf(!found.works)(`says what it does not see in the sandbox${skipped}`, async () => {
    mkdirSync(join(dir, 'elsewhere'));
    const script = join(dir, 'elsewhere/agent.sh');
    writeFileSync(script, AGENT);
    if (!found.works) throw new Error('there is none');
    const confine = {
      form: found.form,
      program: found.program,
      home: join(dir, 'home'),
      personHome: join(dir, 'person'),
      read: [] as string[],
      write: [join(dir, 'work')],
      fixed: [],
      network: 'full',
      endpoints: [],
    } as const;
    const settings = { binary: 'sh', args: [script] };
    const blind = await run(settings, { confine });
    expect(blind.failure?.message).toContain(
      `does not see ${script}: name the folder in sandbox.read`,
    );
    const seeing = await run(settings, {
      confine: { ...confine, read: [join(dir, 'elsewhere')] },
    });
    expect(seeing).toMatchObject({ failure: null, report: { summary: 'here: Say {model}.' } });
    expect(existsSync(script)).toBe(true);
  });
});
