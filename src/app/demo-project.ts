// The project of the demo: real files and a real git repository in a folder of its own, made without
// anything of the person's: no identity, no configuration, no hooks.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { stringify } from 'yaml';

import { errorCode } from '../util/system-error.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** What a demo is made of. */
export interface DemoStage {
  readonly goal: string;
  /** The project's files by their paths. */
  readonly files: Readonly<Record<string, string>>;
  /** What the agents do; the folder is one where they may meet. */
  readonly script: (meeting: string) => unknown;
  /** What is answered to the one question when nobody else does. */
  readonly answer: string;
}

/** Where a demo happens, and with what environment. */
export interface DemoPlace {
  /** Everything of the demo lies in here. */
  readonly folder: string;
  /** The project's repository. */
  readonly project: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What of the person's environment the demo sees: enough to find programs and to write. */
const SEEN = [
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TERM',
  'NO_COLOR',
  'TZ',
  'TMPDIR',
];

/** The person who made the first commit. */
const FOUNDER = ['-c', 'user.name=Tutti Demo', '-c', 'user.email=demo@example.org'];
const PLAIN = ['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgSign=false'];

/**
 * Makes the project.
 *
 * @param stage - What it is made of.
 * @param environment - The person's environment.
 * @param wanted - The folder to make it in, new or empty; `null` = a temporary one.
 * @returns Where it is.
 */
export async function makeDemo(
  stage: DemoStage,
  environment: Environment,
  wanted: string | null,
): Promise<Result<DemoPlace>> {
  const made = await makeFolder(wanted);
  if (!made.ok) return made;
  const folder = made.value;
  const project = join(folder, 'shop');
  const meeting = join(folder, 'meeting');
  const script = join(folder, 'agents.json');
  await mkdir(meeting);
  await writeFile(script, `${JSON.stringify(stage.script(meeting), undefined, 2)}\n`);
  for (const [path, text] of Object.entries({
    ...stage.files,
    ...configOf(folder, { script, meeting }),
  })) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const own = environmentOf(environment, folder);
  await gitIn(project, own, ['init', '--quiet', '--template=', '--initial-branch=main']);
  await gitIn(project, own, ['add', '--all']);
  await gitIn(project, own, ['commit', '--quiet', '--message', 'Open a very small shop']);
  return ok({ folder, project, environment: own });
}

async function makeFolder(wanted: string | null): Promise<Result<string>> {
  try {
    return await makeEmptyFolder(wanted);
  } catch (error) {
    // A full disk is told like everywhere else; here it is the place that is wrong.
    const code = errorCode(error);
    if (!(error instanceof Error) || code === 'ENOSPC' || code === 'EDQUOT') throw error;
    return no('no_folder', error.message, 'name a folder you may write in: tutti demo --dir DIR');
  }
}

async function makeEmptyFolder(wanted: string | null): Promise<Result<string>> {
  if (wanted === null) return ok(await realpath(await mkdtemp(join(tmpdir(), 'tutti-demo-'))));
  const folder = resolve(wanted);
  if (folder.includes("'")) {
    return no('usage', `${folder} has a quote in it`, 'choose another folder');
  }
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    return no('not_empty', `${folder} is not empty`, 'choose a new or an empty folder');
  }
  return ok(await realpath(folder));
}

/** The configuration stands in the project as it would in the person's own. */
function configOf(
  folder: string,
  { script, meeting }: { script: string; meeting: string },
): Record<string, string> {
  const config = {
    orchestration: {
      planner: 'model',
      // A script knows already, and finds nothing new.
      stages: { research: { enabled: false }, review: { enabled: false } },
    },
    runtimes: { default: 'scripted', scripted: { env: { TUTTI_SCRIPT: script } } },
    checks: [{ name: 'tests', run: 'node --test', timeout: 60 }],
    workspace: { dir: join(folder, 'state') },
    integrate: { parallel: 2 },
    // Agents see each other nowhere else.
    sandbox: { write: [meeting] },
  };
  const about =
    '# The agents of this demo are played from a script; in your own project `tutti init`\n' +
    '# writes this file, and the agents are real.\n';
  return { '.tutti/config.yaml': about + stringify(config) };
}

function environmentOf(environment: Environment, folder: string): Environment {
  const seen = SEEN.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(seen),
    // The checks call `node`: the one that is running is good enough.
    PATH: [environment['PATH'] ?? '', dirname(process.execPath)].filter(Boolean).join(delimiter),
    // Neither what the person has configured counts here, nor is anything written there.
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    // We have written its configuration ourselves, a moment ago.
    TUTTI_TRUST_PROJECT: '1',
  };
}

/**
 * Runs git in the demo without anything of the person's.
 *
 * @param cwd - Where.
 * @param environment - The demo's environment.
 * @param args - What git is to do.
 * @returns What it printed.
 */
export async function gitIn(
  cwd: string,
  environment: Environment,
  args: readonly string[],
): Promise<string> {
  const env = { ...environment, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const { stdout } = await promisify(execFile)('git', [...FOUNDER, ...PLAIN, ...args], {
    cwd,
    env,
  });
  return stdout.trimEnd();
}
