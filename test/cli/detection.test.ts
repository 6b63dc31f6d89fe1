// `tutti runtimes`, `doctor` and `init` in front of programs of every kind: there, not there, broken,
// hanging, talkative. Nothing here starts a session; the programs are scripts on PATH.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openDatabase } from '../../src/adapters/store/driver.ts';
import { SCHEMA_001 } from '../../src/adapters/store/schema/schema-001.ts';
import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

const VERSION = 'echo "2.1.197 (Claude Code)"';

/** Makes programs, and the environment that finds nothing but them and the system's own. */
function programs(
  at: Project,
  bodies: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const folder = join(dirname(at.dir), 'bin');
  mkdirSync(folder, { recursive: true });
  for (const [name, body] of Object.entries(bodies)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: `${folder}:/usr/bin:/bin` };
}

/** What a program begins with that goes on when another one has been asked too. */
const both = (one: string, other: string): string =>
  `touch "$HOME/${one}"; until [ -e "$HOME/${other}" ]; do sleep 0.02; done`;

interface Found {
  readonly id: string;
  readonly found: boolean;
  readonly version: string | null;
  readonly loggedIn: boolean | null;
  readonly hint: string | null;
  readonly features: Readonly<Record<string, boolean>>;
}

async function look(at: Project, env: Readonly<Record<string, string>>): Promise<Found[]> {
  const { code, stdout, stderr } = await at.tutti(['runtimes', '--json'], { env });
  expect([code, stderr]).toEqual([0, '']);
  const document: { runtimes: Found[] } = JSON.parse(stdout);
  return document.runtimes;
}

const claudeIn = (found: readonly Found[]): Found | undefined =>
  found.find(({ id }) => id === 'claude');

describe('tutti runtimes', () => {
  it('tells of each what there is, what it can do, and what is missing', async () => {
    const at = project();
    const env = programs(at, { claude: VERSION });
    const found = await look(at, env);
    expect(claudeIn(found)).toMatchObject({
      found: true,
      version: '2.1.197',
      path: join(dirname(at.dir), 'bin/claude'),
      loggedIn: false,
      hint: expect.stringContaining('claude auth login'),
      features: { structuredOutput: true, cost: true, resume: true, toolList: true },
    });
    for (const each of found) {
      expect(Object.keys(each).toSorted()).toEqual(
        ['features', 'found', 'hint', 'id', 'loggedIn', 'path', 'version'].toSorted(),
      );
    }
    for (const { hint } of found.filter((each) => !each.found)) expect(hint).toMatch(/\w/u);
    const { stdout } = await at.tutti(['runtimes'], { env });
    expect(stdout).toMatch(/claude +2\.1\.197 · not logged in/u);
    expect(stdout).toMatch(/scripted +comes with tutti · the default/u);
    expect(stdout).toContain('continues sessions');
  });

  it('sees a login without spending anything', async () => {
    const at = project();
    const env = programs(at, { claude: `${VERSION}; echo "$@" >> "$HOME/called"` });
    expect(claudeIn(await look(at, { ...env, ANTHROPIC_API_KEY: 'k' }))?.loggedIn).toBe(true);
    const home = join(dirname(at.dir), '.claude');
    mkdirSync(home);
    writeFileSync(join(home, '.credentials.json'), '{}');
    expect(claudeIn(await look(at, env))).toMatchObject({ loggedIn: true, hint: null });
    const called = readFileSync(join(dirname(at.dir), 'called'), 'utf8');
    expect(called).toBe('--version\n--version\n');
  });

  it.each([
    ['crashes', 'echo 2.1.197; exit 3', /--version ended with 3/u],
    ['is killed', 'kill -9 $$', /--version was ended by/u],
    ['says nothing of a version', 'echo hello', /--version printed no version/u],
    ['prints garbage', `printf '\\377\\000\\033[2J\\007 no'`, /--version printed no version/u],
    ['is no program', '#', /printed no version/u],
  ])('names a program that %s, and goes on', async (_what, body, why) => {
    const at = project();
    const env = programs(at, { claude: body });
    const found = await look(at, env);
    expect(claudeIn(found)).toMatchObject({ found: false, hint: expect.stringMatching(why) });
    expect(found.find(({ id }) => id === 'scripted')?.found).toBe(true);
    const text = await at.tutti(['runtimes'], { env });
    expect([text.code, text.stdout.includes('\u001b[2J')]).toEqual([0, false]);
  });

  it('reads a version before a megabyte of anything, and stops at what has no end', async () => {
    const at = project();
    const much = programs(at, { claude: `${VERSION}; head -c 1048576 /dev/zero` });
    expect(claudeIn(await look(at, much))).toMatchObject({ found: true, version: '2.1.197' });
    const endless = programs(at, { claude: `${VERSION}; exec cat /dev/zero` });
    expect(claudeIn(await look(at, endless))).toMatchObject({
      found: false,
      hint: expect.stringContaining('printed without an end'),
    });
  });

  it('gives up on a program that hangs, and holds up no other', async () => {
    const at = project();
    // Asked one after the other, the first of the two that wait would give no answer either.
    const env = programs(at, {
      claude: `${both('claude', 'opencode')}; ${VERSION}`,
      opencode: `${both('opencode', 'claude')}; echo 1.18.4`,
      codex: 'trap "" INT TERM; while :; do sleep 1; done',
    });
    const found = await look(at, env);
    expect(found.filter((each) => each.found).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['claude', 'opencode']),
    );
    expect(found.find(({ id }) => id === 'codex')).toMatchObject({
      found: false,
      hint: expect.stringContaining('gave no answer in 10 s'),
    });
  });
});

