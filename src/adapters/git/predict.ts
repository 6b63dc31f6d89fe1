// Which of many commits do not go together: the same that merging each two of them says, without
// doing so. Pairs are told apart by the paths they change; what is left is merged by one git for all
// of them; and what was found out once is not asked again.

import type { Clashing, Predicted } from '../../ports/workspace.ts';
import { git, GitFailure, records } from './git.ts';
import type { GitOptions } from './git.ts';
import { own } from './layout.ts';
import type { Layout } from './layout.ts';
import { mayConflict, pathsOf } from './may-conflict.ts';
import type { Paths } from './may-conflict.ts';
import { mergeBases } from './merge-bases.ts';
import { readMerge } from './merge-output.ts';
import { withAttributes } from './merge.ts';

/** So many pairs are merged before the clock is looked at. */
const CHUNK = 32;
/** The first git whose `merge-tree` merges many pairs in one process. */
const MANY = 39;
const ATTRIBUTES = /(?:^|\/)\.gitattributes$/u;
const MERGE = ['merge-tree', '--write-tree', '-z', '--name-only'];
const COMMIT = /^[0-9a-f]{40,64}$/u;

/** Two commits, with what each has changed of their base; `null` = nobody knows. */
interface Pair {
  readonly a: string;
  readonly b: string;
  readonly base: string | null;
}

/** Predicts, and remembers. */
export class Predictor {
  readonly #layout: Layout;
  readonly #options: GitOptions;
  /** Files in conflict by pair; none = they go together. */
  #known = new Map<string, readonly string[]>();
  #paths = new Map<string, Paths>();

  constructor(layout: Layout, env: Readonly<Record<string, string>> = {}) {
    this.#layout = layout;
    const options = own(layout);
    this.#options = { ...options, env: { ...options.env, ...env } };
  }

  /**
   * Finds the pairs that are in conflict.
   *
   * @param asked - Commits, in full.
   * @param until - When to stop, by `performance.now()`; what is left is found by asking again.
   * @returns The pairs, and how many nobody has looked at yet.
   */
  async among(
    asked: readonly string[],
    until: number = Number.POSITIVE_INFINITY,
  ): Promise<Predicted> {
    const commits = [...new Set(asked.filter((id) => COMMIT.test(id)))];
    const known = new Map<string, readonly string[]>();
    const open: [string, string][] = [];
    for (const [index, a] of commits.entries()) {
      for (const b of commits.slice(index + 1)) {
        const files = this.#known.get(`${a} ${b}`) ?? this.#known.get(`${b} ${a}`);
        if (files === undefined) open.push([a, b]);
        else known.set(`${a} ${b}`, files);
      }
    }
    // What nobody asks for any more is forgotten.
    this.#known = known;
    const left = open.length === 0 ? 0 : await this.#find(open, until);
    return { clashing: this.#clashing(commits), left };
  }

  /** In the order in which they were asked about. */
  #clashing(commits: readonly string[]): readonly Clashing[] {
    const found: Clashing[] = [];
    for (const [index, a] of commits.entries()) {
      for (const b of commits.slice(index + 1)) {
        const files = this.#known.get(`${a} ${b}`) ?? [];
        if (files.length > 0) found.push({ a, b, files });
      }
    }
    return found;
  }

  async #find(open: readonly [string, string][], until: number): Promise<number> {
    const baseOf = await mergeBases(this.#options, [...new Set(open.flat())]);
    const pairs = open.map(([a, b]): Pair => ({ a, b, base: baseOf(a, b) }));
    await this.#readPaths(pairs);
    const doubtful: Pair[] = [];
    for (const pair of pairs) {
      if (this.#isDoubtful(pair)) doubtful.push(pair);
      else this.#known.set(`${pair.a} ${pair.b}`, []);
    }
    let left = doubtful.length;
    for (const [source, group] of this.#byAttributes(doubtful)) {
      for (let at = 0; at < group.length; at += CHUNK) {
        if (performance.now() >= until) return left;
        const chunk = group.slice(at, at + CHUNK);
        await this.#merge(source, chunk);
        left -= chunk.length;
      }
    }
    return left;
  }

  #isDoubtful({ a, b, base }: Pair): boolean {
    const one = base === null ? undefined : this.#paths.get(`${a} ${base}`);
    const other = base === null ? undefined : this.#paths.get(`${b} ${base}`);
    return one === undefined || other === undefined || mayConflict(one, other);
  }

