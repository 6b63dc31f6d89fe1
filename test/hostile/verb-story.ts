// Every verb that comes near a repository, as a person would give it: set up, plan, run, look while agents
// are at work, be killed, resume, look again, take back, offer, merge, clean up. Real processes of the
// built program; each call has a time limit and is looked at as scripts would.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { program } from '../cli/tutti.ts';
import { cutPower } from '../cut-power.ts';

/** Where the story takes place. */
interface Stage {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** A folder for what the story writes beside the project. */
  readonly aside: string;
  /** The plan's file, and how many tasks it has; the last one is harmless. */
  readonly plan: string;
  readonly tasks: number;
  /** Whether only what comes near git is looked at. */
  readonly isShort: boolean;
  /** Whether all agents have planted, for the first or the second time, and wait. */
  readonly isPlanted: (time: number) => boolean;
  /** Called then: what they did themselves does not count. Makes them go on, the second time. */
  readonly onPlanted: (time: number) => void;
  /** Called after each verb. */
  readonly after: (verb: string) => void;
}

/** How a call ended. */
export interface Outcome {
  readonly verb: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Far more than any of them needs, even on a machine that has other things to do. */
const PATIENCE_MS = 600_000;

const KILLED = 'run, killed';

const LIVE: readonly string[] = ['status', 'conflicts SHOP-1', 'show SHOP-1'];

/** These read the store and files of ours. */
const PLAIN: readonly string[] = [
  'list',
  'logs SHOP-1.1',
  'context SHOP-1',
  'graph SHOP-1',
  'metrics',
  'asks',
  'plan show SHOP-1',
  'agents',
  'config check',
  'trust --show',
];

/** These come near the repository. */
const NEAR: readonly string[] = [
  'status',
  'show SHOP-1 --attempts --evidence --diff',
  'show SHOP-1.1 --attempts --diff',
  'conflicts',
  'report SHOP-1',
  'diff SHOP-1',
  'diff SHOP-1.1',
  'verify SHOP-1',
];

type Call = (line: string) => Promise<Outcome>;

/**
 * Plays the whole story; where nothing can be planned, only how that is said.
 *
 * @param stage - Where.
 * @returns How every call ended, in order.
 */
export async function everyVerb(stage: Stage): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): Outcome => {
    outcomes.push(outcome);
    stage.after(outcome.verb);
    return outcome;
  };
  const call: Call = async (line) => note(await begin(stage, line).ended);
  await call('init');
  await call('doctor');
  const asked = await call(`run --plan ${stage.plan}`);
  if (asked.code !== 3) {
    for (const line of ['status', 'verify', 'cleanup --yes', 'doctor --fix']) await call(line);
    return outcomes;
  }
  await call('plan show SHOP-1');
  await call('plan approve SHOP-1');
  await atWork(stage, note, call);
  for (const line of stage.isShort ? NEAR : [...NEAR, ...PLAIN]) await call(line);
  await takeBack(stage, call);
  await call('pr SHOP-1 --yes');
  await merges(stage, call);
  for (const line of ['cleanup --dry-run', 'cleanup --yes', 'doctor --fix', 'status']) {
    await call(line);
  }
  return outcomes;
}

/** Agents plant and are looked at; all of it is killed and goes on; they plant again and end. */
async function atWork(
  stage: Stage,
  note: (outcome: Outcome) => Outcome,
  call: Call,
): Promise<void> {
  const first = begin(stage, 'resume SHOP-1 --yes');
  if (await planted(stage, first, 1)) for (const line of LIVE) await call(line);
  first.kill();
  note({ ...(await first.ended), verb: KILLED });
  for (const line of ['status', 'verify', 'conflicts']) await call(line);
  const second = begin(stage, 'resume SHOP-1 --yes');
  await planted(stage, second, 2);
  note(await second.ended);
}

