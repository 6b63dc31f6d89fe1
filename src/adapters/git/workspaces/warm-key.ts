// What decides how set-up comes out: its commands and the tools they call, the files of the project that
// say what is installed, the environment, the machine. Two workspaces with the same key are set up alike.

import { createHash } from 'node:crypto';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';

import type { WorkspaceSettings } from '../../../model/settings.ts';
import { git, gitRecords, readable } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';

/** What is set up, and with what. */
export interface SetUpSpec {
  readonly commit: string;
  readonly settings: WorkspaceSettings;
  readonly environment: Readonly<Record<string, string>>;
}

/** What is known of a set-up before it is made. */
export interface SetUpKey {
  /** Hexadecimal digits. */
  readonly key: string;
  /** Those of the warm folders in which the project has no file of its own. */
  readonly warm: readonly string[];
}

/** Another way of keeping what is warm makes all that was kept worthless. */
const VERSION = 1;
const DECISIVE: readonly RegExp[] = [
  /(?:^|\/)(?:package|composer)\.json$/u,
  /(?:^|\/)(?:package-lock|npm-shrinkwrap|composer\.lock)(?:\.json)?$/u,
  /\.lock(?:b|file)?$/u,
  /(?:^|\/)(?:pnpm-(?:lock|workspace)\.yaml|\.pnpmfile\.cjs|bunfig\.toml|\.npmrc|\.yarnrc(?:\.yml)?)$/u,
  /(?:^|\/)\.yarn\/(?:releases|plugins|patches)\//u,
  /(?:^|\/)patches\//u,
  /(?:^|\/)(?:\.nvmrc|\.node-version|\.python-version|\.ruby-version|\.tool-versions|\.?mise\.toml)$/u,
  /(?:^|\/)rust-toolchain(?:\.toml)?$/u,
  /(?:^|\/)(?:pyproject\.toml|setup\.(?:py|cfg)|(?:requirements|constraints)[^/]*\.(?:txt|in)|Pipfile|environment\.ya?ml)$/u,
  /(?:^|\/)(?:Cargo\.toml|go\.(?:mod|sum|work)|go\.work\.sum|Gemfile|mix\.exs|pom\.xml|Podfile|Package\.(?:swift|resolved))$/u,
  /(?:^|\/)(?:[^/]+\.gradle(?:\.kts)?|gradle(?:-wrapper)?\.properties)$/u,
];
/** What differs from attempt to attempt, or has nothing to do with what is installed. */
const NOT_DECISIVE = /^(?:TUTTI_|HOME$|TMPDIR$|TEMP$|TMP$|TERM$|PWD$)/u;
const MOST_HASHED = 4 * 1024 * 1024;

/**
 * Works out the key of a set-up.
 *
 * @param layout - The repository's.
 * @param spec - What is set up.
 * @returns The key.
 */
export async function setUpKey(layout: Layout, spec: SetUpSpec): Promise<SetUpKey> {
  const { settings, environment, commit } = spec;
  const listed = await gitRecords(['ls-tree', '-r', '-z', commit], own(layout));
  const files = new Map(
    listed.map((line) => [
      readable(line.slice(line.indexOf('\t') + 1)),
      line.slice(0, line.indexOf('\t')),
    ]),
  );
  const scripts = files.has('package.json') ? await scriptsOf(layout, commit) : [];
  const words = [...settings.setup, ...scripts].flatMap((line) => line.split(/[\s;&|()<>'"`=]+/u));
  const called = new Set(words.map((word) => word.replace(/^\.\//u, '')));
  const decisive = [...files].filter(
    ([path]) => called.has(path) || DECISIVE.some((one) => one.test(path)),
  );
  const warm = settings.warm.map(plain);
  const paths = [...files.keys()];
  const parts = [
    VERSION,
    process.platform,
    process.arch,
    settings.setup,
    warm,
    Object.entries(environment)
      .filter(([name]) => !NOT_DECISIVE.test(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    await toolsOf([...new Set([...words, 'node'])], environment['PATH'] ?? ''),
    await Promise.all(settings.copy.map((path) => identityOf(join(layout.root, path)))),
    decisive,
  ];
  return {
    key: createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32),
    warm: warm.filter((path) => !paths.some((one) => one === path || one.startsWith(`${path}/`))),
  };
}

function plain(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Installing may run scripts of the project, which may be files of it. */
async function scriptsOf(layout: Layout, commit: string): Promise<readonly string[]> {
  const { stdout } = await git(['cat-file', 'blob', `${commit}:package.json`], own(layout));
  try {
    const value: unknown = JSON.parse(stdout.toString('utf8'));
    const scripts =
      typeof value === 'object' && value !== null && 'scripts' in value ? value.scripts : null;
    if (typeof scripts !== 'object' || scripts === null) return [];
    return Object.values(scripts).filter((line) => typeof line === 'string');
  } catch {
    return [];
  }
}

/** Programs by what they are on this disk: an update of one makes another key. */
async function toolsOf(words: readonly string[], path: string): Promise<readonly string[]> {
  const found: string[] = [];
  const left = words.filter((word) => /^[\w][\w.+-]*$/u.test(word));
  const seen = new Set(left);
  for (let word = left.pop(); word !== undefined; word = left.pop()) {
    const place = await inPath(word, path);
    if (place === null) continue;
    found.push(place.identity);
    const by = await interpreterOf(place.file);
    if (by === null || seen.has(by)) continue;
    seen.add(by);
    left.push(by);
  }
  return found.toSorted();
}

async function inPath(
  word: string,
  path: string,
): Promise<{ readonly file: string; readonly identity: string } | null> {
  for (const folder of path.split(delimiter)) {
    const file = await realpath(join(folder, word)).catch(() => null);
    if (file === null) continue;
    const { size, mtimeMs, ino } = await stat(file);
    return { file, identity: `${word} ${file} ${size} ${mtimeMs} ${ino}` };
  }
  return null;
}

async function interpreterOf(path: string): Promise<string | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const first = buffer.subarray(0, bytesRead).toString('latin1').split('\n')[0] ?? '';
    const [, program = '', word = ''] = /^#!\s*(\S+)\s*(\S*)/u.exec(first) ?? [];
    const name = basename(program) === 'env' ? word : basename(program);
    return name === '' ? null : name;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** A copied file is part of what a set-up command finds. */
async function identityOf(path: string): Promise<unknown> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return null;
  const { size, mtimeMs, mode } = found;
  if (found.isDirectory()) {
    const names = (await readdir(path)).toSorted();
    return [mode, await Promise.all(names.map((name) => identityOf(join(path, name))))];
  }
  if (!found.isFile() || size > MOST_HASHED) return [mode, size, mtimeMs];
  const file = await open(path, 'r');
  try {
    return [
      mode,
      createHash('sha256')
        .update(await file.readFile())
        .digest('hex'),
    ];
  } finally {
    await file.close();
  }
}