  /** What each has changed: one process, however many there are. */
  async #readPaths(pairs: readonly Pair[]): Promise<void> {
    const wanted = new Set(
      pairs.flatMap(({ a, b, base }) => (base === null ? [] : [`${a} ${base}`, `${b} ${base}`])),
    );
    const paths = new Map([...this.#paths].filter(([key]) => wanted.has(key)));
    const asked = [...wanted].filter((key) => !paths.has(key));
    this.#paths = paths;
    if (asked.length === 0) return;
    const args = ['diff-tree', '--stdin', '-r', '-z', '--raw', '--no-renames', '--always'];
    const input = `${asked.join('\n')}\n`;
    const result = await git(args, { ...this.#options, input });
    if (result.code !== 0) throw new GitFailure('diff-tree', result);
    for (const [index, changes] of differences(records(result.stdout)).entries()) {
      const key = asked[index];
      if (key !== undefined) paths.set(key, pathsOf(changes));
    }
  }

  /** The attributes of the first of each pair count: pairs with the same ones are merged together. */
  #byAttributes(pairs: readonly Pair[]): ReadonlyMap<string, readonly Pair[]> {
    const groups = new Map<string, Pair[]>();
    for (const pair of pairs) {
      const { a, base } = pair;
      const changed = base === null ? undefined : this.#paths.get(`${a} ${base}`);
      const isOwn = changed === undefined || [...changed.all].some((path) => ATTRIBUTES.test(path));
      const source = isOwn || base === null ? a : base;
      const group = groups.get(source);
      if (group === undefined) groups.set(source, [pair]);
      else group.push(pair);
    }
    return groups;
  }

  async #merge(source: string, pairs: readonly Pair[]): Promise<void> {
    const found = await withAttributes(this.#layout, source, this.#options, async (options) => {
      return (await this.#mergeTogether(pairs, options)) ?? (await this.#mergeEach(pairs, options));
    });
    for (const [index, { a, b }] of pairs.entries())
      this.#known.set(`${a} ${b}`, found[index] ?? []);
  }

  async #mergeTogether(
    pairs: readonly Pair[],
    options: GitOptions,
  ): Promise<readonly (readonly string[])[] | null> {
    const [major, minor] = this.#layout.gitVersion;
    if (major === 2 && minor < MANY) return null;
    const input = pairs.map(({ a, b }) => `${a} ${b}\n`).join('');
    const result = await git([...MERGE, '--stdin'], { ...options, input });
    const merged = merges(records(result.stdout));
    // Commits without anything in common end it: then each pair is asked alone.
    return result.code === 0 && merged.length === pairs.length ? merged : null;
  }

  async #mergeEach(
    pairs: readonly Pair[],
    options: GitOptions,
  ): Promise<readonly (readonly string[])[]> {
    const found: (readonly string[])[] = [];
    for (const { a, b } of pairs) {
      const result = await git([...MERGE, '--messages', a, b], options);
      const fields = [result.code === 1 ? '0' : '1', ...records(result.stdout), ''];
      found.push(result.code === 0 || result.code === 1 ? (merges(fields)[0] ?? []) : []);
    }
    return found;
  }
}

/** Each commit asked about: its id, then for each path a line of modes, ids and a letter, and the path. */
function differences(fields: readonly string[]): { path: string; status: string }[][] {
  const found: { path: string; status: string }[][] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    if (!field.startsWith(':')) found.push([]);
    else {
      at += 1;
      found.at(-1)?.push({ path: fields[at] ?? '', status: field.slice(-1) });
    }
  }
  return found;
}

/** Each merge: `1` (clean) or `0`, the tree, and what is said of it. */
function merges(fields: readonly string[]): (readonly string[])[] {
  const found: (readonly string[])[] = [];
  for (let at = 0; at < fields.length;) {
    const { files, end } = readMerge(fields, at + 2, fields[at] === '1');
    found.push(files);
    at = end;
  }
  return found;
}
