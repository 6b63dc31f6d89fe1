import { expect, it } from 'vitest';

import { decideWish, readWish } from './policy.ts';
import type { Allowance, Decision } from './policy.ts';

const ALLOWANCE: Allowance = {
  cwd: '/work',
  readable: ['/home/artifacts'],
  writable: ['/home/outbox'],
  allowedCommands: [],
  fullPermissions: false,
  may: { write: true, run: true, browse: true },
};

it.each<[string, string, Decision]>([
  ['read', '/home/artifacts/SHOP-1.1/api.txt', 'allow'],
  ['read', '/home/outbox/mine', 'allow'],
  ['edit', '/home/outbox/mine', 'allow'],
  ['edit', 'src/a.ts', 'allow'],
  ['edit', '/home/artifacts/SHOP-1.1/api.txt', 'ask'],
  ['edit', '/home/outbox/../mine', 'ask'],
  ['edit', '/home/outbox/.git/config', 'ask'],
  ['edit', '/home/outbox', 'ask'],
  ['read', '/home/artifacts-of-others/a', 'ask'],
])('%s of %s: %s', (kind, path, decision) => {
  const wish = readWish({ kind, title: kind, locations: [{ path }] });
  expect(decideWish(wish, ALLOWANCE)).toBe(decision);
});
