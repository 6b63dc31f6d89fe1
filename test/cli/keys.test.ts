// What reaches a program of somebody else's: its key, from wherever the person keeps it, and what the
// repository brings only when the person wants that.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

const KEY = 'k3y-of-the-vault-81f2';
const NAMES = ['claude', 'codex', 'gemini', 'opencode', 'mine'] as const;
type Name = (typeof NAMES)[number];

/** What each program was started with. */
interface Seen {
  readonly args: string;
  readonly env: ReadonlyMap<string, string>;
}

/** Runs a task with each of them; the programs only write down what they see, and fail. */
async function startAll(
  settings: object,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ at: Project; seen: (name: Name) => Seen | null; stderr: string }> {
  const runtimes = Object.fromEntries(
    NAMES.map((name) => [
      name,
      {
        binary: `../programs/${name}`,
        ...(name === 'opencode' && { model: 'openrouter/some' }),
        ...(name === 'mine' && { protocol: 'acp' }),
        ...settings,
      },
    ]),
  );
  const at = project();
  const home = dirname(at.dir);
  for (const value of Object.values(runtimes)) value.binary = join(at.dir, value.binary);
  at.write(
    '../config/tutti/config.yaml',
    JSON.stringify({
      runtimes,
      orchestration: { max_attempts: 1, default_failure_strategy: 'skip' },
    }),
  );
  mkdirSync(join(home, 'seen'));
  for (const name of NAMES) {
    const out = join(home, 'seen', name);
    const lines = [
      // It is also looked for, which is no start.
      'if [ "$1" = --version ]; then echo 9.9.9; exit 0; fi',
      `printf '%s\\n' "$@" > '${out}.args'`,
      `env > '${out}.env'`,
      'exit 7',
    ];
    chmodSync(at.write(`../programs/${name}`, `#!/bin/sh\n${lines.join('\n')}\n`), 0o755);
  }
  const tasks = NAMES.map((name) => ({ id: name, title: `Do it with ${name}`, runtime: name }));
  const plan = at.write('plan.json', JSON.stringify({ goal: 'Try them', tasks }));
  const { stderr } = await at.tutti(['run', '--plan', plan, '--yes'], { env: environment });
  const seen = (name: Name): Seen | null => {
    const path = join(home, 'seen', name);
    if (!existsSync(`${path}.env`)) return null;
    const env = readFileSync(`${path}.env`, 'utf8')
      .split('\n')
      .map(
        (line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const,
      );
    return { args: readFileSync(`${path}.args`, 'utf8'), env: new Map(env) };
  };
  return { at, seen, stderr };
}

const VARIABLES: Readonly<Record<Name, string>> = {
  claude: 'ANTHROPIC_API_KEY',
  codex: 'CODEX_API_KEY',
  gemini: 'GEMINI_API_KEY',
  opencode: 'OPENROUTER_API_KEY',
  mine: 'MY_KEY',
};

test('a command prints the key for every runtime, and it is kept nowhere', async () => {
  const { at, seen } = await startAll(
    { key_command: ['sh', '-c', 'echo "$VAULT"; echo second'], key_env: 'MY_KEY' },
    { VAULT: KEY },
  );
  for (const name of NAMES)
    expect([name, seen(name)?.env.get(VARIABLES[name])]).toEqual([name, KEY]);
  expect(seen('claude')?.env.has('GEMINI_API_KEY')).toBe(false);
  const places = [join(at.dir, '.tutti'), join(at.dir, '.git'), join(dirname(at.dir), 'state')];
  for (const place of places.filter((one) => existsSync(one))) {
    expect(() => execFileSync('grep', ['-rlF', KEY, place])).toThrow();
  }
});

test('a variable that holds the key comes before the command', async () => {
  const { seen } = await startAll(
    { key_command: 'echo from-the-command-1', key_env: 'MY_KEY' },
    { MY_KEY: KEY, OTHER_KEY: 'not-for-anybody-1' },
  );
  for (const name of NAMES) {
    expect([name, seen(name)?.env.get(VARIABLES[name])]).toEqual([name, KEY]);
    expect(seen(name)?.env.has('OTHER_KEY')).toBe(false);
  }
});

test('where the command prints none, nothing is started, and it is said why', async () => {
  const { seen, stderr } = await startAll({ key_command: 'echo locked >&2; exit 3' });
  for (const name of NAMES) expect([name, seen(name)]).toEqual([name, null]);
  expect(stderr).toContain('key_command gave no key (exit 3)');
  expect(stderr).toContain('set runtimes.mine.key_env');
});

test('what the repository brings reaches no runtime, unless the person wants it', async () => {
  const off = await startAll({});
  const on = await startAll({ trust_project_config: true });
  const args = (from: typeof off, name: Name): string => from.seen(name)?.args ?? '';
  const variable = (from: typeof off, name: string): string | undefined =>
    from.seen('opencode')?.env.get(name);

  expect(args(off, 'claude')).toContain('--strict-mcp-config\n--setting-sources=user\n');
  expect(args(on, 'claude')).toContain('--setting-sources=user,project\n');
  expect(args(on, 'claude')).not.toContain('--strict-mcp-config');

  expect(args(off, 'codex')).not.toContain('trust_level');
  expect(args(on, 'codex')).toMatch(/^projects=\{"\/.+"=\{trust_level="trusted"\}\}$/mu);

  expect(args(off, 'gemini')).toContain('--allowed-mcp-server-names=none\n--extensions=none\n');
  expect(args(on, 'gemini')).not.toMatch(/--allowed-mcp-server-names|--extensions/u);

  expect(variable(off, 'OPENCODE_DISABLE_PROJECT_CONFIG')).toBe('1');
  expect(variable(on, 'OPENCODE_DISABLE_PROJECT_CONFIG')).toBeUndefined();
});
