import { describe, expect, it } from 'vitest';

import { detectChecks, type DetectedChecks } from './detect-checks.ts';

function detect(contents: Readonly<Record<string, string | null>>): Promise<DetectedChecks> {
  return detectChecks({
    files: Object.keys(contents),
    read: async (path) => contents[path] ?? null,
  });
}

async function commands(contents: Readonly<Record<string, string | null>>): Promise<string[][]> {
  const { checks, setup } = await detect(contents);
  return [checks.map(({ run }) => run), [...setup]];
}

const manifest = (more: object): string =>
  JSON.stringify({ scripts: { test: 'node --test' }, ...more });
const needs = { devDependencies: { vitest: '1' } };

describe('node', () => {
  it.each([
    ['a test script', { 'package.json': manifest({}) }, ['npm test'], []],
    [
      'a lock file and dependencies',
      { 'package.json': manifest(needs), 'package-lock.json': '' },
      ['npm test'],
      ['npm ci'],
    ],
    [
      'a lock file without dependencies',
      { 'package.json': manifest({ dependencies: {} }), 'package-lock.json': '' },
      ['npm test'],
      [],
    ],
    ['dependencies without a lock file', { 'package.json': manifest(needs) }, ['npm test'], []],
    [
      'a workspace',
      { 'package.json': manifest({ workspaces: ['web'] }), 'package-lock.json': '' },
      ['npm test'],
      ['npm ci'],
    ],
    [
      'pnpm',
      { 'package.json': manifest(needs), 'pnpm-lock.yaml': '' },
      ['pnpm test'],
      ['pnpm install --frozen-lockfile'],
    ],
    [
      'yarn 1',
      { 'package.json': manifest(needs), 'yarn.lock': '' },
      ['yarn test'],
      ['yarn install --frozen-lockfile'],
    ],
    [
      'yarn 4',
      { 'package.json': manifest({ ...needs, packageManager: 'yarn@4.1.0' }), 'yarn.lock': '' },
      ['yarn test'],
      ['yarn install --immutable'],
    ],
    [
      'two locks, one of them named',
      {
        'package.json': manifest({ ...needs, packageManager: 'npm@10.0.0' }),
        'yarn.lock': '',
        'package-lock.json': '',
      },
      ['npm test'],
      ['npm ci'],
    ],
    [
      'a name only',
      { 'package.json': manifest({ packageManager: 'pnpm@9.0.0' }) },
      ['pnpm test'],
      [],
    ],
    ['a byte order mark', { 'package.json': `\uFEFF${manifest({})}` }, ['npm test'], []],
  ])('%s', async (_, contents, checks, setup) => {
    expect(await commands(contents)).toEqual([checks, setup]);
  });

  it.each([
    ['{ "scripts": { "test": "x" }'],
    [''],
    ['null'],
    ['[]'],
    ['"test"'],
    ['{"scripts":null}'],
    ['{"scripts":[]}'],
    ['{"scripts":{"test":5}}'],
    ['{"scripts":{"test":"  "}}'],
    ['{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}'],
    [null],
  ])('finds nothing in %j, and says so', async (text) => {
    const found = await detect({ 'package.json': text, 'package-lock.json': '{}' });
    expect(found).toMatchObject({ checks: [], setup: [] });
    expect(found.because).toHaveLength(1);
  });

  it('looks at the root only', async () => {
    expect(await commands({ 'web/package.json': manifest({}), 'a/go.mod': '' })).toEqual([[], []]);
  });
});

describe('python', () => {
  it.each([
    [['pyproject.toml', 'src/test_a.py'], true],
    [['setup.cfg', 'pkg/a_test.py'], true],
    [['tests/test_a.py'], true],
    [['test/unit/a_test.py'], true],
    [['pytest.ini'], true],
    [['pyproject.toml', 'src/a.py'], false],
    [['test_scratch.py'], false],
    [['tests/latest_a.py', 'setup.py'], false],
    [['tests/fixtures.js'], false],
  ])('%j: %s', async (files, expected) => {
    const contents = Object.fromEntries(files.map((file) => [file, '']));
    expect(await commands(contents)).toEqual([expected ? ['python3 -m pytest -q'] : [], []]);
  });

  it('believes a configuration', async () => {
    const pyproject = await detect({ 'pyproject.toml': '[tool.pytest.ini_options]\n' });
    expect(pyproject.because).toEqual(['pyproject.toml configures pytest']);
    expect((await detect({ 'setup.cfg': '[tool:pytest]\n' })).checks).toHaveLength(1);
  });
});

describe('make', () => {
  it.each([
    ['test:\n\tgo', true],
    ['all: x\n\ntest : all\n', true],
    ['build test lint: x\n', true],
    ['test:: x', true],
    ['.PHONY: test\n', false],
    ['test := 1\n', false],
    ['test = 1\n', false],
    ['test ::= 1\n', false],
    ['# test: no\n', false],
    ['tests:\n', false],
    ['x: test\n', false],
    ['\ttest: recipe\n', false],
    [`${'a '.repeat(100_000)}\n`, false],
  ])('%#: %s', async (text, expected) => {
    expect(await commands({ Makefile: text })).toEqual([expected ? ['make test'] : [], []]);
  });

  it('reads the file that make reads', async () => {
    const contents = { Makefile: 'test:', GNUmakefile: 'all:' };
    expect(await commands(contents)).toEqual([[], []]);
  });
});

it('finds several kinds at once, in a fixed order', async () => {
  const found = await detect({
    Makefile: 'test:\n',
    'go.mod': '',
    'Cargo.toml': '',
    'tests/test_a.py': '',
    'package.json': manifest({}),
  });
  expect(found.checks.map(({ name }) => name)).toEqual([
    'npm-test',
    'pytest',
    'cargo-test',
    'go-test',
    'make-test',
  ]);
  expect(found.because).toHaveLength(5);
});

it('finds nothing in nothing', async () => {
  expect(await detect({})).toEqual({ checks: [], setup: [], because: [] });
});
