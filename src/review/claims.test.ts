import { describe, expect, it } from 'vitest';

import type { Finding, Review, Verdict } from '../model/verdict.ts';
import { lookInto } from './claims.ts';

const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  base: { 'gone.ts': 'one\ntwo\n' },
  head: { 'a.ts': 'one\ntwo\n', 'b.ts': 'no line feed', 'empty.ts': '' },
};
const verdict = (command: string, exitCode: number | null): Verdict => ({
  kind: 'check',
  name: 'claim',
  ok: exitCode === 0,
  command,
  exitCode,
  tree: 't',
  durationMs: 1,
  summary: '',
  findings: [],
});

async function look(
  finding: Partial<Finding>,
  exits: Readonly<Record<string, number | null>> = {},
): Promise<{ unconfirmed: string | undefined; ran: readonly string[] }> {
  const ran: string[] = [];
  const given: Review = {
    verdict: 'request_changes',
    summary: '',
    findings: [{ severity: 'blocking', message: 'm', ...finding }],
    commit: 'head',
  };
  const { review } = await lookInto(given, {
    repository: { readFile: async (commit, path) => FILES[commit]?.[path] ?? null },
    base: 'base',
    tryOut: async (commands) => {
      ran.push(...commands);
      return new Map(
        commands.flatMap((command): [string, Verdict][] => {
          const exit = exits[command];
          return exit === undefined ? [] : [[command, verdict(command, exit)]];
        }),
      );
    },
  });
  return { unconfirmed: review.findings[0]?.unconfirmed, ran };
}

describe('a claim', () => {
  it.each<[string, Partial<Finding>, string | undefined]>([
    ['without a place', {}, undefined],
    ['about a file that is there', { file: 'a.ts' }, undefined],
    ['about its last line', { file: './a.ts', line: 2 }, undefined],
    ['about a line behind it', { file: 'a.ts', line: 3 }, 'a.ts has 2 lines, not 3'],
    ['about a last line that is not ended', { file: 'b.ts', line: 1 }, undefined],
    ['about a line of an empty file', { file: 'empty.ts', line: 2 }, 'empty.ts has 1 lines, not 2'],
    ['about a file that was deleted', { file: 'gone.ts', line: 2 }, undefined],
    ['about a line that it never had', { file: 'gone.ts', line: 9 }, 'gone.ts has 2 lines, not 9'],
    ['about a file that never was', { file: 'c.ts' }, 'there is no file c.ts'],
    ['about a file elsewhere', { file: '../../etc/passwd' }, 'there is no file ../../etc/passwd'],
  ])('%s', async (_what, finding, unconfirmed) => {
    expect((await look(finding)).unconfirmed).toBe(unconfirmed);
  });

  it.each<[string, number | null | undefined, string | undefined]>([
    ['passes', 0, 'its command passes (exit 0)'],
    ['fails', 1, undefined],
    ['is not there', 127, 'its command cannot be run (exit 127)'],
    ['cannot be executed', 126, 'its command cannot be run (exit 126)'],
    ['runs into its time limit', null, undefined],
    ['may not be run', undefined, undefined],
  ])('whose command %s', async (_what, exit, unconfirmed) => {
    const exits = exit === undefined ? {} : { x: exit };
    expect(await look({ command: 'x' }, exits)).toEqual({ unconfirmed, ran: ['x'] });
  });

  it('has its command run only where it would count', async () => {
    expect((await look({ command: 'x', file: 'c.ts' })).ran).toEqual([]);
  });
});
