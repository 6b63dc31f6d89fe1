// One goal, whole, by the real programs: research by several at once, a plan by the model that is
// thought over once, approval, parallel work, checks, a review by two, the merge.

import { EventEmitter, once } from 'node:events';

import { expect, it } from 'vitest';

import type { Move } from '../../src/testing/index.ts';
import { done, expectExit, write } from './claude-stage.ts';
import { REAL_CLIS } from './real-clis.ts';
import { projectWith } from './with-cli.ts';

const task = (id: string, dependsOn: readonly string[], more: object = {}): object => ({
  id,
  title: `Write ${id}`,
  description: `${id}.js`,
  agent: 'backend-developer',
  depends_on: dependsOn,
  files: [`${id}.js`],
  estimate: { minutes: 5 },
  ...more,
});
const BOTH = task('both', ['left', 'right'], {
  title: 'Join both and test them',
  agent: 'qa-engineer',
  checks: [`node -e "if (require('./both') !== 3) throw 'expected 3'"`],
});
/** Both write the same file at the same time, and one dependency says what others imply. */
const DOUBTFUL = [
  task('left', []),
  task('right', [], { files: ['left.js', 'right.js'] }),
  BOTH,
  task('last', ['left', 'both']),
];
const MENDED = [task('left', []), task('right', []), BOTH, task('last', ['left', 'both'])];

const FOUND = 'Each part is a module of its own in the root.';

/** What the model plays: who works at the same time does not go on before the others are at work. */
class Cast {
  readonly #doors: ReadonlyMap<string, { of: number; open: Promise<unknown>; ring: () => void }>;
  readonly #met: ReadonlyMap<string, Set<string>>;
  readonly plans: string[] = [];

  constructor(meetings: Readonly<Record<string, number>>) {
    const bell = new EventEmitter();
    this.#doors = new Map(
      Object.entries(meetings).map(([name, of]) => [
        name,
        { of, open: once(bell, name), ring: () => bell.emit(name) },
      ]),
    );
    this.#met = new Map(Object.keys(meetings).map((name) => [name, new Set()]));
  }

  /** The moves for a prompt. */
  plays(prompt: string): readonly Move[] | undefined {
    if (prompt.includes('# Plan this goal')) {
      this.plans.push(prompt);
      const tasks = prompt.includes('# Your first plan') ? MENDED : DOUBTFUL;
      return [{ answer: { goal: 'Three files', tasks } }];
    }
    const title = /# Your task: (?<title>[^\n]+?) \(/u.exec(prompt)?.groups?.['title'] ?? '';
    if (title.startsWith('Research')) return this.#together('research', title, done(FOUND));
    if (title.startsWith('Review')) {
      const answer = { verdict: 'approve', summary: 'It is as it should be.', findings: [] };
      return this.#together('review', title, { answer });
    }
    return this.#work(title);
  }

  #work(title: string): readonly Move[] | undefined {
    switch (title) {
      case 'Write left':
        return this.#together('work', title, write('left.js', 'module.exports = 1;\n'));
      case 'Write right':
        return this.#together('work', title, write('right.js', 'module.exports = 2;\n'));
      case 'Join both and test them':
        return [
          write('both.js', "module.exports = require('./left') + require('./right');\n"),
          done('joined'),
        ];
      case 'Write last':
        return [write('last.js', "module.exports = require('./both');\n"), done('last')];
      default:
        return undefined;
    }
  }

  #together(name: string, who: string, move: Move): readonly Move[] {
    const door = this.#doors.get(name);
    const met = this.#met.get(name)?.add(who);
    if (door === undefined || met === undefined) return [move];
    if (met.size === door.of) door.ring();
    const last = 'answer' in move ? [] : [done(`${who}: done`)];
    return [{ ...move, after: door.open }, ...last];
  }
}

it.each(REAL_CLIS.filter(({ id }) => id !== 'gemini'))(
  '$name carries a goal from its research to the base branch',
  async (cli) => {
    const cast = new Cast({ research: 3, work: 2, review: 2 });
    const project = await projectWith(cli, (prompt) => cast.plays(prompt), 'budget: { usd: 20 }');
    const { tutti, git } = project;

    const planned = await tutti('run', 'Implement three files that fit', '--orchestrate', '--json');
    expectExit(planned, 3);
    const { key } = planned.json().run;
    const { plan } = (await tutti('plan', 'show', key, '--json')).json();
    // The second plan counts, without what others imply; what it cost was one more question.
    expect(cast.plans.some((prompt) => prompt.includes('may both change left.js'))).toBe(true);
    expect(cast.plans[0]).toContain(FOUND);
    expect(plan.tasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['left', []],
      ['right', []],
      ['both', ['left', 'right']],
      ['last', ['both']],
    ]);
    expect(plan).toMatchObject({
      findings: [
        expect.objectContaining({ code: 'unapproved_command', task: 'both' }),
        expect.objectContaining({ code: 'redundant_edge', task: 'last' }),
      ],
      forecast: { minutes: 15, criticalMinutes: 15, from: { estimates: 4 } },
    });

    expectExit(await tutti('plan', 'approve', key), 0);
    const ran = await tutti('resume', key, '--json');
    expectExit(ran, 0);
    const { run } = ran.json();
    expect(run).toMatchObject({ state: 'completed', outcome: 'full' });
    const report = (await tutti('report', key, '--json')).json();
    expect(report.tasks.map(({ stage, kind, state }) => `${stage} ${kind} ${state}`)).toEqual([
      ...Array.from({ length: 3 }, () => 'research research completed'),
      'planning plan completed',
      ...Array.from({ length: 4 }, () => 'implementation work completed'),
      'review check completed',
      ...Array.from({ length: 2 }, () => 'review review completed'),
    ]);
    const work = report.tasks.filter(({ kind }) => kind === 'work');
    expect(work.map(({ proof }) => proof)).toEqual(['proven', 'proven', 'proven', 'proven']);
    // The checks of the review are a plain command.
    expect(Object.keys(report.cost.byRuntime).toSorted()).toEqual([cli.id, 'command'].toSorted());
    expect(report.cost.usd).toBeGreaterThan(0);

    expectExit(await tutti('merge', key, '--yes'), 0);
    expect(git('show', 'main:last.js')).toBe("module.exports = require('./both');");
    expectExit(await tutti('verify', key), 0);
    expect(project.left()).toEqual([]);
  },
  240_000,
);
