// `bench -- conflicts`: which of many branches conflict, predicted for all pairs at once, against one
// plain `git merge-tree` for each pair. Both have to find the same.

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { figure, ratio, shown, table } from './measure.mjs';
import { readOptions } from './options.mjs';
import { emptyFolder } from './project.mjs';

const build = new URL('../build/adapters/git/', import.meta.url);
const LINES = 60;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { branches: 10, files: 10_000, changes: 12, rounds: 5 });
  const [branches, files] = [options.number('branches'), options.number('files')];
  const { dir, remove } = emptyFolder();
  try {
    const tips = fill(dir, { branches, files, changes: options.number('changes') });
    const { openRepository } = await import(new URL('open.js', build).href);
    const { layoutOf } = await import(new URL('repository.js', build).href);
    const { Predictor } = await import(new URL('predict.js', build).href);
    const opened = await openRepository(dir);
    const layout = layoutOf(opened.repository);
    /** @type {{ predicted: number[], again: number[], plain: number[] }} */
    const times = { predicted: [], again: [], plain: [] };
    let same = true;
    let conflicts = 0;
    for (let round = 0; round < options.number('rounds'); round += 1) {
      const predictor = new Predictor(layout);
      const began = performance.now();
      const { clashing } = await predictor.among(tips);
      times.predicted.push(performance.now() - began);
      const second = performance.now();
      await predictor.among(tips);
      times.again.push(performance.now() - second);
      const third = performance.now();
      const plain = plainly(dir, tips);
      times.plain.push(performance.now() - third);
      const found = clashing.map(
        (/** @type {{ a: string, b: string, files: string[] }} */ one) =>
          `${one.a} ${one.b} ${one.files.join(' ')}`,
      );
      conflicts = plain.length;
      same &&= JSON.stringify(found) === JSON.stringify(plain);
    }
    const pairs = (branches * (branches - 1)) / 2;
    const [predicted, plain, again] = [
      figure(times.predicted),
      figure(times.plain),
      figure(times.again),
    ];
    const ratios = { predicted: ratio(predicted, plain) };
    return {
      json: {
        bench: 'conflicts',
        branches,
        files,
        pairs,
        conflicts,
        same,
        predicted: { wallMs: predicted },
        nothingNew: { wallMs: again },
        plain: { wallMs: plain },
        ratios,
      },
      text: [
        `${pairs} pairs of ${branches} branches over ${files} files, ${conflicts} in conflict; median (range)`,
        table([
          ['predicted', shown(predicted, 'ms')],
          ['again, with nothing new', shown(again, 'ms')],
          ['plain merge-tree per pair', shown(plain, 'ms')],
        ]),
        `predicted / plain: ${ratios.predicted}; ${same ? 'the same conflicts' : 'NOT THE SAME'}`,
      ].join('\n'),
    };
  } finally {
    remove();
  }
}

/**
 * @param {number} at
 * @returns {string}
 */
function name(at) {
  return `part-${at % 100}/file-${at}`;
}

/**
 * @param {number} at
 * @param {string} middle
 * @returns {string}
 */
function contentOf(at, middle) {
  const lines = Array.from({ length: LINES }, (_, line) => `file ${at}, line ${line}`);
  return lines.with(LINES / 2, middle).join('\n');
}

/**
 * Branches of a repository: each changes files of its own part, and a few that others change too.
 *
 * @param {string} dir
 * @param {{ branches: number, files: number, changes: number }} size
 * @returns {string[]}
 */
function fill(dir, { branches, files, changes }) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, { cwd: dir, encoding: 'utf8' }).trim();
  const write = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  git('init', '-q', '-b', 'main');
  // Nothing may tidy up behind our back while it is measured, or removed.
  git('config', 'gc.auto', '0');
  git('config', 'user.name', 'ada');
  git('config', 'user.email', 'ada@example.com');
  for (let at = 0; at < files; at += 1) write(name(at), contentOf(at, 'as it was'));
  git('add', '-A');
  git('commit', '-qm', 'Start');
  const tips = [];
  for (let branch = 0; branch < branches; branch += 1) {
    git('checkout', '-q', '--detach', 'main');
    const own = Math.floor((branch * files) / branches);
    for (let change = 0; change < changes; change += 1) {
      const at = own + change * 7;
      if (at < files) write(name(at), contentOf(at, `by ${branch}`));
    }
    // Every third one has changed the same place as others.
    if (branch % 3 === 0) write(name(1), contentOf(1, `by ${branch}`));
    git('add', '-A');
    git('commit', '-qm', `Branch ${branch}`);
    tips.push(git('rev-parse', 'HEAD'));
  }
  git('checkout', '-q', 'main');
  return tips;
}

/**
 * One process a pair.
 *
 * @param {string} dir
 * @param {string[]} tips
 * @returns {string[]}
 */
function plainly(dir, tips) {
  const found = [];
  for (const [index, a] of tips.entries()) {
    for (const b of tips.slice(index + 1)) {
      const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', a, b];
      const { status, stdout } = spawnSync('git', args, { cwd: dir, encoding: 'utf8' });
      if (status !== 1) continue;
      const files = new Set(
        stdout
          .split('\0')
          .slice(1)
          .filter((file) => file !== ''),
      );
      found.push(`${a} ${b} ${[...files].toSorted().join(' ')}`);
    }
  }
  return found;
}
