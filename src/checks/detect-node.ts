// Projects of JavaScript: their package manager, their scripts, the packages of their workspaces.

import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';
import { NOTHING, oneCheck, together } from './detected.ts';
import type { DetectedChecks, ProjectFiles } from './detected.ts';

type Manifest = Readonly<Record<string, unknown>>;

/** The script that `npm init` writes; it always fails. */
const PLACEHOLDER = /no test specified/u;
/** It never ends, or it changes what it is to judge. */
const NO_CHECK =
  /(?:^|\s)--?(?:watch(?:All)?|fix|write|update(?:-?snapshots?)?)(?=[\s=]|$)(?!=false)/u;
/** Scripts that judge, by their usual names; of several names the first that is there. */
const SCRIPTS: readonly (readonly string[])[] = [
  ['test'],
  ['lint'],
  ['typecheck', 'type-check', 'check-types', 'tsc'],
  ['build'],
];
const MOST_PACKAGES = 100;
const MOST_PATTERNS = 100;
const LONGEST_PATTERN = 300;

/** A package manager, and how it is told what. */
interface Manager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  readonly install: string;
  /** The lock file that is there; `null` = none. */
  readonly lock: string | null;
  /** Runs a script of the root. */
  readonly run: (script: string) => string;
  /** Runs a script in all packages that have it; `null` = there is no way that passes over the others. */
  readonly runAll: ((script: string) => string) | null;
}

/**
 * Looks at `package.json`.
 *
 * @param project - The project.
 * @param has - Its files.
 * @returns Its checks.
 */
export async function detectNode(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  if (!has.has('package.json')) return NOTHING;
  const manifest = parse(await project.read('package.json'));
  if (manifest === null) {
    return { ...NOTHING, because: ['package.json cannot be read as JSON: no check from it'] };
  }
  const manager = packageManager(manifest, has);
  const packages = await packagesOf(project, manifest, has);
  const found = SCRIPTS.flatMap((names) => detectScript(names, manager, manifest, packages));
  if (found.length === 0) return { ...NOTHING, because: ['package.json has no test script'] };
  const { lock, install } = manager;
  if (lock === null || !hasDependencies(manifest, has)) return together(found);
  const because = [`${lock} locks dependencies`];
  return together([...found, { checks: [], setup: [install], because }]);
}

/** In the root, else in the packages. */
function detectScript(
  names: readonly string[],
  manager: Manager,
  manifest: Manifest,
  packages: readonly Manifest[],
): DetectedChecks[] {
  const own = names.find((name) => judges(manifest, name));
  if (own !== undefined) {
    const because = `package.json has a ${own} script`;
    return [oneCheck(`${manager.name}-${own}`, manager.run(own), because)];
  }
  const { runAll } = manager;
  const theirs = names.find((name) => packages.some((one) => judges(one, name)));
  // Where one of them has a script that never ends, all of them would wait for it.
  const isSound = packages.every((one) => !hasScript(one, theirs) || judges(one, theirs ?? ''));
  if (theirs === undefined || runAll === null || !isSound) return [];
  const count = packages.filter((one) => judges(one, theirs)).length;
  const because = `${count} of the workspace’s packages have a ${theirs} script`;
  return [oneCheck(`${manager.name}-${theirs}`, runAll(theirs), because)];
}

function scriptOf({ scripts }: Manifest, name: string | undefined): string | null {
  if (!isRecord(scripts) || name === undefined || !Object.hasOwn(scripts, name)) return null;
  const script = scripts[name];
  return typeof script === 'string' && script.trim() !== '' ? script : null;
}

function hasScript(manifest: Manifest, name: string | undefined): boolean {
  return scriptOf(manifest, name) !== null;
}

function judges(manifest: Manifest, name: string): boolean {
  const script = scriptOf(manifest, name);
  return script !== null && !PLACEHOLDER.test(script) && !NO_CHECK.test(script);
}

function parse(text: string | null): Manifest | null {
  // Some editors of other systems begin a file with a byte order mark.
  const value = parseJson((text ?? '').replace(/^\uFEFF/u, ''));
  return isRecord(value) ? value : null;
}

