// Repositories that were made at random of everything that two sides can do to a tree, and what plain
// `merge-tree` says of every pair of their branches.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import { openRepository } from '../src/adapters/git/open.ts';
import { Predictor } from '../src/adapters/git/predict.ts';
import { layoutOf } from '../src/adapters/git/repository.ts';

const COMMITS = 14;

/** A small generator: the same seed, the same corpus. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A repository with branches. */
class ConflictCorpus {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'tutti-predict-'));
  readonly random: (below: number) => number;

  constructor(seed: number) {
    this.random = randomOf(seed);
    // Of many small files it takes its time where much else is going on.
    onTestFinished(
      () => rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 }),
      120_000,
    );
    this.git('init', '-q', '-b', 'main');
    this.git('config', 'user.name', 'Ann');
    this.git('config', 'user.email', 'ann@example.org');
    for (const folder of ['a', 'b', 'b/deep', 'c']) {
      for (const name of ['one', 'two', 'three']) this.write(`${folder}/${name}`, this.text(name));
    }
    for (const folder of ['x', 'x/y', 'x/y/z']) {
      for (const name of ['one', 'two']) this.write(`${folder}/${name}`, this.text(folder + name));
    }
    for (const name of ['c/empty', 'x/empty', 'x/y/z/empty']) this.write(name, '');
    this.write('binary', '\0one');
    this.submodule('sub', 1);
    this.commit('start');
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.dir, encoding: 'utf8' }).trimEnd();
  }

  write(path: string, text: string): void {
    rmSync(join(this.dir, path), { recursive: true, force: true });
    try {
      mkdirSync(dirname(join(this.dir, path)), { recursive: true });
      writeFileSync(join(this.dir, path), text);
    } catch {
      // A file is where its folder would be.
    }
  }

  text(name: string): string {
    return Array.from({ length: 12 }, (_, line) => `${name} line ${line}\n`).join('');
  }

  submodule(path: string, number: number): void {
    const id = String(number).padStart(40, '1');
    this.git('update-index', '--add', '--cacheinfo', `160000,${id},${path}`);
  }

  commit(message: string): string {
    this.git('add', '-A', '--', '.', ':!sub');
    this.git('commit', '-qm', message, '--allow-empty');
    return this.git('rev-parse', 'HEAD');
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.random(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** One of the things that people do to a tree. */
  act(number: number): void {
    const files = this.git('ls-files')
      .split('\n')
      .filter((path) => path !== 'sub' && path !== '');
    const file = this.pick(files);
    const folder = this.pick(['a', 'b', 'b/deep', 'c', 'd', 'x', 'x/y', 'x/y/z']);
    const acts: (() => void)[] = [
      () => this.edit(file, number),
      () => this.edit(file, number),
      () => this.edit(file, number),
      () => rmSync(join(this.dir, file), { force: true }),
      () => this.move(file, `${folder}/moved-${this.random(3)}`),
      () => this.move(folder, this.pick(['e', 'f', 'c/inside', 'x/y/inside'])),
      () => chmodSync(join(this.dir, file), 0o755),
      () => this.write(`${folder}/new-${this.random(4)}`, this.text(`new ${this.random(2)}`)),
      () => this.write(`${folder}/deep/new`, this.text('deep')),
      () => this.write('binary', `\0${number}`),
      () => this.submodule('sub', 2 + this.random(3)),
      () => this.write(folder, 'a file where a folder was\n'),
      () => this.write(`${file}/inside`, 'a folder where a file was\n'),
      () => this.write(file, ''),
      () => this.write(`${folder}/empty-${this.random(2)}`, ''),
      () => this.move(this.pick(['x', 'x/y', 'x/y/z']), this.pick(['g', 'g/h', 'g/h/i', 'x/w'])),
      () => this.attributes(),
      () => this.write(file.toUpperCase(), this.text('upper')),
      () => {
        rmSync(join(this.dir, file), { force: true });
        symlinkSync(`to-${number}`, join(this.dir, file));
      },
    ];
    try {
      this.pick(acts)();
    } catch {
      // It is not there any more, or something else is in its place.
    }
  }

  /** What a merge goes by: of the first side, wherever they lie. */
  attributes(): void {
    const where = this.pick(['', 'a/', 'x/y/']);
    const how = this.pick(['* merge=union', '* -merge', 'one binary', '* conflict-marker-size=9']);
    this.write(`${where}.gitattributes`, `${how}\n`);
  }

  edit(file: string, number: number): void {
    const lines = this.git('show', `:${file}`).split('\n');
    lines[this.random(lines.length)] = `edited by ${number}`;
    this.write(file, lines.join('\n'));
  }

  move(from: string, to: string): void {
    mkdirSync(dirname(join(this.dir, to)), { recursive: true });
    this.git('mv', '-k', from, to);
  }

  /** Commits on one or several bases, of one or more steps. */
  branches(): readonly string[] {
    const tips: string[] = [];
    for (let number = 0; number < COMMITS; number += 1) {
      const base = tips.length > 0 && this.random(5) === 0 ? this.pick(tips) : 'main';
      this.git('checkout', '-q', '-f', '--detach', base);
      this.git('clean', '-qfdx');
      const steps = 1 + this.random(2);
      for (let step = 0; step < steps; step += 1) {
        for (let act = this.random(3); act >= 0; act -= 1) this.act(number);
        this.commit(`${number}.${step}`);
      }
      tips.push(this.git('rev-parse', 'HEAD'));
      if (this.random(4) === 0) tips.push(...this.crossed(this.pick(tips), this.pick(tips)));
    }
    return [...new Set([this.git('rev-parse', 'main'), ...tips])];
  }

  /** Two merges of the same two, one each way round: what is built on them has two bases. */
  crossed(a: string, b: string): readonly string[] {
    const { stdout } = spawnSync('git', ['merge-tree', '--write-tree', a, b], {
      cwd: this.dir,
      encoding: 'utf8',
    });
    const tree = stdout.split('\n')[0] ?? '';
    if (a === b || !/^[0-9a-f]{40}$/u.test(tree)) return [];
    return [
      [a, b],
      [b, a],
    ].map(([one = '', other = '']) => {
      const merged = this.git('commit-tree', '-m', 'merge', '-p', one, '-p', other, tree);
      this.git('checkout', '-q', '-f', '--detach', merged);
      this.git('clean', '-qfdx');
      this.act(100 + this.random(50));
      return this.commit('after the merge');
    });
  }

  /** Lays a commit out: plain merges go by the attributes that lie in the work tree. */
  layOut(commit: string): void {
    this.git('checkout', '-q', '-f', '--detach', commit);
    this.git('clean', '-qfdx');
  }

  /** The files in conflict; the first side has to be laid out. */
  plain(a: string, b: string): readonly string[] | null {
    const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', a, b];
    const done = spawnSync('git', args, { cwd: this.dir, encoding: 'utf8' });
    const { status, stdout } = done;
    if (status === 0) return null;
    if (status !== 1)
      throw new Error(`${args.join(' ')} failed: ${done.signal ?? status} ${done.stderr}`);
    return [
      ...new Set(
        stdout
          .split('\0')
          .slice(1)
          .filter((file) => file !== ''),
      ),
    ].toSorted();
  }
}

/**
 * Compares what is predicted with plain merges of every pair.
 *
 * @param seed - Which corpus.
 * @returns Where they differ, and how many pairs are in conflict.
 */
export async function compareCorpus(
  seed: number,
): Promise<{ readonly wrong: readonly unknown[]; readonly conflicts: number }> {
  const corpus = new ConflictCorpus(seed);
  const tips = corpus.branches();
  const opened = await openRepository(corpus.dir);
  if (!opened.ok) throw new Error('not a repository');
  const predictor = new Predictor(layoutOf(opened.repository));
  // The second half is new at the second look.
  await predictor.among(tips.slice(0, 8));
  const { clashing, left } = await predictor.among(tips);
  expect(left).toBe(0);
  const found = new Map(clashing.map(({ a, b, files }) => [`${a} ${b}`, files]));
  const wrong: unknown[] = [];
  let conflicts = 0;
  for (const [index, a] of tips.entries()) {
    corpus.layOut(a);
    for (const b of tips.slice(index + 1)) {
      const expected = corpus.plain(a, b);
      const got = found.get(`${a} ${b}`) ?? null;
      if (expected !== null) conflicts += 1;
      // Where git names no file, a folder was split in two: that folder is named.
      const isSame =
        expected?.length === 0
          ? got?.length === 1
          : JSON.stringify(expected) === JSON.stringify(got);
      if (!isSame) wrong.push({ a, b, expected, got });
    }
  }
  expect(await predictor.among(tips, 0)).toEqual({ clashing, left: 0 });
  return { wrong, conflicts };
}
