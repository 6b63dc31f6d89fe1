import type { Check } from '../model/plan.ts';
import { isRecord } from '../util/is-record.ts';

/** A project's files, as far as detection looks at them. */
export interface ProjectFiles {
  /** Paths from the project's root, with slashes. */
  readonly files: readonly string[];
  /** A file's text; `null` = it cannot be read. */
  read(path: string): Promise<string | null>;
}

/** The checks and set-up that a project seems to have; nobody has approved them yet. */
export interface DetectedChecks {
  readonly checks: readonly Check[];
  /** Command lines that make a fresh clone ready. */
  readonly setup: readonly string[];
  /** What was seen, in words, one for each finding. */
  readonly because: readonly string[];
}

const TIMEOUT_SECS = 600;
/** The script that `npm init` writes; it always fails. */
const PLACEHOLDER = /no test specified/;
const PYTHON_TEST = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;
const PYTHON_PROJECT = ['pytest.ini', 'pyproject.toml', 'setup.cfg', 'setup.py', 'tox.ini'];
/** In the order in which GNU make looks for them. */
const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile'];
/** A rule whose targets include `test`; neither an assignment nor a target of a variable's name. */
const TEST_TARGET = /^(?:[^\s:=#]+[ \t]+)*test(?:[ \t]+[^\s:=#]+)*[ \t]*::?(?![:=])/m;

const NOTHING: DetectedChecks = { checks: [], setup: [], because: [] };

/**
 * Finds the commands by which a project tests itself.
 *
 * @param project - Its files.
 * @returns The checks of every kind that applies, in a fixed order.
 */
export async function detectChecks(project: ProjectFiles): Promise<DetectedChecks> {
  const has = new Set(project.files);
  const found = [
    await detectNode(project, has),
    await detectPython(project, has),
    has.has('Cargo.toml') ? one('cargo-test', 'cargo test', 'Cargo.toml is there') : NOTHING,
    has.has('go.mod') ? one('go-test', 'go test ./...', 'go.mod is there') : NOTHING,
    await detectMake(project, has),
  ];
  return {
    checks: found.flatMap(({ checks }) => checks),
    setup: found.flatMap(({ setup }) => setup),
    because: found.flatMap(({ because }) => because),
  };
}

function one(name: string, run: string, because: string): DetectedChecks {
  return { checks: [{ name, run, timeoutSecs: TIMEOUT_SECS }], setup: [], because: [because] };
}

async function detectNode(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  if (!has.has('package.json')) return NOTHING;
  const manifest = parse(await project.read('package.json'));
  if (manifest === null) {
    return { ...NOTHING, because: ['package.json cannot be read as JSON: no check from it'] };
  }
  const script = isRecord(manifest['scripts']) ? manifest['scripts']['test'] : undefined;
  if (typeof script !== 'string' || script.trim() === '' || PLACEHOLDER.test(script)) {
    return { ...NOTHING, because: ['package.json has no test script'] };
  }
  const { name, install, lock } = packageManager(manifest, has);
  const check = one(`${name}-test`, `${name} test`, 'package.json has a test script');
  if (lock === null || !hasDependencies(manifest)) return check;
  return { ...check, setup: [install], because: [...check.because, `${lock} locks dependencies`] };
}

function parse(text: string | null): Readonly<Record<string, unknown>> | null {
  try {
    // Some editors of other systems begin a file with a byte order mark.
    const value: unknown = JSON.parse((text ?? '').replace(/^\uFEFF/, ''));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The lock file tells which one is used; the `packageManager` field only where there is none. */
function packageManager(
  manifest: Readonly<Record<string, unknown>>,
  has: ReadonlySet<string>,
): { name: string; install: string; lock: string | null } {
  const named = typeof manifest['packageManager'] === 'string' ? manifest['packageManager'] : '';
  const berry = has.has('.yarnrc.yml') || /^yarn@(?:[2-9]|\d\d)/.test(named);
  const yarnInstall = berry ? 'yarn install --immutable' : 'yarn install --frozen-lockfile';
  const all = [
    { name: 'pnpm', install: 'pnpm install --frozen-lockfile', locks: ['pnpm-lock.yaml'] },
    { name: 'yarn', install: yarnInstall, locks: ['yarn.lock'] },
    { name: 'npm', install: 'npm ci', locks: ['npm-shrinkwrap.json', 'package-lock.json'] },
  ];
  // Where several locks are left over from a change of mind, the field decides.
  const inOrder = all.toSorted((a, b) => Number(isNamed(b.name)) - Number(isNamed(a.name)));
  function isNamed(name: string): boolean {
    return named.startsWith(`${name}@`);
  }
  for (const { name, install, locks } of inOrder) {
    const lock = locks.find((file) => has.has(file));
    if (lock !== undefined) return { name, install, lock };
  }
  return { name: all.find(({ name }) => isNamed(name))?.name ?? 'npm', install: '', lock: null };
}

function hasDependencies(manifest: Readonly<Record<string, unknown>>): boolean {
  // The packages of a workspace have theirs in manifests of their own, under the same lock.
  if (manifest['workspaces'] !== undefined) return true;
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some((key) => {
    const value = manifest[key];
    return isRecord(value) && Object.keys(value).length > 0;
  });
}

function pytest(because: string): DetectedChecks {
  return one('pytest', 'python3 -m pytest -q', because);
}

/** Files that are tests are needed too: with none, pytest fails. */
async function detectPython(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  const test = project.files.find((file) => PYTHON_TEST.test(file));
  if (test !== undefined) {
    const sign = PYTHON_PROJECT.find((file) => has.has(file));
    if (sign !== undefined) return pytest(`${sign} and tests such as ${test} are there`);
    if (/^tests?\//.test(test)) return pytest(`tests such as ${test} are there`);
  }
  if (has.has('pytest.ini')) return pytest('pytest.ini is there');
  for (const [file, section] of [
    ['pyproject.toml', '[tool.pytest'],
    ['setup.cfg', '[tool:pytest]'],
  ] as const) {
    const text = has.has(file) ? await project.read(file) : null;
    if (text?.includes(section) === true) return pytest(`${file} configures pytest`);
  }
  return NOTHING;
}

async function detectMake(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  const file = MAKEFILES.find((name) => has.has(name));
  const text = file === undefined ? null : await project.read(file);
  if (file === undefined || text === null || !TEST_TARGET.test(text)) return NOTHING;
  return one('make-test', 'make test', `${file} has a target named test`);
}
