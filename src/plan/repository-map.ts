// What a list of files tells about a repository: its languages, which folders are about what, its
// packages.

import { packagesOf, workspacesOf } from './packages.ts';
import type { Package } from './packages.ts';

/** A field of work that has folders of its own. */
export type Domain =
  | 'database'
  | 'backend'
  | 'security'
  | 'frontend'
  | 'data'
  | 'infrastructure'
  | 'docs'
  | 'tests';

/** What is known about a repository. */
export interface RepositoryMap {
  readonly fileCount: number;
  /** Whether there are more files than were looked at. */
  readonly isCut: boolean;
  /** The largest folders at the top, with what lies in them. */
  readonly folders: readonly { readonly name: string; readonly files: number }[];
  /** The most used first. */
  readonly languages: readonly { readonly name: string; readonly files: number }[];
  /** Globs of the folders and files of each domain that there is, the largest first. */
  readonly domains: ReadonlyMap<Domain, readonly string[]>;
  /** Globs of the folders that hold the source code, whatever it is about. */
  readonly source: readonly string[];
  /** The packages, those nearest to the root first. */
  readonly packages: readonly Package[];
  /** What holds the packages of a monorepo together, in words. */
  readonly workspaces: readonly string[];
  /** Files that tell how work is done here. */
  readonly conventions: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');
const FOLDERS: Readonly<Record<Domain, readonly string[]>> = {
  database: words('db database databases migrations migration prisma sql schema entities'),
  backend: words(
    'api apis backend server servers routes controllers handlers services graphql cmd internal endpoints rpc worker workers jobs',
  ),
  security: words('auth security permissions crypto oauth identity'),
  frontend: words('ui web frontend client components pages views styles public widgets screens'),
  data: words(
    'data etl pipeline pipelines dags ingest ingestion transform transforms transformations notebooks training features models ml loaders extractors',
  ),
  infrastructure: words(
    '.github .gitlab .circleci deploy deployment docker k8s kubernetes infra infrastructure terraform helm ansible ops ci',
  ),
  docs: words('docs doc documentation website'),
  tests: words('test tests __tests__ spec specs e2e testdata cypress playwright'),
};
const DOMAIN_OF: ReadonlyMap<string, Domain> = new Map(
  [...new Map(Object.entries(FOLDERS))].flatMap(([domain, names]) =>
    names.map((name) => [name, asDomain(domain)] as const),
  ),
);
const FILES: readonly (readonly [Domain, RegExp, string | null])[] = [
  [
    'infrastructure',
    /^(?:Dockerfile|docker-compose\.ya?ml|compose\.ya?ml|\.gitlab-ci\.yml|Jenkinsfile|fly\.toml)$/u,
    null,
  ],
  ['infrastructure', /\.tf$/u, '**/*.tf'],
  ['docs', /^README(?:\.\w+)?$/u, null],
  ['tests', /_test\.go$/u, '**/*_test.go'],
  ['tests', /\.(?:test|spec)\.(?<ext>[cm]?[jt]sx?)$/u, '**/*.test.*'],
  ['tests', /^test_\w+\.py$/u, '**/test_*.py'],
];
const LANGUAGES: Readonly<Record<string, string>> = {
  ts: 'TypeScript',
  tsx: 'TypeScript',
  mts: 'TypeScript',
  js: 'JavaScript',
  jsx: 'JavaScript',
  mjs: 'JavaScript',
  cjs: 'JavaScript',
  vue: 'Vue',
  svelte: 'Svelte',
  py: 'Python',
  go: 'Go',
  rs: 'Rust',
  java: 'Java',
  kt: 'Kotlin',
  rb: 'Ruby',
  php: 'PHP',
  cs: 'C#',
  swift: 'Swift',
  c: 'C',
  h: 'C',
  cc: 'C++',
  cpp: 'C++',
  hpp: 'C++',
  ex: 'Elixir',
  exs: 'Elixir',
  scala: 'Scala',
  sh: 'Shell',
  sql: 'SQL',
  ipynb: 'Jupyter',
  html: 'HTML',
  css: 'CSS',
  scss: 'CSS',
  dart: 'Dart',
  zig: 'Zig',
};
/** Languages that are code of their own, not an addition to some. */
const NOT_SOURCE: ReadonlySet<string> = new Set(['SQL', 'HTML', 'CSS', 'Shell']);
/** Where a repository tells agents and people how work is done in it. */
const CONVENTIONS =
  /(?:^|\/)(?:AGENTS(?:\.override)?\.md|CLAUDE\.md|GEMINI\.md|CONTRIBUTING(?:\.\w+)?|CONVENTIONS\.md|STYLE(?:GUIDE)?\.md|ARCHITECTURE\.md|\.editorconfig|\.cursorrules|\.windsurfrules|\.clinerules|\.github\/copilot-instructions\.md|\.cursor\/rules\/[^/]+)$/u;
/** Folders that others wrote or a tool made. */
const FOREIGN: ReadonlySet<string> = new Set(
  words(
    'node_modules vendor dist build out target coverage .git .venv venv __pycache__ third_party .tutti',
  ),
);
/** More paths than this say nothing new. */
export const MOST_MAPPED_FILES: number = 100_000;
const MOST_GLOBS = 8;
const MOST_FOLDERS = 12;
const MOST_CONVENTIONS = 20;

function asDomain(name: string): Domain {
  switch (name) {
    case 'database':
    case 'backend':
    case 'security':
    case 'frontend':
    case 'data':
    case 'infrastructure':
    case 'docs':
      return name;
    default:
      return 'tests';
  }
}

/**
 * Maps a repository.
 *
 * @param paths - The files that git tracks, relative, with `/`.
 * @param contents - The text of some files by path, such as `package.json`; may be empty.
 * @returns The map; the same for any order of the paths.
 */
export function mapRepository(
  paths: readonly string[],
  contents: ReadonlyMap<string, string>,
): RepositoryMap {
  const languages = new Map<string, number>();
  const domains = new Map<Domain, Map<string, number>>();
  const source = new Map<string, number>();
  const folders = new Map<string, number>();
  const own = paths
    .slice(0, MOST_MAPPED_FILES)
    .filter((path) => !path.split('/').some((part) => FOREIGN.has(part)));
  for (const path of own) {
    const slash = path.indexOf('/');
    if (slash > 0) count(folders, path.slice(0, slash));
    const language = languageOf(path);
    if (language !== null) count(languages, language);
    const found = domainsOf(path);
    for (const { domain, glob } of found) {
      const globs = domains.get(domain) ?? new Map<string, number>();
      domains.set(domain, count(globs, glob));
    }
    const aside = found.some(({ domain }) => domain === 'tests' || domain === 'docs');
    if (language !== null && !NOT_SOURCE.has(language) && !aside) count(source, topOf(path));
  }
  return {
    fileCount: Math.min(paths.length, MOST_MAPPED_FILES),
    isCut: paths.length > MOST_MAPPED_FILES,
    folders: ranked(folders)
      .slice(0, MOST_FOLDERS)
      .map(([name, files]) => ({ name, files })),
    languages: ranked(languages).map(([name, files]) => ({ name, files })),
    domains: new Map([...domains].map(([domain, globs]) => [domain, globsOf(globs)])),
    source: globsOf(source),
    packages: packagesOf(own, contents),
    workspaces: workspacesOf(contents),
    conventions: own
      .filter((path) => CONVENTIONS.test(path))
      .toSorted((a, b) => a.split('/').length - b.split('/').length || compare(a, b))
      .slice(0, MOST_CONVENTIONS),
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function languageOf(path: string): string | null {
  const extension =
    /\.(?<extension>\w{1,6})$/u.exec(path)?.groups?.['extension']?.toLowerCase() ?? '';
  return Object.hasOwn(LANGUAGES, extension) ? (LANGUAGES[extension] ?? null) : null;
}

/** Where a file lies: the outermost folder of each domain on its path. Tests and docs end the way. */
function domainsOf(path: string): readonly { domain: Domain; glob: string }[] {
  const found = new Map<Domain, string>();
  const folders = path.split('/').slice(0, -1);
  for (const [index, folder] of folders.entries()) {
    const domain = DOMAIN_OF.get(folder.toLowerCase());
    if (domain === undefined) continue;
    if (!found.has(domain)) found.set(domain, `${folders.slice(0, index + 1).join('/')}/**`);
    if (domain === 'tests' || domain === 'docs') return [{ domain, glob: found.get(domain) ?? '' }];
  }
  for (const [domain, pattern, glob] of FILES) {
    if (pattern.test(nameOf(path)) && !found.has(domain)) found.set(domain, glob ?? path);
  }
  if (found.has('tests')) return [{ domain: 'tests', glob: found.get('tests') ?? '' }];
  return [...found].map(([domain, glob]) => ({ domain, glob }));
}

function topOf(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? `*${path.slice(path.lastIndexOf('.'))}` : `${path.slice(0, slash)}/**`;
}

function count<K>(counts: Map<K, number>, key: K): Map<K, number> {
  return counts.set(key, (counts.get(key) ?? 0) + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function ranked(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].toSorted((a, b) => b[1] - a[1] || compare(a[0], b[0]));
}

function globsOf(counts: ReadonlyMap<string, number>): readonly string[] {
  return ranked(counts)
    .slice(0, MOST_GLOBS)
    .map(([glob]) => glob);
}
