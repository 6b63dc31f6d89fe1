// Projects of Python: pytest, tox, and the tool that keeps their environment.

import { NOTHING, oneCheck, together } from './detected.ts';
import type { DetectedChecks, ProjectFiles } from './detected.ts';

const TEST_FILE = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/u;
const PROJECT = ['pytest.ini', 'pyproject.toml', 'setup.cfg', 'setup.py', 'tox.ini'];
/** Files that configure pytest, with what does so. */
const SECTIONS = [
  ['pyproject.toml', '[tool.pytest'],
  ['setup.cfg', '[tool:pytest]'],
  ['tox.ini', '[pytest]'],
] as const;
/** Where tests' own needs are written down, the likeliest first. */
const REQUIREMENTS = [
  'requirements-dev.txt',
  'requirements-test.txt',
  'dev-requirements.txt',
  'test-requirements.txt',
  'requirements/dev.txt',
  'requirements/test.txt',
  'requirements.txt',
];

/** How programs of the project are called, and what makes them be there. */
interface Environment {
  readonly prefix: string;
  readonly setup: readonly string[];
  readonly because: readonly string[];
}

/**
 * Looks for tests of Python.
 *
 * @param project - The project.
 * @param has - Its files.
 * @returns Its checks.
 */
export async function detectPython(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  const sign = await signOfPytest(project, has);
  if (sign === null) {
    const isTox = has.has('tox.ini') && /^\[tox\]/mu.test((await project.read('tox.ini')) ?? '');
    return isTox ? oneCheck('tox', 'tox', 'tox.ini is there') : NOTHING;
  }
  const { prefix, setup, because } = await environmentOf(project, has);
  const pytest = prefix.endsWith('python -m ')
    ? 'pytest -q'
    : `${prefix === '' ? 'python3 -m ' : ''}pytest -q`;
  return together([oneCheck('pytest', `${prefix}${pytest}`, sign), { checks: [], setup, because }]);
}

/** Files that are tests are needed too: with none, pytest fails. */
async function signOfPytest(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<string | null> {
  const test = project.files.find((file) => TEST_FILE.test(file));
  if (test !== undefined) {
    const sign = PROJECT.find((file) => has.has(file));
    if (sign !== undefined) return `${sign} and tests such as ${test} are there`;
    if (/^tests?\//u.test(test)) return `tests such as ${test} are there`;
  }
  if (has.has('pytest.ini')) return 'pytest.ini is there';
  for (const [file, section] of SECTIONS) {
    const text = has.has(file) ? await project.read(file) : null;
    if (text?.includes(section) === true) return `${file} configures pytest`;
  }
  return null;
}

async function environmentOf(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<Environment> {
  const locked = [
    ['uv.lock', 'uv run ', 'uv sync --frozen'],
    ['poetry.lock', 'poetry run ', 'poetry install --no-interaction'],
    ['pdm.lock', 'pdm run ', 'pdm sync'],
    ['Pipfile.lock', 'pipenv run ', 'pipenv sync --dev'],
  ] as const;
  for (const [lock, prefix, install] of locked) {
    if (has.has(lock)) {
      return { prefix, setup: [install], because: [`${lock} locks dependencies`] };
    }
  }
  for (const file of REQUIREMENTS) {
    const text = has.has(file) ? await project.read(file) : null;
    if (text === null || !/^[ \t]*pytest\b/mu.test(text)) continue;
    // An environment of its own: what is installed for the whole machine is nobody's to change.
    const setup = ['python3 -m venv .venv', `.venv/bin/python -m pip install -q -r ${file}`];
    return { prefix: '.venv/bin/python -m ', setup, because: [`${file} names pytest`] };
  }
  return { prefix: '', setup: [], because: [] };
}
