// What an agent leaves in the private folder of its task, for whoever is started there next.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { codexEnvironment, codexUsed } from '../../src/adapters/runtimes/codex/home.ts';
import { geminiEnvironment, geminiPolicy } from '../../src/adapters/runtimes/gemini/home.ts';
import { opencodeEnvironment } from '../../src/adapters/runtimes/opencode/home.ts';
import type { Specialist } from '../../src/model/specialist.ts';
import type { AttemptSpec } from '../../src/ports/agent-runtime.ts';
import { plainSpec } from '../conformance/runtime.testsuite.ts';

const KEY = 'sk-planted-0123456789';
const SPECIALIST: Specialist = {
  systemPrompt: null,
  model: null,
  tools: null,
  may: { write: true, run: true, browse: true },
  notes: [],
};

let dir: string;
let spec: AttemptSpec;
let person: Record<string, string>;

/** Each runtime's way to its folder, and the files that it puts there. */
const RUNTIMES = {
  codex: {
    start: () => codexEnvironment(spec, person),
    login: '.codex/auth.json',
    files: ['codex/auth.json', 'codex/config.toml'],
    planted: ['codex/hooks.json', 'codex/AGENTS.md', 'codex/.env', 'codex/rules/all.rules'],
    kept: 'codex/sessions/2026/rollout-1.jsonl',
  },
  gemini: {
    start: () => {
      geminiPolicy(spec);
      return geminiEnvironment(spec, person, SPECIALIST);
    },
    login: '.gemini/oauth_creds.json',
    files: ['oauth_creds.json', '.env', 'settings.json', 'GEMINI.md']
      .map((name) => `gemini/.gemini/${name}`)
      .concat('gemini/guard.mjs', 'gemini/policy.toml'),
    planted: [
      'gemini/.gemini/extensions/x/gemini-extension.json',
      'gemini/.gemini/trustedFolders.json',
    ],
    kept: 'gemini/.gemini/tmp/work/chats/session-1.json',
  },
  opencode: {
    start: () => opencodeEnvironment(spec, person, {}),
    login: '.local/share/opencode/auth.json',
    files: ['data/opencode/auth.json', 'config/opencode/opencode.json'].map(
      (name) => `opencode/${name}`,
    ),
    planted: [
      'opencode/config/opencode/plugin/evil.js',
      'opencode/data/opencode/bin/tool',
      'opencode/cache/opencode/node_modules/x/index.js',
    ],
    kept: 'opencode/data/opencode/storage/session/1.json',
  },
} as const;

const home = (path: string): string => join(dir, 'home', path);

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-planted-'));
  for (const name of ['home', 'person', 'outside']) mkdirSync(join(dir, name));
  spec = plainSpec(dir, {});
  person = { HOME: join(dir, 'person'), PATH: process.env['PATH'] ?? '' };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe.each(Object.entries(RUNTIMES))('%s', (_name, runtime) => {
  beforeEach(() => put(join(dir, 'person', runtime.login), KEY));

  it('writes through no link that an agent has left', () => {
    for (const [at, file] of runtime.files.entries()) {
      put(join(dir, 'outside', String(at)), 'mine');
      mkdirSync(dirname(home(file)), { recursive: true });
      symlinkSync(join(dir, 'outside', String(at)), home(file));
    }
    runtime.start();
    for (const at of runtime.files.keys()) {
      expect(readFileSync(join(dir, 'outside', String(at)), 'utf8')).toBe('mine');
    }
    expect(readFileSync(home(runtime.files[0]), 'utf8')).toBe(KEY);
    expect(lstatSync(home(runtime.files[0])).isFile()).toBe(true);
    expect(lstatSync(home(runtime.files[0])).mode & 0o077).toBe(0);
  });

  it('goes through no folder that is a link', () => {
    const folders = new Set<string>(['tmp']);
    for (const file of [...runtime.files, runtime.kept]) {
      for (let at = dirname(file); at !== '.'; at = dirname(at)) folders.add(at);
    }
    for (const folder of folders) {
      rmSync(home(''), { recursive: true, force: true });
      mkdirSync(dirname(home(folder)), { recursive: true });
      symlinkSync(join(dir, 'outside'), home(folder));
      runtime.start();
      expect(readdirSync(join(dir, 'outside'))).toEqual([]);
    }
  });

  it('takes nothing for settings that an agent has left, and keeps its sessions', () => {
    for (const path of [...runtime.planted, runtime.kept]) put(home(path), 'planted');
    runtime.start();
    for (const path of runtime.planted) expect(existsSync(home(path)), path).toBe(false);
    expect(readFileSync(home(runtime.kept), 'utf8')).toBe('planted');
    // Nor when the person has no login any more.
    rmSync(join(dir, 'person', runtime.login));
    put(home(runtime.files[0]), 'planted');
    runtime.start();
    expect(existsSync(home(runtime.files[0]))).toBe(false);
  });
});

describe('what Codex has used', () => {
  const file = 'codex/sessions/rollout-1-abc.jsonl';
  const used = { total_token_usage: { input_tokens: 5, output_tokens: 2, cached_input_tokens: 0 } };
  const line = JSON.stringify({ payload: { info: used } });

  it('is read from a file', () => {
    put(home(file), line);
    expect(codexUsed(home(''), 'abc')).toMatchObject({ output: 2 });
  });

  it('is read through no link and waits at no pipe', () => {
    put(join(dir, 'outside', 'rollout-1-abc.jsonl'), line);
    mkdirSync(dirname(home(file)), { recursive: true });
    symlinkSync(join(dir, 'outside', 'rollout-1-abc.jsonl'), home(file));
    expect(codexUsed(home(''), 'abc')).toMatchObject({ output: 0 });
    rmSync(home(file));
    execFileSync('mkfifo', [home(file)]);
    expect(codexUsed(home(''), 'abc')).toMatchObject({ output: 0 });
    rmSync(home('codex/sessions'), { recursive: true });
    symlinkSync(join(dir, 'outside'), home('codex/sessions'));
    expect(codexUsed(home(''), 'abc')).toBeNull();
  });
});
