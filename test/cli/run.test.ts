// Runs from beginning to end as a script sees them: exit codes, one document on stdout, words on stderr.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { command, plan, program, project } from './tutti.ts';

const TWO = plan(
  command('a', 'echo hi > a.txt'),
  command('b', 'cat a.txt > b.txt', { depends_on: ['a'] }),
);

test('a plan of commands is carried out and its result is on the branch', async () => {
  const { tutti, write, git } = project();
  write('plan.yaml', TWO);
  const { code, stdout, stderr } = await tutti(['run', '--plan', 'plan.yaml', '--yes', '--json']);
  expect(code).toBe(0);
  const {
    run,
    tasks,
  }: {
    run: { state: string; branch: string; reasons: string[] };
    tasks: unknown[];
  } = JSON.parse(stdout);
  expect(run.state).toBe('completed');
  expect(tasks).toHaveLength(2);
  expect(git('show', `${run.branch}:b.txt`)).toBe('hi');
  expect(stderr).toContain('SHOP-1.2 integrated');
  expect(stderr).not.toContain('sandbox'); // no agent was at work
});

test('a plan from standard input, with events as they happen', async () => {
  const { tutti } = project();
  const { code, stdout } = await tutti(['run', '--plan', '-', '--yes', '--jsonl'], { input: TWO });
  expect(code).toBe(0);
  const lines = stdout.trim().split('\n');
  const events: Record<string, unknown>[] = JSON.parse(`[${lines.join(',')}]`);
  const types = events.map(({ type }) => type);
  expect(types[0]).toBe('run-created');
  expect(types.at(-1)).toBe('run-completed');
  expect(types.filter((type) => type === 'task-completed')).toHaveLength(2);
  expect(events.every(({ at, run }) => typeof at === 'string' && run === 'SHOP-1')).toBe(true);
  expect(stdout).not.toContain('TUTTI_SCRIPT'); // settings stay at home
});

test('a failed task ends the run with 1, a skipped one with 0 and in words', async () => {
  const { tutti, write, json } = project();
  write('plan.yaml', plan(command('a', 'exit 3', { max_attempts: 1, on_failure: 'abort' })));
  const failed = await tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('The run failed');
  write(
    'plan.yaml',
    plan(command('a', 'exit 3', { max_attempts: 1, on_failure: 'skip' }), command('b', 'echo > b')),
  );
  const partial = await tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect(partial.code).toBe(0);
  expect(partial.stdout).toContain('completed in part');
  const { document } = await json(['show', 'SHOP-2']);
  expect(document['run']?.['outcome']).toBe('partial');
});

test('--quiet says nothing, and NO_COLOR and pipes have no colours', async () => {
  const { tutti, write } = project();
  write('plan.yaml', TWO);
  const { stderr, stdout } = await tutti(['run', '--plan', 'plan.yaml', '--yes', '-q'], {
    env: { FORCE_COLOR: '1' },
  });
  expect(stderr).toBe('');
  expect(stdout).not.toContain('\u001B');
});

test('without a terminal a plan waits for approval, which survives', async () => {
  const { tutti, write, json } = project();
  write('plan.yaml', TWO);
  const waits = await tutti(['run', '--plan', 'plan.yaml']);
  expect(waits.code).toBe(3);
  expect(waits.stderr).toContain('cat a.txt > b.txt');
  expect(waits.stdout).toContain('tutti approve SHOP-1');
  expect((await tutti(['run'])).code).toBe(3); // nothing of the queue can go on
  expect((await tutti(['resume'])).code).toBe(3);
  const approved = await tutti(['approve', 'SHOP-1']);
  expect(approved.code).toBe(0);
  expect(approved.stdout).toContain('tutti resume SHOP-1');
  expect((await tutti(['approve', 'SHOP-1'])).code).toBe(2); // once is enough
  const resumed = await tutti(['resume', 'shop-1']);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).not.toContain('created'); // what was said before is no news
  const { document } = await json(['resume', 'SHOP-1']);
  expect(document['error']?.['code']).toBe('refused');
});

