import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PROJECT_KEY } from '../model/key.ts';
import { timeoutOf } from '../plan/empty-task.ts';
import type { PartialConfig } from './config.ts';
import { configPaths } from './find.ts';
import { configJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';
import type { LoadedConfig } from './load.ts';
import { maskSecrets } from './mask.ts';
import { projectKey } from './project-key.ts';
import { hasFullPermissions, toRunSettings } from './settings.ts';
import { configTemplate } from './template.ts';

function load(text: string, flags: PartialConfig = {}): Extract<LoadedConfig, { ok: true }> {
  const project = { path: 'config.yaml', text };
  const loaded = loadConfig({ project, person: null, environment: {}, flags });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
}

describe('project key', () => {
  test.each([
    ['my-shop', 'SHOP'],
    ['shop', 'SHOP'],
    ['@acme/web-client', 'WEB'],
    ['e-commerce', 'COMMERCE'],
    ['2048-game', 'GAME'],
    ['webShop', 'WEB'],
    ['Übersicht', 'UBERSICHT'],
    ['internationalization', 'INTERNATIO'],
    ['my-app', 'MY'],
    ['', 'PROJECT'],
    ['日本', 'PROJECT'],
    ['/', 'PROJECT'],
  ])('%s', (name, key) => {
    expect(projectKey(name)).toBe(key);
  });

  test('any name gives a valid key, always the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(projectKey(name)).toMatch(PROJECT_KEY);
        expect(projectKey(name)).toBe(projectKey(name));
      }),
    );
  });
});

test('the template is read back as what was detected, whatever that is', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((each) => each.trim() !== '' && !each.includes('\0'));
  fc.assert(
    fc.property(
      fc.uniqueArray(text, { maxLength: 3 }),
      fc.array(text, { maxLength: 2 }),
      (runs, setup) => {
        const checks = runs.map((run, index) => ({ name: `check ${index}`, run }));
        const { config } = load(
          configTemplate({
            projectKey: 'SHOP',
            baseBranch: 'feature/a.b',
            runtime: 'claude',
            checks,
            setup,
          }),
        );
        expect(config.checks.map(({ name, run }) => ({ name, run }))).toEqual(checks);
        expect(config.workspace.setup).toEqual(setup);
        expect(config.project).toMatchObject({ key: 'SHOP', base_branch: 'feature/a.b' });
      },
    ),
  );
});

test('the template reads well', () => {
  const checks = [{ name: 'tests', run: 'npm test' }];
  const text = configTemplate({
    projectKey: 'SHOP',
    baseBranch: 'main',
    runtime: 'claude',
    checks,
    setup: ['npm ci'],
  });
  expect(text).toContain('base_branch: main\n');
  expect(text).toContain('checks:\n  - { name: tests, run: "npm test" }\n');
  expect(text).toContain('setup: ["npm ci"] #');
});

test('secrets are masked, everything else stays', () => {
  const shown = maskSecrets({
    runtimes: {
      default: 'my',
      my: {
        binary: 'x',
        env: { ANY: 'a' },
        args: ['--api-key', 'a', '--token=b', '--verbose', 'c'],
        key_command: 'pass show x',
      },
      other: { args: ['-H', 'Authorization: Bearer abc', 'sk-ant-REDACTED'] },
    },
    forge: { api_url: 'https://me:hunter2@git.example/api?token=x&page=2' },
    notify: {
      webhooks: [
        { url: 'https://u:p@hooks.example/T0/B0/xyz?a=b', secret_env: 'HOOK', events: ['*'] },
      ],
    },
    budget: { tokens: 5, usd: null },
    checks: [{ run: 'API_TOKEN=abc npm test' }],
  });
  expect(shown).toEqual({
    runtimes: {
      default: 'my',
      my: {
        binary: 'x',
        env: { ANY: '***' },
        args: ['--api-key', '***', '--token=***', '--verbose', 'c'],
        key_command: 'pass show x',
      },
      other: { args: ['-H', 'Authorization: Bearer ***', '***'] },
    },
    forge: { api_url: 'https://me:***@git.example/api?token=***&page=2' },
    notify: { webhooks: [{ url: 'https://hooks.example/***', secret_env: 'HOOK', events: ['*'] }] },
    budget: { tokens: 5, usd: null },
    checks: [{ run: 'API_TOKEN=*** npm test' }],
  });
});

