// What a project's checks run besides the code they judge: scripts, build files, CI. Who changes that
// changes what counts as proof.

import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';

/** Files that always count: what CI does, and what tutti itself is told by the repository. */
const ALWAYS: readonly RegExp[] = [
  /^\.tutti\//u,
  /^\.github\/(?:workflows|actions)\//u,
  /^\.gitlab-ci\.ya?ml$/u,
  /^\.(?:circleci|buildkite)\//u,
  /^(?:azure-pipelines|bitbucket-pipelines|\.travis|appveyor)\.ya?ml$/u,
  /^Jenkinsfile$/u,
];

const MAKE = /\bg?make\b/u;
const GRADLE = /\b(?:gradle|gradlew)\b/u;
const MAVEN = /\b(?:mvn|mvnw)\b/u;

/** Files that count where a check calls the program, and that were there before. */
const BY_PROGRAM: readonly (readonly [program: RegExp, files: RegExp])[] = [
  [MAKE, /(?:^|\/)Makefile$|\.mk$/u],
  [/\bjust\b/u, /(?:^|\/)\.?[Jj]ustfile$/u],
  [/\btask\b/u, /(?:^|\/)[Tt]askfile\.(?:dist\.)?ya?ml$/u],
  [/\brake\b/u, /(?:^|\/)Rakefile$/u],
  [GRADLE, /(?:^|\/)(?:build|settings)\.gradle(?:\.kts)?$|(?:^|\/)gradlew$/u],
  [MAVEN, /(?:^|\/)mvnw$/u],
  [/\bnox\b/u, /(?:^|\/)noxfile\.py$/u],
];

/**
 * Files by which a program is told what to run, or to run nothing: one that was not there before does so
 * as well, and may take the place of one that was. Tests themselves, with what they share, are not among
 * them, nor what is changed with every dependency.
 */
const UNNAMED: readonly (readonly [program: RegExp, files: RegExp])[] = [
  [
    /\b(?:npm|npx|pnpm|pnpx|yarn|bun|bunx)\b/u,
    /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|\.pnpmfile\.[cm]?js|pnpm-workspace\.yaml|bunfig\.toml)$|(?:^|\/)\.yarn\/(?:releases|plugins)\//u,
  ],
  [MAKE, /(?:^|\/)(?:GNUm|m)akefile$/u],
  [/\bcargo\b/u, /(?:^|\/)(?:\.cargo\/config(?:\.toml)?|rust-toolchain(?:\.toml)?)$/u],
  [/\b(?:pytest|py\.test)\b/u, /(?:^|\/)(?:\.?pytest\.(?:ini|toml)|tox\.ini)$/u],
  [/\btox\b/u, /(?:^|\/)tox\.ini$/u],
  [/\bgo\b/u, /(?:^|\/)go\.work$/u],
  [MAVEN, /(?:^|\/)\.mvn\//u],
  [GRADLE, /(?:^|\/)(?:gradle\.properties$|gradle\/wrapper\/|buildSrc\/)/u],
  [/\b(?:bundle|rake|rspec)\b/u, /(?:^|\/)(?:\.bundle\/config|\.rspec)$/u],
];

const SCRIPT_RUNNER = /\b(?:npm|pnpm|yarn|bun)\b/u;
const SHELL = /^(?:sh|bash|zsh|dash|ksh)$/u;
const INTERPRETER = /^(?:node|python3?|ruby|perl|php|pwsh|deno|bun)$/u;
const TEST_FILE = /(?:^|[/._-])(?:tests?|specs?)(?:[/._-]|$)|_test\.|test_/u;

/**
 * Tells whether a changed file is part of what checks run.
 *
 * @param path - The file, from the project's root.
 * @param commands - The checks' commands, and what they call in turn.
 * @returns `yes`; `old` = only where the change does not add it: a script that a task is to write itself
 *   is no change of what was approved; `scripts` = only where the scripts in it changed; `no`.
 */
export function isRunByChecks(
  path: string,
  commands: readonly string[],
): 'yes' | 'old' | 'scripts' | 'no' {
  if (ALWAYS.some((pattern) => pattern.test(path))) return 'yes';
  if (/(?:^|\/)package\.json$/u.test(path)) {
    return commands.some((command) => SCRIPT_RUNNER.test(command)) ? 'scripts' : 'no';
  }
  const isOf = (rows: typeof UNNAMED, command: string): boolean =>
    rows.some(([program, files]) => program.test(command) && files.test(path));
  if (commands.some((command) => isOf(UNNAMED, command))) return 'yes';
  const called = commands.some(
    (command) => isOf(BY_PROGRAM, command) || scriptsIn(command).includes(path),
  );
  return called ? 'old' : 'no';
}

/**
 * Adds to commands what they call through the scripts of a package.
 *
 * @param commands - The checks' commands.
 * @param manifest - The text of `package.json`; `null` = there is none.
 * @returns The commands and those scripts, with what runs before and after them.
 */
export function withScripts(commands: readonly string[], manifest: string | null): string[] {
  const scripts = scriptsOf(manifest);
  const all = new Set(commands);
  for (const command of all) {
    for (const [, name = ''] of command.matchAll(
      /\b(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:run(?:-script)?\s+(?:-\S+\s+)*)?([\w:.-]+)/gu,
    )) {
      const called = name === 't' ? 'test' : name;
      for (const one of [`pre${called}`, called, `post${called}`]) {
        const script = scripts[one];
        if (script !== undefined) all.add(script);
      }
    }
  }
  return [...all];
}

/**
 * Reads the scripts of a package.
 *
 * @param manifest - The text of `package.json`; `null` = there is none.
 * @returns The scripts by name; none where it cannot be read.
 */
export function scriptsOf(manifest: string | null): Readonly<Record<string, string>> {
  const value = parseJson(manifest ?? '');
  const scripts = isRecord(value) && isRecord(value['scripts']) ? value['scripts'] : {};
  return Object.fromEntries(
    Object.entries(scripts).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** The files that a command runs as programs: by their path, or by an interpreter. */
function scriptsIn(command: string): string[] {
  const found: string[] = [];
  for (const part of command.split(/&&|\|\||[;|\n]/u)) {
    const words = part
      .trim()
      .split(/\s+/u)
      .map((word) => word.replaceAll(/["']/gu, ''));
    const start = words.findIndex((word) => !/^\w+=/u.test(word));
    const program = words[start] ?? '';
    const first = words.slice(start + 1).find((word) => !word.startsWith('-')) ?? '';
    if (program.includes('/')) found.push(program);
    // A file of tests is what agents are to work on.
    const runs = INTERPRETER.test(program) && !TEST_FILE.test(first);
    if (runs || SHELL.test(program)) found.push(first);
  }
  return found.map((path) => path.replace(/^(?:\.\/)+/u, ''));
}