test('a rejected plan cancels its run', async () => {
  const { tutti, write, json } = project();
  write('plan.yaml', TWO);
  await tutti(['run', '--plan', 'plan.yaml']);
  const { code, document } = await json(['plan', 'reject', 'SHOP-1']);
  expect(code).toBe(0);
  expect(document['run']?.['state']).toBe('canceled');
  expect((await tutti(['plan', 'execute', 'SHOP-1'])).code).not.toBe(0);
});

test('plan makes a plan and carries nothing out', async () => {
  const { json, tutti, dir } = project();
  const planned = await json(['plan', 'Add a login page', '--planner', 'rules']);
  expect(planned.code).toBe(3);
  expect(readFileSync(join(dir, '.tutti/runs/SHOP-1/plan.yaml'), 'utf8')).toContain('login page');
  expect(planned.document['run']?.['state']).toBe('awaiting_approval');
  expect(planned.document['plan']?.['tasks']).not.toHaveLength(0);
  const yes = await tutti(['plan', 'Add a logout page', '--planner', 'rules', '--yes']);
  expect(yes.code).toBe(0);
  expect(yes.stderr).toContain('tutti plan execute SHOP-2');
  expect(yes.stdout).toContain('Plan 1 of SHOP-2');
});

test('a model plans, its tasks are carried out', async () => {
  const { tutti, git } = project({
    script: {
      plan: [
        {
          answer: {
            goal: 'Add a page',
            tasks: [
              { id: 'page', title: 'Write the page', description: 'x', expect_changes: true },
            ],
          },
        },
      ],
      default: [{ write: { path: 'page.html', content: 'hi\n' } }, { say: 'written' }],
    },
  });
  const { code, stdout, stderr } = await tutti([
    'run',
    'Add',
    'a',
    'page',
    '--orchestrate',
    '--yes',
    '--json',
  ]);
  expect(stderr).toContain('handed in a plan');
  expect(stderr).toContain('plan 1 proposed by model');
  expect(code).toBe(0);
  const { run }: { run: { branch: string; goal: string } } = JSON.parse(stdout);
  expect(run.goal).toBe('Add a page');
  expect(git('show', `${run.branch}:page.html`)).toBe('hi');
});

const ASKS = {
  tasks: {
    q: {
      attempts: [
        [{ answer: { status: 'blocked', summary: 'x', question: 'Which \u001B[31mdatabase?' } }],
        [{ write: { path: 'q.txt', content: 'x' }, if_prompt: 'Postgres' }, { say: 'done' }],
      ],
    },
  },
};

test('an agent runs by the runtime its file names, not by the default one', async () => {
  const script = { default: [{ write: { path: 'a.txt', content: 'a' } }, { say: 'done' }] };
  const { write, json } = project({ script });
  write('.tutti/config.yaml', 'runtimes: { default: claude }\n');
  write('.tutti/agents/echo.md', '---\nname: echo\ndescription: Says it\nruntime: scripted\n---\n');
  const args = ['run', 'A goal', '--no-orchestrate', '--agent', 'echo', '--yes'];
  expect(await json(args)).toMatchObject({
    code: 0,
    document: { tasks: [{ agent: 'echo', runtime: 'scripted' }] },
  });
});

test('a question waits for its answer; a second answer is refused', async () => {
  const { tutti, write, json, git } = project({ script: ASKS });
  write('plan.yaml', plan({ id: 'q', title: 'Ask', description: 'x', runtime: 'scripted' }));
  const waits = await tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect(waits.code).toBe(3);
  expect(waits.stderr + waits.stdout).not.toContain('\u001B');
  expect(waits.stdout).toContain("tutti answer 'SHOP-1?1'");
  const { document } = await json(['asks']);
  expect(document['asks']).toMatchObject([{ key: 'SHOP-1?1', task: 'SHOP-1.1', kind: 'question' }]);
  expect((await tutti(['answer', 'SHOP-1.1', 'Postgres', '16'])).code).toBe(0);
  const again = await tutti(['answer', 'SHOP-1?1', 'MySQL']);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('answered already by ada: Postgres 16');
  expect((await tutti(['answer', 'SHOP-1', 'x'])).stderr).toContain('nothing waits');
  expect((await tutti(['resume'])).code).toBe(0);
  expect(git('log', '--format=%s', '-1', 'SHOP-1/try-it')).toContain('SHOP-1.1');
});

