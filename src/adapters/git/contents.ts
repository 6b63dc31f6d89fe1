// The contents of many files at once, in two processes however many there are.

import { git, GitFailure } from './git.ts';
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
 * @returns Their contents, in the order asked for; `null` where there is none or it is too large.
 */
export async function readFiles(
  layout: Layout,
  asked: readonly Asked[],
  limit: number,
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
  const ids = found
    .toString('utf8')
    .split('\n')
    .slice(0, questions.length)
    .map((line) => {
      const [, id, size] = /^([0-9a-f]+) blob (\d+)$/u.exec(line) ?? [];
      return id !== undefined && Number(size) <= limit ? id : null;
    });
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  const contents = wanted.length === 0 ? [] : parse(await ask(layout, ['--batch'], wanted));
  const byId = new Map(wanted.map((id, index) => [id, contents[index] ?? null]));
  return ids.map((id) => (id === null ? null : (byId.get(id) ?? null)));
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
