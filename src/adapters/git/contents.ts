// The contents of many files at once, in two processes however many there are.

import { git, GitFailure, gitRecords, readable } from './git.ts';
import { own } from './layout.ts';
import type { Layout } from './layout.ts';

/** A file of a commit. */
interface Asked {
  /** A commit or a tree. */
  readonly commit: string;
  readonly path: string;
}

/**
 * Reads files.
 *
 * @param layout - The repository's.
 * @param asked - Which.
 * @param limit - The largest that is read, in bytes.
 * @param byId - Whether what is not read is told by its id, after a NUL.
 * @returns Their contents, in the order asked for; `null` where there is none or it is too large.
 */
export async function readFiles(
  layout: Layout,
  asked: readonly Asked[],
  limit: number,
  byId: boolean = false,
): Promise<readonly (string | null)[]> {
  // A line break would be another question.
  const isAskable = ({ commit, path }: Asked): boolean =>
    /^[0-9a-f]{40,64}$/u.test(commit) && !/[\n\0]/u.test(path);
  const questions = asked.map((one) => (isAskable(one) ? `${one.commit}:${one.path}` : 'none'));
  if (questions.length === 0) return [];
  const found = await ask(
    layout,
    ['--batch-check=%(objectname) %(objecttype) %(objectsize)'],
    questions,
  );
  const lines = found.toString('utf8').split('\n').slice(0, questions.length);
  const wanted = worthReading(lines, limit, byId ? MOST_BYTES : Number.POSITIVE_INFINITY);
  const contents = wanted.length === 0 ? [] : parse(await ask(layout, ['--batch'], wanted));
  const read = new Map(wanted.map((id, index) => [id, contents[index] ?? null]));
  const links = byId ? await submodules(layout, asked, lines) : new Map<string, string>();
  return lines.map((line, index) => {
    const id = /^([0-9a-f]+) blob /u.exec(line)?.[1] ?? links.get(questions[index] ?? '');
    const text = id === undefined ? null : (read.get(id) ?? null);
    return text === null && byId && id !== undefined ? `\0${id}` : text;
  });
}

/** The commits of submodules are not here, so that git can only say that there is no such object. */
async function submodules(
  layout: Layout,
  asked: readonly Asked[],
  lines: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const open = asked.filter((_, index) => / (?:missing|submodule)$/u.test(lines[index] ?? ''));
  const found = new Map<string, string>();
  for (const commit of new Set(open.map((one) => one.commit))) {
    for (const entry of await gitRecords(
      ['ls-tree', '-r', '-z', '--full-tree', commit],
      own(layout),
    )) {
      const [, id, path] = /^160000 commit (\w+)\t([^]*)$/u.exec(entry) ?? [];
      if (id !== undefined && path !== undefined) found.set(`${commit}:${readable(path)}`, id);
    }
  }
  return found;
}

/** So much is read at once where everything else can be told by its id. */
const MOST_BYTES = 134_217_728;

function worthReading(lines: readonly string[], limit: number, most: number): readonly string[] {
  const wanted = new Set<string>();
  let bytes = 0;
  for (const line of lines) {
    const [, id, size] = /^([0-9a-f]+) blob (\d+)$/u.exec(line) ?? [];
    if (id === undefined || wanted.has(id) || Number(size) > limit) continue;
    bytes += Number(size);
    if (bytes > most) break;
    wanted.add(id);
  }
  return [...wanted];
}

async function ask(
  layout: Layout,
  args: readonly string[],
  lines: readonly string[],
): Promise<Buffer> {
  const result = await git(['cat-file', ...args], {
    ...own(layout),
    input: `${lines.join('\n')}\n`,
  });
  if (result.code !== 0) throw new GitFailure('cat-file', result);
  return result.stdout;
}

/** Each answer: a line with id, type and size, the content, a line break. */
function parse(output: Buffer): readonly string[] {
  const contents: string[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    if (end === -1) break;
    const size = Number(output.toString('latin1', at, end).split(' ')[2]);
    if (!Number.isSafeInteger(size)) break;
    contents.push(output.toString('utf8', end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return contents;
}