const chosen = async (
  at: Project,
  env: Readonly<Record<string, string>>,
): Promise<{ runtime: string; because: string }> => {
  const { code, stdout } = await at.tutti(['init', '--json'], { env });
  expect(code).toBe(0);
  const { initialized }: { initialized: { runtime: string; because: string[]; hints: string[] } } =
    JSON.parse(stdout);
  const written = readFileSync(join(at.dir, '.tutti/config.yaml'), 'utf8');
  expect(written).toContain(`default: ${initialized.runtime}`);
  const { runtime, because, hints } = initialized;
  return { runtime, because: [...because, ...hints].join('\n') };
};

describe('tutti init', () => {
  it('takes the first that is there and logged in, and says why', async () => {
    const at = project();
    const env = programs(at, { claude: VERSION, opencode: 'echo 1.18.33' });
    const { runtime, because } = await chosen(at, { ...env, ANTHROPIC_API_KEY: 'k' });
    expect(runtime).toBe('claude');
    expect(because).toContain('claude 2.1.197 was found, logged in: agents run by it');
    expect(because).toMatch(/opencode 1\.18\.33 was found.*too: runtimes\.default chooses/u);
    // The person of these tests has another default of their own.
    expect(because).toContain('your own configuration says scripted: for you that counts');
  });

  it('passes over one that is not logged in for one that may be', async () => {
    const at = project();
    const env = programs(at, { claude: VERSION, opencode: 'echo 1.18.33' });
    const data = join(dirname(at.dir), '.local/share/opencode');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'auth.json'), '{"anthropic":{"type":"api","key":"k"}}');
    expect((await chosen(at, env)).runtime).toBe('opencode');
  });

  it.each([
    [{ OPENAI_API_KEY: '', CODEX_API_KEY: 'k', GEMINI_API_KEY: 'k' }, 'codex'],
    [{ GEMINI_API_KEY: 'k' }, 'gemini'],
    [{ ANTHROPIC_API_KEY: 'k', CODEX_API_KEY: 'k' }, 'claude'],
  ])('goes by claude, codex, gemini, opencode: with %o it is %s', async (keys, wanted) => {
    const at = project();
    const env = programs(at, {
      claude: VERSION,
      codex: 'echo codex-cli 0.169.0',
      gemini: 'echo 0.61.0',
    });
    expect((await chosen(at, { ...env, ...keys })).runtime).toBe(wanted);
  });

  it('says what to install where there is nothing', async () => {
    const at = project();
    const { runtime, because } = await chosen(at, programs(at, {}));
    expect(runtime).toBe('claude');
    expect(because).toContain('none of claude, codex, gemini, opencode was found');
    expect(because).toContain('npm install -g @anthropic-ai/claude-code');
  });
});

