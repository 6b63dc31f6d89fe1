// Every way of losing a workspace that we could think of: afterwards `tutti recover` brings back what
// was committed, staged, changed and new, and what git does not have.

import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Ended, Project } from './tutti.ts';

/** What every agent does, before it comes to its end. */
const WORK = `
git config user.name a; git config user.email a@b.c
echo committed > committed.txt; git add committed.txt; git commit -qm Mine
echo staged > staged.txt; git add staged.txt
echo changed >> README.md
echo new > new.txt; mkdir -p deep/er; echo new > 'deep/er/ü x.txt'
mkdir -p ignored; echo ignored > ignored/i.txt; head -c 3000000 /dev/zero > ignored/large.bin
echo B=2 >> .env
`;

const FILES: Readonly<Record<string, string>> = {
  'committed.txt': 'committed\n',
  'staged.txt': 'staged\n',
  'README.md': '# Shop\nchanged\n',
  'new.txt': 'new\n',
  'deep/er/ü x.txt': 'new\n',
  'ignored/i.txt': 'ignored\n',
  '.env': 'A=1\nB=2\n',
};

interface Way {
  /** What happens to it after the work. */
  readonly after: string;
  readonly plan?: object;
  /** Why its attempt has failed. */
  readonly reason: string;
  /** What else is there afterwards. */
  readonly more?: Readonly<Record<string, string>>;
  /** What cannot be there as it was. */
  readonly not?: readonly string[];
}

const WAYS: Readonly<Record<string, Way>> = {
  failure: { after: 'exit 1', reason: 'agent_error' },
  'time-out': { after: 'sleep 300', plan: { timeout: 3 }, reason: 'timeout' },
  idle: { after: 'sleep 300', plan: { idle_timeout: 3 }, reason: 'idle_timeout' },
  'a check refuses it': { after: 'true', plan: { checks: ['false'] }, reason: 'check_failed' },
  'a secret in it': {
    after: "printf 'ghp_%s\\n' 0123456789abcdefghijklmnopqrstuvwxyzAB > token.txt",
    reason: 'secret',
  },
  'it deletes .git': { after: 'rm -rf .git; exit 1', reason: 'agent_error' },
  'it replaces .git': { after: 'rm -rf .git; git init -q; exit 1', reason: 'agent_error' },
  'it detaches and commits': {
    after: 'git checkout -q --detach; git add -A; git commit -qm D; exit 1',
    reason: 'agent_error',
  },
  'it branches': {
    after: 'git checkout -qb other; echo o > o.txt; git add o.txt; git commit -qm O; exit 1',
    reason: 'agent_error',
    more: { 'o.txt': 'o\n' },
  },
  'it resets the index': { after: 'rm -f .git/index; exit 1', reason: 'agent_error' },
  'a lock is left': {
    after: 'touch .git/index.lock .git/HEAD.lock; exit 1',
    reason: 'agent_error',
  },
  'a read-only tree': { after: 'chmod -R a-w . ; exit 1', reason: 'agent_error' },
  'links and pipes': {
    after:
      'ln -s /etc/passwd link; ln -s missing dangling; mkfifo pipe; mkfifo ignored/pipe; exit 1',
    reason: 'agent_error',
  },
  'a large file': {
    after: 'head -c 30000000 /dev/zero > huge.bin; exit 1',
    reason: 'agent_error',
  },
  'a repository in it': {
    after:
      'mkdir nested; cd nested; git init -q; echo n > n.txt; git add .; git -c user.name=a -c user.email=a@b.c commit -qm N',
    reason: 'invalid_output',
    more: { 'nested/n.txt': 'n\n' },
  },
  'a linked work tree': {
    after: 'exit 1',
    plan: { workspace: 'worktree' },
    reason: 'agent_error',
  },
};

function shop(): Project {
  const made = project({
    config: { workspace: { copy: ['.env'] }, orchestration: { max_same_failures: 99 } },
  });
  made.write('.gitignore', 'ignored/\n.env\n.tutti/\n');
  made.git('add', '.');
  made.git('commit', '-qm', 'Ignore');
  made.write('.env', 'A=1\n');
  return made;
}

async function expectBack(made: Project, key: string, more: Way['more'] = {}): Promise<void> {
  const to = join(made.dir, '..', `saved-${key.replace('#', '-')}`);
  const { code, stderr } = await made.tutti(['recover', key, '--to', to]);
  expect(code, `${key}: ${stderr}`).toBe(0);
  const all = { ...FILES, ...more };
  const found = Object.fromEntries(
    Object.keys(all).map((path) => {
      const at = join(to, path);
      return [path, existsSync(at) ? readFileSync(at, 'utf8') : null];
    }),
  );
  expect(found, key).toEqual(all);
  expect(lstatSync(join(to, 'ignored/large.bin')).size, key).toBe(3_000_000);
  expect(existsSync(join(to, '.git')), key).toBe(false);
  rmSync(to, { recursive: true, force: true });
}

const run = ['run', '--plan', '-', '--yes'];

