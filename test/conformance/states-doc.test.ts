// docs/states.md is written from the table of transitions, so that it cannot be wrong.
// UPDATE_DOCS=1 writes it anew; then format it.

import { readFileSync, writeFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { MACHINES } from '../../src/model/transitions.ts';
import { commandsDoc } from './every-command.ts';

const FILE = new URL('../../docs/states.md', import.meta.url);

type Rows = Readonly<Record<string, readonly (readonly [string | null, string])[] | undefined>>;

function rowsOf(event: string, moves: readonly (readonly [string | null, string])[]): string[] {
  const sources = new Map<string, string[]>();
  for (const [from, to] of moves) {
    const target = from === to ? 'the same' : `\`${to}\``;
    const source = from === null ? 'nothing yet' : `\`${from}\``;
    sources.set(target, [...(sources.get(target) ?? []), source]);
  }
  return [...sources].map(([to, from]) => `| \`${event}\` | ${from.join(', ')} | ${to} |`);
}

function section(name: string, table: Rows): string {
  const rows = Object.entries(table).flatMap(([event, moves]) => rowsOf(event, moves ?? []));
  return [`## ${name}`, '', '| event | from | to |', '| --- | --- | --- |', ...rows].join('\n');
}

function statesDoc(): string {
  const head = [
    '# States',
    '',
    'Every transition there is, and the event that makes it. What is not here cannot happen.',
    'This page is written from `src/model/transitions.ts`; do not edit it.',
  ].join('\n');
  const sections = Object.entries(MACHINES).map(([name, table]) => section(name, table as Rows));
  return `${[head, ...sections, commandsDoc()].join('\n\n')}\n`;
}

// The formatter aligns tables: widths say nothing.
const narrow = (text: string): string => text.replaceAll(/ +/gu, ' ').replaceAll(/-{3,}/gu, '---');

it('docs/states.md is what the table says', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, statesDoc());
  expect(narrow(readFileSync(FILE, 'utf8'))).toBe(narrow(statesDoc()));
});
