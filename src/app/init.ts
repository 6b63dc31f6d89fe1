// `tutti init`: looks at a project and writes the configuration to begin with.

import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { detectChecks } from '../checks/detect-checks.ts';
import { commandIds } from '../config/commands.ts';
import { projectKey } from '../config/project-key.ts';
import { configTemplate } from '../config/template.ts';
import type { Check } from '../model/plan.ts';
import type { Repository } from '../ports/repository.ts';
import { errorCode, isSystemError } from '../util/system-error.ts';
import type { App } from './app.ts';
import { chooseRuntime } from './choose-runtime.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { loadSettings } from './settings.ts';
import type { Shown } from './shown.ts';
import { recordTrust } from './trust.ts';

/** What a project seems to be. */
export interface ProjectFindings {
  readonly projectKey: string;
  readonly baseBranch: string;
  readonly runtime: string;
  readonly checks: readonly Check[];
  readonly setup: readonly string[];
  /** Why, a line each. */
  readonly because: readonly string[];
  /** What is missing, and how to get it. */
  readonly hints: readonly string[];
}

const MOST_FILES = 50_000;
const FILE_BYTES = 256 * 1024;
/** Branches that others are usually made from. */
const TRUNKS = ['main', 'master', 'trunk', 'develop'];

/**
 * Looks at a project without changing anything.
 *
 * @param app - The application.
 * @param force - Whether a configuration that is there may be replaced.
 * @returns What was found, or why there can be no configuration.
 */
export async function lookAtProject(app: App, force: boolean): Promise<Result<ProjectFindings>> {
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const repository = opened.value;
  const place = await placeOf(app);
  if (!place.ok) return place;
  if (place.value.there && !force) return alreadyThere(place.value.path);
  const base = await baseBranch(repository);
  if (base === null) {
    const hint = 'check out a branch first: git checkout -b main';
    return no('no_base', 'HEAD is on no branch, and there is no main or master', hint);
  }
  const commit = await repository.resolve(`refs/heads/${base.branch}`);
  if (commit === null) return no('no_base', `${base.branch} has no commit`, 'make a first commit');
  const files = await repository.listFiles(commit, MOST_FILES);
  const read = (path: string): Promise<string | null> =>
    repository.readFile(commit, path, FILE_BYTES);
  const found = await detectChecks({ files, read });
  const key = projectKey(basename(app.root));
  const { runtime, because, hints } = await chooseRuntime(app);
  return ok({
    projectKey: key,
    baseBranch: base.branch,
    runtime,
    checks: found.checks,
    setup: found.setup,
    because: [
      `the folder is called ${basename(app.root)}: runs are called ${key}-1, ${key}-2, …`,
      base.because,
      ...because,
      ...found.because,
    ],
    hints,
  });
}

/**
 * Writes the configuration.
 *
 * @param app - The application.
 * @param findings - What it is to say.
 * @param force - Whether one that is there is replaced.
 * @returns What was written.
 */
export async function writeConfig(
  app: App,
  findings: ProjectFindings,
  force: boolean,
): Promise<Result<Shown>> {
  const place = await placeOf(app);
  if (!place.ok) return place;
  const { folder, path } = place.value;
  const { checks, setup, hints } = findings;
  try {
    await mkdir(folder, { recursive: true });
    if (!(await writeWhole(path, configTemplate(findings), force))) return alreadyThere(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const hint = 'see that the folder may be written and has some space';
    return no('unwritable', `${path} cannot be written: ${error.message}`, hint);
  }
  await trustOwn(app, { path, findings });
  const { projectKey: key, baseBranch: branch, runtime, because } = findings;
  const names = checks.map(({ name, run }) => ({ name, run }));
  return ok({
    json: {
      initialized: {
        path,
        projectKey: key,
        baseBranch: branch,
        runtime,
        checks: names,
        setup,
        because,
        hints,
      },
    },
    text: ({ style }) =>
      [
        `${style.green('✓')} wrote ${path}`,
        ...hints.map((hint) => `${style.yellow('!')} ${hint}`),
        ...(checks.length > 0
          ? []
          : [`${style.yellow('!')} without a check nothing can be proven: name one in that file`]),
        '',
        'It is for the whole team: commit it. Next: tutti run "what you want done"',
      ].join('\n'),
  });
}

/** Whoever had it written has seen it: nothing of it is asked about again. */
async function trustOwn(
  app: App,
  { path, findings }: { path: string; findings: ProjectFindings },
): Promise<void> {
  const written = await loadSettings(app.root, app);
  const values = written.ok ? written.value.widening.filter(({ file }) => file === path) : [];
  // Where it cannot be recorded, a person is asked.
  await recordTrust(app, [...values.map(({ id }) => id), ...commandIds(findings)]);
}

/**
 * Says what was found.
 *
 * @param findings - What was found.
 * @returns A line each.
 */
export function findingLines(findings: ProjectFindings): readonly string[] {
  const { checks, setup, because } = findings;
  return [
    ...because.map((line) => `- ${line}`),
    ...checks.map(({ name, run }) => `  check ${name}: ${run}`),
    ...setup.map((line) => `  set-up: ${line}`),
  ];
}

async function placeOf(
  app: App,
): Promise<Result<{ folder: string; path: string; there: boolean }>> {
  const folder = join(app.root, '.tutti');
  const path = join(folder, 'config.yaml');
  const kind = await lstat(folder).catch(() => null);
  if (kind !== null && !kind.isDirectory()) {
    // A link that the repository brings would let us write anywhere.
    const what = `${folder} is ${kind.isSymbolicLink() ? 'a link' : 'a file'}, not a folder`;
    return no('unwritable', what, 'move it away, then: tutti init');
  }
  const there = (await lstat(path).catch(() => null)) !== null;
  return ok({ folder, path, there });
}

function alreadyThere(path: string): Result<never> {
  const hint = 'edit it, or begin anew: tutti init --force';
  return no('already_initialized', `there is a configuration already: ${path}`, hint);
}

/** Whole or not at all, and over nothing that was not meant to go. */
async function writeWhole(path: string, text: string, force: boolean): Promise<boolean> {
  // A name that nobody can know, and no file that is there: it might be a link.
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
  const file = await open(fresh, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    if (force) await rename(fresh, path);
    else await link(fresh, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

async function baseBranch(
  repository: Repository,
): Promise<{ branch: string; because: string } | null> {
  const current = await repository.currentBranch();
  if (current !== null && TRUNKS.includes(current)) {
    return { branch: current, because: `you are on ${current}: runs start from it` };
  }
  for (const branch of TRUNKS.slice(0, 2)) {
    if ((await repository.resolve(`refs/heads/${branch}`)) === null) continue;
    const where = current === null ? 'on no branch' : `on ${current}`;
    return { branch, because: `you are ${where}, but there is a ${branch}: runs start from it` };
  }
  return current === null
    ? null
    : { branch: current, because: `you are on ${current}: runs start from it` };
}
