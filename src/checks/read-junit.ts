// JUnit's XML, which nearly every test tool can write.

import type { TestCounts } from '../model/verdict.ts';
import { Tally } from './tally.ts';
import type { TestEnd } from './tally.ts';
import { attributeOf, tagsIn } from './xml-tags.ts';

/**
 * Reads a report of JUnit's form.
 *
 * @param text - The file.
 * @returns What it counts; `null` = it names no tests.
 */
export function readJunit(text: string): TestCounts | null {
  if (!/<testsuites?\b/u.test(text)) return null;
  const tally = new Tally();
  let open: { name: string; end: TestEnd } | null = null;
  const close = (): void => {
    if (open === null) return;
    tally.add(open.end, 1);
    tally.name(open.end, open.name);
    open = null;
  };
  for (const { tag, attributes, isEnd } of tagsIn(text)) {
    if (tag === 'testcase') {
      close();
      if (!isEnd) open = { name: nameOf(attributes), end: 'passed' };
    } else if (open !== null && !isEnd) {
      if (tag === 'failure' || tag === 'error') open = Object.assign({}, open, { end: 'failed' });
      else if (tag === 'skipped') open = Object.assign({}, open, { end: 'skipped' });
    }
  }
  close();
  // A suite without a test is a report as well.
  tally.add('passed', 0);
  return tally.result();
}

function nameOf(attributes: string): string {
  const of = attributeOf(attributes, 'classname');
  return [of, attributeOf(attributes, 'name')].filter((part) => part !== '').join(' ');
}
