// The port `Workspaces`: makes, finds and lists the workspaces of a repository, and what is kept of
// those that are gone. Where all of it lies: place.ts.

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Repository } from '../../../ports/repository.ts';
import type { Workspaces } from '../../../ports/workspace.ts';
import { layoutOf } from '../repository.ts';
import { Ahead } from './ahead.ts';
import { createLooker } from './looker.ts';
import {
  asideOf,
  asidesOf,
  homeOf,
  isName,
  leftOf,
  namesOf,
  placeOf,
  readRecordOf,
  taskHome,
} from './place.ts';
import { prepareWorkspace, setUpOf } from './prepare.ts';
import { copyAside, readAside } from './read-aside.ts';
import { discard } from './trash.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Makes the workspaces of a repository.
 *
 * @param repository - One that `openRepository` opened.
 * @param stateDir - Where they and what is remembered of them lie; outside the repository.
 * @param secrets - What is known to be secret when a change is taken.
 * @returns The port.
 */
export function createWorkspaces(
  repository: Repository,
  stateDir: string,
  secrets: () => readonly string[] = () => [],
): Workspaces {
  const place = placeOf(layoutOf(repository), stateDir, secrets);
  const ahead = new Ahead(place.spares, place.warmFolder);
  return {
    prepare: (spec, setUp, mayTouch) => prepareWorkspace(place, spec, { setUp, mayTouch }),
    ahead: (wish, count, mayTouch) => ahead.want({ spec: setUpOf(wish), count, mayTouch }),
    madeAhead: (wish) => ahead.list(setUpOf(wish)),
    rest: async () => {
      // What is being made may wait for what is being deleted, which is broken off after a while.
      await Promise.all([ahead.rest(), place.trash.rest()]);
      await place.trash.rest();
    },
    find: async (name) => {
      if (!isName(name)) return null;
      const record = await readRecordOf(place, name);
      const there = (await namesOf(place)).includes(name);
      return there ? openWorkspace(place, name, record) : null;
    },
    watch: () =>
      createLooker(place.layout, place.stateDir, async (name) => {
        const record = isName(name) ? await readRecordOf(place, name) : null;
        return record === null ? null : { record, index: join(homeOf(place, name), 'index') };
      }),
    list: async () => {
      const names = await namesOf(place);
      return await Promise.all(
        names.map(async (name) => {
          const record = await readRecordOf(place, name);
          const path = record?.work ?? join(homeOf(place, name), 'work');
          return { name, path, complete: record !== null };
        }),
      );
    },
    homePath: (name) => taskHome(place, name),
    makeHome: async (name) => {
      const path = taskHome(place, name);
      await mkdir(path, { recursive: true, mode: 0o700 });
      return path;
    },
    removeHome: async (name) => {
      await discard(taskHome(place, name), place.trash);
    },
    homes: async () =>
      (await readdir(join(place.stateDir, 'homes')).catch(() => [])).filter(isName),
    aside: async (as, last) => readAside(asideOf(place, as), await leftOf(place, as, last)),
    bringAside: async (as, last, to) => {
      const left = await leftOf(place, as, last);
      await copyAside([...(left === null ? [] : [left]), join(asideOf(place, as), 'files')], to);
    },
    asides: () => asidesOf(place),
    removeAside: async (as) => {
      const all = await asidesOf(place);
      const paths = all.find(({ name }) => name === as)?.paths ?? [];
      for (const path of paths) await discard(path, place.trash);
    },
    trash: () => place.trash.list(),
    emptyTrash: () => place.trash.empty(),
  };
}