/** The lock file tells which one is used; the `packageManager` field only where there is none. */
function packageManager(manifest: Manifest, has: ReadonlySet<string>): Manager {
  const named = typeof manifest['packageManager'] === 'string' ? manifest['packageManager'] : '';
  const berry = has.has('.yarnrc.yml') || /^yarn@(?:[2-9]|\d\d)/u.test(named);
  const npm = {
    name: 'npm',
    install: 'npm ci',
    locks: ['npm-shrinkwrap.json', 'package-lock.json'],
    run: (script: string) => (script === 'test' ? 'npm test' : `npm run ${script}`),
    runAll: (script: string) => `npm run ${script} --workspaces --if-present`,
  } as const;
  const all = [
    {
      name: 'pnpm',
      install: 'pnpm install --frozen-lockfile',
      locks: ['pnpm-lock.yaml'],
      run: (script: string) => (script === 'test' ? 'pnpm test' : `pnpm run ${script}`),
      runAll: (script: string) => `pnpm -r --if-present run ${script}`,
    },
    {
      name: 'yarn',
      install: berry ? 'yarn install --immutable' : 'yarn install --frozen-lockfile',
      locks: ['yarn.lock'],
      run: (script: string) => (script === 'test' ? 'yarn test' : `yarn run ${script}`),
      runAll: berry ? (script: string) => `yarn workspaces foreach -A run ${script}` : null,
    },
    {
      name: 'bun',
      install: 'bun install --frozen-lockfile',
      locks: ['bun.lock', 'bun.lockb'],
      // `bun test` is another thing: its own test runner.
      run: (script: string) => `bun run ${script}`,
      runAll: (script: string) => `bun run --filter '*' ${script}`,
    },
    npm,
  ] as const;
  // Where several locks are left over from a change of mind, the field decides.
  const isNamed = (name: string): boolean => named.startsWith(`${name}@`);
  const inOrder = all.toSorted((a, b) => Number(isNamed(b.name)) - Number(isNamed(a.name)));
  for (const { locks, ...manager } of inOrder) {
    const lock = locks.find((file) => has.has(file));
    if (lock !== undefined) return { ...manager, lock };
  }
  return { ...(all.find(({ name }) => isNamed(name)) ?? npm), lock: null };
}

function hasDependencies(manifest: Manifest, has: ReadonlySet<string>): boolean {
  // The packages of a workspace have theirs in manifests of their own, under the same lock.
  if (manifest['workspaces'] !== undefined || has.has('pnpm-workspace.yaml')) return true;
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some((key) => {
    const value = manifest[key];
    return isRecord(value) && Object.keys(value).length > 0;
  });
}

/** The manifests of a workspace's packages, as many as anybody needs to tell what there is. */
async function packagesOf(
  project: ProjectFiles,
  manifest: Manifest,
  has: ReadonlySet<string>,
): Promise<readonly Manifest[]> {
  const patterns = await workspacePatterns(project, manifest, has);
  if (patterns.length === 0) return [];
  const files = project.files
    .filter(
      (file) =>
        file.endsWith('/package.json') &&
        !/(?:^|\/)node_modules\//u.test(file) &&
        isMatch(file.slice(0, -'/package.json'.length), patterns),
    )
    .slice(0, MOST_PACKAGES);
  const manifests = await Promise.all(files.map(async (file) => parse(await project.read(file))));
  return manifests.filter((one) => one !== null);
}

async function workspacePatterns(
  project: ProjectFiles,
  manifest: Manifest,
  has: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { workspaces } = manifest;
  const listed: unknown = isRecord(workspaces) ? workspaces['packages'] : workspaces;
  const named = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : [];
  const pnpm = has.has('pnpm-workspace.yaml') ? await project.read('pnpm-workspace.yaml') : null;
  // Its list has one simple form; whatever else is written there names no folder.
  const theirs = (pnpm ?? '').split('\n').flatMap((line) => {
    const words = line.slice(0, LONGEST_PATTERN).trim();
    return words.startsWith('- ')
      ? [
          words
            .slice(2)
            .trim()
            .replaceAll(/^["']|["']$/gu, ''),
        ]
      : [];
  });
  return [...named, ...theirs]
    .filter((pattern) => pattern.length <= LONGEST_PATTERN)
    .slice(0, MOST_PATTERNS);
}

/** By parts, without going back: a pattern is foreign text. */
function isMatch(folder: string, patterns: readonly string[]): boolean {
  const parts = folder.split('/');
  return patterns.some((pattern) => {
    const wanted = pattern.replace(/^\.\//u, '').replace(/\/+$/u, '').split('/');
    const deep = wanted.indexOf('**');
    const first = deep < 0 ? wanted : wanted.slice(0, deep);
    if (deep < 0 ? parts.length !== first.length : parts.length < first.length) return false;
    return first.every((part, index) => part === '*' || part === parts[index]);
  });
}
