import { expect, it } from 'vitest';

import { rulePieces } from './rule-pieces.ts';

it.each([
  ['Build a login API and a login page', ['Build a login API', 'Build a login page']],
  [
    'Build the backend: Add search, sorting and paging',
    ['Add search', 'Add sorting', 'Add paging'],
  ],
  ['Write the parser; Write the printer', ['Write the parser', 'Write the printer']],
  ['Understand brandy', ['It parses', 'It prints']],
])('finds the pieces of %j', (title, pieces) => {
  expect(rulePieces({ title, acceptance: ['It parses.', 'It prints.'] })).toEqual(pieces);
});

it('makes nothing up', () => {
  expect(rulePieces({ title: 'Write it', acceptance: [] })).toEqual([]);
});
