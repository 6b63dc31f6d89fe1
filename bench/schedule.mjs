// `bench -- schedule FILE.jsonl…`: graphs with known optima or lower bounds, carried out by the real
// decisions; as planned, and with every duration off by σ = 0.5 (log-normal) from what the plan says.
// `--execute N`: N graphs of each file for 8 slots with real sleeping processes through the program.
//
// A line is {"set", "name", "tasks": [duration…], "edges": [[from, to]…], "processors", "optimum",
// "lowerBound"}; lines with several resources instead of slots are left out.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { makespanOf } from './decided-run.mjs';
import { FilledStore } from './filled-store.mjs';
import { table } from './measure.mjs';
import { firstComeFirstServed, levelByLevel, lowerBound } from './plain-schedules.mjs';
import { makeProject, TUTTI } from './project.mjs';

/** @typedef {{ set: string, name: string, tasks: number[], edges: number[][], processors: number | null, optimum: number | null, lowerBound: number }} Line */
/** @typedef {{ mean: number, max: number }} Ratios */
/** @typedef {{ set: string, base: 'optimum' | 'lowerBound', count: number, mean: number, max: number, meanPerturbed: number, maxPerturbed: number, firstComeFirstServed: Ratios, levelByLevel: Ratios, executed?: Ratios }} Set */

const SIGMA = 0.5;
/** How long an executed graph is to take at best. */
const EXECUTED_SECS = 10;
const EXECUTED_SLOTS = 8;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const at = args.indexOf('--execute');
  const executions = at === -1 ? 0 : Number(args[at + 1]);
  const files = args.filter(
    (arg, index) => !arg.startsWith('--') && (at === -1 || index !== at + 1),
  );
  if (files.length === 0 || !(executions >= 0)) {
    throw new RangeError('usage: bench -- schedule FILE.jsonl… [--execute N] [--json]');
  }
  const { filled, template } = await FilledStore.make();
  filled.close();
  const sample = { settings: template.run.settings, spec: template.spec };
  const sets = files.flatMap((file) => {
    const lines = readLines(file);
    if (lines.length === 0) return [];
    /** @type {Set} */
    const set = measured(basename(file, '.jsonl'), lines, sample);
    return [executions > 0 ? { ...set, ...executed(lines, executions) } : set];
  });
  return { json: { sets }, text: textOf(sets) };
}

/**
 * @param {string} file
 * @returns {Line[]} Those with slots.
 */
function readLines(file) {
  const text = readFileSync(file, 'utf8').trim();
  const lines = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
  const usable = lines.filter(({ processors }) => typeof processors === 'number');
  if (usable.length < lines.length) {
    console.error(`${file}: ${lines.length - usable.length} graphs without slots are left out`);
  }
  return usable;
}

/**
 * @param {string} set
 * @param {Line[]} lines
 * @param {{ settings: import('../src/model/settings.ts').RunSettings, spec: import('../src/model/plan.ts').PlanTask }} sample
 * @returns {Set}
 */
function measured(set, lines, sample) {
  const base = lines.every(({ optimum }) => optimum !== null) ? 'optimum' : 'lowerBound';
  /** @type {{ planned: number[], perturbed: number[], first: number[], levels: number[] }} */
  const found = { planned: [], perturbed: [], first: [], levels: [] };
  for (const [index, line] of lines.entries()) {
    const best = bestOf(line);
    const slots = line.processors ?? 1;
    const graph = { durations: line.tasks, edges: line.edges, slots };
    const real = offBySigma(line.tasks, index + 1);
    const one = { expected: line.tasks, edges: line.edges, slots };
    found.planned.push(makespanOf(sample, { ...one, real: line.tasks }) / best);
    // What would be the optimum then is not known, its lower bound is.
    const least = lowerBound({ ...graph, durations: real });
    found.perturbed.push(makespanOf(sample, { ...one, real }) / least);
    found.first.push(firstComeFirstServed(graph) / best);
    found.levels.push(levelByLevel(graph) / best);
  }
  const perturbed = ratiosOf(found.perturbed);
  return {
    set,
    base,
    count: lines.length,
    ...ratiosOf(found.planned),
    meanPerturbed: perturbed.mean,
    maxPerturbed: perturbed.max,
    firstComeFirstServed: ratiosOf(found.first),
    levelByLevel: ratiosOf(found.levels),
  };
}

