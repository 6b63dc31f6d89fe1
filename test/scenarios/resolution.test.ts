// What resolvers do to the files of a conflict, on real commits: each side's lines are looked for.

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { clashToResolve } from '../../src/run/conflict.ts';
import { missingIn } from '../../src/run/resolution.ts';
import { sampleDiamond } from '../sample-run.ts';
import { makeRig, value } from './rig.ts';
import type { Rig } from './rig.ts';

/** Files by path; `null` = deleted. */
type Files = Readonly<Record<string, string | null>>;

const LINK = /^commit [0-9a-f]{40}$/u;
const sha = (digit: string): string => `commit ${digit.repeat(40)}`;

function commit(rig: Rig, on: string | null, files: Files): string {
  rig.git('checkout', '-q', '--detach', on ?? 'main');
  for (const [path, text] of Object.entries(files)) {
    if (text === null) rig.git('rm', '-rq', '--cached', '--ignore-unmatch', path);
    if (text === null) rmSync(join(rig.dir, path), { force: true, recursive: true });
    else if (LINK.test(text)) {
      rig.git('update-index', '--add', '--cacheinfo', `160000,${text.slice(7)},${path}`);
    } else {
      rig.write(path, text);
      rig.git('add', path);
    }
  }
  rig.git('commit', '-q', '--allow-empty', '-m', 'x');
  return rig.git('rev-parse', 'HEAD');
}

interface Play {
  readonly base: Files;
  readonly branch: Files;
  readonly change: Files;
  readonly result: Files;
}

/** What is lost, as `side file: lines`. */
async function lost({ base, branch, change, result }: Play): Promise<readonly string[]> {
  const rig = makeRig();
  const start = commit(rig, null, base);
  const [theirs, ours] = [commit(rig, start, branch), commit(rig, start, change)];
  const made = commit(rig, theirs, result);
  const repository = value(await rig.app.repository());
  const [run, byHand] = [sampleDiamond(), { commit: ours, base: start }];
  const [task] = run.tasks;
  if (task === undefined) throw new Error('no task');
  const asked = { ...task, spec: { ...task.spec, byHand } };
  const clash = await clashToResolve(repository, run, asked, theirs);
  if (clash === null) throw new Error('no conflict');
  const { marked, lost: gone, left } = await missingIn(repository, clash, made);
  expect(left).toBe(0);
  return [
    ...marked.map((file) => `marks ${file}`),
    ...gone.map(({ side, file, lines }) => `${side} ${file}: ${lines.join(' | ')}`),
  ];
}

const BASE = 'head\nmiddle\nfoot\n';
const sides: Play = {
  base: { a: BASE },
  branch: { a: 'head\nmiddle\nfrom branch;\nfoot\n' },
  change: { a: 'head\nmiddle\nfrom change;\nfoot\n' },
  result: {},
};
const NAMED = {
  drops: ['branch a: from branch;', 'change a: from change;'],
  change: ['change a: from change;'],
  branch: ['branch a: from branch;'],
};

describe('of a conflict of lines, a resolver', () => {
  it.each<[string, Files, readonly string[]]>([
    ['keeps both', { a: 'head\nmiddle\nfrom branch;\nfrom change;\nfoot\n' }, []],
    ['moves both', { a: 'from change;\nhead\nfoot\nmiddle\nfrom branch;\n' }, []],
    ['nests both', { a: 'head\nif (x) {\n\t\tfrom branch;\n  from change;\n}\nfoot\n' }, []],
    ['makes CRLF of it', { a: 'head\r\nmiddle\r\nfrom branch;\r\nfrom change;\r\nfoot\r\n' }, []],
    ['moves one to a new file', { a: 'head\nfrom change;\n', b: 'from branch;\n' }, []],
    ['keeps the branch', {}, NAMED.change],
    ['keeps the change', { a: sides.change['a'] ?? '' }, NAMED.branch],
    ['keeps neither', { a: BASE }, NAMED.drops],
    ['deletes the file', { a: null }, NAMED.drops],
    ['empties the file', { a: '' }, NAMED.drops],
    ['comments one out', { a: 'head\n// from branch;\nfrom change;\nfoot\n' }, NAMED.branch],
    [
      'renames the file with both',
      { a: null, c: 'head\nmiddle\nfrom branch;\nfrom change;\nfoot\n' },
      [],
    ],
    ['renames it with one', { a: null, c: 'head\nmiddle\nfrom change;\nfoot\n' }, NAMED.branch],
    [
      'leaves marks of another size',
      { a: 'head\n<<<<<<<<<< x\nfrom branch;\n==========\nfrom change;\n>>>>>>>>>> y\nfoot\n' },
      ['marks a'],
    ],
  ])('%s', async (_, result, expected) => {
    expect(await lost({ ...sides, result })).toEqual(expected);
  });
});

const ROWS = Array.from({ length: 30 }, (_, row) => `row ${row} of many\n`).join('');

describe('beside lines', () => {
  it.each<[string, Play, readonly string[]]>([
    [
      'a file that one side renames: the line of the other is carried over',
      {
        base: { a: ROWS },
        branch: { a: null, b: `first of branch\n${ROWS}` },
        change: { a: `first of change\n${ROWS}` },
        result: { b: `first of branch\nfirst of change\n${ROWS}` },
      },
      [],
    ],
    [
      'a file that one side renames: the line of the other is dropped',
      {
        base: { a: ROWS },
        branch: { a: null, b: `first of branch\n${ROWS}` },
        change: { a: `first of change\n${ROWS}` },
        result: {},
      },
      ['change a: first of change'],
    ],
    [
      'a file that one side deletes and the other goes on with',
      { base: { a: ROWS }, branch: { a: null }, change: { a: `${ROWS}more\n` }, result: {} },
      ['change a: more'],
    ],
    [
      'a line in a file without a conflict',
      {
        base: { a: BASE, z: 'z\n' },
        branch: { a: 'head\nfrom branch;\nfoot\n', z: 'z\nalso of branch\n' },
        change: { a: 'head\nfrom change;\nfoot\n' },
        result: { a: 'head\nfrom branch;\nfrom change;\nfoot\n', z: 'z\n' },
      },
      ['branch z: also of branch'],
    ],
    [
      'what is no text',
      {
        base: { a: '\0base' },
        branch: { a: '\0branch' },
        change: { a: '\0change' },
        result: { a: '\0change' },
      },
      ['branch a: '],
    ],
    [
      'a file that is too large to be read',
      {
        base: { a: 'x\n'.repeat(2_200_000) },
        branch: { a: `${'x\n'.repeat(2_200_000)}branch\n` },
        change: { a: `${'x\n'.repeat(2_200_000)}change\n` },
        result: { a: `${'x\n'.repeat(2_200_000)}change\n` },
      },
      ['branch a: '],
    ],
    [
      'a submodule that both sides have moved',
      {
        base: { a: sha('1') },
        branch: { a: sha('2') },
        change: { a: sha('3') },
        result: { a: sha('3') },
      },
      ['branch a: '],
    ],
  ])('%s', async (_, play, expected) => {
    expect(await lost(play)).toEqual(expected);
  });
});
