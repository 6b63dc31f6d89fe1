import { describe, expect, it } from 'vitest';

import type { Check } from '../model/plan.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessEnd, ProcessSpec, ProcessSupervisor } from '../ports/process.ts';
import { runCheck } from './run-check.ts';

const check: Check = { name: 'unit', run: 'make it', timeoutSecs: 5 };
const clock: Clock = { now: () => 0, monotonic: () => 7, after: () => () => {} };

interface Told {
  spec: ProcessSpec | null;
  stops: number;
}

async function* print(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** A supervisor of a process that prints and ends as it is told. */
function supervisorOf(end: ProcessEnd, printed: readonly string[], told: Told): ProcessSupervisor {
  return {
    start: (spec) => {
      told.spec = spec;
      return {
        stdout: print(printed),
        ended: Promise.resolve(end),
        write: () => Promise.resolve(),
        endInput: () => {},
        hold: () => {},
        tools: () => {},
        stop: () => {
          told.stops += 1;
        },
        stderrTail: () => '',
      };
    },
    sweep: async () => 0,
    limitsForm: () => ({ by: 'cgroup' }),
    isAlive: () => false,
    self: () => ({ pid: 1, startTime: '', bootId: '' }),
  };
}

function judge(
  end: ProcessEnd,
  printed: readonly string[] = [],
  more: { told?: Told; signal?: AbortSignal } = {},
): Promise<Verdict> {
  const told = more.told ?? { spec: null, stops: 0 };
  return runCheck(
    { supervisor: supervisorOf(end, printed, told), clock },
    {
      check,
      cwd: '/w',
      env: { A: '1' },
      mark: 'm',
      tree: 'tree',
      mayStart: async () => true,
      signal: more.signal ?? new AbortController().signal,
    },
  );
}

const exited = (code: number | null, signal: string | null = null): ProcessEnd => ({
  kind: 'exited',
  code,
  signal,
});

describe('a verdict', () => {
  it('is yes for exit code 0 and names what it judged', async () => {
    const told: Told = { spec: null, stops: 0 };
    expect(await judge(exited(0), ['fine\n'], { told })).toEqual({
      kind: 'check',
      name: 'unit',
      ok: true,
      command: 'make it',
      exitCode: 0,
      tree: 'tree',
      durationMs: 0,
      summary: 'fine',
      findings: [],
    });
    expect(told.spec).toMatchObject({ cwd: '/w', env: { A: '1' }, mark: 'm', timeoutMs: 5_000 });
    expect(told.spec?.argv.at(-1)).toBe('make it');
    expect(told.stops).toBe(0);
  });

  it.each<[ProcessEnd, number | null, string]>([
    [exited(3), 3, 'out'],
    [exited(null, 'SIGSEGV'), null, 'out\n(ended by signal SIGSEGV)'],
    [{ kind: 'timeout' }, null, 'out\n(ended after its time limit of 5 s)'],
    [{ kind: 'stopped' }, null, 'out\n(stopped before it was done)'],
    [{ kind: 'not_started', message: 'gone' }, null, 'out\n(not started: gone)'],
  ])('is no for %j', async (end, exitCode, summary) => {
    expect(await judge(end, ['out\n\n'])).toMatchObject({ ok: false, exitCode, summary });
  });

  it('says only the words where nothing was printed', async () => {
    expect((await judge({ kind: 'timeout' })).summary).toBe('(ended after its time limit of 5 s)');
    expect((await judge({ kind: 'refused' })).summary).toContain('not started');
  });

  it('keeps the last lines, without colours and control characters', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `\u001B[31mline ${i}\u001B[0m\u0007`);
    const { summary } = await judge(exited(1), [lines.join('\r\n')]);
    expect(summary.split('\n')).toEqual(lines.slice(60).map((_, i) => `line ${i + 60}`));
  });

  it('stays small whatever is printed, in whatever pieces', async () => {
    const { summary } = await judge({ kind: 'timeout' }, Array(100).fill('ü'.repeat(50_001)));
    expect(summary.length).toBeLessThanOrEqual(4_000);
    expect(summary).toMatch(/üü\n\(ended after/);
    const pieces = await judge(exited(1), ['\u001B', '[3', '1mred']);
    expect(pieces.summary).toBe('red');
  });

  it('is stopped by its signal, before and during', async () => {
    const told: Told = { spec: null, stops: 0 };
    await judge({ kind: 'stopped' }, [], { told, signal: AbortSignal.abort() });
    expect(told.stops).toBe(1);
    const abort = new AbortController();
    const running = judge({ kind: 'stopped' }, ['x'], { told, signal: abort.signal });
    abort.abort();
    await running;
    expect(told.stops).toBe(2);
  });
});
