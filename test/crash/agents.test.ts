// Agents, whose sessions and questions outlive the process that ran them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, it } from 'vitest';

import type { Script } from '../../src/testing/index.ts';
import { WITHOUT_STAGES_TEXT } from '../without-stages.ts';
import { counted, leftOver, makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';

const PLAN = `
goal: One file
tasks:
  - { id: one, title: Write one }
`;
const CONFIG = `
project: { key: SHOP }
orchestration: { retry: { initial_secs: 0 }, ${WITHOUT_STAGES_TEXT} }
`;
const START = ['run', '--plan', '../plan.yaml', '--yes', '--jsonl'];
let project: Project;

afterEach(() => project.remove());

function makeScripted(script: Script, check?: string): void {
  const checks = check === undefined ? '' : `, checks: ['${check}']`;
  project = makeProject(PLAN.replace(' }', `${checks} }`), CONFIG);
  const file = join(project.home, 'script.json');
  writeFileSync(file, JSON.stringify(script));
  const own = join(project.home, '.config', 'tutti');
  mkdirSync(own, { recursive: true });
  const config = {
    runtimes: { default: 'scripted', scripted: { env: { TUTTI_SCRIPT: file } } },
  };
  writeFileSync(join(own, 'config.yaml'), JSON.stringify(config));
}

/** The attempts of the one task. */
async function attempts(): Promise<{ sessionId: string | null; failure: unknown }[]> {
  const { stdout } = await tutti(project, ['show', 'SHOP-1.1', '--json']);
  const value: { attempts: { sessionId: string | null; failure: unknown }[] } = JSON.parse(stdout);
  return value.attempts;
}

const known = (stdout: string): boolean => stdout.includes('"attempt-session"');
const lost = { reason: 'worker_lost' };

it('the session of an agent is on disk as soon as it is known, and goes on after each kill', async () => {
  const turn = { append: { path: 'turns', content: '{session}#{turn}\n' } };
  makeScripted({
    tasks: { one: { attempts: [[turn, { hang: true }], [turn, { hang: true }], [turn]] } },
  });
  expect((await tutti(project, START, known)).signal).toBe('SIGKILL');
  expect((await tutti(project, ['resume', '--jsonl'], known)).signal).toBe('SIGKILL');
  const done = await tutti(project, ['resume']);
  expect(done.code, done.lines.join('\n')).toBe(0);

  const all = await attempts();
  expect(all.map(({ failure }) => failure)).toMatchObject([lost, lost, null]);
  const session = all[0]?.sessionId ?? '';
  expect(all.map(({ sessionId }) => sessionId)).toEqual([session, session, session]);
  const turns = project.git('show', 'SHOP-1/one-file:turns').split('\n');
  expect(turns.at(-1)).toBe(`${session}#3`);
  expect(leftOver(project)).toEqual([]);
});

it('a session is not broken off by an attempt that was killed before its agent began', async () => {
  const turn = { append: { path: 'turns', content: '{session}#{turn}\n' } };
  makeScripted({ tasks: { one: { attempts: [[turn, { hang: true }], [turn]] } } });
  expect((await tutti(project, START, known)).signal).toBe('SIGKILL');
  // The second one stands at its gate.
  const killed = await counted(project, ['resume'], { at: 'write go', signal: 'SIGKILL' }).ended;
  expect(killed.signal).toBe('SIGKILL');
  expect((await tutti(project, ['resume'])).code).toBe(0);

  const all = await attempts();
  expect(all.map(({ failure }) => failure)).toMatchObject([lost, lost, null]);
  const session = all[0]?.sessionId ?? '';
  expect(all.map(({ sessionId }) => sessionId)).toEqual([session, null, session]);
  const turns = project.git('show', 'SHOP-1/one-file:turns').split('\n');
  expect(turns.at(-1)).toBe(`${session}#2`);
});

it('what a check found is told again when the try after it was killed', async () => {
  const told = 'test -e fixed';
  makeScripted(
    {
      tasks: {
        one: {
          attempts: [
            [{ write: { path: 'one.txt', content: '1' } }],
            [{ hang: true }],
            [{ write: { path: 'fixed', content: '' }, if_prompt: `check_failed[^]*${told}` }],
          ],
        },
      },
    },
    told,
  );
  const killed = await tutti(project, START, (stdout) => {
    const second = stdout.indexOf('"SHOP-1.1#2"');
    return second >= 0 && known(stdout.slice(second));
  });
  expect(killed.signal).toBe('SIGKILL');
  const done = await tutti(project, ['resume']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  expect(await attempts()).toHaveLength(3);
});

it('a question that was written but not shown is listed, and shown by resume', async () => {
  makeScripted({
    tasks: {
      one: [
        {
          answer: { status: 'blocked', summary: 'unsure', question: 'Which color?' },
          unless_prompt: 'The answer: blue',
        },
        { write: { path: 'one.txt', content: 'blue' } },
      ],
    },
  });
  const args = ['run', '--plan', '../plan.yaml', '--yes'];
  const killed = await counted(project, args, { at: 'SHOP-1?1 asks', signal: 'SIGKILL' }).ended;
  expect(killed.signal).toBe('SIGKILL');
  expect([killed.stdout, ...killed.lines].join('\n')).not.toContain('Which color?');

  expect((await tutti(project, ['asks'])).stdout).toContain('Which color?');
  const listed = await tutti(project, ['asks', '--json']);
  expect(JSON.parse(listed.stdout)).toMatchObject({
    asks: [{ key: 'SHOP-1?1', task: 'SHOP-1.1', kind: 'question', question: 'Which color?' }],
  });
  const waits = await tutti(project, ['resume']);
  expect(waits.code).toBe(3);
  expect([waits.stdout, ...waits.lines].join('\n')).toContain('Which color?');
  expect((await tutti(project, ['answer', 'SHOP-1?1', 'blue'])).code).toBe(0);
  expect((await tutti(project, ['resume'])).code).toBe(0);
  expect(project.git('show', 'SHOP-1/one-file:one.txt')).toBe('blue');
  expect(await attempts()).toHaveLength(2);
});