/** @param {Line} line */
function bestOf({ optimum, lowerBound: least }) {
  return optimum ?? least;
}

/**
 * @param {number[]} values
 * @returns {Ratios}
 */
function ratiosOf(values) {
  return {
    mean: rounded(values.reduce((sum, value) => sum + value, 0) / values.length),
    max: rounded(Math.max(...values)),
  };
}

/** @param {number} value */
const rounded = (value) => Math.round(value * 10_000) / 10_000;

/**
 * What the tasks take when the plan is off; the same for the same seed.
 *
 * @param {readonly number[]} durations
 * @param {number} seed
 */
function offBySigma(durations, seed) {
  let state = seed;
  const random = () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return durations.map((duration) => {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    return duration * Math.exp(SIGMA * normal);
  });
}

/**
 * Runs the first graphs of a set for real.
 *
 * @param {Line[]} lines
 * @param {number} count
 * @returns {{ executed?: Ratios }}
 */
function executed(lines, count) {
  const chosen = lines.filter(({ processors }) => processors === EXECUTED_SLOTS).slice(0, count);
  if (chosen.length === 0) return {};
  return { executed: ratiosOf(chosen.map(execute)) };
}

/**
 * @param {Line} line
 * @returns {number} How many times the optimum it took, from the first start to the last end.
 */
function execute(line) {
  const best = bestOf(line);
  const project = makeProject({ orchestration: { max_parallel: EXECUTED_SLOTS, max_tasks: 1000 } });
  try {
    const unit = EXECUTED_SECS / best;
    const plan = join(project.dir, '..', 'plan.json');
    const tasks = line.tasks.map((duration, node) => ({
      id: `t${node}`,
      title: `t${node}`,
      runtime: 'command',
      workspace: 'none',
      command: ['/bin/sleep', (duration * unit).toFixed(4)],
      depends_on: line.edges.filter(([, to]) => to === node).map(([from]) => `t${from}`),
      estimate: { minutes: duration },
    }));
    writeFileSync(plan, JSON.stringify({ goal: line.name, tasks }));
    const options = { cwd: project.dir, env: project.env, maxBuffer: 2 ** 28 };
    const said = execFileSync(process.execPath, [TUTTI, 'run', '--plan', plan, '--yes', '--json'], {
      ...options,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { key } = JSON.parse(said.toString()).run;
    const shown = execFileSync(process.execPath, [TUTTI, 'show', key, '--json'], options);
    /** @type {{ startedAt: string, finishedAt: string }[]} */
    const rows = JSON.parse(shown.toString()).tasks;
    const starts = rows.map(({ startedAt }) => Date.parse(startedAt));
    const ends = rows.map(({ finishedAt }) => Date.parse(finishedAt));
    return (Math.max(...ends) - Math.min(...starts)) / 1000 / EXECUTED_SECS;
  } finally {
    project.remove();
  }
}

/** @param {Ratios | undefined} ratios */
function pair(ratios) {
  return ratios === undefined ? '' : `${ratios.mean.toFixed(4)} / ${ratios.max.toFixed(3)}`;
}

/** @param {readonly Set[]} sets */
function textOf(sets) {
  return [
    'how many times the optimum (or the lower bound) it takes: mean / max',
    table([
      [
        'set',
        'graphs',
        'base',
        'tutti',
        'durations off',
        'first come',
        'level by level',
        'executed',
      ],
      ...sets.map((set) => [
        set.set,
        `${set.count}`,
        set.base,
        pair(set),
        pair({ mean: set.meanPerturbed, max: set.maxPerturbed }),
        pair(set.firstComeFirstServed),
        pair(set.levelByLevel),
        pair(set.executed),
      ]),
    ]),
  ].join('\n');
}
