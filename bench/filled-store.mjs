// A real project whose store is filled through the real decisions and the real store, without a
// process having been started for it.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeProject, TUTTI } from './project.mjs';

/** @typedef {import('../src/model/world.ts').World} World */
/** @typedef {import('../src/model/plan.ts').PlanTask} PlanTask */
/** @typedef {import('../src/schedule/input.ts').Input} Input */
/** @typedef {import('../src/ports/store.ts').Batch} Batch */

const dist = new URL('../build/', import.meta.url);

/** @param {string} path */
const built = (path) => import(new URL(path, dist).href);

/** @type {typeof import('../src/schedule/decide.ts')} */
const { decide } = await built('schedule/decide.js');
/** @type {typeof import('../src/run/batch.ts')} */
const { batchOf } = await built('run/batch.js');
/** @type {typeof import('../src/adapters/store/sqlite-store.ts')} */
const { openStore } = await built('adapters/store/sqlite-store.js');

/** What a command says that did what it was told. */
const DONE = /** @type {const} */ ({
  status: 'done',
  summary: '',
  notes: null,
  question: null,
  followUps: [],
});
const SPENT = { keptRef: null, costUsd: 0, tokens: { input: 0, output: 0, cached: 0 } };

/** A store with queued tasks, and a coordinator's hand on it. */
export class FilledStore {
  /** @type {World} */
  #world;

  /**
   * @param {import('./project.mjs').Project} project
   * @param {import('../src/adapters/store/sqlite-store.ts').SqliteStore} store
   * @param {World} world
   */
  constructor(project, store, world) {
    this.project = project;
    this.store = store;
    this.#world = world;
  }

  /**
   * Makes a project with a store.
   *
   * @returns {Promise<{ filled: FilledStore, template: Template }>}
   */
  static async make() {
    const project = makeProject({});
    const plan = join(project.dir, '..', 'plan.json');
    const task = { id: 'a', title: 'a', runtime: 'command', command: ['/bin/true'] };
    const tasks = [{ ...task, workspace: 'none' }];
    writeFileSync(plan, JSON.stringify({ goal: 'Run commands', tasks }));
    const { dir, env } = project;
    execFileSync(process.execPath, [TUTTI, 'run', '--plan', plan, '--yes', '--quiet'], {
      cwd: dir,
      env,
      stdio: 'ignore',
    });
    const store = await openStore(join(dir, '.git/tutti/tutti.db'));
    const [key = ''] = await store.keys();
    const run = await store.run(key);
    const spec = run?.plans[0]?.tasks[0];
    if (run === null || spec === undefined) throw new Error('the sample run is not in its store');
    const holder = { pid: process.pid, startTime: '0', bootId: '', socket: null };
    const epoch = (await store.take(await store.lease(), holder)) ?? 0;
    /** @type {World} */
    const world = {
      runs: new Map(),
      lastNumber: run.number,
      desk: {
        epoch,
        seed: 'bench',
        driven: new Set(),
        slots: 1,
        history: new Map(),
        draining: false,
      },
    };
    return { filled: new FilledStore(project, store, world), template: { run, spec } };
  }

  get world() {
    return this.#world;
  }

  /**
   * Decides about inputs.
   *
   * @param {readonly Input[]} inputs
   * @returns {Batch} What is to be written; the world has gone on.
   */
  decide(inputs) {
    const before = this.#world;
    const decision = decide(before, inputs, Date.now());
    this.#world = decision.world;
    return batchOf(before, decision);
  }

  /**
   * Adds a run whose tasks wait for nothing, and nothing else is looked at from then on.
   *
   * @param {Template} template
   * @param {number} tasks
   * @returns {Batch} With the first task claimed.
   */
  add({ run, spec }, tasks) {
    const { desk, lastNumber } = this.#world;
    const key = `${run.key.replace(/-\d+$/u, '')}-${lastNumber + 1}`;
    this.#world = { runs: new Map(), lastNumber, desk: { ...desk, driven: new Set([key]) } };
    const plan = {
      by: 'file',
      tasks: Array.from({ length: tasks }, (_, n) => ({ ...spec, id: `t${n}`, title: `t${n}` })),
      warnings: [],
    };
    /** @type {import('../src/model/command.ts').AddRun} */
    const command = {
      type: 'add-run',
      projectKey: key.replace(/-\d+$/u, ''),
      goal: run.goal,
      title: run.title,
      kind: run.type,
      priority: run.priority,
      source: 'file',
      reasons: [],
      // There is no branch that could be looked at.
      settings: {
        ...run.settings,
        integrate: { ...run.settings.integrate, baseUpdates: 'never' },
      },
      baseBranch: run.baseBranch,
      baseCommit: run.baseCommit,
      plan,
      planner: null,
      preapproved: true,
      above: 0,
    };
    return this.decide([{ type: 'command', id: null, command }]);
  }

  /**
   * Lets the claimed task finish.
   *
   * @param {{ andNext: boolean }} options `andNext`: the next one is claimed in the same turn.
   * @returns {Batch | null} `null` when none is claimed.
   */
  finish({ andNext }) {
    const attempt = [...this.#world.runs.values()]
      .flatMap((run) => run.tasks)
      .find(({ status }) => status.state === 'running')
      ?.attempts.at(-1);
    if (attempt === undefined) return null;
    const on = { attempt: attempt.key, fence: attempt.fence };
    const { desk } = this.#world;
    if (!andNext) this.#world = { ...this.#world, desk: { ...desk, slots: 0 } };
    const batch = this.decide([
      { type: 'report', report: { ...on, type: 'started', process: null } },
      {
        type: 'report',
        report: { ...on, type: 'handed-in', change: null, report: DONE, spent: SPENT },
      },
    ]);
    this.#world = { ...this.#world, desk };
    return batch;
  }

  /** Lets go of everything. */
  close() {
    this.store.close();
    this.project.remove();
  }
}

/** @typedef {{ run: import('../src/model/run.ts').Run, spec: PlanTask }} Template */
