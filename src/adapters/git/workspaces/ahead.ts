// Makes spares in the background, one at a time, for as long as somebody says that more are needed.

import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { MadeAhead } from '../../../ports/workspace.ts';
import { gitText } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { asWanted } from './as-wanted.ts';
import { makeSpare, sparesIn } from './spares.ts';
import type { SparePlace } from './spares.ts';
import { discard } from './trash.ts';
import { isAbandoned } from './unfinished.ts';
import type { SetUpSpec } from './warm-key.ts';
import { usableOf, warmthOf } from './warm.ts';

/** What is made ahead. */
interface Wish {
  readonly spec: SetUpSpec;
  readonly count: number;
  readonly mayTouch: () => Promise<boolean>;
}

/** What is made for later waits until no more is left to be deleted, which takes the same disk. */
const MOST_TRASH = 6;
/** Below so many files a workspace is made as fast as it is taken. */
const WORTHWHILE = 1000;

/** Makes spares. */
export class Ahead {
  readonly #place: SparePlace;
  readonly #warmFolder: string;
  #wish: Wish | null = null;
  #working: Promise<void> | null = null;
  /** The commit that was looked at last: many are made of one. */
  #seen: { readonly commit: string; readonly isLarge: boolean } | null = null;

  constructor(place: SparePlace, warmFolder: string) {
    this.#place = place;
    this.#warmFolder = warmFolder;
  }

  /** From now on so many are wanted; an earlier wish is forgotten. */
  want(wish: Wish): void {
    this.#wish = wish;
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Makes no more; resolves when the one that is being made is whole, or gone. */
  async rest(): Promise<void> {
    this.#wish = null;
    await this.#working;
  }

  /** All that there is, warm folders too. */
  async list(spec: SetUpSpec): Promise<readonly MadeAhead[]> {
    const { folder, trash, layout } = this.#place;
    const wanted = await asWanted(layout, spec.settings.gitFilters ?? []);
    const warmth = await warmthOf(layout, this.#warmFolder, spec);
    const spareKey = wanted.ok ? usableOf(warmth, wanted.id).spareKey : null;
    const one = (path: string, isOfUse: boolean): MadeAhead => ({
      path,
      isOfUse,
      remove: async () => void (await discard(path, trash)),
    });
    const spares = await sparesIn(folder);
    const names = await readdir(this.#warmFolder).catch(() => []);
    return [
      ...spares.map(({ name, key }) => one(join(folder, name), key !== null && key === spareKey)),
      // What another process is making at this moment is left alone.
      ...names
        .filter((name) => !name.startsWith('.') || isAbandoned(name))
        .map((name) => one(join(this.#warmFolder, name), name === warmth.setUp?.key)),
    ];
  }

  async #work(): Promise<void> {
    while (this.#wish !== null) {
      const wish = this.#wish;
      // What fails here is found out, and said, by whoever needs a workspace.
      const isEnough = await this.#makeOne(wish).catch(() => true);
      if (isEnough && this.#wish === wish) this.#wish = null;
    }
  }

  /** Whether to make its files takes so long that it is better done ahead. */
  async #isLarge(layout: Layout, commit: string): Promise<boolean> {
    if (this.#seen?.commit !== commit) {
      const paths = await gitText(['ls-tree', '-r', '--name-only', commit], own(layout));
      this.#seen = { commit, isLarge: paths.split('\n').length >= WORTHWHILE };
    }
    return this.#seen.isLarge;
  }

  /** Resolves with whether there are enough. */
  async #makeOne({ spec, count, mayTouch }: Wish): Promise<boolean> {
    const { folder, trash } = this.#place;
    const wanted = await asWanted(this.#place.layout, spec.settings.gitFilters ?? []);
    if (!wanted.ok) return true;
    const { layout, id } = wanted;
    const { warm, spareKey: key } = usableOf(await warmthOf(layout, this.#warmFolder, spec), id);
    for (const name of await readdir(this.#warmFolder).catch(() => [])) {
      if (isAbandoned(name)) await discard(join(this.#warmFolder, name), trash);
    }
    const there = await sparesIn(folder);
    // Those of another set-up are of no use any more.
    for (const one of there) {
      if (one.key !== key) await discard(join(folder, one.name), trash);
    }
    if (there.filter((one) => one.key === key).length >= count) return true;
    if (warm === null && !(await this.#isLarge(layout, spec.commit))) return true;
    // A rename would not bring it there.
    if (await areApart(folder, spec.settings.dir ?? folder)) return true;
    await trash.downTo(MOST_TRASH);
    if (this.#wish === null || !(await mayTouch())) return true;
    await makeSpare({ ...this.#place, layout }, key, spec.commit, warm);
    return false;
  }
}

/** Whether two folders, made already or not, lie on different disks. */
async function areApart(one: string, other: string): Promise<boolean> {
  return (await deviceOf(resolve(one))) !== (await deviceOf(resolve(other)));
}

async function deviceOf(path: string): Promise<number> {
  const about = await stat(path).catch(() => null);
  return about?.dev ?? (path === dirname(path) ? 0 : await deviceOf(dirname(path)));
}
