// `bench -- recover`: tasks are running, the coordinator is killed, `tutti resume` is called. How
// long until every one of them is accounted for, and was anything done twice?

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { figure, measure, plainEnvironment, shown } from './measure.mjs';
import { readOptions } from './options.mjs';
import { makeProject, TUTTI } from './project.mjs';

/** Seconds: DESIGN §7. */
const GOAL_SECS = 30;
/** A task writes down that it began, and runs on until the flag is there. */
const WORK = 'echo "$TUTTI_TASK $$" >> "$0"; test -e "$1" || exec sleep 600';

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { tasks: 20, rounds: 3 });
  const [tasks, rounds] = [options.number('tasks'), options.number('rounds')];
  /** @type {Awaited<ReturnType<typeof killAndResume>>[]} */
  const found = [];
  for (let round = 0; round < rounds; round += 1) found.push(await killAndResume(tasks));
  const seconds = figure(found.map((one) => one.seconds));
  /** @param {(one: typeof found[number]) => number} of */
  const sum = (of) => found.map(of).reduce((a, b) => a + b, 0);
  const repeated = sum((one) => one.repeated);
  const lost = sum((one) => one.lost);
  const left = sum((one) => one.left);
  return {
    json: { bench: 'recover', tasks, rounds, seconds, goal: GOAL_SECS, repeated, lost, left },
    text: [
      `${tasks} running tasks, kill -9, resume; ${rounds} rounds, median (range)`,
      `all accounted for and done: ${shown(seconds, 's')}; the goal is ${GOAL_SECS} s`,
      `finished tasks repeated: ${repeated}; tasks lost: ${lost}; processes left: ${left}`,
    ].join('\n'),
  };
}

/** @param {number} tasks */
async function killAndResume(tasks) {
  const done = 5;
  const project = makeProject({ orchestration: { max_parallel: tasks, max_tasks: tasks + done } });
  try {
    const home = join(project.dir, '..');
    const [log, flag, go] = [join(home, 'log'), join(home, 'flag'), join(home, 'go')];
    writeFileSync(join(home, 'plan.json'), JSON.stringify(planOf({ tasks, done, log, flag, go })));
    writeFileSync(go, '');
    const env = plainEnvironment(project.env);
    const argv = ['run', '--plan', join(home, 'plan.json'), '--yes', '--quiet'];
    const child = spawn(process.execPath, [TUTTI, ...argv], {
      cwd: project.dir,
      env,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await until(() => lines(log).length === tasks + done || child.exitCode !== null);
    child.kill('SIGKILL');
    await ended;
    const before = lines(log);
    writeFileSync(flag, '');
    const { wallMs } = await measure({
      argv: [process.execPath, TUTTI, 'resume', '--quiet'],
      cwd: project.dir,
      env,
    });
    const after = lines(log).slice(before.length);
    const begun = (/** @type {string} */ task) => after.filter(([key]) => key === task).length;
    const first = before.map(([task = '']) => task);
    return {
      seconds: wallMs / 1000,
      repeated: first.slice(0, done).filter((task) => begun(task) > 0).length,
      lost: first.slice(done).filter((task) => begun(task) !== 1).length,
      left: before.filter(([, pid]) => existsSync(`/proc/${pid}`)).length,
    };
  } finally {
    project.remove();
  }
}

/**
 * A few tasks finish before the others begin.
 *
 * @param {{ tasks: number, done: number, log: string, flag: string, go: string }} of
 */
function planOf({ tasks, done, log, flag, go }) {
  const task = { runtime: 'command', workspace: 'none' };
  const first = Array.from({ length: done }, (_, n) => `done${n}`);
  return {
    goal: 'Run commands',
    tasks: [
      ...first.map((id) => ({ ...task, id, title: id, command: ['/bin/sh', '-c', WORK, log, go] })),
      ...Array.from({ length: tasks }, (_, n) => ({
        ...task,
        id: `live${n}`,
        title: `live${n}`,
        depends_on: first,
        command: ['/bin/sh', '-c', WORK, log, flag],
      })),
    ],
  };
}

/** @param {string} log @returns {string[][]} */
function lines(log) {
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
}

/** @param {() => boolean} condition */
async function until(condition) {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