describe('settings of a run', () => {
  const choices = { priority: 'medium', fullPermissions: false } as const;
  const at = (implementation: string): number => {
    const { config } = load(`orchestration: { stages: { implementation: ${implementation} } }`);
    return toRunSettings(config, choices).maxConcurrent;
  };

  test('the defaults', () => {
    expect(toRunSettings(load('').config, choices)).toMatchObject({
      checks: [],
      maxParallel: 4,
      maxConcurrent: 4,
      taskTimeoutSecs: 1800,
      backoff: { initialSecs: 2, factor: 2, maxSecs: 120 },
      runtimes: { claude: { model: 'sonnet', binary: null } },
      workspace: { mode: 'clone' },
    });
  });

  test('work at once is bounded by both limits; one at a time without parallel', () => {
    expect(at('{ max_concurrent: 3 }')).toBe(3);
    expect(at('{ max_concurrent: 30 }')).toBe(4);
    expect(at('{ max_concurrent: 3, parallel: false }')).toBe(1);
  });

  test('the stage beats the default', () => {
    const text =
      'orchestration: { task_timeout_secs: 9, stages: { implementation: { timeout_per_task: 8 } } }';
    expect(toRunSettings(load(text).config, choices).taskTimeoutSecs).toBe(8);
  });

  test('a runtime beats the default, and the stage beats the runtime', () => {
    const stage = 'orchestration: { stages: { implementation: { timeout_per_task: 8 } } }';
    const own = 'runtimes: { codex: { timeout: 7 } }';
    const settings = toRunSettings(load(own).config, choices);
    expect(timeoutOf(settings, 'codex')).toBe(7);
    expect(timeoutOf(settings, null)).toBe(1800);
    const both = toRunSettings(load(`${own}\n${stage}`).config, choices);
    expect(timeoutOf(both, 'codex')).toBe(8);
  });

  test('approved checks take the place of configured ones', () => {
    const { config } = load('checks: [{ name: a, run: b, timeout: 5 }]');
    expect(toRunSettings(config, choices).checks).toEqual([
      { name: 'a', run: 'b', timeoutSecs: 5 },
    ]);
    expect(toRunSettings(config, { ...choices, checks: [] }).checks).toEqual([]);
  });

  test('a repository cannot give its agents every permission', () => {
    const own = load('sandbox: { mode: off }');
    expect(hasFullPermissions(own.config, own.sources)).toBe(false);
    const flag = load('', { sandbox: { mode: 'off' } });
    expect(hasFullPermissions(flag.config, flag.sources)).toBe(true);
  });
});

test('the JSON schema knows every key and requires none', () => {
  const schema = configJsonSchema();
  expect(schema).toMatchObject({
    additionalProperties: false,
    properties: {
      sandbox: { properties: { mode: { enum: ['auto', 'on', 'off'], default: 'auto' } } },
    },
  });
  expect(schema).not.toHaveProperty('required');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});

test('the files are found by the environment', () => {
  const project = '/p/.tutti/config.yaml';
  const home = '/h/.config/tutti/config.yaml';
  expect(configPaths('/p', { XDG_CONFIG_HOME: '/x', HOME: '/h' })).toEqual({
    project,
    person: '/x/tutti/config.yaml',
  });
  expect(configPaths('/p', { XDG_CONFIG_HOME: 'x', HOME: '/h' })).toEqual({
    project,
    person: home,
  });
  expect(configPaths('/p', { HOME: '/h' })).toEqual({ project, person: home });
  expect(configPaths('/p', {})).toEqual({ project, person: null });
});