async function planted(stage: Stage, { ended }: Begun, time: number): Promise<boolean> {
  const run = { over: false };
  void ended.then(() => (run.over = true));
  const until = performance.now() + PATIENCE_MS;
  while (!run.over && !stage.isPlanted(time) && performance.now() < until) await pause();
  if (!run.over && !stage.isPlanted(time)) throw new Error('the agents have not planted in time');
  stage.onPlanted(time);
  return !run.over;
}

async function takeBack({ tasks, aside, isShort }: Stage, call: Call): Promise<void> {
  for (const at of isShort ? [1] : [1, tasks]) {
    await call(`recover SHOP-1.${at} --to ${join(aside, `recovered-${at}`)}`);
    await call(`recover SHOP-1.${at}#1 --branch saved/${at}`);
  }
  await call(`undo SHOP-1.${tasks} --yes`);
  await call(`retry SHOP-1.${tasks}`);
  await call('resume SHOP-1 --yes');
}

/**
 * With an edit in the way, at which git looks from another side; then without it. What the repository
 * would have run is taken out first, as the refusal says.
 */
async function merges({ root, env }: Stage, call: Call): Promise<void> {
  const file = join(root, 'neighbour.txt');
  const isFree = !existsSync(file);
  if (isFree) writeFileSync(file, 'mine\n');
  const { code, stderr } = await call('merge SHOP-1 --yes');
  if (isFree) rmSync(file, { force: true });
  if (code === 0) return;
  for (const [, key] of stderr.matchAll(/: (\S+) = /gu)) {
    spawnSync('git', ['config', '--unset-all', key ?? ''], { cwd: root, env });
  }
  await call('merge SHOP-1 --yes --no-ff');
}

/** A call that is under way. */
interface Begun {
  readonly ended: Promise<Outcome>;
  readonly kill: () => void;
}

/**
 * Starts a call.
 *
 * @param where - The folder and the environment.
 * @param verb - The verb and what it is given, parted by blanks.
 * @param asJson - Whether `--json` is added.
 * @returns The call.
 */
export function begin(
  { root, env }: Pick<Stage, 'root' | 'env'>,
  verb: string,
  asJson: boolean = true,
): Begun {
  const since = performance.now();
  const child = spawn(
    process.execPath,
    [program, ...verb.split(' '), ...(asJson ? ['--json'] : [])],
    {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which is killed as a whole: as when the power goes.
      detached: true,
    },
  );
  const kill = (): void => {
    if (child.exitCode === null && child.pid !== undefined) cutPower(child.pid);
  };
  const timer = setTimeout(kill, PATIENCE_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ verb, code, stdout, stderr, ms: performance.now() - since });
    });
  });
  return { ended, kill };
}

async function pause(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
}

/**
 * Finds what is wrong with how calls ended, whatever they were asked: one that never ended, a bug, an
 * answer that is no document, an error that does not say what to do next.
 *
 * @param outcomes - How they ended.
 * @param isJson - Whether they were asked for documents.
 * @returns What is wrong.
 */
export function illBehaved(
  outcomes: readonly Outcome[],
  isJson: boolean = true,
): readonly string[] {
  return outcomes.flatMap(({ verb, code, stdout, stderr }) => {
    if (verb === KILLED) return [];
    const at = (what: string): string[] => [`${verb}: ${what}\n${stderr.slice(-600)}`];
    if (code === null) return at('did not end');
    if (![0, 1, 2, 3, 4].includes(code)) return at(`ended with ${code}`);
    if (`${stdout}${stderr}`.includes('this is a bug')) return at('has a bug');
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if (/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/u.test(`${stdout}${stderr}`)) {
      return at('prints control characters');
    }
    const document = parsed(stdout);
    if (!isJson) return [];
    if (document === null) return at(`answers ${stdout.slice(0, 200)}`);
    const { error } = document;
    if (error !== undefined && !(error.message?.trim() && error.hint?.trim())) {
      return at(`an error without a way out: ${JSON.stringify(error)}`);
    }
    return [];
  });
}

function parsed(
  text: string,
): { readonly error?: { readonly message?: string; readonly hint?: string } } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
