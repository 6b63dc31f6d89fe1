import { describe, expect, it } from 'vitest';

import { describeConflict, hunksOf } from './conflict-hunks.ts';
import { leftMarkers, lostLines } from './lost-lines.ts';
import type { FourFiles } from './lost-lines.ts';

const file = (texts: Partial<FourFiles>): FourFiles => ({
  file: 'a',
  base: 'one\n}\n',
  branch: 'one\nbranch\n}\n',
  change: 'one\nchange\n}\n',
  result: null,
  ...texts,
});
const lost = (...files: FourFiles[]): unknown =>
  lostLines(files, ['branch', 'change']).map(({ file: name, side, lines }) =>
    [name, side].concat(lines),
  );

describe('a resolution', () => {
  it.each<[string, Partial<FourFiles>, unknown[]]>([
    ['with both', { result: 'one\nbranch\nchange\n}\n' }, []],
    ['that nests them otherwise', { result: 'one\n\tchange\n  branch\n' }, []],
    ['without the branch', { result: 'one\nchange\n}\n' }, [['a', 'branch', 'branch']]],
    ['without the change', { result: 'one\nbranch\n}\n' }, [['a', 'change', 'change']]],
    [
      'that is gone',
      { result: null },
      [
        ['a', 'branch', 'branch'],
        ['a', 'change', 'change'],
      ],
    ],
    ['without a brace', { branch: 'one\n}\n}\n', result: 'one\nchange\n' }, []],
    ['without what one side has deleted', { branch: '}\n', result: 'change\n}\n' }, []],
    [
      'with one line of two',
      { branch: 'x\none\nx\n}\n', result: 'x\none\nchange\n' },
      [['a', 'branch', 'x']],
    ],
    ['of a line that both have added', { branch: 'one\nchange\n}\n', result: 'one\nchange\n' }, []],
    [
      'of a line that both have changed',
      { base: 'x = []', branch: 'x = [b]', change: 'x = [c]', result: 'x = [b, c]' },
      [],
    ],
    [
      'of a line that both have changed, with one of them',
      { base: 'x = 1', branch: 'x = 2', change: 'x = 3', result: 'x = 3' },
      [['a', 'branch', 'x = 2']],
    ],
    [
      'of a deleted file that the other has changed',
      { branch: null, result: null },
      [['a', 'change', 'change']],
    ],
    ['of no text', { base: '\0', branch: '\0b', change: '\0c', result: '\0c' }, [['a', 'branch']]],
  ])('%s', (_, texts, expected) => {
    expect(lost(file(texts))).toEqual(expected);
  });

  it('may move lines to another file', () => {
    const other = { file: 'b', base: null, branch: null, change: null, result: 'branch\n' };
    expect(lost(file({ result: 'one\nchange\n' }), other)).toEqual([]);
    expect(lost(file({ result: 'one\nchange\n' }), { ...other, branch: 'branch\n' })).toEqual([
      ['a', 'branch', 'branch'],
    ]);
  });

  it('leaves no marks behind, but those that were there', () => {
    const marked = 'x\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n';
    expect(leftMarkers([file({ result: marked })])).toEqual(['a']);
    expect(leftMarkers([file({ branch: marked, result: marked })])).toEqual([]);
    expect(leftMarkers([file({ result: 'x\n=======\n' })])).toEqual([]);
  });
});

describe('the places of a conflict', () => {
  const text =
    'a\n<<<<<<< 1\nb\n||||||| 2\no\n=======\nc\nd\n>>>>>>> 3\ne\n<<<<<<< 1\n=======\nz\n>>>>>>> 3\n';

  it('are cut out of the marked file', () => {
    expect(hunksOf(text)).toEqual([
      { line: 2, branch: 'b', base: 'o', change: 'c\nd' },
      { line: 11, branch: '', base: '', change: 'z' },
    ]);
    expect(hunksOf('=======\n>>>>>>> 3\n<<<<<<< 1\nnever closed\n')).toEqual([]);
  });

  it('are shown with both sides, and with what the merge said of files without any', () => {
    const notes = 'Auto-merging a\nCONFLICT (content): in a\nCONFLICT (modify/delete): b deleted\n';
    const told = describeConflict([{ file: 'a', text }], notes, 10_000);
    expect(told).toContain('CONFLICT (modify/delete): b deleted\na, line 2\n');
    expect(told).toContain('    c\n    d');
    expect(told).not.toContain('in a');
    expect(describeConflict([{ file: 'a', text }], '', 10)).toMatch(/\[cut: there is more\]$/u);
  });
});
