import { expect, test } from 'vitest';

import { loadConfig } from './load.ts';

/** What a project's file widens, by key. */
function widened(text: string, more: object = {}): string[] {
  const project = { path: '.tutti/config.yaml', text };
  const loaded = loadConfig({ project, person: null, environment: {}, flags: {}, ...more });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.untrusted.map(({ path }) => path);
}

test.each([
  ['sandbox: { mode: off }', 'sandbox.mode'],
  ['sandbox: { read: [/] }', 'sandbox.read'],
  ['runtimes: { claude: { binary: ./x } }', 'runtimes.claude.binary'],
  ['runtimes: { claude: { args: [--x] } }', 'runtimes.claude.args'],
  ['runtimes: { claude: { env: { A: b } } }', 'runtimes.claude.env.A'],
  ['runtimes: { claude: { key_command: x } }', 'runtimes.claude.key_command'],
  ['runtimes: { api: { base_url: "https://example.com" } }', 'runtimes.api.base_url'],
  ['runtimes: { claude: { trust_project_config: true } }', 'runtimes.claude.trust_project_config'],
  ['runtimes: { claude: { key_command: [a, b] } }', 'runtimes.claude.key_command'],
  ['workspace: { copy: [.env] }', 'workspace.copy'],
  ['workspace: { warm: [node_modules, .env] }', 'workspace.warm'],
  ['workspace: { warm: [mynode_modules] }', 'workspace.warm'],
  ['workspace: { env: [AWS_PROFILE] }', 'workspace.env'],
  ['workspace: { git_filters: [lfs] }', 'workspace.git_filters'],
  ['forge: { api_url: "https://example.com" }', 'forge.api_url'],
  ['forge: { hosts: { git.example.com: github } }', 'forge.hosts["git.example.com"]'],
  ['notify: { webhooks: [{ url: "https://example.com" }] }', 'notify.webhooks'],
  ['orchestration: { confirm_before_execute: false }', 'orchestration.confirm_before_execute'],
  ['orchestration: { task_timeout_secs: 99999 }', 'orchestration.task_timeout_secs'],
  [
    'orchestration: { stages: { implementation: { timeout_per_task: 99999 } } }',
    'orchestration.stages.implementation.timeout_per_task',
  ],
  ['budget: { hard: false }', 'budget.hard'],
  ['limits: { disk_mb: 99999 }', 'limits.disk_mb'],
])('%s needs trust', (text, path) => {
  expect(widened(text)).toEqual([path]);
});

test.each([
  'sandbox: { mode: on, network: loopback, read: [] }',
  'orchestration: { max_parallel: 1, task_timeout_secs: 5, confirm_before_execute: true }',
  'orchestration: { stages: { implementation: { timeout_per_task: 60 } } }',
  'budget: { usd: 1000, hard: true }',
  'limits: { memory_mb: 100 }',
  'runtimes: { claude: { model: opus, max_parallel: 2, trust_project_config: false } }',
  'checks: [{ name: a, run: b }]',
  'workspace: { warm: [node_modules, packages/web/node_modules/, .venv, target] }',
])('%s needs none', (text) => {
  expect(widened(text)).toEqual([]);
});

test('what widens is judged by what the person has, and gone where they say another value', () => {
  const flags = { budget: { usd: 5 }, orchestration: { max_parallel: 9 } };
  expect(widened('budget: { usd: 4 }', { flags })).toEqual([]);
  expect(widened('orchestration: { max_parallel: 20 }', { flags })).toEqual([]);
  const person = { path: 'mine', text: 'limits: { memory_mb: 100 }' };
  expect(widened('limits: { memory_mb: 200, disk_mb: 16 }', { person })).toEqual([]);
});

test('what is to be trusted is shown, and a secret is not', () => {
  const text = 'runtimes: { claude: { env: { NODE_OPTIONS: --require=./x, MY_TOKEN: abc } } }';
  const project = { path: '.tutti/config.yaml', text };
  const loaded = loadConfig({ project, person: null, environment: {}, flags: {} });
  const shown = loaded.ok ? loaded.untrusted.map((one) => `${one.path}: ${one.shown}`) : [];
  expect(shown).toEqual([
    'runtimes.claude.env.NODE_OPTIONS: --require=./x',
    'runtimes.claude.env.MY_TOKEN: ***',
  ]);
});
