import { describe, expect, it } from 'vitest';

import { advice } from './advice.ts';
import type { PastGoal } from './advice.ts';

const GOAL = { goal: 'Add payments with Stripe', type: 'feature' };
const past = (more: Partial<PastGoal> = {}): PastGoal => ({
  goal: 'Integrate billing with Paypal',
  type: 'feature',
  planned: true,
  failed: false,
  speedUp: 2,
  usd: 1.5,
  ...more,
});

describe('advice whether planning pays off', () => {
  it('says what came of goals like this one', () => {
    const alone = past({ planned: false, usd: 0.5, speedUp: 1 });
    const runs = [past(), past({ speedUp: 3 }), past({ speedUp: 2.5, failed: true }), alone];
    expect(advice(GOAL, runs)).toBe(
      'history of goals like this: 3 planned: 2.5× as fast as one after the other, $1.50 each, ' +
        '1 of 3 runs failed; 1 by one agent: $0.50 each, none failed; planning paid off',
    );
  });

  it('says when planning hardly saved time, or one agent did better', () => {
    const slow = past({ speedUp: 1.02 });
    expect(advice(GOAL, [slow, slow, slow])).toMatch(/; planning hardly saved time$/u);
    const broken = past({ failed: true });
    const alone = past({ planned: false });
    expect(advice(GOAL, [broken, broken, past(), alone, alone, alone])).toMatch(
      /; one agent did better$/u,
    );
    expect(
      advice(GOAL, [past({ speedUp: 1.15 }), past({ speedUp: 1.15 }), past({ speedUp: 1.15 })]),
    ).toMatch(/none failed$/u);
  });

  it('says nothing of goals of another sort or size, and nothing from two', () => {
    expect(advice(GOAL, [past(), past()])).toBeNull();
    const other = past({ goal: 'Fix a typo', type: 'bug' });
    expect(advice(GOAL, [past(), past(), other, other, other])).toBeNull();
    const unlike = past({ goal: 'Investigate the docs', type: 'task' });
    expect(
      advice({ goal: 'Add payments with Stripe', type: null }, [unlike, unlike, unlike]),
    ).toBeNull();
  });
});
