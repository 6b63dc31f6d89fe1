// Whole runs with the real Claude Code, which talks to a scripted model on loopback.

import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Move } from '../../src/testing/index.ts';
import { found, skipped } from '../sandbox.ts';
import { WITHOUT_STAGES_TEXT } from '../without-stages.ts';
import {
  asTask,
  bash,
  done,
  expectExit,
  makeStage,
  until,
  write,
  type Part,
  type Stage,
} from './claude-stage.ts';
import type { Documents, Live } from './project.ts';

describe('a goal', () => {
  it('is planned by the model, approved, done by two at once and a third, and reported', async () => {
    const meeting = new EventEmitter();
    const met = once(meeting, 'met');
    const seen = new Set<string>();
    // Neither goes on before the other is at work.
    const together =
      (title: string, move: Move): Part =>
      (): readonly Move[] => {
        if (seen.add(title).size === 2) meeting.emit('met');
        return [{ ...move, after: met }, done(`${title}: done`)];
      };
    const tasks = [
      {
        id: 'left',
        title: 'Write left',
        description: 'left.js',
        agent: 'backend-developer',
        depends_on: [],
      },
      {
        id: 'right',
        title: 'Write right',
        description: 'right.js',
        agent: 'backend-developer',
        depends_on: [],
      },
      {
        id: 'both',
        title: 'Join both',
        description: 'both.js',
        agent: 'backend-developer',
        depends_on: ['left', 'right'],
      },
    ];
    const stage = await makeStage({
      plan: [{ answer: { goal: 'Write three files', tasks } }],
      tasks: {
        'Write left': together('left', write('left.js', 'module.exports = 1;\n')),
        'Write right': together('right', write('right.js', 'module.exports = 2;\n')),
        'Join both': () => [
          bash('cat left.js right.js'),
          write('both.js', 'module.exports = require("./left") + require("./right");\n'),
          done('joined'),
        ],
      },
    });
    const { tutti, git } = stage;

    const planned = await tutti('run', 'Write three files', '--orchestrate', '--json');
    expectExit(planned, 3);
    const { key } = planned.json().run;
    expect(planned.json().run).toMatchObject({ state: 'awaiting_approval', orchestrate: true });
    const { plan } = (await tutti('plan', 'show', key, '--json')).json();
    expect(plan.tasks.map(({ id }) => id)).toEqual(['left', 'right', 'both']);
    expect(planned.stderr).not.toContain('{');
    // Nothing was done before somebody agreed.
    expect(stage.prompts('Write left')).toEqual([]);

    expectExit(await tutti('plan', 'approve', key), 0);
    const ran = await tutti('resume', key, '--json');
    expectExit(ran, 0);
    const { run } = ran.json();
    expect(run).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.costUsd).toBeGreaterThan(0);
    const files = git('ls-tree', '--name-only', run.branch).split('\n');
    expect(files).toEqual(expect.arrayContaining(['left.js', 'right.js', 'both.js']));
    expect(git('log', '-1', '--format=%s', run.branch)).toContain('Join both');

    const report = (await tutti('report', key, '--json')).json();
    const work = report.tasks.filter(({ kind }) => kind === 'work');
    expect(work).toMatchObject([{ proof: 'proven' }, { proof: 'proven' }, { proof: 'proven' }]);
    expect(report.cost.usd).toBeGreaterThan(0);
    expect(report.cost.tokens.input).toBeGreaterThan(0);
    expect(report.cost.tokens.output).toBeGreaterThan(0);
    expect(report.cost.byRuntime).toHaveProperty('claude');
    const sessions = report.attempts.map(({ sessionId }) => sessionId);
    expect(new Set(sessions).size).toBe(4);
    for (const id of sessions) expect(id).toMatch(/^[0-9a-f-]{36}$/u);
    // What the first two said reaches the one that builds on them.
    expect(stage.prompts('Join both')[0]).toContain('left: done');
    expect(stage.left()).toEqual([]);
  });
});

