// A program of its own: plays one attempt of a script. It is started by the runtime `scripted` with
// the prompt on stdin, and speaks JSON lines on stdout. It does by hand what an agent would do, so
// that everything around it can be real.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

import { performStep, type Ending, type Stage } from './perform-step.ts';
import { readScript, stepsFor, type Script, type ScriptedTask } from './script.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A wrong script: told in words, with exit 2. */
class ScriptError extends Error {}

async function main(env: Environment): Promise<number> {
  const prompt = readFileSync(0, 'utf8');
  const script = await loadScript(env['TUTTI_SCRIPT'] ?? '');
  const task = currentTask(env);
  const session = continueSession(env);
  const stage: Stage = {
    cwd: process.cwd(),
    prompt,
    emit: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    words: { task: env['TUTTI_TASK'] ?? '', attempt: String(task.attempt), ...session },
    said: [],
  };
  stage.emit({ type: 'session', id: session.session });
  let ending: Ending | null = null;
  for (const step of stepsFor(script, task)) {
    ending = await performStep(stage, step);
    if (ending !== null) break;
  }
  if (ending?.kind === 'exit') return ending.code;
  if (ending?.kind === 'fail') {
    const { kind: _, ...why } = ending;
    stage.emit({ type: 'result', ok: false, ...why });
    return 1;
  }
  stage.emit({ type: 'result', ok: true, text: stage.said.at(-1) ?? 'done' });
  return 0;
}

/** YAML takes longer to load than everything else here: it is read only where it is needed. */
async function loadScript(path: string): Promise<Script> {
  if (path === '') throw new ScriptError('TUTTI_SCRIPT names no script');
  const text = readText(path);
  let value: unknown;
  try {
    value = extname(path) === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text);
  } catch (error) {
    throw new ScriptError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const script = readScript(value);
  if ('problems' in script) {
    throw new ScriptError(script.problems.map((problem) => `${path}: ${problem}`).join('\n'));
  }
  return script;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ScriptError(
      `cannot read the script: ${error instanceof Error ? error.message : path}`,
    );
  }
}

function currentTask(env: Environment): ScriptedTask {
  const numbers = /\.(?<task>\d+)(?:#(?<attempt>\d+))?$/u.exec(env['TUTTI_ATTEMPT'] ?? '')?.groups;
  return {
    planId: env['TUTTI_PLAN_ID'] ?? '',
    number: Number(numbers?.['task'] ?? 0),
    title: env['TUTTI_TASK_TITLE'] ?? '',
    attempt: Number(numbers?.['attempt'] ?? 1),
    isPlan: env['TUTTI_ANSWER'] === 'plan',
    isSummary: env['TUTTI_ANSWER'] === 'summary',
    isReview: env['TUTTI_ANSWER'] === 'review',
  };
}

/** Counts the turns of a session in a file, which proves to a test that it was continued. */
function continueSession(env: Environment): { readonly session: string; readonly turn: string } {
  const folder = env['TUTTI_SCRIPT_STATE'] ?? '';
  const asked = env['TUTTI_SESSION'] ?? '';
  const before = /^[\w-]+$/u.test(asked) && folder !== '' ? turnsOf(join(folder, asked)) : 0;
  const session = before > 0 ? asked : randomUUID();
  const turn = String(before + 1);
  if (folder !== '') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, session), turn);
  }
  return { session, turn };
}

function turnsOf(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

try {
  process.exitCode = await main(process.env);
} catch (error) {
  if (!(error instanceof ScriptError)) throw error;
  const message = error.message;
  process.stdout.write(
    `${JSON.stringify({ type: 'result', ok: false, reason: 'setup_failed', message })}\n`,
  );
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
