import { expect, it } from 'vitest';

import { saysNoRoom } from './no-room.ts';

it.each([
  ['ENOSPC: no space left on device, write', true],
  [`prepare: cannot update ref 'refs/x': couldn't write '/repo/.git/refs/x.lock'`, true],
  ['git read-tree failed (128): error: unable to write file src/a.ts', true],
  [`couldn't write the pull request`, false],
  ['Permission denied', false],
])('%s: %s', (message, says) => {
  expect(saysNoRoom(message)).toBe(says);
});
