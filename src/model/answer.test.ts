import { expect, it } from 'vitest';

import { readWorkAnswer, reportFromText } from './answer.ts';

const DONE = { status: 'done', summary: '', question: null, followUps: [] };

it.each([
  ['the least', { status: 'done' }, DONE],
  ['any case', { status: ' Done ', summary: ' all ' }, { ...DONE, summary: 'all' }],
  ['notes', { status: 'done', summary: 'a', notes: 'b' }, { ...DONE, summary: 'a\n\nb' }],
  [
    'a question',
    { status: 'blocked', question: 'Why?' },
    { ...DONE, status: 'blocked', question: 'Why?' },
  ],
  ['no question', { status: 'blocked', question: 7 }, { ...DONE, status: 'blocked' }],
  [
    'follow-ups',
    {
      status: 'done',
      followUps: [{ title: 'T', description: 'D' }, { title: 'U' }, { title: '' }, 3],
    },
    {
      ...DONE,
      followUps: [
        { title: 'T', description: 'D' },
        { title: 'U', description: '' },
      ],
    },
  ],
])('reads %s', (_, value, expected) => {
  expect(readWorkAnswer(value)).toEqual(expected);
});

it.each([[null], ['done'], [[]], [{}], [{ status: 'finished' }], [{ status: 'done', summary: 3 }]])(
  'says what is wrong with %j',
  (value) => {
    expect(readWorkAnswer(value)).toHaveProperty('problem');
  },
);

it('cuts what is too long, and mends what is no text', () => {
  const report = reportFromText(`${'x'.repeat(7_998)}\u{1F600}\u{1F600}`);
  expect(report.summary).toHaveLength(8_000);
  expect(reportFromText('a\0b\uD800').summary).toBe('ab\uFFFD');
  const many = Array.from({ length: 99 }, (_, n) => ({ title: String(n) }));
  expect(readWorkAnswer({ status: 'done', followUps: many })).toMatchObject({
    followUps: { length: 20 },
  });
});
