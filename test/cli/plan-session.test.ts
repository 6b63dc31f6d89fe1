// A planning session as a person has it: at a real terminal, killed and gone on with, beside others who
// edit the same plan, and without a terminal.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { KILL, atTerminal, hasTerminal } from './terminal.ts';
import type { Typed } from './terminal.ts';
import { emptyFolder, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const API = { id: 'api', title: 'Write the greeting API', agent: 'backend-developer' };
const UI = { id: 'ui', title: 'Build the page', agent: 'frontend-designer', depends_on: ['api'] };
const DOCS = { id: 'docs', title: 'Document it', agent: 'general-purpose', depends_on: ['ui'] };
const planned = (...tasks: object[]): object => ({ goal: 'Greet people', tasks });
const EARLIER = planned(API, UI, { ...DOCS, depends_on: ['api'] });

const SCRIPT = {
  plan: [
    { answer: planned(API, UI, DOCS), unless_prompt: 'rejects this plan' },
    { answer: planned({ ...API, title: 'Do it all' }), if_prompt: 'rejects this plan' },
  ],
  discuss: [
    { answer: { reply: 'Two agents can work at once.' } },
    { answer: { reply: 'The docs need the API only.', plan: EARLIER }, if_prompt: 'docs earlier' },
    {
      answer: {
        reply: 'In two.',
        plan: planned(
          API,
          { ...UI, id: 'frame', title: 'Build the frame' },
          { ...UI, id: 'look', title: 'Style the page' },
          { ...DOCS, depends_on: ['frame', 'look'] },
        ),
      },
      if_prompt: 'Split the task "ui"',
    },
    { fail: { reason: 'auth', message: 'not logged in' }, if_prompt: 'fail please' },
  ],
  default: [{ append: { path: '{task}.txt', content: 'x' } }, { say: 'ok' }],
};
const CONFIG = {
  orchestration: { stages: { research: { enabled: false }, review: { enabled: false } } },
};

const MENU = /SHOP-1 r\d+ > $/u;
const KEY = 'SHOP-1';
const PLAN = ['plan', 'Greet people', '--orchestrate'];

interface Shown {
  readonly run: { readonly state: string };
  readonly plan: { readonly revision: number; readonly tasks: readonly { readonly id: string }[] };
  readonly revisions: readonly unknown[];
  readonly discussion: readonly Record<string, unknown>[];
}

const greeting = (): Project => project({ script: SCRIPT, config: CONFIG });

async function drafted(): Promise<Project> {
  const at = greeting();
  expect((await at.tutti(PLAN)).code).toBe(3);
  return at;
}

async function shown(at: Project): Promise<Shown> {
  const { stdout } = await at.tutti(['plan', 'show', KEY, '--json']);
  const document: Shown = JSON.parse(stdout);
  return document;
}

const ids = ({ plan }: Shown): string[] => plan.tasks.map(({ id }) => id);

describe.skipIf(!hasTerminal)('a planning session at a terminal', () => {
  test('is held, killed, gone on with, approved and executed', { timeout: 180_000 }, async () => {
    const at = greeting();
    const first = await atTerminal(at, PLAN, [
      [MENU, 'd\r'],
      [/wish: $/u, 'Could the docs come earlier? docs earlier\r'],
      [/Take this change\? \[y\/N\] $/u, 'y\r'],
      [MENU, 's\r'],
      [/to split: $/u, '2\r'],
      [/piece 1.*: $/u, 'Build the frame\r'],
      [/piece 2.*: $/u, 'Style the page\r'],
      [/piece 3.*: $/u, '\r'],
      [MENU, 'r\r'],
      [/to remove: $/u, '1\r'],
      [/\[y\/N\] $/u, 'y\r'],
      [MENU, KILL],
    ]);
    expect(first.shown).toContain('The docs need the API only.');
    expect(first.shown).toContain('dependsOn: ["ui"] → ["api"]');
    expect(first.shown).toContain('docs waited for api: it waits for nothing now.');
    const killed = await shown(at);
    expect(ids(killed)).toEqual(['build-the-frame', 'style-the-page', 'docs']);
    expect(killed.revisions).toHaveLength(4);
    expect(killed.discussion).toMatchObject([
      { from: 'person', by: expect.any(String), revision: 1, proposal: null },
      { from: 'planner', text: 'The docs need the API only.', proposal: { added: [] } },
    ]);
    expect((await at.tutti(['verify'])).code).toBe(0);
    const second = await atTerminal(
      at,
      ['plan', 'continue', KEY],
      [
        [MENU, 'p\r'],
        [/\[later\]: $/u, 'approve\r'],
        [/now\? \[y\/N\] $/u, '\r'],
      ],
    );
    expect(second.code, second.shown).toBe(0);
    expect(second.shown).toContain('The docs need the API only.');
    expect((await shown(at)).run.state).toBe('approved');
    const done = await at.json(['plan', 'execute', KEY]);
    expect(done.code).toBe(0);
    expect(done.document['run']).toMatchObject({ state: 'completed', outcome: 'full' });
    expect((await at.tutti(['verify'])).code).toBe(0);
  });

  const PROMPTS: Readonly<Record<string, readonly Typed[]>> = {
    menu: [],
    discuss: [[MENU, 'd\r']],
    add: [[MENU, 'a\r']],
    modify: [[MENU, 'm\r']],
    'new title': [
      [MENU, 'm\r'],
      [/to modify: $/u, '1\r'],
    ],
    split: [[MENU, 's\r']],
    piece: [
      [MENU, 's\r'],
      [/to split: $/u, 'ui\r'],
      [/piece 1.*: $/u, 'One\r'],
    ],
    remove: [[MENU, 'r\r']],
    'are you sure': [
      [MENU, 'r\r'],
      [/to remove: $/u, 'docs\r'],
    ],
    approve: [[MENU, 'p\r']],
    why: [
      [MENU, 'p\r'],
      [/\[later\]: $/u, 'reject\r'],
    ],
    take: [
      [MENU, 'd\r'],
      [/wish: $/u, 'docs earlier\r'],
    ],
  };
  const WAITS = ['awaiting_approval', 1] as const;

  test(
    'a kill or the end of input at any prompt decides nothing',
    { timeout: 600_000 },
    async () => {
      const at = await drafted();
      // As nothing is decided, all of it can happen to the same plan, one after the other.
      for (const [prompt, typed] of Object.entries(PROMPTS)) {
        await atTerminal(at, ['plan', 'continue', KEY], [...typed, [/[:>\]] $/u, KILL]]);
        const killed = await shown(at);
        expect([prompt, killed.run.state, killed.plan.revision]).toEqual([prompt, ...WAITS]);
        const left = await atTerminal(
          at,
          ['plan', 'continue', KEY],
          [
            // What was proposed before the kill is asked about again.
            [/[>\]] $/u, prompt === 'take' ? 'n\r' : '\r'],
            ...typed.slice(0, prompt === 'take' ? 0 : typed.length),
            [/[:>\]] $/u, '\u0004'],
          ],
        );
        expect(left.code, `${prompt}\n${left.shown}`).toBe(3);
        expect(left.shown).toContain(`tutti plan continue ${KEY}`);
        const ended = await shown(at);
        expect([prompt, ended.run.state, ended.plan.revision]).toEqual([prompt, ...WAITS]);
      }
      expect((await at.tutti(['verify'])).code).toBe(0);
    },
  );

  test('a kill while the planner thinks costs no answer', { timeout: 180_000 }, async () => {
    const gate = join(emptyFolder(), 'go');
    const discuss = [{ wait: { file: gate } }, { answer: { reply: 'Here I am.' } }];
    const at = project({ script: { ...SCRIPT, discuss }, config: CONFIG });
    expect((await at.tutti(PLAN)).code).toBe(3);
    const asked = await atTerminal(
      at,
      ['plan', 'continue', KEY],
      [
        [MENU, 'd\r'],
        [/wish: $/u, 'Who are you?\r'],
        [/SHOP-1\.2 .*Plan +[1-9]/u, KILL],
      ],
    );
    expect(asked.shown).not.toContain('Here I am');
    expect((await shown(at)).run.state).toBe('planning');
    const edited = await at.tutti(['plan', 'edit', KEY, '--remove', 'docs']);
    expect([edited.code, edited.stderr]).toEqual([2, expect.stringContaining('is at work')]);
    writeFileSync(gate, '');
    const goneOn = await atTerminal(at, ['plan', 'continue', KEY], [[MENU, 'q\r']]);
    expect(goneOn.shown).toContain('Here I am.');
    expect((await at.tutti(['verify'])).code).toBe(0);
  });

  test('says what is wrong with what was typed, and asks again', { timeout: 180_000 }, async () => {
    const at = await drafted();
    const ended = await atTerminal(
      at,
      ['plan', 'continue', KEY],
      [
        [MENU, 'x\r'],
        [MENU, 'r\r'],
        [/to remove: $/u, '9\r'],
        [/to remove: $/u, 'ui\r'],
        [/\[y\/N\] $/u, '\r'],
        [MENU, 's\r'],
        [/to split: $/u, '1\r'],
        [/piece 1.*: $/u, 'Alone\r'],
        [/piece 2.*: $/u, '\r'],
        [MENU, 'a\r'],
        [/new task: $/u, 'Write tests (after 1, 7)\r'],
        [MENU, 'a\r'],
        [/new task: $/u, 'Write tests (after 1, ui)\r'],
        [MENU, 'm\r'],
        [/to modify: $/u, '2\r'],
        [/as it is\]: $/u, 'agent=nobody\r'],
        [MENU, 'm\r'],
        [/to modify: $/u, '2\r'],
        [/as it is\]: $/u, 'Build: the page\r'],
        [MENU, 'q\r'],
      ],
      40,
    );
    expect(ended.code, ended.shown).toBe(3);
    const text = ended.shown;
    for (const said of [
      'There is no "x" here.',
      'there is no task "9"',
      'two pieces or more',
      'there is no task "7"',
      'unknown agent "nobody"',
    ]) {
      expect(text).toContain(said);
    }
    const after = await shown(at);
    expect(after.plan.revision).toBe(3);
    expect(after.plan.tasks).toMatchObject([
      { id: 'api' },
      { id: 'ui', title: 'Build: the page' },
      { id: 'docs' },
      { id: 'write-tests', dependsOn: ['ui'] },
    ]);
  });

  test('two who edit the same plan lose nothing', { timeout: 180_000 }, async () => {
    const at = await drafted();
    const meanwhile = async (keys: string, ...edit: string[]): Promise<string> => {
      const edited = await at.tutti(['plan', 'edit', KEY, ...edit]);
      expect(edited.code, edited.stderr).toBe(0);
      return keys;
    };
    const ended = await atTerminal(
      at,
      ['plan', 'continue', KEY],
      [
        [MENU, () => meanwhile('a\r', '--remove', 'docs')],
        [/new task: $/u, 'Write tests\r'],
        [MENU, 'p\r'],
        // What nobody has looked at is not approved.
        [/\[later\]: $/u, () => meanwhile('approve\r', '--add', 'Last thing')],
        [MENU, 'q\r'],
      ],
    );
    expect(ended.code, ended.shown).toBe(3);
    expect(ended.shown).toContain('made revision 2:');
    expect(ended.shown).toContain('somebody else edited the plan');
    expect(ended.shown).toContain('made revision 4:');
    expect((await shown(at)).run.state).toBe('awaiting_approval');
    expect(ids(await shown(at))).toEqual(['api', 'ui', 'write-tests', 'last-thing']);
  });

  test('a draft that is wrong is edited again, and not lost', { timeout: 180_000 }, async () => {
    const at = await drafted();
    const editor = join(at.dir, '../editor');
    const edit = (line: string): void => writeFileSync(editor, `#!/bin/sh\n${line}\n`);
    edit(`sed -i 's/title: Document it/title: [Document/' "$1"`);
    chmodSync(editor, 0o755);
    at.env['EDITOR'] = editor;
    const wrong = await atTerminal(at, ['plan', 'edit', KEY], [[/\[Y\/n\] $/u, 'n\r']]);
    expect(wrong.code, wrong.shown).toBe(2);
    expect(wrong.shown).toMatch(/\n\d+:\d+: /u);
    const draft = join(at.dir, '.tutti/runs', KEY, 'plan-edit.yaml');
    expect(readFileSync(draft, 'utf8')).toContain('[Document');
    edit(`sed -i 's/title: \\[Document/title: Document all/' "$1"`);
    const right = await atTerminal(at, ['plan', 'edit', KEY], []);
    expect(right.code, right.shown).toBe(0);
    expect(right.shown).toContain('Going on with what you wrote before');
    expect(existsSync(draft)).toBe(false);
    expect((await shown(at)).plan).toMatchObject({
      revision: 2,
      tasks: [{}, {}, { title: 'Document all' }],
    });
  });
});

