import { describe, expect, it } from 'vitest';

import { samplePlanTask } from '../../test/sample-run.ts';
import { NO_HISTORY } from '../model/history.ts';
import type { PastTask } from '../model/history.ts';
import { expected, historyOf } from './expect.ts';

const past = (minutes: number, estimatedMinutes: number | null = null): PastTask => ({
  agent: 'backend-developer',
  kind: 'work',
  estimatedMinutes,
  minutes,
});
const task = (minutes: number | null): ReturnType<typeof samplePlanTask> =>
  samplePlanTask('a', {
    agent: 'backend-developer',
    kind: 'work',
    estimate: { minutes, usd: null },
  });

describe('what a task will probably take', () => {
  it('goes by the estimate, or guesses, while there is no past', () => {
    expect(expected(task(7), NO_HISTORY)).toEqual({ minutes: 7, by: 'estimate' });
    expect(expected(task(null), NO_HISTORY)).toEqual({ minutes: 10, by: 'guess' });
    const command = samplePlanTask('a', { command: ['/bin/true'] });
    expect(expected(command, NO_HISTORY)).toEqual({ minutes: 1, by: 'guess' });
  });

  it('takes the median of the past, which one hung attempt does not move', () => {
    const history = historyOf([past(4), past(5), past(6), past(5), past(9000)]);
    expect(expected(task(null), history)).toEqual({ minutes: 5, by: 'history' });
  });

  it('corrects an estimate by how far such estimates were off', () => {
    const history = historyOf([past(20, 10), past(6, 3), past(2, 1), past(1000, 1), past(2, 0)]);
    expect(expected(task(10), history)).toEqual({ minutes: 20, by: 'history' });
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
});
