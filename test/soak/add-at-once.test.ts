import { expect, test } from 'vitest';

import { addAtOnce, keysUpTo, project } from '../cli/tutti.ts';

test('200 processes add a run at once', async () => {
  expect(
    await addAtOnce(project({ config: { checks: [{ name: 'nothing', run: 'true' }] } }), 200),
  ).toEqual(keysUpTo(200));
});
