// `bench -- prompt`: the prompt of a task that builds on 20 others, each with 1 MB of words, notes and
// published files, in a run whose context on the disk has 1 GB; against the least that could be done:
// to cut the same words and write them down. Both in a process of their own, so that their memory is.

import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { figure, plainEnvironment, ratio, shown, table } from './measure.mjs';
import { readOptions } from './options.mjs';
import { makeProject, TUTTI } from './project.mjs';

/** @typedef {{ ms: number[], first: number, chars: number, budget: number, restMb: number, peakMb: number }} Side */

const WORKER = fileURLToPath(new URL('prompt-worker.mjs', import.meta.url));
const GIB = 2 ** 30;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { tasks: 20, rounds: 20 });
  const [tasks, rounds] = [options.number('tasks'), options.number('rounds')];
  const project = makeProject({
    orchestration: { max_tasks: tasks + 1 },
    project: { key: 'SHOP' },
  });
  try {
    fill(project, tasks);
    /** @param {string} kind @param {number} times */
    const work = (kind, times) => {
      const said = execFileSync(
        process.execPath,
        ['--expose-gc', WORKER, kind, project.dir, String(times)],
        { env: plainEnvironment(project.env), encoding: 'utf8' },
      );
      /** @type {Side} */
      const side = JSON.parse(said);
      return side;
    };
    const bare = work('bare', rounds);
    const tutti = work('tutti', rounds);
    // Ten times as many: what is kept of them would be seen.
    const long = work('tutti', rounds * 10);
    const sides = { tutti: figure(tutti.ms), bare: figure(bare.ms) };
    return {
      json: {
        bench: 'prompt',
        tasks,
        rounds,
        ms: sides,
        firstMs: tutti.first,
        chars: { tutti: tutti.chars, bare: bare.chars },
        budget: tutti.budget,
        peakMb: { tutti: tutti.peakMb, bare: bare.peakMb, tenTimes: long.peakMb },
        restMb: { tutti: tutti.restMb, bare: bare.restMb, tenTimes: long.restMb },
        ratio: ratio(sides.tutti, sides.bare),
      },
      text: [
        `${tasks} dependencies of 1 MB each, a context of 1 GiB, ${rounds} rounds; median (range)`,
        table([
          ['', 'to build it', 'characters', 'peak memory', 'at rest'],
          ['tutti', shown(sides.tutti, 'ms'), `${tutti.chars}`, mb(tutti.peakMb), mb(tutti.restMb)],
          ['bare', shown(sides.bare, 'ms'), `${bare.chars}`, mb(bare.peakMb), mb(bare.restMb)],
        ]),
        `the first of a process: ${tutti.first.toFixed(1)} ms; ten times as many prompts: peak ${mb(long.peakMb)}, at rest ${mb(long.restMb)}`,
        `what other tasks wrote: ${tutti.budget} characters at most`,
      ].join('\n'),
    };
  } finally {
    project.remove();
  }
}

/** @param {number} value */
const mb = (value) => `${Math.round(value)} MiB`;

/**
 * Has the tasks carried out, and makes the run's context long.
 *
 * @param {import('./project.mjs').Project} project
 * @param {number} tasks
 */
function fill({ dir, env }, tasks) {
  writeFileSync(
    join(dir, 'AGENTS.md'),
    'Indent with two spaces. Test what you change.\n'.repeat(400),
  );
  const name = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', ['add', '-A'], { cwd: dir, env });
  execFileSync('git', [...name, 'commit', '-qm', 'Conventions'], { cwd: dir, env });
  const say = `yes "what it did" | head -c 1000000; mkdir -p "$TUTTI_OUTBOX"; cd "$TUTTI_OUTBOX"; yes "a note" | head -c 60000 > context.md; seq 1 50 | xargs touch`;
  const ids = Array.from({ length: tasks }, (_, at) => `t${at}`);
  const command = { runtime: 'command', workspace: 'none', priority: 'medium' };
  const plan = {
    goal: 'Build a prompt',
    tasks: [
      ...ids.map((id) => ({ ...command, id, title: id, command: ['sh', '-c', say] })),
      { ...command, id: 'last', title: 'last', command: ['/bin/true'], depends_on: ids },
    ],
  };
  const path = join(dir, '..', 'plan.json');
  writeFileSync(path, JSON.stringify(plan));
  const args = [TUTTI, 'run', '--plan', path, '--yes', '--quiet'];
  execFileSync(process.execPath, args, { cwd: dir, env, stdio: ['ignore', 'ignore', 'inherit'] });
  // Without filling the disk: what is read is what counts.
  truncateSync(join(dir, '.tutti/runs/SHOP-1/context.md'), GIB);
}
