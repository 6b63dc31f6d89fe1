// Refs of the user's repository. They move in one transaction that first verifies the epoch, so
// that a coordinator that was taken over can publish nothing, however late it wakes up.

import { createHash } from 'node:crypto';

import { RUNS } from '../../model/run-refs.ts';
import type { MoveResult } from '../../ports/repository.ts';
import { git, GitFailure, gitText, LOCK_WAIT_MS, lockOf } from './git.ts';
import { linkOnTheWay, own, theirs } from './layout.ts';
import type { Layout } from './layout.ts';
import { dropLeftLocks, locksOn } from './left-locks.ts';

/** One step of a transaction. */
interface RefMove {
  readonly ref: string;
  readonly old: string | null;
  readonly new: string;
}

/** What is told to git in one go. */
interface Transaction {
  readonly lines: readonly string[];
  /** The refs that move. */
  readonly refs: readonly string[];
  /** Those of them that nobody else moves. */
  readonly ours: readonly string[];
}

const EPOCH_REF = 'refs/tutti/epoch';
const OURS = 'refs/tutti/';
const TRIES = 3;

/**
 * Moves refs together, or none of them.
 *
 * @param layout - The repository's.
 * @param moves - From where to where; an old value of `null` means that it must not exist.
 * @param epoch - The epoch that must stand, if one matters.
 * @returns What it came to.
 * @throws {GitFailure} When git fails although everything is where it should be.
 */
export async function moveRefs(
  layout: Layout,
  moves: readonly RefMove[],
  epoch: number | null,
): Promise<MoveResult> {
  const lines = moves.map(({ ref, old, new: to }) =>
    old === null ? `create ${full(ref)} ${to}` : `update ${full(ref)} ${to} ${old}`,
  );
  if (epoch !== null) lines.unshift(`verify ${EPOCH_REF} ${epochBlob(layout, epoch).id}`);
  const names = moves.map(({ ref }) => ref);
  // The branch that moves together with the head of its run is the run's.
  const ofRun = names.some((ref) => ref.startsWith(RUNS));
  const mine = names.filter((ref) => ofRun || ref.startsWith(OURS));
  const result = await transaction(layout, { lines, refs: names, ours: [EPOCH_REF, ...mine] });
  if (result.code === 0) return { kind: 'moved' };
  if (epoch !== null && (await readEpoch(layout)) !== epoch) return { kind: 'superseded' };
  for (const { ref, old } of moves) {
    const at = await valueOf(layout, ref);
    if (at !== old) return { kind: 'elsewhere', at };
  }
  throw new GitFailure('update-ref', result);
}

/**
 * Deletes those refs that are where they are said to be.
 *
 * @param layout - The repository's.
 * @param refs - Their names with their values.
 */
export async function deleteRefs(
  layout: Layout,
  refs: readonly { readonly ref: string; readonly old: string }[],
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const values = await Promise.all(refs.map(({ ref }) => valueOf(layout, ref)));
    const there = refs.filter(({ old }, index) => values[index] === old);
    if (there.length === 0) return;
    const lines = there.map(({ ref, old }) => `delete ${full(ref)} ${old}`);
    const names = there.map(({ ref }) => ref);
    const mine = names.filter((ref) => ref.startsWith(OURS));
    const result = await transaction(layout, { lines, refs: names, ours: mine });
    if (result.code === 0) return;
    // One of them moved in between.
    if (tries === TRIES) throw new GitFailure('update-ref', result);
  }
}

/**
 * Announces an epoch; one that is already higher stands.
 *
 * @param layout - The repository's.
 * @param epoch - The new coordinator's.
 */
export async function announceEpoch(layout: Layout, epoch: number): Promise<void> {
  const blob = epochBlob(layout, epoch);
  const input = blob.content;
  await gitText(['hash-object', '-w', '--stdin'], { ...own(layout), input });
  for (let tries = 1; ; tries += 1) {
    const old = await valueOf(layout, EPOCH_REF);
    const standing = old === null ? null : await readEpoch(layout);
    if (standing !== null && standing >= epoch) return;
    const line =
      old === null ? `create ${EPOCH_REF} ${blob.id}` : `update ${EPOCH_REF} ${blob.id} ${old}`;
    const refs = [EPOCH_REF];
    const result = await transaction(layout, { lines: [line], refs, ours: refs });
    if (result.code === 0) return;
    if (tries === TRIES) throw new GitFailure('update-ref', result);
  }
}