describe('tutti doctor', () => {
  interface Doctor {
    readonly ok: boolean;
    readonly fixed: readonly string[];
    readonly findings: readonly { name: string; state: string; text: string; hint: string }[];
  }
  const doctor = async (
    at: Project,
    ...args: string[]
  ): Promise<Doctor & { code: number | null }> => {
    const { code, stdout } = await at.tutti(['doctor', ...args, '--json']);
    const document: { doctor: Doctor } = JSON.parse(stdout);
    return { ...document.doctor, code };
  };

  it('tells of every runtime, one that hangs or is broken among them', async () => {
    const at = project({ config: { runtimes: { default: 'claude' } } });
    const env = programs(at, { claude: 'exit 7', opencode: 'echo 1.18.33' });
    const { code, stdout } = await at.tutti(['doctor'], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('! runtime claude: not found, and it is the default');
    expect(stdout).toContain('--version ended with 7');
    expect(stdout).toMatch(/. runtime opencode: 1\.18\.33 at /u);
    // Nothing could have been found: that is for the configuration to say.
    expect(stdout).toMatch(/. runtime api: not configured\b/u);
    expect(stdout).toMatch(/. runtime acp: not configured\b/u);
    expect((await at.tutti(['runtimes'], { env })).stdout).toMatch(/- acp +not configured\n/u);
    expect(stdout).toMatch(/warnings?[^\n]*\.\n$/u);
  });

  it('mends what is ours and says each thing, and twice does nothing more', async () => {
    const at = project();
    at.write('.tutti/config.yaml', 'checks: []\n');
    at.write(
      'plan.yaml',
      'goal: G\ntasks: [{ id: a, title: A, runtime: command, command: ["true"] }]\n',
    );
    await at.tutti(['run', '--plan', 'plan.yaml', '--yes']);
    const home = join(at.dir, '.git/tutti');
    chmodSync(join(home, 'tutti.db'), 0o646);
    chmodSync(join(at.dir, '.tutti/runs/SHOP-1'), 0o077);
    writeFileSync(join(at.dir, '.tutti/runs/.gitignore'), 'mine\n');
    const told = await doctor(at);
    expect(told.findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['permissions', 'ignores']),
    );
    expect((await at.tutti(['doctor'])).stdout).toContain('tutti doctor --fix mends some');
    const { fixed, code } = await doctor(at, '--fix');
    expect([code, fixed]).toEqual([
      0,
      [
        expect.stringMatching(/gave \d files? in .*tutti back to you alone to write/u),
        expect.stringMatching(/gave \d+ files? in .*runs back/u),
        'git ignores .tutti/runs',
      ],
    ]);
    expect((await doctor(at, '--fix')).fixed).toEqual([]);
    expect((await at.tutti(['doctor', '--fix'])).stdout).toMatch(/^nothing to mend\n/u);
  });

  it('brings an older store up to date, and says from which version', async () => {
    const at = project();
    const home = join(at.dir, '.git/tutti');
    mkdirSync(home, { recursive: true });
    const database = await openDatabase(join(home, 'tutti.db'), 'write');
    database.exec(SCHEMA_001);
    database.exec('PRAGMA application_id = 1953854580; PRAGMA user_version = 1');
    database.close();
    const { fixed } = await doctor(at, '--fix');
    expect(fixed.at(-1)).toBe('brought the store up to date from version 1');
    expect((await doctor(at, '--fix')).fixed).toEqual([]);
  });

  it('makes a missing folder, only where tutti is used', async () => {
    const at = project();
    expect((await doctor(at, '--fix')).fixed).toEqual([]);
    expect(existsSync(join(at.dir, '.tutti'))).toBe(false);
    // The first run makes it; after that it should be there.
    at.write('.tutti/config.yaml', 'checks: []\n');
    expect((await doctor(at, '--fix')).fixed).toEqual([]);
    await at.tutti(['add', 'A goal']);
    rmSync(join(at.dir, '.tutti/runs'), { recursive: true, force: true });
    expect((await doctor(at, '--fix')).fixed).toEqual([
      'made .tutti/runs',
      'git ignores .tutti/runs',
    ]);
    expect((await doctor(at, '--fix')).fixed).toEqual([]);
  });

  it('writes through no link that the repository brings', async () => {
    const at = project();
    const outside = join(dirname(at.dir), 'outside');
    mkdirSync(outside);
    chmodSync(outside, 0o777);
    mkdirSync(join(at.dir, '.tutti'));
    symlinkSync(outside, join(at.dir, '.tutti/runs'));
    expect((await doctor(at, '--fix')).fixed).toEqual([]);
    expect(existsSync(join(outside, '.gitignore'))).toBe(false);
  });

  it('ends with 1 where something is wrong', async () => {
    const at = project();
    at.write('.tutti/config.yaml', 'checks: 7\n');
    const { code, ok } = await doctor(at);
    expect([code, ok]).toEqual([1, false]);
  });
});
