// `bench -- workspace`: how long a workspace takes, made from nothing and taken from those made ahead,
// against what git needs for the same files; the space it takes; and how long removing one blocks.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

import { figure, measure, plainEnvironment, ratio, shown, table, takeTurns } from './measure.mjs';
import { readOptions } from './options.mjs';
import { makeProject } from './project.mjs';

const build = new URL('../build/', import.meta.url);

/** @param {string} path */
const built = (path) => import(new URL(path, build).href);

/** @type {typeof import('../src/adapters/git/open.ts')} */
const { openRepository } = await built('adapters/git/open.js');
/** @type {typeof import('../src/adapters/git/workspaces/workspaces.ts')} */
const { createWorkspaces } = await built('adapters/git/workspaces/workspaces.js');

/** Times of what git needs, and milliseconds. */
const GOALS = { cold: 1.2, warm: 0.3, removalMs: 20 };
const IN_A_FOLDER = 100;
/** What a branch has moved on by since a spare was made. */
const CHANGED = 50;
/** @type {import('../src/model/settings.ts').WorkspaceSettings} */
const SETTINGS = { mode: 'clone', dir: null, max: 10, setup: [], copy: [], warm: [], env: [] };
const may = () => Promise.resolve(true);
const setUp = () => Promise.resolve(null);

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { files: 10_000, rounds: 7 });
  const [files, rounds] = [options.number('files'), options.number('rounds')];
  const project = makeProject({});
  try {
    const stage = await Stage.make(project, files);
    const sides = await takeTurns(
      {
        git: () => stage.clone(),
        cold: () => stage.workspace({ isWarm: false, commit: stage.base }),
        warm: () => stage.workspace({ isWarm: true, commit: stage.base }),
        moved: () => stage.workspace({ isWarm: true, commit: stage.next }),
      },
      rounds,
    );
    const ratios = {
      cold: ratio(sides.cold.wallMs, sides.git.wallMs),
      warm: ratio(sides.warm.wallMs, sides.git.wallMs),
      moved: ratio(sides.moved.wallMs, sides.git.wallMs),
    };
    const removal = {
      blocksMs: figure(stage.blocked),
      stallsMs: figure(stage.stalled),
      deletedMs: figure(stage.deleted),
    };
    const space = { gitMb: figure(stage.space.git), coldMb: figure(stage.space.cold) };
    const rows = Object.entries(sides).map(([name, { wallMs }]) => [name, shown(wallMs, 'ms')]);
    return {
      json: { bench: 'workspace', files, rounds, ...sides, ratios, removal, space, goals: GOALS },
      text: [
        `a workspace of ${files} files, ${rounds} rounds; median (range)`,
        table([['', 'wall'], ...rows]),
        `cold / git clone --shared: ${ratios.cold} (goal ${GOALS.cold}); warm: ${ratios.warm} (goal ${GOALS.warm}), ${CHANGED} files further on: ${ratios.moved}`,
        `on the disk: ${shown(space.coldMb, 'MB')}; git's ${shown(space.gitMb, 'MB')}`,
        `removing one blocks for ${shown(removal.blocksMs, 'ms')} (goal ${GOALS.removalMs} ms); until it is deleted, after ${shown(removal.deletedMs, 'ms')}, the longest stop of the whole process is ${shown(removal.stallsMs, 'ms')}`,
      ].join('\n'),
    };
  } finally {
    project.remove();
  }
}

/** A repository of many files, and what makes workspaces of it. */
class Stage {
  /** @type {number[]} */ blocked = [];
  /** @type {number[]} */ stalled = [];
  /** @type {{ git: number[], cold: number[] }} */ space = { git: [], cold: [] };
  /** @type {number[]} */ deleted = [];

  /**
   * @param {import('./project.mjs').Project} project
   * @param {number} files
   */
  static async make(project, files) {
    const { dir } = project;
    write(dir, files, 'first');
    const base = commit(project);
    write(dir, CHANGED, 'second');
    const next = commit(project);
    // As a repository is that somebody works in.
    execFileSync('git', ['gc', '-q'], { cwd: dir, env: project.env });
    const opened = await openRepository(dir);
    if (!opened.ok) throw new Error(opened.message);
    const state = join(dir, '../workspaces');
    const workspaces = createWorkspaces(opened.repository, state);
    return new Stage({ dir, state, base, next, workspaces });
  }

  /** @param {{ dir: string, state: string, base: string, next: string, workspaces: import('../src/ports/workspace.ts').Workspaces }} of */
  constructor({ dir, state, base, next, workspaces }) {
    this.dir = dir;
    this.state = state;
    this.base = base;
    this.next = next;
    this.workspaces = workspaces;
  }

  /** What git does for the same. */
  async clone() {
    const target = join(this.dir, '../cloned');
    const sample = await measure({
      argv: ['git', 'clone', '-q', '--shared', this.dir, target],
      env: plainEnvironment(),
    });
    this.space.git.push(sizeMb(target));
    rmSync(target, { recursive: true, force: true });
    return sample;
  }

  /** @param {{ isWarm: boolean, commit: string }} how */
  async workspace({ isWarm, commit: wanted }) {
    const settings = SETTINGS;
    if (isWarm) {
      this.workspaces.ahead({ commit: this.base, settings }, 1, may);
      const spares = join(this.state, 'spares');
      const isThere = () =>
        existsSync(spares) && readdirSync(spares).some((name) => name.startsWith('plain-'));
      while (!isThere()) await pause(20);
      await this.workspaces.rest();
    }
    const mode = /** @type {const} */ ('clone');
    const spec = { name: 'SHOP-1.1', mode, commit: wanted, branch: 'work', settings };
    const began = performance.now();
    const made = await this.workspaces.prepare(spec, setUp, may);
    const wallMs = performance.now() - began;
    if (!made.ok) throw new Error(made.message);
    if (!isWarm) this.space.cold.push(sizeMb(join(this.state, 'workspaces')));
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const before = performance.now();
    await made.workspace.remove();
    this.blocked.push(performance.now() - before);
    await this.workspaces.rest();
    this.deleted.push(performance.now() - before);
    loop.disable();
    this.stalled.push(loop.max / 1e6);
    return { wallMs, cpuMs: 0, peakMb: 0 };
  }
}

/** @param {string} folder @returns {number} What it takes on the disk. */
function sizeMb(folder) {
  const said = execFileSync('du', ['-sk', '--', folder], { encoding: 'utf8' });
  return Number(said.split('\t')[0]) / 1024;
}

/** @param {string} dir @param {number} files @param {string} word */
function write(dir, files, word) {
  for (let file = 0; file < files; file += 1) {
    const folder = join(dir, `src/part${Math.floor(file / IN_A_FOLDER)}`);
    if (file % IN_A_FOLDER === 0) mkdirSync(folder, { recursive: true });
    const line = `export const value${file} = '${word} ${file}';\n`;
    writeFileSync(join(folder, `file${file}.ts`), line.repeat(1 + (file % 40)));
  }
}

/** @param {import('./project.mjs').Project} project */
function commit({ dir, env }) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-c', 'gc.auto=0', ...args], { cwd: dir, env, encoding: 'utf8' }).trim();
  git('add', '-A');
  git('-c', 'user.name=ada', '-c', 'user.email=ada@example.com', 'commit', '-qm', 'Files');
  return git('rev-parse', 'HEAD');
}
