// Two real agents edit the same line at the same time; the second one drops what the first one did,
// and a third brings both together.

import { EventEmitter, once } from 'node:events';

import { expect, it } from 'vitest';

import type { Move } from '../../src/testing/index.ts';
import { WITHOUT_STAGES_TEXT } from '../without-stages.ts';
import { bash, done, expectExit } from './claude-stage.ts';
import { REAL_CLIS } from './real-clis.ts';
import { projectWith } from './with-cli.ts';

const PATH = 'greeting.js';
const LINES = { Hello: "exports.hello = 'Hello';", Goodbye: "exports.goodbye = 'Goodbye';" };
const BOTH = Object.values(LINES).join('\n');
const CHECK = `node -e "if (Object.keys(require('./${PATH}')).length < 1) throw 'says nothing'"`;

/** By the shell: a program may refuse to write over a file that it has not read. */
const put = (text: string): Move => bash(`cat > ${PATH} <<'END'\n${text}\nEND`);

/** Nobody writes before both are at work, so that both start from the same commit. */
function cast(): { plays: (prompt: string) => readonly Move[]; resolved: string[] } {
  const bell = new EventEmitter();
  const open = once(bell, 'both');
  const atWork = new Set<string>();
  const resolved: string[] = [];
  return {
    resolved,
    plays: (prompt) => {
      if (prompt.includes('# Your task: Resolve')) {
        resolved.push(prompt);
        return [put(BOTH), done('Both greetings are there.')];
      }
      const title = prompt.includes('# Your task: Hello (') ? 'Hello' : 'Goodbye';
      atWork.add(title);
      if (atWork.size === 2) bell.emit('both');
      // It does the same again when it is shown the conflict.
      return [{ ...put(LINES[title]), after: open }, done(title)];
    },
  };
}

it.each(REAL_CLIS.filter(({ id }) => id !== 'gemini'))(
  '$name: a line that two have changed ends with what both have added',
  async (cli) => {
    const { plays, resolved } = cast();
    const project = await projectWith(cli, plays, `orchestration: { ${WITHOUT_STAGES_TEXT} }`);
    const { tutti, git } = project;
    project.write(PATH, '// Says nothing yet.\n');
    git('add', '-A');
    git('commit', '-qm', 'Begin to greet');

    const tasks = Object.keys(LINES).map((title) => ({
      id: title.toLowerCase(),
      title,
      agent: 'backend-developer',
      checks: [CHECK],
    }));
    const ran = await tutti('run', '--plan', project.plan(tasks), '--yes', '--json');
    expectExit(ran, 0);
    const { key, branch } = ran.json().run;
    expect(git('show', `${branch}:${PATH}`)).toBe(BOTH);

    const report = (await tutti('report', key, '--json')).json();
    expect(report.tasks.map(({ kind, state, proof }) => [kind, state, proof])).toEqual(
      expect.arrayContaining([
        ['work', 'completed', 'proven'],
        ['work', 'skipped', null],
        ['resolve', 'completed', 'proven'],
      ]),
    );
    // Who resolves is shown both sides.
    for (const line of Object.values(LINES)) expect(resolved[0]).toContain(line);
    expectExit(await tutti('verify', key), 0);
    expect(project.left()).toEqual([]);
  },
  240_000,
);
