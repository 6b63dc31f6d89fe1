// Finds the commands by which a project tests itself. Manifests are an attacker's in the worst case: what is
// proposed is made of fixed words, and nobody runs it before a person has seen it.

import { detectNode } from './detect-node.ts';
import { detectPython } from './detect-python.ts';
import { NOTHING, oneCheck, together } from './detected.ts';
import type { DetectedChecks, ProjectFiles } from './detected.ts';

export type { DetectedChecks } from './detected.ts';

/** In the order in which GNU make looks for them. */
const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile'];
/** A folder that needs no quoting anywhere, and leads nowhere else. */
const PLAIN_FOLDER = /^(?:\.\/)?(?!\.\.?(?:\/|$))[\w.-]+(?:\/(?!\.\.?(?:\/|$))[\w.-]+)*$/u;
const MOST_MODULES = 50;

/**
 * Finds the commands by which a project tests itself.
 *
 * @param project - Its files.
 * @returns The checks of every kind that applies, in a fixed order.
 */
export async function detectChecks(project: ProjectFiles): Promise<DetectedChecks> {
  const has = new Set(project.files);
  return together([
    await detectNode(project, has),
    await detectPython(project, has),
    await detectCargo(project, has),
    await detectGo(project, has),
    detectMaven(has),
    detectGradle(has),
    await detectMake(project, has),
  ]);
}

async function detectCargo(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  if (!has.has('Cargo.toml')) return NOTHING;
  const text = (await project.read('Cargo.toml')) ?? '';
  return /^\[workspace\b/mu.test(text)
    ? oneCheck('cargo-test', 'cargo test --workspace', 'Cargo.toml has a workspace')
    : oneCheck('cargo-test', 'cargo test', 'Cargo.toml is there');
}

async function detectGo(project: ProjectFiles, has: ReadonlySet<string>): Promise<DetectedChecks> {
  if (has.has('go.mod')) return oneCheck('go-test', 'go test ./...', 'go.mod is there');
  if (!has.has('go.work')) return NOTHING;
  const modules = usedModules((await project.read('go.work')) ?? '').filter(
    (folder) => PLAIN_FOLDER.test(folder) && has.has(`${folder.replace(/^\.\//u, '')}/go.mod`),
  );
  const folders = modules.map((folder) => `./${folder.replace(/^\.\//u, '')}/...`);
  return folders.length === 0
    ? NOTHING
    : oneCheck('go-test', `go test ${folders.join(' ')}`, 'go.work uses modules');
}

/** `use ./a` and `use ( … )` with a folder a line. */
function usedModules(text: string): string[] {
  const folders: string[] = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    const words = line.replace(/\/\/.*$/u, '').trim();
    if (/^use\s*\($/u.test(words)) isInside = true;
    else if (words === ')') isInside = false;
    else if (isInside && words !== '') folders.push(words);
    else if (words.startsWith('use ')) folders.push(words.slice(4).trim());
    if (folders.length >= MOST_MODULES) break;
  }
  return folders;
}

function detectMaven(has: ReadonlySet<string>): DetectedChecks {
  if (!has.has('pom.xml')) return NOTHING;
  return has.has('mvnw')
    ? oneCheck('maven-test', './mvnw -B test', 'pom.xml and a wrapper of Maven are there')
    : oneCheck('maven-test', 'mvn -B test', 'pom.xml is there');
}

/** Its daemon would only be ended with the check. */
function detectGradle(has: ReadonlySet<string>): DetectedChecks {
  const file = ['build', 'settings']
    .flatMap((name) => [`${name}.gradle`, `${name}.gradle.kts`])
    .find((name) => has.has(name));
  if (file === undefined) return NOTHING;
  return has.has('gradlew')
    ? oneCheck('gradle-test', './gradlew --no-daemon test', `${file} and a wrapper are there`)
    : oneCheck('gradle-test', 'gradle --no-daemon test', `${file} is there`);
}

async function detectMake(
  project: ProjectFiles,
  has: ReadonlySet<string>,
): Promise<DetectedChecks> {
  const file = MAKEFILES.find((name) => has.has(name));
  const text = file === undefined ? null : await project.read(file);
  if (file === undefined || text === null) return NOTHING;
  const target = (['test', 'check'] as const).find((name) => hasTarget(text, name));
  if (target === undefined) return NOTHING;
  return oneCheck(`make-${target}`, `make ${target}`, `${file} has a target named ${target}`);
}

/** A rule whose targets include the name; neither an assignment nor a target of a variable's name. */
function hasTarget(text: string, name: 'test' | 'check'): boolean {
  return text.split('\n').some((line) => {
    const end = line.indexOf(':');
    const targets = line.slice(0, Math.max(end, 0));
    if (/^\s|[=#]/u.test(targets) || !/^::?(?![:=])/u.test(line.slice(end))) return false;
    return targets.split(/\s+/u).includes(name);
  });
}