test('whatever becomes of its workspace, the work of an attempt comes back', async () => {
  const made = shop();
  const ways = Object.entries(WAYS);
  const tasks = ways.map(([name, way], index) =>
    command(`w${index + 1}`, `${WORK}\n${way.after}`, {
      title: name,
      max_attempts: 1,
      on_failure: 'skip',
      ...way.plan,
    }),
  );
  const ended = await made.tutti(run, { input: plan(...tasks) });
  expect(ended.code, ended.stderr).toBe(0);
  const { document } = await made.json(['show', 'SHOP-1', '--attempts']);
  const reasons = Object.values(document['attempts'] ?? {}).map(
    ({ failure }) => failure?.['reason'],
  );
  expect(Object.fromEntries(ways.map(([name], at) => [name, reasons[at]]))).toEqual(
    Object.fromEntries(ways.map(([name, { reason }]) => [name, reason])),
  );
  for (const [index, [name, { more }]] of ways.entries()) {
    const kept = Object.values(document['attempts'] ?? {})[index]?.['kept'];
    expect(kept, name).toMatchObject({ recover: `tutti recover 'SHOP-1.${index + 1}#1' --to DIR` });
    await expectBack(made, `SHOP-1.${index + 1}#1`, more);
  }
  // What is kept is no leftover before its date.
  expect((await made.tutti(['cleanup', '--yes'])).code).toBe(0);
  for (const [index, [, { more }]] of ways.entries()) {
    await expectBack(made, `SHOP-1.${index + 1}`, more);
  }
  const shown = await made.tutti(['show', 'SHOP-1.1', '--attempts']);
  expect(shown.stdout).toMatch(/kept +refs\/tutti\/kept\/SHOP-1\.1\/1/u);
  expect(shown.stdout).toMatch(/beside +3 files, /u);
  expect((await made.tutti(['recover', 'SHOP-1.1', '--branch', 'saved'])).code).toBe(0);
  expect(made.git('show', 'saved:committed.txt')).toBe('committed');
  // None of what git ignores became an object.
  const names = made.git('rev-list', '--all', '--objects');
  expect(names).not.toMatch(/large\.bin|\.env/u);
  expect((await made.tutti(['verify'])).code).toBe(0);
}, 600_000);

test('what an agent stashed or committed elsewhere is there, and runs nothing', async () => {
  const made = shop();
  const { dir, git } = made;
  const line = `${WORK}
git checkout -qb other; git add -A; git commit -qm 'On other'; git checkout -q -
echo stashed > stashed.txt; git add stashed.txt; git stash -q
git config core.pager 'touch ${dir}/../ran'; git config core.fsmonitor 'touch ${dir}/../ran'
printf '#!/bin/sh\\ntouch ${dir}/../ran\\n' > .git/hooks/post-checkout; exit 1`;
  const input = plan(command('a', line, { max_attempts: 1, on_failure: 'skip' }));
  expect((await made.tutti(run, { input })).code).toBe(0);
  const { document } = await made.json(['show', 'SHOP-1', '--attempts']);
  const attempts: { kept: { commits: string } }[] = JSON.parse(
    JSON.stringify(document['attempts']),
  );
  const folder = attempts[0]?.kept.commits ?? '';
  const subjects = git('--git-dir', folder, 'log', '--all', '--format=%s');
  expect(subjects).toContain('On other');
  expect(git('--git-dir', folder, 'show', 'stash@{0}:stashed.txt')).toBe('stashed');
  expect(git('--git-dir', folder, 'show', 'other:new.txt')).toBe('new');
  const to = join(dir, '../saved');
  const recovered = await made.tutti(['recover', 'SHOP-1.1', '--to', to]);
  expect(recovered.stdout).toContain('committed or stashed');
  expect(existsSync(join(dir, '../ran'))).toBe(false);
});

/** An agent that has done its work and waits for what happens to it. */
async function waiting(made: Project): Promise<{
  readonly run: ReturnType<Project['start']>;
  readonly go: string;
}> {
  const go = join(made.dir, '../go');
  const at = join(made.dir, '../at');
  const line = `${WORK}\ntouch '${at}'; while ! test -e '${go}'; do sleep 0.1; done`;
  const input = plan(command('a', line, { max_attempts: 1, on_failure: 'skip' }));
  const started = made.start(run, { input });
  await vi.waitUntil(() => existsSync(at), { timeout: 120_000 });
  return { run: started, go };
}

const ENDS: Readonly<
  Record<string, (made: Project, started: ReturnType<Project['start']>) => Promise<Ended | null>>
> = {
  cancel: async ({ tutti }) => tutti(['cancel', 'SHOP-1']),
  kill: async ({ tutti }) => tutti(['kill', 'SHOP-1.1']),
  skip: async ({ tutti }) => tutti(['skip', 'SHOP-1.1']),
  'pause --now': async ({ tutti }) => tutti(['pause', 'SHOP-1', '--now']),
  'Ctrl-C': async (_, { child }) => {
    child.kill('SIGINT');
    return null;
  },
  'kill -9 of tutti': async (_, { child }) => {
    child.kill('SIGKILL');
    return null;
  },
};

test.each(Object.entries(ENDS))('after %s', async (name, act) => {
  const made = shop();
  const { run: started, go } = await waiting(made);
  const acted = await act(made, started);
  expect(acted?.code ?? 0, acted?.stderr).toBe(0);
  await started.ended;
  writeFileSync(go, '');
  // Whoever goes on keeps what the one before has left.
  if (name.startsWith('kill -9')) expect((await made.tutti(['resume'])).code).toBe(0);
  await expectBack(made, 'SHOP-1.1#1');
});