test('a task that wants approval waits for it in spite of --yes', async () => {
  const { tutti, write } = project();
  write('plan.yaml', plan(command('deploy', 'true', { approval: true, expect_changes: false })));
  const waits = await tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect(waits.code).toBe(3);
  expect(waits.stdout).toContain('tutti approve SHOP-1.1');
  expect((await tutti(['approve', 'SHOP-1.1'])).code).toBe(0);
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
});

test('several open questions are listed when none is named', async () => {
  const { tutti, write } = project();
  const deploy = { approval: true, expect_changes: false };
  write('plan.yaml', plan(command('a', 'true', deploy), command('b', 'true', deploy)));
  await tutti(['run', '--plan', 'plan.yaml', '--yes']);
  const { code, stderr } = await tutti(['approve', 'SHOP-1']);
  expect(code).toBe(2);
  expect(stderr).toContain("'SHOP-1?1', 'SHOP-1?2'");
  expect((await tutti(['reject', 'SHOP-1?1'])).code).toBe(0);
  expect((await tutti(['approve', 'SHOP-1'])).code).toBe(0); // only one is left
});

test('add fills the queue, run works it', async () => {
  const { tutti, json } = project({
    script: { default: [{ append: { path: 'log.txt', content: 'x\n' } }, { say: 'ok' }] },
  });
  const added = await json([
    'add',
    'Write',
    'a',
    'log',
    '--no-orchestrate',
    '--priority',
    'high',
    '--type',
    'chore',
  ]);
  expect(added.document['run']).toMatchObject({
    key: 'SHOP-1',
    priority: 'high',
    type: 'chore',
    orchestrate: false,
  });
  await tutti(['add', 'Write another log', '--no-orchestrate']);
  const { code, document } = await json(['run']);
  expect(code).toBe(0);
  expect(document['runs']).toMatchObject([
    { key: 'SHOP-1', state: 'completed' },
    { key: 'SHOP-2', state: 'completed' },
  ]);
  expect((await tutti(['run'])).stdout).toBe('The queue is empty.\n');
});

test('a plan is forecast by what such tasks took before', async () => {
  const { tutti, write, json } = project();
  const three = plan(...['a', 'b', 'c'].map((id) => command(id, `echo > ${id}.txt`)));
  write('plan.yaml', three);
  const first = await tutti(['run', '--plan', 'plan.yaml']);
  expect(first.code).toBe(3);
  expect(first.stderr + first.stdout).toMatch(
    /about 1m 00s; costs nothing; by usual times for 3 tasks/u,
  );
  expect((await tutti(['plan', 'approve', 'SHOP-1', '--yes'])).code).toBe(0);
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
  const again = await tutti(['run', '--plan', 'plan.yaml']);
  expect(again.stderr + again.stdout).toMatch(
    /about \d+(\.\d)?s(; | with )[^;]*costs nothing; by history of 3 tasks/u,
  );
  const { document } = await json(['plan', 'show', 'SHOP-2']);
  expect(document).toMatchObject({
    plan: {
      forecast: { slots: 4, usd: null, from: { history: 3, guesses: 0, pastTasks: 3 } },
      findings: [{ code: 'unproven', task: null }],
    },
  });
});

test('a run whose agents have worked for long enough pauses and asks; `resume` gives it as long again', async () => {
  const { tutti, write, json, dir } = project({
    config: { orchestration: { run_timeout_secs: 1 } },
  });
  const look = `${process.execPath} ${JSON.stringify(program)} show SHOP-1 --json -C ${JSON.stringify(dir)}`;
  const untilPaused = `until ${look} | grep -q time_limit; do :; done; echo > a`;
  write(
    'plan.yaml',
    plan(command('a', untilPaused), command('b', 'echo > b', { depends_on: ['a'] })),
  );
  const paused = await tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect(paused.code).toBe(3);
  expect(paused.stderr).toContain('run_timeout_secs');
  const { document } = await json(['show', 'SHOP-1']);
  expect(document).toMatchObject({
    run: { state: 'paused', paused: { by: 'time_limit' } },
    tasks: [{ state: 'completed' }, { state: 'ready', because: { reason: 'paused' } }],
  });
  const { document: waiting } = await json(['asks']);
  expect(waiting).toMatchObject({
    asks: [{ task: null, kind: 'time_limit', choices: ['continue', 'abort'] }],
  });
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
});
