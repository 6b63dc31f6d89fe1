import { expect, test } from 'vitest';

import { isRunByChecks, scriptsOf, withScripts } from './what-checks-run.ts';

test.each([
  ['.tutti/config.yaml', []],
  ['.tutti/agents/code-reviewer.md', []],
  ['.github/workflows/ci.yml', []],
  ['.gitlab-ci.yml', []],
  ['.npmrc', ['npm test']],
  ['packages/a/.npmrc', ['npx vitest']],
  ['.yarnrc.yml', ['yarn test']],
  ['.yarn/releases/yarn-4.0.0.cjs', ['yarn test']],
  ['.pnpmfile.cjs', ['pnpm -r test']],
  ['bunfig.toml', ['bun test']],
  ['GNUmakefile', ['make test']],
  ['.cargo/config.toml', ['cargo test']],
  ['pytest.ini', ['python -m pytest -q']],
  ['tox.ini', ['tox']],
  ['go.work', ['go test ./...']],
  ['.mvn/maven.config', ['./mvnw -B test']],
  ['gradle.properties', ['./gradlew test']],
  ['.rspec', ['bundle exec rspec']],
])('%s is run by %j, new or not', (path, commands) => {
  expect(isRunByChecks(path, commands)).toBe('yes');
});

test.each([
  ['Makefile', ['make test']],
  ['sub/Makefile', ['make -C sub']],
  ['rules.mk', ['cd x && make']],
  ['scripts/test.sh', ['sh scripts/test.sh --all']],
  ['scripts/test.sh', ['CI=1 ./scripts/test.sh']],
  ['tools/check.py', ['npm ci; python3 -u tools/check.py']],
  ['gradlew', ['./gradlew test']],
])('%s is run by %j where it was there before', (path, commands) => {
  expect(isRunByChecks(path, commands)).toBe('old');
});

test.each([
  ['src/a.ts', ['npm test', 'sh scripts/test.sh']],
  ['Makefile', ['npm test']],
  ['.npmrc', ['make test']],
  ['tests/conftest.py', ['pytest']],
  ['Cargo.toml', ['cargo test']],
  ['test/a.test.js', ['node test/a.test.js']],
  ['package.json', ['make test']],
  ['docs/.tutti/x', ['npm test']],
])('%s is not run by %j', (path, commands) => {
  expect(isRunByChecks(path, commands)).toBe('no');
});

test('of a package only its scripts count, and what they call counts too', () => {
  expect(isRunByChecks('package.json', ['npm test'])).toBe('scripts');
  expect(isRunByChecks('packages/a/package.json', ['pnpm -r test'])).toBe('scripts');
  const manifest = JSON.stringify({
    scripts: { pretest: 'npm run gen', test: 'sh ci/test.sh', gen: 'node ci/gen.js', other: 'x' },
  });
  const all = withScripts(['npm test'], manifest);
  expect(all).toEqual(['npm test', 'npm run gen', 'sh ci/test.sh', 'node ci/gen.js']);
  expect(isRunByChecks('ci/gen.js', all)).toBe('old');
  expect(scriptsOf('no json')).toEqual({});
  expect(withScripts(['npm run a'], '{"scripts":{"a":"npm run b","b":"npm run a"}}')).toHaveLength(
    2,
  );
});
