// Interrupted, followed, crowded: nothing is lost and everybody ends with the right code.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { addAtOnce, command, keysUpTo, plan, project } from './tutti.ts';

/** Says that it is at work, then waits until it may go on. */
function gated(dir: string): object {
  return command(
    'slow',
    `echo > "${dir}/../at-work"; until [ -e "${dir}/../go" ]; do sleep 0.05; done; echo x > x.txt`,
  );
}

test('the first Ctrl-C keeps the work and says how to go on', async () => {
  const { start, tutti, write, dir, git } = project();
  write('plan.yaml', plan(gated(dir)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes']);
  await run.until('SHOP-1.1#1 started');
  run.child.kill('SIGINT');
  const { code, stderr } = await run.ended;
  expect(code).toBe(130);
  expect(stderr).toContain('stopping');
  expect(stderr).toContain('SHOP-1.1 will be tried again');
  expect(stderr).toContain('tutti resume SHOP-1');
  writeFileSync(join(dir, '../go'), '');
  const resumed = await tutti(['resume', '--json']);
  expect(resumed.code).toBe(0);
  expect(git('show', 'SHOP-1/try-it:x.txt')).toBe('x');
});

test('Ctrl-C, which a terminal sends to all it has started, ends no git at work', async () => {
  const { start, tutti, write, dir, env, git } = project();
  const [bin, done, atWork, go] = ['bin', 'done', 'git-at-work', 'go'].map((name) =>
    join(dir, '..', name),
  );
  const real = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
  const waits = `echo > '${atWork}'; until [ -e '${go}' ]; do sleep 0.05; done`;
  const wrapper = write(
    '../bin/git',
    `#!/bin/sh
case "$*" in *update-ref*) [ ! -e '${done}' ] || { ${waits}; } ;; esac
exec '${real}' "$@"
`,
  );
  chmodSync(wrapper, 0o755);
  write('plan.yaml', plan(command('quick', `echo x > x.txt; echo > '${done}'`)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes'], {
    group: true,
    env: { PATH: `${bin}:${env['PATH']}` },
  });
  await vi.waitUntil(() => existsSync(atWork ?? ''), { timeout: 60_000 });
  process.kill(-(run.child.pid ?? 0), 'SIGINT');
  await run.until('stopping');
  writeFileSync(go ?? '', '');
  const { code, stderr } = await run.ended;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain('tutti resume SHOP-1');
  expect((await tutti(['resume'])).code).toBe(0);
  expect(git('show', 'SHOP-1/try-it:x.txt')).toBe('x');
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s acts alike', async (signal, exit) => {
  const { start, write, dir, json } = project();
  write('plan.yaml', plan(gated(dir)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes', '--json']);
  await run.until('SHOP-1.1#1 started');
  run.child.kill(signal);
  const { code, stdout } = await run.ended;
  expect(code).toBe(exit);
  expect(JSON.parse(stdout)).toMatchObject({ run: { key: 'SHOP-1', state: 'running' } });
  const { document } = await json(['status']);
  expect(document['workers']).toEqual([]);
});

test('the second Ctrl-C ends at once what takes no notice of the first', async () => {
  const { start, write, dir } = project();
  const deaf = `trap '' INT TERM; echo > "${dir}/../at-work"; while :; do sleep 0.05; done`;
  write('plan.yaml', plan(command('deaf', deaf)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes']);
  await run.until('SHOP-1.1#1 started');
  run.child.kill('SIGINT');
  await run.until('stopping');
  run.child.kill('SIGINT');
  await run.until('hurrying');
  expect((await run.ended).code).toBe(130);
});

test('a second run hands over and follows; Ctrl-C there only detaches', async () => {
  const { start, write, dir, json } = project();
  write('plan.yaml', plan(gated(dir)));
  write('quick.yaml', plan(command('quick', 'echo > quick.txt')));
  const first = start(['run', '--plan', 'plan.yaml', '--yes']);
  await first.until('SHOP-1.1#1 started');
  const second = await start(['run', '--plan', 'quick.yaml', '--yes']).ended;
  expect(second.stderr).toContain(`process ${first.child.pid} is at work`);
  expect(second.stderr).toContain(`SHOP-1 is being worked on by process ${first.child.pid}`);
  expect(second.stderr).not.toContain('unfinished');
  expect(second.stderr).toContain('SHOP-2 completed');
  expect(second.code).toBe(0);
  const third = start(['resume', 'SHOP-1']);
  await third.until('is at work');
  third.child.kill('SIGINT');
  const detached = await third.ended;
  expect(detached.code).toBe(130);
  expect(detached.stderr).toContain('goes on in another process');
  writeFileSync(join(dir, '../go'), '');
  expect((await first.ended).code).toBe(0);
  const { document } = await json(['status']);
  expect(document['runs']).toMatchObject([{ key: 'SHOP-2' }]);
});

test('what is said to a run at work is acted on at once', async () => {
  const { start, tutti, write, dir } = project();
  write('plan.yaml', plan(gated(dir), command('next', 'echo > y.txt', { depends_on: ['slow'] })));
  const run = start(['run', '--plan', 'plan.yaml', '--yes']);
  await run.until('SHOP-1.1#1 started');
  const skipped = await tutti(['skip', 'SHOP-1.1']);
  expect(skipped.code).toBe(0);
  expect(skipped.stdout).not.toContain('resume'); // somebody is at work
  const { code, stdout } = await run.ended;
  expect(code).toBe(0);
  expect(stdout).toContain('2 skipped');
  expect(existsSync(join(dir, 'x.txt'))).toBe(false);
});

test('a pause lasts until somebody resumes', async () => {
  const { start, tutti, write, dir } = project();
  write('plan.yaml', plan(gated(dir)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes']);
  await run.until('SHOP-1.1#1 started');
  expect((await tutti(['pause', 'SHOP-1', '--now'])).code).toBe(0);
  expect((await run.ended).code).toBe(3);
  expect((await tutti(['run'])).code).toBe(3); // the queue leaves it alone
  writeFileSync(join(dir, '../go'), '');
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
});

test('a canceled run ends with 1', async () => {
  const { start, tutti, write, dir } = project();
  write('plan.yaml', plan(gated(dir)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes']);
  await run.until('SHOP-1.1#1 started');
  expect((await tutti(['cancel', 'shop-1'])).code).toBe(0);
  expect((await run.ended).code).toBe(1);
});

test('a killed attempt is followed by another one', async () => {
  const { start, tutti, write, dir } = project();
  write('plan.yaml', plan(gated(dir)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes']);
  await run.until('SHOP-1.1#1 started');
  expect((await tutti(['kill', 'SHOP-1.1#1'])).code).toBe(0);
  await run.until('SHOP-1.1#2 started');
  writeFileSync(join(dir, '../go'), '');
  expect((await run.ended).code).toBe(0);
});

test('a reader that goes away ends it quietly', async () => {
  const { start, write, dir } = project();
  write('plan.yaml', plan(gated(dir)));
  const run = start(['run', '--plan', 'plan.yaml', '--yes', '--jsonl', '--quiet']);
  run.child.stdout?.once('data', () => run.child.stdout?.destroy());
  const { code, stderr } = await run.ended;
  expect(code).toBe(129);
  expect(stderr).toBe('');
});

test('many add at once: every one has its own key', async () => {
  expect(
    await addAtOnce(project({ config: { checks: [{ name: 'nothing', run: 'true' }] } }), 12),
  ).toEqual(keysUpTo(12));
});
