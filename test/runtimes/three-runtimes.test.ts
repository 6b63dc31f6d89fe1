// One run whose parallel tasks are done by three real programs of three makers, each in the sandbox,
// merged into one branch.

import { EventEmitter, once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { startScriptedModel, type Move } from '../../src/testing/index.ts';
import { found } from '../sandbox.ts';
import { WITHOUT_STAGES_TEXT } from '../without-stages.ts';
import { asTask, expectExit } from './claude-stage.ts';
import { makeProject } from './project.ts';
import { REAL_CLIS } from './real-clis.ts';

const CONFIG = `
orchestration: { ${WITHOUT_STAGES_TEXT} }
runtimes:
  default: claude
  codex: { model: gpt-5.5 }
  gemini: { model: gemini-2.5-pro }
`;

it('has three tasks done by three runtimes at once, on one branch, each with its cost', async () => {
  const meeting = new EventEmitter();
  const met = once(meeting, 'met');
  const seen = new Set<string>();
  const model = await startScriptedModel({
    plays: (prompt): readonly Move[] | undefined => {
      const cli = REAL_CLIS.find(({ id }) => prompt.includes(`# Your task: Write ${id} (`));
      if (cli === undefined) return undefined;
      // None goes on before the others are at work.
      if (seen.add(cli.id).size === REAL_CLIS.length) meeting.emit('met');
      const content = `module.exports = '${cli.id}';\n`;
      return [
        { write: { path: `${cli.id}.js`, content }, after: met },
        { answer: { status: 'done', summary: `${cli.id} was here` } },
      ];
    },
  });
  onTestFinished(() => model.close());
  const project = makeProject((home) =>
    Object.fromEntries(REAL_CLIS.flatMap(({ person }) => Object.entries(person(home, model.url)))),
  );
  for (const cli of REAL_CLIS) {
    symlinkSync(cli.binary ?? '', join(project.home, 'bin', cli.id));
  }
  project.write('../.config/tutti/config.yaml', CONFIG);
  const { tutti, git } = project;

  const { runtimes } = (await tutti('runtimes', '--json')).json();
  for (const { id, version } of REAL_CLIS) {
    expect(runtimes.find((one) => one.id === id)).toMatchObject({ found: true, version });
  }
  const { doctor } = (await tutti('doctor', '--json')).json();
  const sandbox = doctor.findings.find(({ name }) => name === 'sandbox');
  expect(sandbox).toMatchObject({
    text: expect.stringContaining(found.works ? found.form : 'off'),
  });
  const tasks = REAL_CLIS.map(({ id }) => asTask(`Write ${id}`, { runtime: id }));
  const ran = await tutti('run', '--plan', project.plan(tasks), '--yes', '--json');
  expectExit(ran, 0);
  const { run } = ran.json();
  expect(run).toMatchObject({ state: 'completed', outcome: 'full' });
  for (const { id } of REAL_CLIS) {
    expect(git('show', `${run.branch}:${id}.js`)).toBe(`module.exports = '${id}';`);
  }
  const { cost, attempts } = (await tutti('report', run.key, '--json')).json();
  expect(Object.keys(cost.byRuntime).toSorted()).toEqual(['claude', 'codex', 'gemini']);
  for (const spent of Object.values(cost.byRuntime)) expect(spent.usd).toBeGreaterThan(0);
  expect(attempts.map(({ runtime, sessionId }) => [runtime, typeof sessionId])).toEqual([
    ['claude', 'string'],
    ['codex', 'string'],
    ['gemini', 'string'],
  ]);
  expect(project.left()).toEqual([]);
});
