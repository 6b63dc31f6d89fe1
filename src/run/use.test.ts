import { expect, it } from 'vitest';

import { NO_USAGE } from '../model/attempt.ts';
import { added } from './use.ts';
import type { Use } from './use.ts';

const use = (costUsd: number | null): Use => ({ costUsd, tokens: NO_USAGE });

it.each([
  [4, null, 4],
  [null, 4, 4],
  [4, 0, 4],
  [1, 2, 3],
  [null, null, null],
])('of sessions that cost %s and %s, %s is known', (first, second, both) => {
  expect(added(use(first), use(second)).costUsd).toBe(both);
});