/**
 * Lists the refs whose name begins with a prefix and that lead to a commit.
 *
 * @param layout - The repository's.
 * @param prefix - Full, such as `refs/tutti/runs/`.
 * @returns Their names with the commits.
 */
export async function listRefs(
  layout: Layout,
  prefix: string,
): Promise<readonly { name: string; commit: string }[]> {
  const format = '%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)';
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const args = ['for-each-ref', `--format=${format}`, ...(folder === '' ? [] : ['--', folder])];
  const text = await gitText(args, theirs(layout));
  return text.split('\n').flatMap((line) => {
    const [type, object, peeledType, peeled, name] = line.split(' ');
    if (name === undefined || !name.startsWith(prefix)) return [];
    if (type === 'commit') return [{ name, commit: object ?? '' }];
    return peeledType === 'commit' ? [{ name, commit: peeled ?? '' }] : [];
  });
}

/** So many processes at most tell what refs hold. */
const MOST_ASKED = 100;

/**
 * Measures what refs hold that no other ref does; what two of them hold is counted for the first.
 *
 * @param layout - The repository's.
 * @param names - The refs, in full.
 * @returns Bytes on the disk for each of them; of more than 100 one stands for several.
 */
export async function heldOnlyBy(
  layout: Layout,
  names: readonly string[],
): Promise<readonly number[]> {
  const asked = new Set(names);
  const all = await listRefs(layout, 'refs/');
  const commits = new Map(all.map(({ name, commit }) => [name, commit]));
  const held = all.filter(({ name }) => !asked.has(name)).map(({ commit }) => `^${commit}`);
  const sizes = names.map(() => 0);
  const together = Math.ceil(names.length / MOST_ASKED);
  for (let at = 0; at < names.length; at += together) {
    const some = names.slice(at, at + together).flatMap((name) => commits.get(name) ?? []);
    if (some.length === 0) continue;
    const input = [...some, ...held, ''].join('\n');
    const args = ['rev-list', '--objects', '--disk-usage', '--stdin'];
    const size = await gitText(args, { ...own(layout), input });
    sizes[at] = Number(size) || 0;
    held.push(...some.map((commit) => `^${commit}`));
  }
  return sizes;
}

/** Moves what the lines say. A lock that a dead git has left on a ref of ours is no obstacle. */
async function transaction(
  layout: Layout,
  { lines, refs, ours }: Transaction,
): ReturnType<typeof git> {
  const link = await linkOnTheWay(layout.commonDir, refs);
  if (link !== null) {
    const stderr = `${link} is a link: what git writes there would be elsewhere; move it away\n`;
    return { code: 128, stdout: Buffer.alloc(0), stderr, cut: false };
  }
  const input = ['start', ...lines, 'prepare', 'commit', ''].join('\n');
  const move = (): ReturnType<typeof git> =>
    git(['update-ref', '-m', 'tutti', '--stdin'], { ...theirs(layout), input });
  const locks = await locksOn(layout, ours);
  await dropLeftLocks(layout, locks);
  const result = await move();
  if (result.code === 0 || lockOf(result.stderr) === null) return result;
  // They were too young to be judged, or others were at work; git has waited for them meanwhile.
  return (await dropLeftLocks(layout, locks, LOCK_WAIT_MS)) > 0 ? move() : result;
}

async function valueOf(layout: Layout, ref: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', full(ref)];
  const result = await git(args, theirs(layout));
  return result.code === 0 ? result.stdout.toString('utf8').trim() : null;
}

/**
 * Reads the epoch that was announced last.
 *
 * @param layout - The repository's.
 * @returns The epoch; `null` when none was, or the ref says something else.
 */
export async function readEpoch(layout: Layout): Promise<number | null> {
  const result = await git(['cat-file', 'blob', EPOCH_REF], theirs(layout));
  const [, digits] = /^epoch (\d+)\n$/.exec(result.stdout.toString('utf8')) ?? [];
  return digits === undefined ? null : Number(digits);
}

// The id is known without asking git, so a move costs one process.
function epochBlob(layout: Layout, epoch: number): { id: string; content: string } {
  const content = `epoch ${epoch}\n`;
  const hash = createHash(layout.format);
  return { id: hash.update(`blob ${content.length}\0${content}`).digest('hex'), content };
}

// A line break or a blank in a name would be another command of the transaction.
function full(ref: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (!/^refs\/[^\u0000-\u0020\u007F~^:?*[\\]+$/.test(ref)) {
    throw new TypeError(`not the full name of a ref: ${JSON.stringify(ref)}`);
  }
  return ref;
}