describe('a task', () => {
  it('whose check fails goes on in the same session, told what failed', async () => {
    const stage = await makeStage({
      found: 'config',
      tasks: {
        'Write the answer': (prompt) =>
          prompt.includes('expected 42')
            ? [
                bash('cat answer.js'),
                {
                  use: {
                    tool: 'Edit',
                    input: { file_path: 'answer.js', old_string: '41', new_string: '42' },
                  },
                },
                done('right'),
              ]
            : [write('answer.js', 'module.exports = 41;\n'), done('a guess')],
      },
    });
    const check = `node -e "if (require('./answer') !== 42) throw 'expected ' + 42"`;
    const plan = stage.plan([asTask('Write the answer', { checks: [check] })]);
    const ran = await stage.tutti('run', '--plan', plan, '--yes', '--json');
    expectExit(ran, 0);
    const { run } = ran.json();
    expect(stage.git('show', `${run.branch}:answer.js`)).toBe('module.exports = 42;');
    const attempts = await stage.attempts(`${run.key}.1`);
    expect(attempts).toMatchObject([
      { state: 'ended', failure: { reason: 'check_failed' } },
      { state: 'ended', failure: null, sessionId: attempts[0]?.sessionId },
    ]);
    expect(stage.prompts('Write the answer')[1]).toContain('failing-output');
    // What was said before is there: it is the same session.
    expect(stage.prompts('Write the answer')[1]).not.toContain('a guess');
    expect(stage.model.requests.at(-1)?.body).toContain('a guess');
  });

  it('asks a person, and goes on in the same session with the answer', async () => {
    const stage = await makeStage({
      tasks: {
        'Choose a color': (prompt) =>
          prompt.includes('tomato')
            ? [write('color.txt', 'tomato\n'), done('chosen')]
            : [{ answer: { status: 'blocked', summary: 'unsure', question: 'Which color?' } }],
      },
    });
    const plan = stage.plan([asTask('Choose a color')]);
    const ran = await stage.tutti('run', '--plan', plan, '--yes', '--json');
    expectExit(ran, 3);
    const { key, branch } = ran.json().run;
    const { asks } = (await stage.tutti('asks', '--json')).json();
    expect(asks).toMatchObject([{ task: `${key}.1`, question: 'Which color?' }]);
    expectExit(await stage.tutti('answer', `${key}.1`, 'tomato'), 0);
    expectExit(await stage.tutti('resume', key), 0);
    expect(stage.git('show', `${branch}:color.txt`)).toBe('tomato');
    const attempts = await stage.attempts(`${key}.1`);
    expect(attempts).toHaveLength(2);
    expect(attempts[1]?.sessionId).toBe(attempts[0]?.sessionId);
  });

  it.skipIf(!found.works)(`may run what it likes in the sandbox${skipped}`, async () => {
    const outside = (name: string): string => join(stage.home, name);
    const stage: Stage = await makeStage({
      tasks: {
        'Try commands': () => [
          bash('npm test'),
          bash(`touch ${outside('outside.txt')}`),
          bash(`cat ${outside('secret.txt')}`),
          write('file.txt', 'x\n'),
          done('tried'),
        ],
      },
    });
    stage.write('../secret.txt', 'the secret of the day');
    const plan = stage.plan([asTask('Try commands')]);
    const ran = await stage.tutti('run', '--plan', plan, '--yes', '--json');
    expectExit(ran, 0);
    const { branch } = ran.json().run;
    const results = (stage.model.requests.at(-1)?.results ?? []).slice(0, 4);
    // What it writes outside is gone with its private folder for temporary files.
    expect(results.map(({ failed }) => failed)).toEqual([false, false, true, false]);
    expect(results[0]?.text).toContain('path-parse');
    expect(existsSync(outside('outside.txt'))).toBe(false);
    expect(stage.model.requests.at(-1)?.body).not.toContain('the secret of the day');
    expect(stage.git('ls-tree', '--name-only', branch).split('\n')).toContain('file.txt');
  });
});

/** A check that stays until it may go, as does what it started and let go of. */
const STAY = `
const { existsSync } = require('node:fs');
const { join } = require('node:path');
if (!existsSync(join(__dirname, 'may-go'))) {
  if (process.argv[2] !== 'child') {
    const { spawn } = require('node:child_process');
    spawn(process.execPath, [__filename, 'child'], { detached: true, stdio: 'ignore' }).unref();
  }
  setInterval(() => {}, 1e6);
}
`;

