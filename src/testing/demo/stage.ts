// Everything the demo is made of: the project, the goal, and what its agents do.

import type { Script } from '../script.ts';
import { GOAL } from './plan.ts';
import { demoScript } from './script.ts';
import { SHOP } from './shop.ts';

/** What the demo is made of. */
export const demoStage: {
  readonly goal: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the agents do; the folder is one where they may meet. */
  readonly script: (meeting: string) => Script;
  /** What is answered to the one question when nobody else does. */
  readonly answer: string;
} = {
  goal: GOAL,
  files: SHOP,
  script: demoScript,
  answer: 'Refuse it: we only sell what we have.',
};
