// The packages of a repository, by the files that name them.

/** A package. */
export interface Package {
  /** The file that names it. */
  readonly path: string;
  readonly name: string | null;
  /** The command that tests it, to be run in its folder; `null` = none is named. */
  readonly test: string | null;
}

const MANIFESTS: ReadonlySet<string> = new Set([
  'package.json',
  'pyproject.toml',
  'setup.py',
  'go.mod',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Gemfile',
  'composer.json',
  'mix.exs',
]);
/** Files that hold several packages together. */
const WORKSPACE_FILES: ReadonlySet<string> = new Set([
  'pnpm-workspace.yaml',
  'go.work',
  'lerna.json',
  'nx.json',
  'turbo.json',
]);
const MOST_PACKAGES = 50;
const MOST_MEMBERS = 20;
/** No manifest is longer; what is says nothing that early. */
const MOST_TEXT = 65_536;
/** The script that `npm init` writes; it always fails. */
const PLACEHOLDER = /no test specified/u;

/**
 * Tells which files have to be read for the packages to be known.
 *
 * @param paths - All files.
 * @param most - How many may be read.
 * @returns Those that name a package or hold several together, the ones nearest to the root first.
 */
export function manifestsOf(paths: readonly string[], most: number): readonly string[] {
  return paths
    .filter((path) => {
      const name = nameOf(path);
      return (MANIFESTS.has(name) && !isForeign(path)) || WORKSPACE_FILES.has(path);
    })
    .toSorted(byDepth)
    .slice(0, most);
}

/**
 * Lists the packages.
 *
 * @param paths - The repository's own files.
 * @param contents - The text of some of them.
 * @returns The packages, at most fifty, those nearest to the root first.
 */
export function packagesOf(
  paths: readonly string[],
  contents: ReadonlyMap<string, string>,
): readonly Package[] {
  return paths
    .filter((path) => MANIFESTS.has(nameOf(path)))
    .toSorted(byDepth)
    .slice(0, MOST_PACKAGES)
    .map((path) => {
      const text = contents.get(path)?.slice(0, MOST_TEXT);
      return { path, name: packageName(path, text), test: testOf(path, text) };
    });
}

/**
 * Says what holds the packages of a monorepo together.
 *
 * @param contents - The text of the files at the root, by path.
 * @returns A line for each tool, with the folders it names; empty for a single package.
 */
export function workspacesOf(contents: ReadonlyMap<string, string>): readonly string[] {
  const found: string[] = [];
  const say = (tool: string, members: readonly string[]): void => {
    const shown = members.slice(0, MOST_MEMBERS).join(', ');
    found.push(shown === '' ? tool : `${tool}: ${shown}`);
  };
  const text = (path: string): string => contents.get(path)?.slice(0, MOST_TEXT) ?? '';
  const npm = quotedIn(
    /"workspaces"\s*:\s*(?:\{\s*"packages"\s*:\s*)?\[(?<list>[^\]]*)\]/u,
    text('package.json'),
  );
  if (npm.length > 0) say('package.json workspaces', npm);
  const pnpm = [
    ...text('pnpm-workspace.yaml').matchAll(/^\s*-\s*['"]?(?<member>[^'"#\n]+?)['"]?\s*$/gmu),
  ];
  if (contents.has('pnpm-workspace.yaml')) {
    say(
      'pnpm-workspace.yaml',
      pnpm.map(({ groups }) => groups?.['member'] ?? ''),
    );
  }
  const cargo = quotedIn(
    /^\[workspace\][^[]*?members\s*=\s*\[(?<list>[^\]]*)\]/mu,
    text('Cargo.toml'),
  );
  if (cargo.length > 0) say('Cargo.toml [workspace]', cargo);
  const go = /^use\s*\((?<list>[^)]*)\)/mu.exec(text('go.work'))?.groups?.['list'] ?? '';
  if (contents.has('go.work'))
    say(
      'go.work',
      go.split(/\s+/u).filter((member) => member !== ''),
    );
  for (const tool of ['lerna.json', 'nx.json', 'turbo.json']) if (contents.has(tool)) say(tool, []);
  return found;
}

function quotedIn(pattern: RegExp, text: string): readonly string[] {
  const list = pattern.exec(text)?.groups?.['list'] ?? '';
  return [...list.matchAll(/["'](?<member>[^"'\n]{1,200})["']/gu)].map(
    ({ groups }) => groups?.['member'] ?? '',
  );
}

function testOf(path: string, text: string | undefined): string | null {
  switch (nameOf(path)) {
    case 'package.json': {
      const script = /"test"\s*:\s*"(?<script>[^"\n]{1,1000})"/u.exec(text ?? '')?.groups?.[
        'script'
      ];
      return script === undefined || PLACEHOLDER.test(script) ? null : 'npm test';
    }
    case 'go.mod':
      return 'go test ./...';
    case 'Cargo.toml':
      return 'cargo test';
    case 'pyproject.toml':
      return /pytest/u.test(text ?? '') ? 'pytest' : null;
    default:
      return null;
  }
}

function packageName(path: string, content: string | undefined): string | null {
  const pattern = path.endsWith('.json')
    ? /"name"\s*:\s*"(?<name>[^"\n]{1,200})"/u
    : /^(?:module\s+|name\s*=\s*")(?<name>[^\s"]{1,200})/mu;
  return pattern.exec(content ?? '')?.groups?.['name'] ?? null;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isForeign(path: string): boolean {
  return /(?:^|\/)(?:node_modules|vendor|third_party|dist|build|target)\//u.test(path);
}

function byDepth(a: string, b: string): number {
  return a.split('/').length - b.split('/').length || (a < b ? -1 : Number(a > b));
}
