// What a person is asked at a terminal before something of the repository's counts.

import { describe, expect, test } from 'vitest';

import { atTerminal, hasTerminal } from './terminal.ts';
import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

const PLAN = JSON.stringify({
  goal: 'A goal',
  tasks: [
    { id: 'a', title: 'True', runtime: 'command', command: ['/bin/true'], workspace: 'none' },
  ],
});
const QUESTION = /Trust it, as it is now, on this machine\?/u;
const COMMANDS = /Run them, now and later\?/u;

function wide(): Project {
  const at = project();
  at.write('plan.json', PLAN);
  at.write('.tutti/config.yaml', 'limits: { processes: 9999 }\n');
  return at;
}

const RUN = ['run', '--plan', 'plan.json', '--yes'];

describe.skipIf(!hasTerminal)('at a terminal', () => {
  test('what widens is shown and asked about; a yes holds from then on', async () => {
    const at = wide();
    const ended = await atTerminal(at, RUN, [[QUESTION, 'y']]);
    expect(ended.shown).toContain('.tutti/config.yaml:1: limits.processes: 9999');
    expect(ended.code, ended.shown).toBe(0);
    expect((await at.tutti(RUN)).code).toBe(0);
    expect((await atTerminal(at, RUN, [])).shown).not.toMatch(QUESTION);
  });

  test.each([
    ['no', 'n'],
    ['Enter', '\r'],
    ['Escape', '\u001B'],
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['the end of the input', null],
  ])('%s is no trust: nothing starts, nothing is canceled', async (_, keys) => {
    const at = wide();
    const ended = await atTerminal(at, RUN, [[QUESTION, keys]]);
    expect(ended.code, ended.shown).toBe(4);
    expect((await at.tutti(['list'])).stdout).not.toContain('SHOP-1');
    expect((await at.json(['trust', '--show'])).document['trusted']).toBe(false);
  });

  test('commands of the repository are asked about once where no plan shows them', async () => {
    const at = project({
      script: { default: [{ append: { path: 'a.txt', content: 'x\n' } }, { say: 'ok' }] },
    });
    at.write('.tutti/config.yaml', 'checks: [{ name: there, run: "test -e a.txt" }]\n');
    const run = ['run', 'A goal', '--no-orchestrate'];
    const refused = await atTerminal(at, run, [[COMMANDS, 'n']]);
    expect(refused.shown).toContain('check there: test -e a.txt');
    expect(refused.code, refused.shown).toBe(4);
    const first = await atTerminal(at, run, [[COMMANDS, 'y']]);
    expect(first.code, first.shown).toBe(0);
    const again = await atTerminal(at, run, []);
    expect(again.shown).not.toMatch(COMMANDS);
    expect(again.code, again.shown).toBe(0);
    at.write('.tutti/config.yaml', 'checks: [{ name: there, run: "test -f a.txt" }]\n');
    expect((await atTerminal(at, run, [[COMMANDS, 'n']])).code).toBe(4);
    expect((await at.json(['trust', '--show'])).document['commands']).toMatchObject([
      { command: 'check there: test -f a.txt', approved: false },
    ]);
    expect((await atTerminal(at, ['trust'], [[QUESTION, 'n']])).code).toBe(4);
    const trusted = await atTerminal(at, ['trust'], [[QUESTION, 'y']]);
    expect(trusted.shown).toContain('✓ approved: check there: test -f a.txt');
    expect((await atTerminal(at, run, [])).shown).not.toMatch(COMMANDS);
  });

  test('of what init wrote nothing is asked', async () => {
    const at = project({
      script: { default: [{ append: { path: 'a.txt', content: 'x\n' } }, { say: 'ok' }] },
    });
    at.write('Makefile', 'test:\n\ttest -e a.txt\n');
    at.git('add', '.');
    at.git('commit', '-q', '-m', 'Check');
    expect((await at.tutti(['init', '--yes'])).code).toBe(0);
    const run = ['run', 'A goal', '--no-orchestrate', '--runtime', 'scripted'];
    const ended = await atTerminal(at, run, [[/[?] *$/u, 'n']]);
    expect(ended.code, ended.shown).toBe(0);
    expect(ended.shown).not.toMatch(COMMANDS);
  });
});