/** A task that writes, then stays at something in its first try and ends in the second. */
async function staying(at: 'the model' | 'a command'): Promise<{ stage: Stage; live: Live }> {
  let again = false;
  let stay: Move = { hang: true };
  const stage = await makeStage({
    tasks: {
      'Take long': () =>
        again
          ? [write('second.txt', 'second\n'), done('at last')]
          : [write('first.txt', 'first\n'), stay],
      'Be quick': () => [write('quick.txt', 'quick\n'), done('quick')],
    },
  });
  stage.write('../bin/stay.js', STAY);
  const check = `node ${stage.home}/bin/stay.js`;
  if (at === 'a command') stay = bash(check);
  const plan = stage.plan([
    asTask('Be quick'),
    asTask('Take long', { depends_on: ['be-quick'], checks: [check] }),
  ]);
  const live = stage.start('run', '--plan', plan, '--yes', '--json');
  const { requests } = stage.model;
  await until(() => requests.at(-1)?.results.length === 1 && stage.prompts('Take long').length > 0);
  const child = (): boolean => stage.left().some((line) => line.endsWith('stay.js child'));
  if (at === 'a command') await until(child);
  expect(stage.left().length).toBeGreaterThan(0);
  stage.write('../bin/may-go', '');
  again = true;
  return { stage, live };
}

async function expectGoesOn(stage: Stage, key: string): Promise<Documents['attempts']> {
  const resumed = await stage.tutti('resume', key, '--json');
  expectExit(resumed, 0);
  expect(stage.left()).toEqual([]);
  const { run } = resumed.json();
  expect(run).toMatchObject({ state: 'completed', outcome: 'full' });
  const files = stage.git('ls-tree', '--name-only', run.branch).split('\n');
  expect(files).toEqual(expect.arrayContaining(['first.txt', 'second.txt', 'quick.txt']));
  // What was finished was not done again.
  expect(stage.prompts('Be quick')).toHaveLength(1);
  const attempts = await stage.attempts(`${key}.2`);
  expect(attempts).toHaveLength(2);
  expect(attempts[1]?.sessionId).toBe(attempts[0]?.sessionId);
  return attempts;
}

describe('an interruption', () => {
  it.each(['the model', 'a command'] as const)(
    'by kill -9 while %s is awaited leaves nothing running after resume, which completes',
    async (at) => {
      const { stage, live } = await staying(at);
      live.kill('SIGKILL');
      await live.ended;
      const attempts = await expectGoesOn(stage, 'PATH-1');
      expect(attempts[0]).toMatchObject({ failure: { reason: 'worker_lost' } });
    },
  );

  it.each(['the model', 'a command'] as const)(
    'by Ctrl-C while %s is awaited ends with 130, keeps the work and says how to go on',
    async (at) => {
      const { stage, live } = await staying(at);
      live.kill('SIGINT');
      const ran = await live.ended;
      expectExit(ran, 130);
      expect(ran.stderr).toContain('tutti resume');
      expect(stage.left()).toEqual([]);
      const { key, state } = ran.json().run;
      expect(state).toBe('running');
      const attempts = await stage.attempts(`${key}.2`);
      expect(attempts[0]).toMatchObject({ state: 'ended', outcome: 'canceled' });
      expect(stage.git('show', `${attempts[0]?.keptRef}:first.txt`)).toBe('first');
      await expectGoesOn(stage, key);
    },
  );
});

describe('an error of the API', () => {
  it('about the login fails the run at once and says how to log in', async () => {
    const stage = await makeStage({
      plan: [{ fail: { status: 401, message: 'invalid x-api-key' } }],
    });
    const ran = await stage.tutti('run', 'Do something', '--orchestrate', '--yes', '--json');
    expectExit(ran, 1);
    const { run } = ran.json();
    expect(run.state).toBe('failed');
    const { tasks } = (await stage.tutti('show', run.key, '--json')).json();
    expect(tasks[0]?.failure).toMatchObject({ reason: 'auth' });
    expect(tasks[0]?.failure?.message).toMatch(/claude auth login/u);
    expect(ran.stderr).toMatch(/claude auth login/u);
    const attempts = await stage.attempts(`${run.key}.1`);
    expect(attempts).toHaveLength(1);
  });

  it('about the rate is tried again only so often', async () => {
    const stage = await makeStage({
      config: `orchestration: { retry: { initial_secs: 1 }, ${WITHOUT_STAGES_TEXT} }\n`,
      tasks: { Hurry: () => [{ fail: { status: 429, message: 'slow', retry_after_secs: 1 } }] },
    });
    const plan = stage.plan([asTask('Hurry', { max_attempts: 2 })]);
    const ran = await stage.tutti('run', '--plan', plan, '--yes', '--json');
    expectExit(ran, 1);
    const attempts = await stage.attempts(`${ran.json().run.key}.1`);
    expect(attempts.map(({ failure }) => failure?.reason)).toEqual([
      'rate_limited',
      'rate_limited',
    ]);
    expect(stage.model.requests.length).toBeLessThanOrEqual(8);
  });
});
