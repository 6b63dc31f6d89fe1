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

const scripts = (all: object, more: object = {}): string =>
  JSON.stringify({ scripts: all, ...more });

describe('scripts of node', () => {
  it.each<[string, Readonly<Record<string, string | null>>, string[]]>([
    [
      'all that judge, in a fixed order',
      { 'package.json': scripts({ build: 'b', typecheck: 't', lint: 'l', test: 'x', dev: 'd' }) },
      ['npm test', 'npm run lint', 'npm run typecheck', 'npm run build'],
    ],
    [
      'one of several names',
      { 'package.json': scripts({ 'check-types': 't', tsc: 'tsc' }) },
      ['npm run check-types'],
    ],
    [
      'none that never ends or changes what it judges',
      {
        'package.json': scripts({
          test: 'jest --watchAll',
          lint: 'eslint --fix .',
          build: 'tsc --watch',
          typecheck: 'x --update-snapshots',
        }),
      },
      [],
    ],
    [
      'one that does not watch',
      { 'package.json': scripts({ test: 'jest --watchAll=false' }) },
      ['npm test'],
    ],
    [
      'lint, where the test is a placeholder',
      {
        'package.json': scripts({
          test: 'echo "Error: no test specified" && exit 1',
          lint: 'eslint .',
        }),
      },
      ['npm run lint'],
    ],
    ['bun', { 'package.json': scripts({ test: 'x' }), 'bun.lock': '' }, ['bun run test']],
    ['old bun', { 'package.json': scripts({ lint: 'x' }), 'bun.lockb': null }, ['bun run lint']],
    [
      'names that a shell would obey',
      {
        'package.json': scripts(
          { 'test;rm -rf ~': 'x', '$(id)': 'x', test: '`id`; $(curl x)' },
          { packageManager: 'npm@1; rm -rf ~' },
        ),
      },
      ['npm test'],
    ],
    ['names of another kind', { 'package.json': '{"scripts":{"__proto__":{"test":"x"}}}' }, []],
  ])('%s', async (_, contents, expected) => {
    expect((await commands(contents))[0]).toEqual(expected);
  });

  const one = scripts({ test: 'x' });
  it.each<[string, Readonly<Record<string, string | null>>, string[]]>([
    [
      'npm',
      {
        'package.json': '{"workspaces":["packages/*"]}',
        'packages/a/package.json': one,
        'packages/b/package.json': '{}',
      },
      ['npm run test --workspaces --if-present'],
    ],
    [
      'the root’s own script counts more',
      { 'package.json': scripts({ test: 'x' }, { workspaces: ['a'] }), 'a/package.json': one },
      ['npm test'],
    ],
    [
      'pnpm',
      {
        'package.json': '{}',
        'pnpm-workspace.yaml': `packages:\n  - 'apps/**'\n  - "libs/*"\n`,
        'pnpm-lock.yaml': '',
        'apps/x/y/package.json': one,
      },
      ['pnpm -r --if-present run test'],
    ],
    [
      'yarn 4',
      {
        'package.json': '{"workspaces":{"packages":["a"]}}',
        'yarn.lock': '',
        '.yarnrc.yml': '',
        'a/package.json': one,
      },
      ['yarn workspaces foreach -A run test'],
    ],
    [
      'yarn 1 cannot',
      { 'package.json': '{"workspaces":["a"]}', 'yarn.lock': '', 'a/package.json': one },
      [],
    ],
    [
      'a package outside of the workspace',
      {
        'package.json': '{"workspaces":["packages/*"]}',
        'examples/a/package.json': one,
        'packages/a/node_modules/b/package.json': one,
      },
      [],
    ],
    [
      'a package that would never end',
      {
        'package.json': '{"workspaces":["*"]}',
        'a/package.json': one,
        'b/package.json': scripts({ test: 'jest --watch' }),
      },
      [],
    ],
    [
      'odd patterns',
      {
        'package.json': JSON.stringify({ workspaces: [5, null, '', '..', '**', '*'.repeat(9999)] }),
        'a/package.json': one,
      },
      ['npm run test --workspaces --if-present'],
    ],
  ])('of a workspace: %s', async (_, contents, expected) => {
    expect((await commands(contents))[0]).toEqual(expected);
  });

  it.each([
    ['deep JSON', '['.repeat(200_000)],
    [
      'a large manifest',
      scripts(Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`s${at}`, 'x']))),
    ],
    ['a list of blanks', `- ${' '.repeat(250_000)}#`],
  ])('are read at once from %s', async (_, text) => {
    const contents = { 'package.json': text, 'pnpm-workspace.yaml': text, Makefile: text };
    expect((await commands(contents))[0]).toEqual([]);
  });
});

it.each<[string, Readonly<Record<string, string | null>>, string[], string[]]>([
  ['uv', { 'uv.lock': '', 'tests/test_a.py': '' }, ['uv run pytest -q'], ['uv sync --frozen']],
  [
    'poetry',
    { 'poetry.lock': '', 'pyproject.toml': '[tool.pytest.ini_options]\n' },
    ['poetry run pytest -q'],
    ['poetry install --no-interaction'],
  ],
  [
    'requirements',
    { 'requirements-dev.txt': 'flask\npytest>=8\n', 'tests/test_a.py': '' },
    ['.venv/bin/python -m pytest -q'],
    ['python3 -m venv .venv', '.venv/bin/python -m pip install -q -r requirements-dev.txt'],
  ],
  [
    'requirements of something else',
    { 'requirements.txt': 'flask\n', 'tests/test_a.py': '' },
    ['python3 -m pytest -q'],
    [],
  ],
  ['pytest in tox.ini', { 'tox.ini': '[pytest]\n' }, ['python3 -m pytest -q'], []],
  ['tox', { 'tox.ini': '[tox]\nenvlist = py\n' }, ['tox'], []],
  ['a workspace of cargo', { 'Cargo.toml': '[workspace]\n' }, ['cargo test --workspace'], []],
  [
    'modules of go',
    {
      'go.work': 'go 1.22\nuse ./a\nuse (\n\t./b/c // two\n\t./gone\n\t./$(id)\n\t../out\n)\n',
      'a/go.mod': '',
      'b/c/go.mod': '',
      '$(id)/go.mod': '',
      '../out/go.mod': '',
    },
    ['go test ./a/... ./b/c/...'],
    [],
  ],
  ['Maven', { 'pom.xml': '' }, ['mvn -B test'], []],
  ['Maven with its wrapper', { 'pom.xml': '', mvnw: '' }, ['./mvnw -B test'], []],
  ['Gradle', { 'build.gradle.kts': '' }, ['gradle --no-daemon test'], []],
  [
    'Gradle with its wrapper',
    { 'settings.gradle': '', gradlew: '' },
    ['./gradlew --no-daemon test'],
    [],
  ],
  ['make check', { Makefile: 'all:\ncheck: all\n' }, ['make check'], []],
  ['make test before check', { Makefile: 'check:\ntest:\n' }, ['make test'], []],
])('%s', async (_, contents, checks, setup) => {
  expect(await commands(contents)).toEqual([checks, setup]);
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

  it('is done soon with a file that is made to take long', async () => {
    expect(await commands({ Makefile: 'x '.repeat(1_000_000) })).toEqual([[], []]);
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
