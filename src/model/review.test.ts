import { describe, expect, it } from 'vitest';

import { findingsToFix, passes, readReviewAnswer } from './review.ts';
import type { Finding, Review } from './verdict.ts';

const finding = (severity: Finding['severity'], more: Partial<Finding> = {}): Finding => ({
  severity,
  message: severity,
  ...more,
});
const review = (verdict: Review['verdict'], ...findings: readonly Finding[]): Review => ({
  verdict,
  summary: 'In all.',
  findings,
  commit: 'c',
});
const untrue = { unconfirmed: 'there is no such file' };

describe('a review', () => {
  it('is read as far as it can be understood', () => {
    expect(
      readReviewAnswer({
        verdict: 'Request changes',
        summary: ' No.\u001B[31m ',
        findings: [
          { severity: 'Critical', message: 'm', file: ' a.ts ', line: 0, command: ' ', extra: 1 },
          { severity: 'nit', message: 'n', line: 3.5, suggestion: 's' },
        ],
      }),
    ).toEqual({
      verdict: 'request_changes',
      summary: 'No.',
      findings: [
        { severity: 'blocking', message: 'm', file: 'a.ts' },
        { severity: 'minor', message: 'n', suggestion: 's' },
      ],
    });
  });

  it.each<[string, unknown]>([
    ['no JSON object', 'approve'],
    ['neither approve nor request_changes', { verdict: 'maybe', summary: '' }],
    ['`summary` is not a text', { verdict: 'approve' }],
    ['`findings` is not a list', { verdict: 'approve', summary: '', findings: {} }],
    ['findings[0]: is not an object', { verdict: 'approve', summary: '', findings: [1] }],
    [
      '`severity` is none of',
      { verdict: 'approve', summary: '', findings: [{ severity: 'awful', message: 'm' }] },
    ],
    [
      '`message` is not a text',
      { verdict: 'approve', summary: '', findings: [{ severity: 'major', message: ' ' }] },
    ],
  ])('is refused: %s', (problem, value) => {
    const read = readReviewAnswer(value);
    expect('problem' in read ? read.problem : '').toContain(
      problem.replace('no JSON', 'not a JSON'),
    );
  });

  it.each<[string, Review, readonly string[]]>([
    ['approves', review('approve', finding('major'), finding('minor')), []],
    ['approves, but not quite', review('approve', finding('blocking')), ['blocking']],
    [
      'asks for changes',
      review('request_changes', finding('minor'), finding('blocking')),
      ['blocking'],
    ],
    ['says what is untrue', review('request_changes', finding('blocking', untrue)), []],
    [
      'is right in part',
      review('request_changes', finding('blocking', untrue), finding('blocking'), finding('major')),
      ['blocking'],
    ],
    [
      'calls nothing blocking',
      review('request_changes', finding('major'), finding('minor')),
      ['major'],
    ],
    ['finds little', review('request_changes', finding('minor')), ['minor']],
    ['names nothing', review('request_changes'), ['In all.']],
  ])('that %s', (_what, given, fixes) => {
    expect(findingsToFix(given).map(({ message }) => message)).toEqual(fixes);
    expect(passes(given)).toBe(fixes.length === 0);
  });

  it('that nobody can read has nothing to fix, and does not pass', () => {
    const unread = { ...review('request_changes'), unreadable: 'what?' };
    expect(findingsToFix(unread)).toEqual([]);
    expect(passes(unread)).toBe(false);
  });
});