describe('without a terminal', () => {
  test('the planner answers, proposes, and splits', { timeout: 180_000 }, async () => {
    const at = await drafted();
    const words = await at.json(['plan', 'discuss', KEY, 'Why', 'two?']);
    expect([words.code, words.document]).toMatchObject([
      0,
      { reply: 'Two agents can work at once.', proposal: null },
    ]);
    const wish = await at.json(['plan', 'discuss', KEY, 'docs earlier']);
    expect(wish.document['proposal']).toMatchObject({ revision: 1, changed: [{ id: 'docs' }] });
    expect((await at.json(['plan', 'discuss', KEY, '--leave'])).code).toBe(0);
    const gone = await at.json(['plan', 'discuss', KEY, '--take']);
    expect([gone.code, gone.document['error']?.['code']]).toEqual([2, 'no_proposal']);
    const taken = await at.json(['plan', 'discuss', KEY, 'docs earlier', '--take']);
    expect([taken.code, taken.document['plan']?.['revision']]).toEqual([0, 2]);
    const split = await at.json(['plan', 'edit', KEY, '--split', 'ui']);
    expect([split.code, split.document['plan']?.['revision']]).toEqual([0, 3]);
    expect(ids(await shown(at))).toEqual(['api', 'frame', 'look', 'docs']);
    const named = ['plan', 'edit', KEY, '--split', 'api', '--into', 'One', '--into', 'Two'];
    expect((await at.tutti(named)).code).toBe(0);
    expect(ids(await shown(at))).toEqual(['one', 'two', 'frame', 'look', 'docs']);
    expect((await at.json(['plan', 'diff', KEY, '1', '4'])).document).toMatchObject({
      from: 1,
      to: 4,
      removed: [{ id: 'api' }, { id: 'ui' }],
    });
    expect((await at.tutti(['verify'])).code).toBe(0);
  });

  test('a planner without an answer leaves the plan as it is', { timeout: 180_000 }, async () => {
    const at = await drafted();
    const failed = await at.json(['plan', 'discuss', KEY, 'fail please']);
    expect(failed.code).toBe(1);
    expect(failed.document['unanswered']).toContain('not logged in');
    expect((await shown(at)).run.state).toBe('awaiting_approval');
    expect((await at.tutti(['plan', 'approve', KEY])).code).toBe(0);
    const done = await at.json(['plan', 'execute', KEY]);
    expect([done.code, done.document['run']?.['outcome']]).toEqual([0, 'full']);
    expect((await at.tutti(['verify'])).code).toBe(0);
  });

  test('a rejected plan is planned again, or ends the run', { timeout: 180_000 }, async () => {
    const at = await drafted();
    const again = await at.json(['plan', 'reject', KEY, '--reason', 'one task is enough']);
    expect(again.code).toBe(0);
    expect(await shown(at)).toMatchObject({
      run: { state: 'awaiting_approval' },
      plan: { revision: 2, tasks: [{ title: 'Do it all' }] },
      discussion: [{ kind: 'rejected', text: 'one task is enough' }],
    });
    expect((await at.tutti(['plan', 'reject', KEY])).code).toBe(0);
    expect((await shown(at)).run.state).toBe('canceled');
    expect((await at.tutti(['verify'])).code).toBe(0);
  });

  test('rules say what they cannot, and what they can', { timeout: 180_000 }, async () => {
    const at = project({ config: CONFIG });
    const goal = 'Build a login API and a login page with tests';
    expect((await at.tutti(['plan', goal, '--planner', 'rules', '--orchestrate'])).code).toBe(3);
    const asked = await at.json(['plan', 'discuss', KEY, 'Why?']);
    expect(asked.code).toBe(0);
    expect(asked.document['reply']).toContain('rules cannot answer');
    const [first = ''] = ids(await shown(at));
    const split = await at.json(['plan', 'edit', KEY, '--split', first]);
    expect([split.code, split.document['plan']?.['revision']]).toEqual([0, 2]);
    const refused = await at.json(['plan', 'reject', KEY, '--reason', 'too long']);
    expect(refused.code).toBe(2);
    expect((await shown(at)).run.state).toBe('awaiting_approval');
  });

  test(
    'an approved plan that is edited waits for approval again',
    { timeout: 180_000 },
    async () => {
      const at = await drafted();
      expect((await at.tutti(['plan', 'approve', KEY])).code).toBe(0);
      expect((await at.tutti(['plan', 'edit', KEY, '--remove', 'docs'])).code).toBe(0);
      expect((await shown(at)).run.state).toBe('awaiting_approval');
      expect((await at.tutti(['plan', 'discuss', KEY])).code).toBe(2);
    },
  );

  test('a plan that was asked for is never carried out unseen', { timeout: 180_000 }, async () => {
    const { orchestration } = CONFIG;
    const config = { orchestration: { ...orchestration, confirm_before_execute: false } };
    const at = project({ script: SCRIPT, config });
    expect((await at.tutti(PLAN)).code).toBe(3);
    expect((await shown(at)).run.state).toBe('awaiting_approval');
    expect((await at.tutti(['plan', 'Greet', '--no-orchestrate'])).code).toBe(2);
  });
});
