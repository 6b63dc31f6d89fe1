// Which changes that are not on their run's branch yet would conflict, with it or with each other.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { fit } from '../report/view.ts';
import type { View } from '../report/view.ts';
import { Foresight, isStillGrowing } from '../run/foresee.ts';
import type { Outlook } from '../run/foresee.ts';
import { plural } from '../util/amount.ts';
import type { App } from './app.ts';
import { find, lookOr } from './find.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/** More of them than this are a list, not a matrix. */
const WIDEST = 16;

/**
 * Shows the conflicts that are ahead, those of agents that are still at work too.
 *
 * @param app - The application.
 * @param key - A run, or anything of it; `null` = all that are unfinished.
 * @returns What to show.
 */
export async function showConflicts(app: App, key: string | null): Promise<Result<Shown>> {
  const runs = await runsOf(app, key);
  if (!runs.ok) return runs;
  const going = runs.value.filter(({ status }) => !RUN_OVER[status.state]);
  const outlooks: { readonly run: Run; readonly outlook: Outlook }[] = [];
  if (going.length > 0) {
    const workshop = await app.workshop();
    if (!workshop.ok) return workshop;
    const foresight = new Foresight(workshop.value);
    try {
      for (const run of going) outlooks.push({ run, outlook: await foresight.look(run) });
    } finally {
      await foresight.end();
    }
  }
  const conflicts = outlooks.flatMap(({ outlook }) => outlook.conflicts);
  const compared = outlooks.reduce(
    (sum, { outlook }) => sum + Math.max(0, outlook.sides.length - 1),
    0,
  );
  return ok({
    json: { conflicts },
    text: (view) => {
      if (compared === 0) return 'No change waits for integration, so nothing can conflict.';
      const looked = `${plural(compared, 'change')} not integrated yet`;
      if (conflicts.length === 0) return `No conflicts: ${looked}.`;
      const head = `${plural(conflicts.length, 'conflict')} among ${looked}`;
      const parts = outlooks
        .filter(({ outlook }) => outlook.conflicts.length > 0)
        .map(({ run, outlook }) => outlookLines(run, outlook, view).join('\n'));
      return [view.style.bold(head), ...parts].join('\n\n');
    },
  });
}

/** A matrix of who meets whom in how many files, then the files. */
function outlookLines(run: Run, { sides, conflicts }: Outlook, view: View): string[] {
  const { style, width } = view;
  const pairs = conflicts.map(({ a, b, files }) => {
    const pair = `${a} × ${b}`;
    return `${style.red('✗')} ${style.bold(pair)}  ${fit(files.join(', '), width - pair.length - 4)}`;
  });
  const inIt = sides.filter((key) => conflicts.some(({ a, b }) => a === key || b === key));
  if (inIt.length > WIDEST) return pairs;
  const count = (a: string, b: string): number =>
    conflicts.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a))?.files
      .length ?? 0;
  const names = Math.max(...inIt.map((key) => key.length));
  const rows = inIt.map((key, row) => {
    const cells = inIt.map((other, column) => {
      if (row === column) return style.dim('  \\');
      const files = count(key, other);
      const cell = (files === 0 ? '·' : String(files)).padStart(3);
      return files === 0 ? style.dim(cell) : style.red(cell);
    });
    const growing = isStillGrowing(run, key) ? style.dim('  at work') : '';
    return `${String(row + 1).padStart(2)} ${key.padEnd(names)} ${cells.join('')}${growing}`;
  });
  const head = `${' '.repeat(names + 4)}${inIt.map((_, index) => String(index + 1).padStart(3)).join('')}`;
  return [style.dim(head), ...rows, '', ...pairs];
}

async function runsOf(app: App, key: string | null): Promise<Result<readonly Run[]>> {
  if (key !== null) {
    const found = await find(app, key);
    return found.ok ? ok([found.value.run]) : found;
  }
  return lookOr(
    app,
    async (store) => {
      const runs = await Promise.all((await store.unfinished()).map((one) => store.run(one)));
      return runs.filter((run) => run !== null);
    },
    [],
  );
}
