import { expect, it } from 'vitest';

import { NO_USAGE } from '../model/attempt.ts';
import { added } from './use.ts';

it.each([
  [4, null, 4],
  [null, 4, 4],
  [4, 0, 4],
  [1, 2, 3],
  [null, null, null],
])('of sessions that cost %s and %s, %s is known', (first, second, both) => {
  const use = (costUsd: number | null): Parameters<typeof added>[0] => ({
    costUsd,
    tokens: NO_USAGE,
  });
  expect(added(use(first), use(second)).costUsd).toBe(both);
});
