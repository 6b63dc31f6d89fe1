import { describe, expect, it } from 'vitest';

import { samplePlanTask } from '../../test/sample-run.ts';
import { NO_HISTORY } from '../model/history.ts';
import type { PastTask } from '../model/history.ts';
import { expected, expectedCost, historyOf } from './expect.ts';

const past = (
  minutes: number,
  estimatedMinutes: number | null = null,
  runtime: string = 'claude',
): PastTask => ({
  agent: 'backend-developer',
  kind: 'work',
  runtime,
  estimatedMinutes,
  minutes,
  usd: minutes / 10,
});
const task = (minutes: number | null): ReturnType<typeof samplePlanTask> =>
  samplePlanTask('a', {
    agent: 'backend-developer',
    kind: 'work',
    estimate: { minutes, usd: null },
  });

describe('what a task will probably take', () => {
  it('goes by the estimate, or guesses, while there is no past', () => {
    expect(expected(task(7), NO_HISTORY)).toEqual({ minutes: 7, by: 'estimate', samples: 0 });
    expect(expected(task(null), NO_HISTORY)).toEqual({ minutes: 10, by: 'guess', samples: 0 });
    const command = samplePlanTask('a', { command: ['/bin/true'] });
    expect(expected(command, NO_HISTORY)).toEqual({ minutes: 1, by: 'guess', samples: 0 });
  });

  it('takes the median of the past, which one hung attempt does not move', () => {
    const history = historyOf([past(4), past(5), past(6), past(5), past(9000)]);
    expect(expected(task(null), history)).toEqual({ minutes: 5, by: 'history', samples: 5 });
  });

  it('corrects an estimate by how far such estimates were off', () => {
    const history = historyOf([past(20, 10), past(6, 3), past(2, 1), past(1000, 1), past(2, 0)]);
    expect(expected(task(10), history)).toEqual({ minutes: 20, by: 'history', samples: 5 });
    const absurd = historyOf([past(1e6, 1), past(1e6, 1), past(1e6, 1)]);
    expect(expected(task(10), absurd).minutes).toBe(100);
  });

  it('lets two tasks, or those of other agents and kinds, say nothing', () => {
    expect(expected(task(7), historyOf([past(70, 7), past(70, 7)])).by).toBe('estimate');
    const review = { ...past(70, 7), kind: 'review' } as const;
    const others = historyOf([review, review, review]);
    expect(expected(task(7), others).by).toBe('estimate');
  });

  it('takes the middle of an even number', () => {
    expect(
      historyOf([1, 2, 4, 100].map((minutes) => past(minutes))).get('work backend-developer')
        ?.minutes,
    ).toBe(3);
  });

  it('goes by the runtime where enough is known of it', () => {
    const slow = [30, 30, 30].map((minutes) => past(minutes, null, 'codex'));
    const few = [90, 90].map((minutes) => past(minutes, null, 'gemini'));
    const history = historyOf([past(4), past(4), past(4), past(4), ...slow, ...few]);
    const on = (runtime: string | null): number =>
      expected({ ...task(null), runtime }, history).minutes;
    expect([on('codex'), on('claude'), on('gemini'), on(null)]).toEqual([30, 4, 30, 30]);
  });

  it('costs what such work was paid for, whatever was estimated', () => {
    const history = historyOf([past(10), past(20), past(30), past(40), past(5000)]);
    const cost = { low: 2, middle: 3, high: 4, by: 'history', samples: 5 };
    expect(expectedCost(task(7), history)).toEqual(cost);
    expect(expectedCost(task(7), historyOf([past(10), past(10)]))).toBeNull();
    const estimated = { ...task(7), estimate: { minutes: 7, usd: 0.5 } };
    expect(expectedCost(estimated, NO_HISTORY)).toMatchObject({ middle: 0.5, by: 'estimate' });
  });
});
