import { describe, expect, test } from 'vitest';

import { only } from '../../test/fakes.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommitStatus, Forge, ForgeAnswer } from '../ports/forge.ts';
import { waitForForge } from './wait-for-forge.ts';
import type { Waited } from './wait-for-forge.ts';

type Answer = readonly CommitStatus[] | 'unreachable' | 'rate_limited' | 'auth';

const is = (state: CommitStatus['state'], name = 'build'): CommitStatus => ({
  name,
  state,
  url: null,
});

/** Waits for a forge that answers one thing after the other, on a clock that is moved by hand. */
async function waited(
  answers: readonly Answer[],
  { timeoutSecs = 1800, abort }: { timeoutSecs?: number; abort?: AbortController } = {},
): Promise<{ result: Waited; asked: number[]; said: string[] }> {
  let now = 0;
  const asked: number[] = [];
  const said: string[] = [];
  const clock = only<Clock>({
    monotonic: () => now,
    after: (delay, callback) => {
      now += delay;
      if (abort === undefined) queueMicrotask(callback);
      else abort.abort();
      return () => {};
    },
  });
  const forge = only<Forge>({
    statuses: async (commit): Promise<ForgeAnswer<readonly CommitStatus[]>> => {
      expect(commit).toBe('c0ffee');
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
      asked.push(now);
      return typeof answer === 'string'
        ? { ok: false, problem: { code: answer, message: 'no', hint: 'wait' } }
        : { ok: true, value: answer };
    },
  });
  const result = await waitForForge(forge, clock, {
    name: 'ci',
    commit: 'c0ffee',
    tree: 'tree',
    timeoutSecs,
    signal: (abort ?? new AbortController()).signal,
    say: (line) => said.push(line),
  });
  return { result, asked, said };
}

const verdict = ({ result }: Awaited<ReturnType<typeof waited>>): readonly [boolean, string] =>
  result.kind === 'verdict' ? [result.verdict.ok, result.verdict.summary] : [false, result.kind];

describe('the forge as a check', () => {
  test('is asked less and less often until everything is over, and once more', async () => {
    const found = await waited([[], [is('pending')], [is('pending')], [is('passed')]]);
    expect(verdict(found)).toEqual([true, '1 check of the forge, 1 passed']);
    expect(found.asked).toEqual([0, 2000, 5000, 9500, 16_250, 26_375, 30_000]);
    expect(found.said).toHaveLength(3);
    const long = await waited([[is('pending')]]);
    expect(Math.max(...long.asked.slice(1).map((at, index) => at - (long.asked[index] ?? 0)))).toBe(
      60_000,
    );
  });

  test('waits for a check that begins when another one is over', async () => {
    const found = await waited([
      [is('passed')],
      [is('passed'), is('pending', 'deploy')],
      [is('passed'), is('failed', 'deploy')],
    ]);
    expect(verdict(found)).toEqual([
      false,
      '2 checks of the forge, 1 passed, 1 failed\nfailed: deploy',
    ]);
  });

  test('says no yes before everybody can have begun', async () => {
    const dco = is('passed', 'dco');
    const late = await waited([[], [dco], [dco], [dco], [dco, is('pending')], [dco, is('failed')]]);
    expect(verdict(late)[0]).toBe(false);
    const alone = await waited([[dco]]);
    expect([verdict(alone)[0], alone.asked.at(-1)]).toEqual([true, 30_000]);
    // A yes stands for a while, however late it comes; a no is said at once.
    const slow = await waited([...Array.from({ length: 9 }, () => [is('pending')]), [dco]]);
    const [first = 0, last = 0] = [slow.asked[9], slow.asked.at(-1)];
    expect([verdict(slow)[0], last - first >= 15_000]).toEqual([true, true]);
    expect((await waited([[is('failed')]])).asked).toEqual([0, 2000]);
  });

  test('is a no when it is not over in time, and says what is missing', async () => {
    const found = await waited([[is('passed'), is('pending', 'slow\u001b[2J\none')]], {
      timeoutSecs: 30,
    });
    expect(verdict(found)).toEqual([
      false,
      'not over after 30 s: 2 checks of the forge, 1 passed, 1 pending\npending: slow one',
    ]);
    expect(found.asked.at(-1)).toBe(30_000);
  });

  test('is a no where nothing ever begins', async () => {
    const found = await waited([[]]);
    expect(verdict(found)).toEqual([false, 'the forge runs no check']);
    expect(found.asked.at(-1)).toBeLessThan(200_000);
  });

  test('goes on when the forge is busy or away, and ends when it says no', async () => {
    const back = await waited(['unreachable', 'rate_limited', [is('passed')]]);
    expect(verdict(back)[0]).toBe(true);
    expect((await waited(['auth'])).result).toMatchObject({ problem: { code: 'auth' } });
    expect(verdict(await waited(['unreachable'], { timeoutSecs: 60 }))[0]).toBe(false);
  });

  test('is left alone when the person wants it', async () => {
    const found = await waited([[is('pending')]], { abort: new AbortController() });
    expect(found.result).toEqual({ kind: 'interrupted' });
  });
});
