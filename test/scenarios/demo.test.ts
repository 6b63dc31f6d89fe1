// The demo as a newcomer starts it: the built program, no terminal, no identity, no configuration.

import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Demo {
  readonly run: { readonly key: string; readonly state: string; readonly branch: string };
  readonly project: string;
  readonly folder: string;
  readonly log: readonly string[];
  readonly proof: { readonly ok: boolean; readonly command: string };
  readonly retried: readonly { readonly title: string }[];
  readonly conflicted: readonly { readonly title: string }[];
  readonly asked: readonly { readonly answer: string; readonly by: string }[];
}

interface Report {
  readonly tasks: readonly {
    readonly kind: string;
    readonly state: string;
    readonly proof: string;
  }[];
  readonly attempts: readonly { readonly failure: { readonly reason: string } | null }[];
}

const DIST = resolve(process.env['TUTTI_DIST'] ?? 'dist');
const MAIN = join(DIST, 'cli', 'main.js');
const run = promisify(execFile);

/** Two at once, each with a home of its own: an empty one, and none at all. */
describe('tutti demo', { timeout: 120_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'tutti-demo-test-'));
  const demos: Demo[] = [];
  const said: string[] = [];

  const play = async (name: string, more: Record<string, string>): Promise<void> => {
    const folder = join(home, name);
    mkdirSync(folder);
    const env = { PATH: process.env['PATH'] ?? '', TMPDIR: folder, ...more };
    const { stdout, stderr } = await run(process.execPath, [MAIN, 'demo', '--json'], {
      cwd: folder,
      env,
    });
    const demo: Demo = JSON.parse(stdout);
    demos.push(demo);
    said.push(stderr);
  };

  beforeAll(async () => {
    mkdirSync(join(home, 'empty'));
    await Promise.all([
      play('one', { HOME: join(home, 'empty') }),
      // Variables of a calling tutti or git must not reach into the demo.
      play('two', { GIT_DIR: '/nowhere', TUTTI_RUNTIME: 'claude', TUTTI_PLANNER: 'rules' }),
    ]);
  }, 120_000);

  afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  const git = (demo: Demo, ...args: string[]): string =>
    execFileSync('git', args, { cwd: demo.project, encoding: 'utf8' }).trimEnd();

  it('completes nine tasks, one commit each', () => {
    expect(demos).toHaveLength(2);
    for (const demo of demos) {
      expect(demo.run.state).toBe('completed');
      expect(demo.log).toHaveLength(9);
      expect(git(demo, 'log', '--format=%an', `main..${demo.run.branch}`)).not.toBe('');
      expect(git(demo, 'rev-list', '--count', `main..${demo.run.branch}`)).toBe('9');
      expect(git(demo, 'status', '--porcelain')).toBe('');
    }
  });

  it('shows a retry, a question and a conflict, always the same', () => {
    for (const { retried, asked, conflicted } of demos) {
      expect(retried.map(({ title }) => title)).toEqual(['Format prices in one place']);
      expect(asked).toMatchObject([{ by: 'the demo', answer: expect.stringContaining('Refuse') }]);
      expect(conflicted).toHaveLength(1);
      expect(['Take discount codes', 'Charge for shipping']).toContain(conflicted[0]?.title);
    }
  });

  it('leaves a branch whose tests pass, in a project that can be looked at', async () => {
    for (const demo of demos) {
      expect(demo.proof).toMatchObject({ ok: true, command: 'node --test' });
      const checkout = join(demo.folder, 'mine');
      git(demo, 'clone', '-q', '-b', demo.run.branch, demo.project, checkout);
      const tests = await run(process.execPath, ['--test', '--test-reporter=tap'], {
        cwd: checkout,
        env: { PATH: process.env['PATH'] ?? '' },
      });
      expect(tests.stdout).toContain('# fail 0');
      expect(tests.stdout).toContain('discount and shipping are both on the bill');
    }
  });

  it('can be reported afterwards from its folder alone', async () => {
    for (const demo of demos) {
      const args = [MAIN, 'report', demo.run.key, '--json'];
      const { stdout } = await run(process.execPath, args, { cwd: demo.project });
      const report: Report = JSON.parse(stdout);
      const work = report.tasks.filter(({ kind }) => kind === 'work');
      expect(work.map(({ state, proof }) => `${state} ${proof}`)).toEqual(
        Array.from({ length: 9 }, () => 'completed proven'),
      );
      const reasons = report.attempts.flatMap(({ failure }) => failure?.reason ?? []);
      expect(reasons.toSorted()).toEqual(['check_failed', 'conflict']);
    }
  });

  it('says that only the agents are scripted, and where the project is', () => {
    for (const [index, text] of said.entries()) {
      expect(text).toContain('The agents are\nscripted');
      expect(text).toContain(demos[index]?.project);
      expect(text).toContain('approves it by itself');
    }
  });

  it('makes its project in a new or empty folder only, and says so', async () => {
    await expect(demoIn(home)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not empty'),
    });
    const file = join(home, 'one', 'file');
    writeFileSync(file, '');
    await expect(demoIn(join(file, 'demo'))).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name a folder you may write in'),
    });
  });

  it('leaves no process, no workspace and nothing in the home', () => {
    expect(processesWith(home)).toEqual([]);
    for (const { folder } of demos) {
      const state = join(folder, 'state', 'workspaces');
      expect(existsSync(state) ? readdirSync(state) : []).toEqual([]);
    }
    expect(readdirSync(join(home, 'empty'))).toEqual([]);
  });
});

function demoIn(folder: string): Promise<unknown> {
  const env = { PATH: process.env['PATH'] ?? '' };
  return run(process.execPath, [MAIN, 'demo', '--dir', folder], { env });
}

/** Processes that carry a mark of tutti and know the folder: agents, checks and what they started. */
function processesWith(folder: string): string[] {
  if (!existsSync('/proc/self/environ')) return []; // not Linux
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return environment.includes('TUTTI_MARK=') && environment.includes(folder);
      } catch {
        return false; // gone meanwhile, or another person's
      }
    });
}
